"""Files: whole or not there, never unpickled, refused by name, and harmless when they do not fit."""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

import dremeta_lite
from dremeta_lite import files, store
from dremeta_lite.inner.dqn import DQN
from dremeta_lite.inner.q_learning import QLearning
from dremeta_lite.learner import Learner
from dremeta_lite.meta import MAML, Pooled
from dremeta_lite.store import StoreError
from dremeta_lite.tasks.cartpole import CartPole
from dremeta_lite.tasks.grid import GridWorld
from dremeta_lite.tasks.navigation import Navigation2D


class OtherFamily(Navigation2D):
    name = "Elsewhere2D"


def small(kind: Any = MAML, family: Navigation2D | None = None, seed: int = 0, **more: Any) -> Any:
    return kind(family or Navigation2D(), seed, **{"hidden": (8,), "tasks": 3, "trajectories": 2, **more})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "one.safetensors"


@pytest.mark.parametrize("kind", [MAML, Pooled])
def test_a_saved_run_goes_on_bit_for_bit(kind: Any, path: Path, same_state) -> None:
    a = small(kind, discount=0.9)
    a.step()
    a.save(path)
    numbers = [a.step() for _ in range(2)]
    b = small(kind, seed=5)
    b.load(path)
    assert b.hyper.values() == a.hyper.values() and b.hyper.discount == 0.9
    assert [b.step() for _ in range(2)] == numbers and same_state(a.state_dict(), b.state_dict())


def test_the_metadata_says_what_the_file_is(path: Path) -> None:
    a = small(seed=4, inner_lr=0.25)
    a.step()
    a.save(path, origin="a test", figure=1.5)
    description = small().load(path)
    assert description == {
        "format": store.FORMAT,
        "version": dremeta_lite.__version__,
        "learner": "MAML",
        "family": "Navigation2D",
        "seed": 4,
        "hyper": a.hyper.values(),
        "origin": "a test",
        "figure": 1.5,
    }
    assert description["hyper"]["inner_lr"] == 0.25


def test_a_file_is_plain_safetensors(path: Path) -> None:
    """Eight bytes of length, JSON, raw numbers: the reader below needs no library and runs no code of the file."""
    store.write(path, {"x": torch.tensor([1.0, 2.0])}, {"note": "hello"})
    data = path.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert json.loads(header["__metadata__"]["dremeta_lite"])["note"] == "hello"
    assert header["x"]["shape"] == [2] and data.endswith(torch.tensor([1.0, 2.0]).numpy().tobytes())


def test_views_and_parameters_can_be_written(path: Path) -> None:
    x = torch.arange(6.0).view(2, 3)
    store.write(path, {"t": x.T, "wide": x[0].expand(4, 3), "leaf": x.clone().requires_grad_()}, {})
    state, _ = store.read(path)
    assert torch.equal(state["t"], x.T) and torch.equal(state["wide"], x[0].expand(4, 3)) and torch.equal(state["leaf"], x)


# --- atomic ------------------------------------------------------------------------------------------------------------------------


class Failure(Exception):
    pass


def fail(*_: object) -> None:
    raise Failure


@pytest.mark.parametrize("where", ["fsync", "replace"])
@pytest.mark.parametrize("older", [True, False], ids=["an older file", "no older file"])
def test_a_failure_in_the_middle_leaves_the_old_file_and_nothing_else(
    where: str, older: bool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.parent.mkdir()
    if older:
        path.write_bytes(b"old")
    with monkeypatch.context() as patch, pytest.raises(Failure):
        patch.setattr(os, where, fail)
        store.write_atomically(path, b"new")
    assert [p.name for p in path.parent.iterdir()] == (["one.safetensors"] if older else [])
    if older:
        assert path.read_bytes() == b"old"
    store.write_atomically(path, b"new")
    assert path.read_bytes() == b"new" and len(list(path.parent.iterdir())) == 1


def test_the_old_file_is_there_until_the_new_one_is_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    path.write_bytes(b"old")
    seen: list[tuple[bytes, bytes]] = []
    replace = os.replace

    def watch(source: Path, target: Path) -> None:
        seen.append((Path(source).read_bytes(), Path(target).read_bytes()))
        replace(source, target)

    monkeypatch.setattr(os, "replace", watch)
    store.write_atomically(path, b"new")
    assert seen == [(b"new", b"old")] and path.read_bytes() == b"new"


DIE = """
import os, signal, sys
from pathlib import Path
from dremeta_lite import files
if sys.argv[2] == "killed":
    files.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
else:
    files.os.fsync = lambda _: (print("writing", flush=True), sys.stdin.read())
files.write_atomically(Path(sys.argv[1]), b"half")
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_what_killed_writes_leave_is_swept_at_the_next_write(path: Path) -> None:
    def write(how: str) -> Any:
        return subprocess.Popen([sys.executable, "-c", DIE, str(path), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    path.parent.mkdir()
    theirs = [path.with_name(name) for name in (".one.safetensors.1.2", ".hidden", "notes.dremeta-part")]
    old, young = (path.with_name(f".x.another-machine-{number}-1{files.PART}") for number in (1, 2))
    for file in (*theirs, old, young):
        file.touch()
    os.utime(old, (0, 0))
    for process in [write("killed") for _ in range(3)]:
        process.communicate()
    live = write("live")
    assert live.stdout.readline() == b"writing\n"
    [part] = path.parent.glob(f".{path.name}.{files.HOST}-{live.pid}-*")
    store.write_atomically(path.with_name("another file"), b"new")
    assert {file.name for file in path.parent.iterdir()} == {file.name for file in (*theirs, young, part)} | {"another file"}
    live.communicate()
    assert live.returncode == 0 and path.read_bytes() == b"half" and not part.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_others_may_read_the_file_as_any_other(path: Path) -> None:
    """An instructor's file in a shared folder: the permissions are those of an ordinary new file."""
    store.write_atomically(path, b"new")
    plain = path.with_name("plain")
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode


def test_a_folder_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "runs").write_bytes(b"a file where the folder should be")
    with pytest.raises(OSError):
        small().save(tmp_path / "runs" / "one.safetensors")
    assert [p.name for p in tmp_path.iterdir()] == ["runs"]


