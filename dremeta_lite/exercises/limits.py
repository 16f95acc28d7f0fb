"""Running code that somebody else has written, so that neither an endless loop nor a huge allocation takes the notebook down.

On systems with Unix signals, and in the main thread, a timer interrupts the code every few hundredths of a second and looks at clock and
memory. Elsewhere (Windows, other threads) the code runs in a thread of its own, and the same look is taken from outside. In both cases an
exception is raised *inside* the code, so it ends at its next line of Python.
"""

import ctypes
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

import psutil

Result = TypeVar("Result")
GIGABYTE = 2**30
LOOK_EVERY = 0.05
GRACE = 3.0  # seconds that a thread gets to end, once it has been told to


class OutOfTime(BaseException):
    """The code ran longer than it may. Not an `Exception`, so that an `except Exception` in the code does not swallow it."""


class OutOfMemory(BaseException):
    """The code took more memory than it may."""


def run_limited(work: Callable[[], Result], seconds: float, gigabytes: float = 2.0) -> Result:
    """Do the work and return its result.

    Raises:
        OutOfTime: it took longer than `seconds`.
        OutOfMemory: it took more than `gigabytes` on top of what the process had.
        BaseException: what the work raised.
    """
    watch = Watch(seconds, gigabytes)
    with memory_limit(gigabytes):
        try:
            alone = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
            return by_signal(work, watch) if alone else by_thread(work, watch)
        except (MemoryError, RuntimeError) as error:
            if isinstance(error, MemoryError) or is_allocation(error):
                raise OutOfMemory(str(error)) from error
            raise


def is_allocation(error: BaseException) -> bool:
    """Whether torch complains of memory; it has no exception of its own for that on the CPU."""
    return isinstance(error, RuntimeError) and "memory" in str(error) and "alloc" in str(error)


class Watch:
    """Looks at clock and memory."""

    def __init__(self, seconds: float, gigabytes: float) -> None:
        self.process = psutil.Process()
        self.end = time.monotonic() + seconds
        self.most = self.process.memory_info().rss + gigabytes * GIGABYTE

    def trouble(self) -> type[BaseException] | None:
        """What to raise now, if anything."""
        if time.monotonic() > self.end:
            return OutOfTime
        return OutOfMemory if self.process.memory_info().rss > self.most else None


def by_signal(work: Callable[[], Result], watch: Watch) -> Result:
    def look(_: int, __: FrameType | None) -> None:
        if trouble := watch.trouble():
            raise trouble

    previous = signal.signal(signal.SIGALRM, look)
    try:
        signal.setitimer(signal.ITIMER_REAL, LOOK_EVERY, LOOK_EVERY)
        return work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def by_thread(work: Callable[[], Result], watch: Watch) -> Result:
    outcome: dict[str, Any] = {}

    def run() -> None:
        try:
            outcome["result"] = work()
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=run, daemon=True, name="dremeta-exercise")
    thread.start()
    while thread.is_alive() and not (trouble := watch.trouble()):
        thread.join(LOOK_EVERY)
    if thread.is_alive():
        stop(thread, trouble or OutOfTime)
        raise trouble or OutOfTime
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]


def stop(thread: threading.Thread, reason: type[BaseException]) -> None:
    """Raise `reason` in the thread until it ends. One that hangs outside Python cannot be reached: it is left behind."""
    end = time.monotonic() + GRACE
    while thread.is_alive() and time.monotonic() < end:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(reason))
        thread.join(LOOK_EVERY)


@contextmanager
def memory_limit(gigabytes: float) -> Iterator[None]:
    """On Linux the system itself refuses what goes beyond: one huge allocation fails at once, instead of filling the machine first."""
    if sys.platform != "linux":
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = psutil.Process().memory_info().vms + int(gigabytes * GIGABYTE)
    ceiling = min([wanted, *(x for x in (soft, hard) if x != resource.RLIM_INFINITY)])
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
