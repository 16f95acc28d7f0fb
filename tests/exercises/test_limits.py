"""Code that never ends or wants all memory is stopped, with Unix signals and without."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import torch

from dremeta_lite.exercises import limits
from dremeta_lite.exercises.limits import OutOfMemory, OutOfTime, run_limited


@pytest.fixture(params=["signals", "threads"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of stopping: the second is taken where there are no signals, as on Windows."""
    if request.param == "threads":
        monkeypatch.delattr(signal, "setitimer")
    elif not hasattr(signal, "setitimer"):
        pytest.skip("this system has no such signals")
    return request.param


def endless() -> None:
    while True:
        pass


def stubborn() -> None:
    while True:
        with contextlib.suppress(Exception):
            time.sleep(0.001)


def growing() -> None:
    things = []
    while True:
        things.append(bytearray(10_000_000))


def huge() -> Any:
    return torch.ones(30_000_000_000)


def test_the_result_comes_back(way: str) -> None:
    assert run_limited(lambda: 6 * 7, seconds=5) == 42


def test_an_error_comes_back(way: str) -> None:
    with pytest.raises(ZeroDivisionError):
        run_limited(lambda: 1 // 0, seconds=5)


def test_an_error_of_torch_is_no_lack_of_memory(way: str) -> None:
    with pytest.raises(RuntimeError, match="size"):
        run_limited(lambda: torch.ones(2) + torch.ones(3), seconds=5)


@pytest.mark.parametrize("work", [endless, stubborn])
def test_an_endless_loop_is_stopped(way: str, work: Callable[[], None]) -> None:
    with pytest.raises(OutOfTime):
        run_limited(work, seconds=0.3)
    assert "dremeta-exercise" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("work", [growing, huge])
def test_a_huge_allocation_is_stopped(way: str, work: Callable[[], Any]) -> None:
    with pytest.raises(OutOfMemory):
        run_limited(work, seconds=30, gigabytes=0.3)


@pytest.mark.parametrize("work", [growing])
def test_memory_is_watched_also_where_the_system_does_not(way: str, work: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.sys, "platform", "elsewhere")
    with pytest.raises(OutOfMemory):
        run_limited(work, seconds=30, gigabytes=0.3)


def test_afterwards_everything_is_as_before(way: str) -> None:
    before = signal.getsignal(signal.SIGALRM)
    for work in (endless, growing):
        with pytest.raises((OutOfTime, OutOfMemory)):
            run_limited(work, seconds=0.2, gigabytes=0.3)
    assert signal.getsignal(signal.SIGALRM) is before
    assert torch.ones(200_000_000).sum() > 0  # 0.8 GB: no limit is left
    time.sleep(0.2)  # no timer is left either


def test_it_works_in_another_thread() -> None:
    caught: list[BaseException] = []

    def run() -> None:
        try:
            run_limited(endless, seconds=0.2)
        except OutOfTime as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    assert len(caught) == 1


def test_code_that_cannot_be_reached_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "setitimer")
    monkeypatch.setattr(limits, "GRACE", 0.1)
    with pytest.raises(OutOfTime):
        run_limited(lambda: time.sleep(1.5), seconds=0.1)
    time.sleep(1.6)  # it ends by itself, and the tests after this one have no stranger