def test_a_state_that_is_not_finite_is_not_saved(path: Path) -> None:
    a = small()
    a.save(path)
    old = path.read_bytes()
    a.theta["bias0"].data[0] = float("nan")
    with pytest.raises(ValueError, match=r"one.safetensors was not written: theta.bias0 holds nan"):
        a.save(path)
    assert path.read_bytes() == old and len(list(path.parent.iterdir())) == 1


# --- files that are refused --------------------------------------------------------------------------------------------------------


def saved(path: Path, learner: Learner) -> bytes:
    learner.save(path)
    return path.read_bytes()


def forged(path: Path, changes: dict[str, Any], **description: Any) -> None:
    """A file in the right format whose tensors or description are wrong."""
    small().save(path)
    state, old = store.read(path)
    state |= changes
    store.write(path, {name: x for name, x in state.items() if x is not None}, {**old, **description})


def tampered(path: Path, name: str, change: Callable[[torch.Tensor], torch.Tensor]) -> None:
    small().save(path)
    forged(path, {name: change(store.read(path)[0][name])})


BAD_FILES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "missing": (lambda p: None, "does not exist"),
    "empty": (lambda p: p.write_bytes(b""), "cannot be read"),
    "text": (lambda p: p.write_text("hello, this is no such file"), "cannot be read"),
    "a pickle": (lambda p: p.write_bytes(pickle.dumps({"x": 1})), "cannot be read"),
    "a torch file": (lambda p: torch.save({"x": torch.zeros(1)}, p), "cannot be read"),
    "cut in its header": (lambda p: p.write_bytes(saved(p, small())[:50]), "cannot be read"),
    "cut by one byte": (lambda p: p.write_bytes(saved(p, small())[:-1]), "cannot be read"),
    "a folder": (lambda p: p.mkdir(), "cannot be read"),
    "a pointer of Git LFS": (lambda p: p.write_bytes(POINTER), "git lfs pull"),
    "metadata nested too deep": (lambda p: save_file({"x": torch.zeros(1)}, p, {"dremeta_lite": "[" * 100_000}), "cannot be read"),
    "safetensors of others": (lambda p: save_file({"x": torch.zeros(1)}, p), "not one of this package"),
    "metadata no JSON": (lambda p: save_file({"x": torch.zeros(1)}, p, {"dremeta_lite": "{"}), "cannot be read"),
    "metadata a list": (lambda p: save_file({"x": torch.zeros(1)}, p, {"dremeta_lite": "[]"}), "not one of this package"),
    "a later format": (lambda p: forged(p, {}, format="dremeta_lite 2"), "its format should be 'dremeta_lite 1'"),
    "another learner": (lambda p: saved(p, small(Pooled)), "is for the learner 'Pooled', and this is 'MAML'"),
    "another family": (lambda p: saved(p, small(family=OtherFamily())), "is for the family 'Elsewhere2D', and this is 'Navigation2D'"),
    "other hidden sizes": (lambda p: saved(p, small(hidden=(9,))), r"does not fit this learner: .*has shape"),
    "more layers": (lambda p: saved(p, small(hidden=(8, 8))), "does not fit this learner"),
    "a tensor too few": (lambda p: forged(p, {"theta.bias0": None}), "does not fit this learner: the state lacks 'theta.bias0'"),
    "a tensor too many": (lambda p: forged(p, {"theta.more": torch.zeros(1)}), "holds 'theta.more'"),
    "not a number": (lambda p: forged(p, {"theta.bias0": torch.full((8,), torch.nan)}), "holds nan in 'theta.bias0'"),
    "no generator": (lambda p: forged(p, {"rng": torch.zeros(5056, dtype=torch.uint8)}), "'rng' is not the state of a random generator"),
    "no hyperparameters": (lambda p: forged(p, {}, hyper=None), "does not fit this learner"),
    "an unknown hyperparameter": (lambda p: forged(p, {}, hyper={"speed": 1}), "has no hyperparameter 'speed'"),
    "a hyperparameter out of bounds": (lambda p: forged(p, {}, hyper={"inner_lr": 999}), r"inner_lr \(α\) must be in"),
}

