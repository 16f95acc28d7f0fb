"""Whatever an answer gives back, raises or changes: a verdict comes back, of words that a person can read, and the process is as before."""

import asyncio
import dataclasses
import functools
import os
import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_judging import EXERCISE

from dremeta_lite.exercises import find, limits
from dremeta_lite.exercises.judging import judge
from dremeta_lite.exercises.surroundings import MOST, STATES, Tail, as_before
from dremeta_lite.exercises.verdict import LONGEST_TEXT, Verdict
from dremeta_lite.lab.exercises import check

PATIENT = dataclasses.replace(EXERCISE, seconds=30.0)


@pytest.fixture(params=["copies", "threads"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "threads":
        monkeypatch.setattr(limits, "can_copy", lambda: False)
    elif sys.platform != "linux":
        pytest.skip("this system has no copies of a process")
    return request.param


def readable(verdict: Verdict) -> Verdict:
    for text in vars(verdict).values():
        text.encode()
        assert len(text) < 1.1 * max(LONGEST_TEXT, MOST)
    assert verdict.found
    return verdict


class Failing:
    """Whatever is asked of it raises."""

    def __init__(self, kind: type[BaseException] = ValueError) -> None:
        object.__setattr__(self, "kind", kind)

    def __getattr__(self, name: str) -> Any:
        raise object.__getattribute__(self, "kind")(name)


def fail(self: Any, *_: Any) -> Any:
    raise object.__getattribute__(self, "kind")("no")


ASKED = "repr str len eq hash bool iter float int index complex array getitem contains abs neg add sub mul lt le call format sizeof dir"
for asked in ASKED.split():
    setattr(Failing, f"__{asked}__", fail)


class Liar(list):  # type: ignore[type-arg]
    """Says that it has three elements, that it is a tensor, and that it equals everything."""

    __class__ = torch.Tensor  # type: ignore[assignment]
    shape, ndim, dtype, layout, requires_grad = (3,), 1, torch.float32, torch.strided, False
    __len__ = lambda self: 3
    __eq__ = lambda self, other: True
    __hash__ = None  # type: ignore[assignment]


class Endless(list):  # type: ignore[type-arg]
    def __iter__(self) -> Iterator[int]:
        return iter(int, 1)


class Odd(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise RuntimeError("I am no tensor of yours")


def circle() -> list[Any]:
    around: list[Any] = [1]
    around.append({"again": around})
    return around


def deep(kind: Callable[[Any], Any]) -> Any:
    x: Any = 1.0
    for _ in range(100_000):
        x = kind(x)
    return x


VALUES: dict[str, Callable[[], Any]] = {
    "complex": lambda: 7j,
    "huge": lambda: 10**400,
    "digits": lambda: 10**5000,
    "negative huge": lambda: -(10**400),
    "circle": circle,
    "deep list": lambda: deep(lambda x: [x]),
    "deep tuple": lambda: deep(lambda x: (x,)),
    "deep dict": lambda: deep(lambda x: {"x": x}),
    "objects": lambda: np.array([object(), None, [1]], dtype=object),
    "a circle of objects": lambda: np.array([np.empty(2, dtype=object)] * 2, dtype=object),
    "structured": lambda: np.zeros(2, dtype=[("a", "f4"), ("b", "i4")]),
    "text": lambda: np.array(["a", "b"]),
    "dates": lambda: np.array(["2026-01-01"], dtype="datetime64[D]"),
    "sparse": lambda: torch.eye(3).to_sparse(),
    "meta": lambda: torch.ones(3, device="meta"),
    "quantised": lambda: torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "half": lambda: torch.tensor(7.0, dtype=torch.float16),
    "float8": lambda: torch.ones(3).to(torch.float8_e4m3fn),
    "subclass": lambda: torch.ones(()).as_subclass(Odd),
    "parameter": lambda: torch.nn.Parameter(torch.tensor(7.0)),
    "large": lambda: torch.ones(1000, 1000),
    "failing": Failing,
    "failing for good": lambda: Failing(GeneratorExit),
    "liar": Liar,
    "generator": lambda: (x for x in "abc"),
    "failing generator": lambda: (1 // 0 for _ in "abc"),
    "function": lambda: print,
    "type": lambda: int,
    "module": lambda: sys,
    "surrogates": lambda: "\udc80\x00\x1b[31m",
    "long text": lambda: "x" * 10**7,
    "long list": lambda: [10**9] * 10**6,
    "not implemented": lambda: NotImplemented,
    "ellipsis": lambda: ...,
    "nan": lambda: float("nan"),
    "coroutine result": lambda: asyncio.Future(loop=asyncio.new_event_loop()).get_loop().close(),
}


@pytest.mark.parametrize("make", VALUES.values(), ids=VALUES)
def test_whatever_comes_back_a_verdict_is_given(way: str, make: Callable[[], Any]) -> None:
    assert readable(judge(PATIENT, lambda x: make())).outcome in ("wrong", "error")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", VALUES.values(), ids=VALUES)
def test_what_is_no_function_is_said_to_be_none(make: Callable[[], Any]) -> None:
    value = make()
    if not callable(value):
        assert "without parentheses" in readable(judge(PATIENT, value)).found


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.recursive(st.sampled_from(sorted(VALUES)), lambda x: st.lists(x, min_size=1, max_size=3) | st.fixed_dictionaries({"a": x})))
def test_however_they_are_nested(shape: Any) -> None:
    def build(shape: Any) -> Any:
        if isinstance(shape, str):
            return VALUES[shape]()
        return {k: build(v) for k, v in shape.items()} if isinstance(shape, dict) else [build(part) for part in shape]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "can_copy", lambda: False)
        for expected in ({"a": torch.ones(2)}, [1.0, torch.ones(2)], torch.ones(3), 1, True):
            case = dataclasses.replace(next(iter(EXERCISE.cases())), expected=expected)
            exercise = dataclasses.replace(PATIENT, cases=lambda case=case: [case], properties=())
            readable(dataclasses.replace(verdict := judge(exercise, lambda x: build(shape)), found=verdict.found or verdict.outcome))


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("nothing to say")

    __repr__ = __str__


class Own(BaseException):
    pass


def deeper(x: Any) -> Any:
    return deeper(x)


ERRORS: dict[str, Callable[[], BaseException]] = {
    "mute": lambda: Mute(),
    "own": lambda: Own("of mine"),
    "generator exit": lambda: GeneratorExit(),
    "cancelled": lambda: asyncio.CancelledError(),
    "exit": lambda: SystemExit(3),
    "stop": lambda: StopIteration(7),
    "group": lambda: BaseExceptionGroup("two", [ValueError("a"), Own("b")]),
    "long": lambda: ValueError("x" * 10**7),
    "odd": lambda: KeyError(Failing()),
}


@pytest.mark.parametrize("make", ERRORS.values(), ids=ERRORS)
def test_whatever_is_raised_is_named(way: str, make: Callable[[], BaseException]) -> None:
    def answer(x: Any) -> Any:
        raise make()

    assert type(make()).__name__ in readable(judge(PATIENT, answer)).found
    assert "RecursionError" in readable(judge(PATIENT, deeper)).found


def test_a_function_that_is_none_is_judged(way: str) -> None:
    around = lambda x: 0.0
    around.__wrapped__ = around  # type: ignore[attr-defined]
    signed = lambda x: 0.0
    signed.__signature__ = 3  # type: ignore[attr-defined]
    for answer in (around, signed, functools.partial(max), int, Failing(), print, torch.nn.Linear(1, 1)):
        assert readable(judge(PATIENT, answer)).outcome in ("wrong", "error")


def test_what_never_ends_when_it_is_looked_at_is_stopped() -> None:
    quick = dataclasses.replace(EXERCISE, seconds=0.5)
    assert judge(quick, lambda x: Endless([1])).outcome in ("wrong", "stopped")


def test_much_that_is_printed_is_cut_and_both_streams_are_kept(way: str, capfd: pytest.CaptureFixture[str]) -> None:
    def talk(x: Any) -> float:
        print("x" * 10**7)
        print("to the other", file=sys.stderr)
        return 0.0

    verdict = readable(judge(PATIENT, talk))
    assert "characters before this" in verdict.printed and "to the other" in verdict.printed
    if way == "copies":
        judge(PATIENT, lambda x: os.write(1, b"escaped") + os.write(2, b"escaped"))
    assert capfd.readouterr() == ("", "")


def test_a_tail_keeps_the_end() -> None:
    tail = Tail()
    for i in range(10**5):
        tail.write(f"{i}\n")
    assert tail.text(2).splitlines()[1:] == ["99998", "99999"] and "characters before" in tail.text()


def mess_up(x: torch.Tensor) -> torch.Tensor:
    total = x.sum()
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.set_grad_enabled(False)
    torch._C._set_grad_enabled(False)
    torch.inference_mode(True).__enter__()
    torch.set_num_threads(3)
    torch.use_deterministic_algorithms(True)
    torch.set_float32_matmul_precision("medium")
    torch.autograd.set_detect_anomaly(True)
    for seed in (torch.manual_seed, np.random.seed, random.seed):
        seed(5)
    np.seterr(all="ignore")
    warnings.simplefilter("ignore")
    os.chdir("/")
    os.environ.pop("PATH", None)
    os.environ["MESSED_UP"] = "1"
    sys.path.insert(0, "nowhere")
    sys.setrecursionlimit(5000)
    sys.setswitchinterval(0.5)
    sys.stdout.close()
    sys.stdout = sys.stderr = sys.stdin = None  # type: ignore[assignment]
    sys.displayhook = sys.excepthook = print  # type: ignore[assignment]
    sys.settrace(lambda *_: None)
    threading.settrace(lambda *_: None)  # type: ignore[arg-type]
    __builtins__["input"] = None
    return total


OF_A_THREAD: dict[str, Callable[[], Any]] = {
    "device": lambda: torch.ones(1).device,
    "gradients": torch.is_grad_enabled,
    "inference": torch.is_inference_mode_enabled,
    "numpy errors": np.geterr,
    "filters": lambda: warnings.filters[:],
    "trace": sys.gettrace,
}
SEEN = {**{name: get for name, (get, _) in STATES.items()}, **OF_A_THREAD}


@pytest.mark.parametrize("name", SEEN)
def test_everything_is_restored(way: str, name: str) -> None:
    exercise = dataclasses.replace(PATIENT, properties=(), cases=lambda: [next(iter(EXERCISE.cases()))])
    with as_before(Tail()):  # so that a failure spoils no other test
        before = SEEN[name]()
        assert judge(exercise, mess_up).outcome == "right"
        now = SEEN[name]()
    assert now.tolist() == before.tolist() if isinstance(now, torch.Tensor) else np.testing.assert_equal(now, before) is None


def test_it_is_judged_in_the_world_of_the_course_whatever_the_notebook_has_set(way: str) -> None:
    exercise = find("06.adapt_by_hand")
    mine = lambda *arguments: exercise.reference(*arguments)
    try:
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        with torch.no_grad():
            assert judge(exercise, mine).outcome == "right"
            assert check(exercise.id, mine) is mine
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)


class Name(str):
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    __hash__ = str.__hash__
    __repr__ = __eq__  # type: ignore[assignment]


IDS: list[Callable[[], Any]] = [Failing, lambda: Name("06.adapt_k"), lambda: Name("99.x"), lambda: "x" * 10**7, lambda: b"06.adapt_k"]
IDS += [lambda: None, list, dict, lambda: 7, lambda: "٠٦.adapt_k", lambda: "06.\udc80", lambda: Failing(GeneratorExit)]


@pytest.mark.parametrize("make", IDS, ids=range(len(IDS)))
def test_what_is_no_exercise_is_refused_in_a_sentence(make: Callable[[], Any]) -> None:
    try:
        assert find(make()).id == "06.adapt_k"
    except ValueError as error:
        assert len(str(error)) < 300


def test_a_folder_that_is_gone_stops_no_check(way: str, tmp_path: Path) -> None:
    before, gone = Path.cwd(), tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    try:
        gone.rmdir()
        assert judge(PATIENT, lambda x: x.sum()).outcome == "right"
    finally:
        os.chdir(before)
