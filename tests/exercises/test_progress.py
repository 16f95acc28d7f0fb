"""Progress survives restarts, damage and a folder that cannot be written."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dremeta_lite.exercises.progress import Progress, default_path, parse


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "progress.json"


def test_it_survives_a_restart(path: Path) -> None:
    Progress(path).attempt("06.adapt", "wrong")
    Progress(path).attempt("06.adapt", "right")
    Progress(path).attempt("06.adapt", "wrong")
    Progress(path).hint("06.adapt", 2)
    Progress(path).hint("06.adapt", 1)
    Progress(path).solution("06.adapt")
    entry = Progress(path).read()["exercises"]["06.adapt"]
    assert entry.pop("solved").startswith("20")
    assert entry == {"attempts": 3, "last": "wrong", "hints": 2, "solution_read": True}


def test_the_first_and_the_last_answer_of_a_quiz_are_kept(path: Path) -> None:
    for letter, right in (("a", False), ("c", True)):
        Progress(path).answer("06", 2, letter, right)
    assert Progress(path).read()["quizzes"] == {"06": {"2": {"first": "a", "first_right": False, "last": "c", "right": True}}}


def test_the_first_and_the_last_prediction_are_kept(path: Path) -> None:
    """Whatever kind it is of; and a file from before there were any is no damage."""
    Progress(path).attempt("06.adapt", "right")
    assert "predictions" not in json.loads(path.read_text(encoding="utf-8"))
    for said in (10.0, "both", [[0, -40.0], [50, -12.5]]):
        Progress(path).predict("06.before", said)
    record = Progress(path, pytest.fail).read()
    assert record["predictions"] == {"06.before": {"first": 10.0, "said": [[0, -40.0], [50, -12.5]]}} and record["exercises"]


def test_two_notebooks_at_once_lose_nothing(path: Path) -> None:
    one, two = Progress(path), Progress(path)
    one.attempt("01.a", "right")
    two.attempt("06.b", "right")
    one.attempt("01.c", "right")
    assert set(Progress(path).read()["exercises"]) == {"01.a", "06.b", "01.c"}


NOTES = """
import sys
from pathlib import Path
from dremeta_lite.exercises.progress import Progress
progress = Progress(Path(sys.argv[1]), sys.exit)
for i in range(25):
    progress.attempt("06.adapt", "wrong")
    progress.answer("06", i, sys.argv[2], True)
