"""Code that never ends, wants all memory or breaks Python is stopped, in a copy of the process and in a thread of it."""

import contextlib
import os
import random
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dremeta_lite.exercises import limits, watching
from dremeta_lite.exercises.limits import run_limited
from dremeta_lite.exercises.watching import Busy, Crashed, Meter, OutOfMemory, OutOfTime, Stopped, Waiting, Watch

COPIES = sys.platform == "linux"


@pytest.fixture(params=["copies", "threads"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of stopping: the second is taken where there are no copies, as on Windows and macOS."""
    if request.param == "threads":
        monkeypatch.setattr(limits, "can_copy", lambda: False)
    elif not COPIES:
        pytest.skip("this system has no such copies")
    return request.param


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "GRACE", 0.3)
    monkeypatch.setattr(limits, "GRACE", 0.3)


def endless() -> None:
    while True:
        pass


def stubborn() -> None:
    while True:
        with contextlib.suppress(Exception):
            sum(range(100))


def growing() -> None:
    things = []
    while True:
        things.append(bytearray(10_000_000))


def huge() -> Any:
    return torch.ones(30_000_000_000)


def forgetful() -> None:
    while True:
        try:  # noqa: SIM105
            sum(range(100))
        except:  # noqa: E722
            pass


def finally_again() -> None:
    while True:
        try:
            sum(range(100))
        finally:
            continue  # noqa: B012


def generated() -> None:
    def again() -> Iterator[int]:
        while True:
            try:  # noqa: SIM105
                yield 1
            except BaseException:
                pass

    for _ in again():
        pass


def test_the_result_comes_back(way: str) -> None:
    assert run_limited(lambda: 6 * 7, seconds=5) == 42


def test_an_error_comes_back(way: str) -> None:
    with pytest.raises((ZeroDivisionError, RuntimeError), match="division"):
        run_limited(lambda: 1 // 0, seconds=5)


def test_an_error_of_torch_is_no_lack_of_memory(way: str) -> None:
    with pytest.raises(RuntimeError, match="size"):
        run_limited(lambda: torch.ones(2) + torch.ones(3), seconds=5)


@pytest.mark.parametrize("work", [endless, stubborn])
def test_an_endless_loop_is_stopped(way: str, work: Callable[[], None]) -> None:
    with pytest.raises(OutOfTime) as stopped:
        run_limited(work, seconds=0.3)
    assert not stopped.value.left_behind
    assert "dremeta-exercise" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("work", [growing, huge])
def test_a_huge_allocation_is_stopped(way: str, work: Callable[[], Any]) -> None:
    with pytest.raises(OutOfMemory):
        run_limited(work, seconds=30, gigabytes=0.3)


@pytest.mark.parametrize("work", [growing])
def test_memory_is_watched_also_where_the_system_does_not(work: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "can_copy", lambda: False)
    monkeypatch.setattr(watching, "memory_limit", lambda gigabytes: contextlib.nullcontext())
    monkeypatch.setattr(limits, "memory_limit", lambda gigabytes: contextlib.nullcontext())
    with pytest.raises(OutOfMemory):
        run_limited(work, seconds=30, gigabytes=0.3)


def test_what_grows_while_it_loops_is_said_too(way: str) -> None:
    def slowly() -> None:
        things = [torch.ones(30_000_000)]
        while things:
            pass

    with pytest.raises(OutOfTime) as stopped:
        run_limited(slowly, seconds=0.5)
    assert 0.02 < stopped.value.grew < 0.3  # 0.11, less what other tests have left that went meanwhile


def test_it_works_in_another_thread(way: str) -> None:
    caught: list[BaseException] = []

    def run() -> None:
        try:
            run_limited(endless, seconds=0.2)
        except OutOfTime as error:
            caught.append(error)

    before = sys.stdout
    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert len(caught) == 1 and sys.stdout is before


HOPELESS: dict[str, Callable[[], Any]] = {
    "bare except": forgetful,
    "finally": finally_again,
    "generator": generated,
    "a sum in C": lambda: sum(range(10**12)),
    "a power in C": lambda: 10**10**8,
    "a matrix product": lambda: [np.ones((3000, 3000)) @ np.ones((3000, 3000)) for _ in range(10**6)],
    "a regular expression": lambda: re.match(r"(a+)+$", "a" * 64 + "b"),
}


@pytest.mark.skipif(not COPIES, reason="this system has no copies of a process")
@pytest.mark.parametrize("work", HOPELESS.values(), ids=HOPELESS)
def test_a_copy_is_ended_whatever_it_does(work: Callable[[], Any], impatient: None) -> None:
    with pytest.raises(Stopped):
        run_limited(work, seconds=0.2)
    assert run_limited(lambda: 1, seconds=5) == 1


@pytest.mark.skipif(not COPIES, reason="this system has no copies of a process")
@pytest.mark.parametrize(
    ("work", "says"),
    [
        (lambda: os._exit(3), "exit code 3"),
        (lambda: os.kill(os.getpid(), signal.SIGSEGV) or time.sleep(9), "SIGSEGV"),
        (lambda: os.closerange(3, 200) or time.sleep(0.1), "exit code 0"),
    ],
    ids=["exit", "crash", "silence"],
)
def test_a_copy_that_ends_itself_is_reported(work: Callable[[], Any], says: str) -> None:
    with pytest.raises(Crashed, match=says):
        run_limited(work, seconds=5)


def test_what_it_starts_ends_with_it(tmp_path: Path) -> None:
    if not COPIES:
        pytest.skip("this system has no copies of a process")
    import subprocess

    def start() -> int:
        return subprocess.Popen(["sleep", "1000"]).pid

    process = Path(f"/proc/{run_limited(start, seconds=5)}/stat")
    while process.exists() and process.read_text().split()[2] != "Z":  # init collects it when it likes
        time.sleep(0.01)


@pytest.mark.parametrize("work", [lambda: time.sleep(3), lambda: threading.Event().wait(3)], ids=["sleep", "event"])
def test_one_that_waits_is_not_said_to_compute(way: str, work: Callable[[], Any], impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LEAST_WAIT", 0.3)
    with pytest.raises(Waiting) as stopped:
        run_limited(work, seconds=0.2)
    assert stopped.value.left_behind == (way == "threads")
    while "dremeta-exercise" in [thread.name for thread in threading.enumerate()]:
        time.sleep(0.01)  # it ends by itself, and the tests after this one have no stranger


class Script:
    """A clock and a wall that say what they are told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.cpu = self.wall = 0.0
        monkeypatch.setattr(watching.time, "monotonic", lambda: self.wall)
        self.watch = Watch(lambda: self.cpu, seconds)

    def go(self, cpu: float, wall: float) -> type[Stopped] | None:
        self.cpu, self.wall = self.cpu + cpu, self.wall + wall
        return self.watch.trouble()


def test_time_is_that_of_the_processor_and_a_busy_machine_is_accused_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, seconds=10)
    assert not any(script.go(cpu=0.01, wall=0.1) for _ in range(590))  # a tenth of a processor, for 59 seconds
    assert [script.go(cpu=0.01, wall=0.1) for _ in range(20)][-1] is Busy
    script = Script(monkeypatch, seconds=10)
    assert not any(script.go(cpu=0.05, wall=0.05) for _ in range(199))
    assert [script.go(cpu=0.05, wall=0.05) for _ in range(3)][-1] is OutOfTime


def test_a_laptop_that_slept_has_not_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, seconds=10)
    assert script.go(cpu=0.0, wall=3600) is None
    assert not any(script.go(cpu=0.0, wall=0.05) for _ in range(170))
    assert [script.go(cpu=0.0, wall=0.05) for _ in range(20)][-1] is Waiting


def burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_what_is_excused_is_not_charged(way: str) -> None:
    meter = Meter()

    def work() -> int:
        with meter.excuse():
            burn(1.0)
        return 1

    assert run_limited(work, seconds=0.4, meter=meter) == 1
    with pytest.raises(OutOfTime):
        run_limited(lambda: burn(1.0), seconds=0.4)


def test_the_time_of_other_threads_is_not_charged(way: str) -> None:
    over = threading.Event()
    other = threading.Thread(target=lambda: [burn(0.001) for _ in iter(over.is_set, True)])
    other.start()
    try:
        assert run_limited(lambda: [time.sleep(0.01) or burn(0.001) for _ in range(50)] and 1, seconds=0.5) == 1
    finally:
        over.set()
        other.join()


def test_an_import_is_neither_charged_nor_broken_off(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = "import time\nend = time.thread_time() + 1.0\nwhile time.thread_time() < end: pass\nwhole = True\n"
    (tmp_path / "slowly_imported.py").write_text(busy)
    monkeypatch.syspath_prepend(tmp_path)

    def work() -> bool:
        import slowly_imported  # type: ignore[import-not-found]

        return slowly_imported.whole

    assert run_limited(work, seconds=0.4) is True


def test_stopped_at_200_points_of_time_the_process_is_as_good_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time, the answer is in the middle of importing modules, of taking gradients, or of an except that swallows what stops it."""
    monkeypatch.setattr(limits, "can_copy", lambda: False)
    monkeypatch.setattr(watching, "LOOK_EVERY", 0.001)
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)  # what hits a `__del__` is not raised, and comes again
    monkeypatch.syspath_prepend(tmp_path)
    draw, square = random.Random(0), lambda x: (x**2).sum()
    for n in range(200):
        for part in range(5):
            (tmp_path / f"part_{n}_{part}.py").write_text("x = [i for i in range(2000)]\nwhole = True\n")

        def work(n: int = n) -> None:
            for part in range(5):
                for _ in range(20):
                    torch.func.grad(square)(torch.ones(3))
                assert __import__(f"part_{n}_{part}").whole
            while True:
                torch.func.vmap(torch.func.grad(square))(torch.ones(2, 3))

        with pytest.raises(Stopped):
            run_limited(work, seconds=draw.uniform(0.0, 0.02))
        assert all(module.whole for name, module in list(sys.modules.items()) if name.startswith(f"part_{n}_"))
        right = run_limited(lambda: torch.func.vmap(torch.func.grad(square))(torch.ones(2, 3)).tolist(), seconds=30)
        assert right == [[2.0, 2.0, 2.0]] * 2