COUNTS = {"adam.step.bias0": [-1, 0.5, -torch.inf, torch.nan, 1e30], "iteration": [-1, 2**60], "adam.exp_avg_sq.bias0": [-1e-9, torch.inf]}
for name, values in COUNTS.items():
    for value in values:
        wrong = lambda old, value=value: torch.full_like(old, value)
        BAD_FILES[f"{name} = {value}"] = (lambda p, name=name, wrong=wrong: tampered(p, name, wrong), f"holds .*{name}|'{name}' holds ")


@pytest.mark.parametrize(("make", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_named_and_leaves_the_learner_bit_for_bit_as_it_was(
    make: Callable[[Path], Any], message: str, path: Path, same_state
) -> None:
    path.parent.mkdir()
    a = small(seed=3, inner_lr=0.3)
    a.step()
    make(path)
    state, hyper = a.state_dict(), a.hyper.values()
    with pytest.raises(StoreError, match=message) as caught:
        a.load(path)
    assert str(path) in str(caught.value)
    assert same_state(a.state_dict(), state) and a.hyper.values() == hyper


@pytest.mark.parametrize(
    ("make", "name", "words"),
    [
        (lambda: QLearning(GridWorld(), runs=2), "stream.state", "GridWorld has 30 of these"),
        (lambda: DQN(CartPole(), agents=2, capacity=50), "memory.action", "CartPole has 2 of these"),
    ],
)
def test_what_points_to_no_cell_or_action_is_named(make: Any, name: str, words: str, path: Path, same_state) -> None:
    a = make()
    a.step()
    state = a.state_dict()
    store.write(path, {**state, name: torch.full_like(state[name], 99)}, {**a.identity(), "hyper": a.hyper.values()})
    with pytest.raises(StoreError, match=f"{path} does not fit this learner: '{name}' holds 99; {words}, counted from 0$"):
        a.load(path)
    assert same_state(a.state_dict(), state)


@pytest.mark.parametrize("name", ["learner", "family", "seed", "hyper", "format", "version"])
def test_a_note_takes_no_name_that_the_file_needs(name: str, path: Path) -> None:
    with pytest.raises(ValueError, match=f"{path} was not written: the file itself says what '{name}' is. Give your note another name"):
        small().save(path, **{name: "x"})
    assert not path.exists()


def test_every_truncation_is_noticed(path: Path) -> None:
    store.write(path, {"x": torch.arange(4.0)}, {"note": "short"})
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(StoreError, match=r"one\.safetensors"):
            store.read(path)


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    content = {"origin": store.versions(), "name": "RL²", "rows": [1, 2.5, None]}
    store.write_figures(tmp_path / "sub" / "figures.json", content)
    assert store.read_figures(tmp_path / "sub" / "figures.json", "compare") == content
    assert {"version", "torch", "python", "threads"} == content["origin"].keys()
    with pytest.raises(store.StoreError, match="python3 -m dremeta_lite compare"):
        store.read_figures(tmp_path / "nothing.json", "compare")


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
CONFLICT = b'{\n<<<<<<< HEAD\n "rows": []\n=======\n "rows": {}\n>>>>>>> theirs\n}\n'
DAMAGED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it is empty"),
    "cut": (b'{"rows": [1, 2', "cannot be read (Expecting"),
    "a merge conflict": (CONFLICT, "it holds a merge conflict"),
    "a pointer of Git LFS": (POINTER, "git lfs pull"),
    "nested": (b"[" * 100_000, "cannot be read (maximum recursion"),
    "no text": (b"\x80\x81", "cannot be read ("),
    "of another kind": (b"[1, 2]", "holds no recorded figures"),
    "holding nothing": (b"{}", "holds no recorded figures"),
    "lacking a part": (b'{"rowz": []}', "lacks 'rows'"),
    "lacking a part of a part": (b'{"rows": {"one": {"rest": [{}]}}}', "lacks 'mean'"),
    "changed by hand": (b'{"rows": [1, "two"], "seal": "' + store.seal({"rows": [1, 2]}).encode() + b'"}', "was changed after it was"),
}


@pytest.mark.parametrize(("content", "words"), DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("ours", [True, False], ids=["of the course", "elsewhere"])
def test_damaged_figures_are_named_with_how_to_get_them_back(
    content: bytes, words: str, ours: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "DATA", tmp_path if ours else tmp_path / "data")
    path = tmp_path / "lesson" / "figures.json"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StoreError) as caught:
        _ = store.read_figures(path, "compare")["rows"]["one"]["rest"][0]["mean"]
    told = str(caught.value)
    assert str(path) in told and words in told and "python3 -m dremeta_lite compare" in told and "\n" not in told
    assert ("fresh download of the course" in told and f'git checkout HEAD -- "{path}"' in told) == ours


def test_a_folder_in_place_of_figures_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be read .*python3 -m dremeta_lite compare"):
        store.read_figures(tmp_path, "compare")