"""


def test_several_kernels_at_once_lose_no_note(path: Path) -> None:
    kernels = [subprocess.Popen([sys.executable, "-c", NOTES, str(path), letter]) for letter in "abcd"]
    assert [kernel.wait(120) for kernel in kernels] == [0] * 4
    record = Progress(path).read()
    assert record["exercises"]["06.adapt"]["attempts"] == 100 and len(record["quizzes"]["06"]) == 25
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_what_a_newer_version_has_written_is_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"exercises": {"77.x": {"medal": "gold"}}, "quizzes": {}, "streak": 5}), encoding="utf-8")
    Progress(path).attempt("77.x", "right")
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["streak"] == 5 and record["exercises"]["77.x"]["medal"] == "gold"


def holding(more: str, count: str = "1") -> bytes:
    return f'{{"exercises": {{"a": {{"attempts": {count}}}}}, "quizzes": {{}}, "x": {more}}}'.encode()


DAMAGED = [b"", b"{", b"[]", b'{"exercises": 3}', b"\xff\xfe", b'{"exercises": {"a": 1}, "quizzes": {}}']
DAMAGED += [b"[" * 100_000, b'{"exercises":' * 100_000, b'{"exercises": {}, "exercises": {}, "quizzes": {}}', b"\xef\xbb\xbf\x00"]
DAMAGED += [b'{"exercises": {}, "quizzes": {}, "predictions": [1]}', b'{"exercises": {}, "quizzes": {}, "predictions": {"06.x": 1}}']
DAMAGED += [holding("[" * 5000 + "]" * 5000)]
DAMAGED += [holding("1", count) for count in ("9" * 4300, "9" * 5000, "-1", "NaN", "1.5", '"1"', "[]", "null")]


@pytest.mark.parametrize("content", [*DAMAGED, b'{"exercises": {}, "quizzes": {"06": {"1": 2}}}'])
def test_a_damaged_file_is_set_aside_with_a_notice(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    said: list[str] = []
    Progress(path, said.append).attempt("06.adapt", "right")
    aside = [other for other in path.parent.iterdir() if other != path]
    assert [other.read_bytes() for other in aside] == [content]
    assert len(said) == 1 and "damaged" in said[0] and str(aside[0]) in said[0]
    assert "solved" in Progress(path, said.append).read()["exercises"]["06.adapt"] and len(said) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le"])
def test_what_an_editor_saved_in_its_own_way_is_read(path: Path, encoding: str) -> None:
    path.parent.mkdir()
    path.write_bytes(holding('"\\ud800 中"').decode().encode(encoding))
    said: list[str] = []
    assert Progress(path, said.append).attempt("a", "right")["attempts"] == 2 and said == []
    assert json.loads(path.read_text(encoding="utf-8"))["x"] == "\ud800 中"


@pytest.mark.parametrize("depth", range(100, 1000, 50))
def test_what_can_be_read_but_perhaps_not_be_written_again_is_not_lost(path: Path, depth: int) -> None:
    path.parent.mkdir()
    path.write_bytes(content := holding("[" * depth + "]" * depth))
    Progress(path, lambda _: None).attempt("a", "right")
    aside = [other.read_bytes() for other in path.parent.iterdir() if other != path]
    kept = parse(path.read_bytes())
    assert (aside == [content] or str(kept["x"]) == "[" * depth + "]" * depth) and "solved" in kept["exercises"]["a"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["attempts", "hints", "1", "first_right"]), inner),
    max_leaves=8,
)
PARTS = st.dictionaries(st.sampled_from(["06.adapt", "06"]), JSON) | JSON


@settings(max_examples=150, deadline=None)
@given(st.binary() | st.fixed_dictionaries({"exercises": PARTS, "quizzes": PARTS}, optional={"x": JSON, "predictions": PARTS}))
def test_whatever_the_file_holds_a_note_is_taken_and_nothing_is_lost(content: Any) -> None:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    with tempfile.TemporaryDirectory() as folder:
        path, said = Path(folder, "progress.json"), list[str]()
        path.write_bytes(raw)
        progress = Progress(path, said.append)
        progress.attempt("06.adapt", "right")
        progress.answer("06", 1, "b", True)
        progress.predict("06.before", 1)
        record = parse(path.read_bytes())
        assert record["exercises"]["06.adapt"]["last"] == "right" and record["quizzes"]["06"]["1"]["last"] == "b"
        assert record["predictions"]["06.before"]["said"] == 1
        aside = [other.read_bytes() for other in path.parent.iterdir() if other != path]
        if aside:
            assert aside == [raw] and len(said) == 1
        else:
            assert said == [] and set(json.loads(raw)["exercises"]) <= set(record["exercises"])


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_on_a_full_disk_it_is_kept_in_memory_and_written_when_there_is_room(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    Progress(path).attempt("06.adapt", "wrong")
    progress = Progress(path, said.append)
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        for n in (2, 3):
            assert progress.attempt("06.adapt", "right" if n == 2 else "wrong")["attempts"] == n
        progress.answer("06", 1, "b", True)
        assert progress.read()["exercises"]["06.adapt"]["attempts"] == 3 and progress.read()["quizzes"]["06"]
        assert len(said) == 1 and "No space left" in said[0] and "kept in memory" in said[0]
        assert Progress(path).read()["exercises"]["06.adapt"]["attempts"] == 1
    Progress(path).attempt("01.a", "right")  # another kernel, which has room by now
    progress.hint("06.adapt", 1)
    record = Progress(path).read()
    assert record["exercises"]["06.adapt"].items() >= {"attempts": 3, "hints": 1, "last": "wrong"}.items()
    assert "solved" in record["exercises"]["06.adapt"] and set(record["exercises"]) == {"06.adapt", "01.a"} and len(said) == 1


@pytest.mark.parametrize("kind", ["a folder", "a circle of links", "unreadable", "held by another"])
def test_what_cannot_be_read_is_told_once_and_left_as_it_is(path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    if kind == "a folder":
        path.mkdir()
    elif kind == "a circle of links":
        path.symlink_to(path.name)
    else:
        path.write_bytes(holding("1"))
    if kind == "unreadable":
        monkeypatch.setattr(Path, "read_bytes", full)
    if kind == "held by another":
        monkeypatch.setattr("dremeta_lite.files.locked", lambda _: False)
        monkeypatch.setattr("dremeta_lite.exercises.progress.PATIENCE_S", 0)
    said: list[str] = []
    progress = Progress(path, said.append)
    progress.attempt("06.adapt", "wrong")
    assert progress.attempt("06.adapt", "right")["attempts"] == 2 and "solved" in progress.read()["exercises"]["06.adapt"]
    assert len(said) == 1 and "kept in memory" in said[0]
    monkeypatch.undo()
    assert path.is_dir() or path.is_symlink() or path.read_bytes() == holding("1")


@pytest.mark.skipif(os.name == "nt", reason="needs a Unix folder")
def test_where_nothing_can_be_written_it_is_kept_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    said: list[str] = []
    progress = Progress(tmp_path / "file" / "progress.json", said.append)
    progress.attempt("06.adapt", "wrong")
    assert progress.attempt("06.adapt", "right")["attempts"] == 2
    assert len(said) == 1 and "kept in memory" in said[0]


def test_the_file_lies_outside_the_course(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So that a newer version in another folder finds it."""
    monkeypatch.delenv("DREMETA_PROGRESS")
    assert Path(__file__).parents[2] not in default_path().parents
    monkeypatch.setenv("DREMETA_PROGRESS", str(tmp_path / "mine.json"))
    assert default_path() == tmp_path / "mine.json"
