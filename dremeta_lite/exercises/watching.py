"""Work in a thread of its own, and the look at it from outside: the processor time that it has used, the time that it waits, and memory."""

import ctypes
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psutil

from dremeta_lite.exercises.surroundings import Tail, as_before

Result = TypeVar("Result")
GIGABYTE = 2**30
LOOK_EVERY = 0.05
GRACE = 3.0  # seconds that a thread gets to end, once it has been told to; and a copy, to end itself
BACKSTOP = 6.0  # times the limit, in wall time: a busy machine needs longer for the same work
LEAST_WAIT = 5.0  # seconds without any work: a process that gets no turn for as long as that is none that only has to share


class Stopped(BaseException):
    """The code was ended before it had finished. Not an `Exception`, so that an `except Exception` in the code does not swallow it.

    Attributes:
        left_behind: whether it runs on, because nothing could reach it.
        grew: the gigabytes that it had taken by then, as far as that is known.
    """

    left_behind = False
    grew = 0.0


class OutOfTime(Stopped):
    """It computed for longer than it may."""


class Waiting(Stopped):
    """It did nothing for longer than it may compute."""


class Busy(Stopped):
    """It took far longer than it may compute, though it computed for less: the machine may have had other work."""


class OutOfMemory(Stopped):
    """It took more memory than it may."""


class Crashed(Stopped):
    """It ended the process that it ran in."""


class Meter:
    """What the work says of itself while it runs.

    Attributes:
        note: where it is.
        excused: whether what it does now is not counted.
        printed: what it printed, on either stream.
        tell: is given each note.
    """

    def __init__(self) -> None:
        self.note = ""
        self.excused = False
        self.printed = Tail()
        self.tell: Callable[[str], None] = lambda note: None

    def at(self, note: str) -> None:
        self.note = note
        self.tell(note)

    @contextmanager
    def excuse(self) -> Iterator[None]:
        """Time spent in here is not the answer's."""
        self.excused = True
        try:
            yield
        finally:
            self.excused = False


def is_allocation(error: BaseException) -> bool:
    """Whether Python, NumPy or torch complains of memory; torch has no exception of its own for that on the CPU."""
    if isinstance(error, MemoryError):
        return True
    text = said(error) if isinstance(error, RuntimeError) else ""
    return ("memory" in text and "alloc" in text) or "bad_alloc" in text


def said(error: BaseException) -> str:
    """The text of an exception, which may have a `__str__` of its own that fails."""
    try:
        return str(error)
    except Exception as another:
        return f"(its text cannot be shown: {type(another).__name__})"


class Watch:
    """Looks at work every now and then, and says what is wrong with it.

    Args:
        clock: seconds of processor time that the work has used.
        excused: whether what it does at this moment is not counted.
    """

    def __init__(self, clock: Callable[[], float], seconds: float, gigabytes: float = math.inf, excused: Callable[[], bool] = bool) -> None:
        self.clock, self.excused, self.seconds = clock, excused, seconds
        self.used = self.idle = self.wall = 0.0
        self.last, self.at = clock(), time.monotonic()
        self.process = psutil.Process()
        self.gigabytes, self.before = gigabytes, self.process.memory_info().rss

    def grew(self) -> float:
        return (self.process.memory_info().rss - self.before) / GIGABYTE

    def trouble(self) -> type[Stopped] | None:
        """What to end the work with now, if anything."""
        now, at = self.clock(), time.monotonic()
        spent, passed = now - self.last, min(at - self.at, 1.0)  # a laptop that was asleep in between has not waited
        self.last, self.at = now, at
        self.wall += passed
        self.used += 0.0 if self.excused() else spent
        self.idle = self.idle + passed if spent < 0.02 * passed else 0.0
        if self.gigabytes < math.inf and self.grew() > self.gigabytes:
            return OutOfMemory
        if self.used > self.seconds:
            return OutOfTime
        if self.idle > max(self.seconds, LEAST_WAIT):
            return Waiting
        return Busy if self.wall > BACKSTOP * max(self.seconds, LEAST_WAIT) else None


class Stoppable(threading.Thread):
    """A thread in which `stop` may raise once more just when it ends by itself."""

    def run(self) -> None:
        with suppress(Stopped):
            super().run()


def in_thread(
    work: Callable[[], Result],
    meter: Meter,
    seconds: float = math.inf,
    gigabytes: float = math.inf,
    looked: Callable[[], None] | None = None,
) -> Result:
    """Do it in a thread of this process. With `looked`, which is called after each look, the process is a copy: its end ends the thread."""
    outcome: dict[str, Any] = {}
    ready = threading.Event()

    def run() -> None:
        try:
            outcome["clock"] = clock_of_this_thread()
            ready.set()
            outcome["result"] = work()
        except BaseException as error:
            outcome["error"] = error

    thread = Stoppable(target=run, daemon=True, name="dremeta-exercise")
    trouble: type[Stopped] | None = None
    with as_before(meter.printed):
        thread.start()
        ready.wait()
        watch = Watch(outcome["clock"], seconds, gigabytes, lambda: meter.excused or importing(thread))
        try:
            while thread.is_alive() and trouble is None:
                thread.join(LOOK_EVERY)
                trouble = watch.trouble() if thread.is_alive() else None
                if looked:
                    looked()
        finally:
            if looked is None:
                stop(thread, trouble or Stopped, outcome)
    if trouble is not None:
        stopped = trouble()
        stopped.left_behind, stopped.grew = looked is None and thread.is_alive(), watch.grew()
        raise stopped
    if "error" in outcome:
        raise OutOfMemory if is_allocation(outcome["error"]) else outcome["error"]
    return outcome["result"]


def clock_of_this_thread() -> Callable[[], float]:
    """The seconds of processor time that the calling thread has used, to be asked for from another one."""
    last = 0.0
    if sys.platform == "darwin":
        libc = ctypes.CDLL(None)
        port, info, length = libc.pthread_mach_thread_np(ctypes.c_void_p(threading.get_ident())), (ctypes.c_int * 10)(), ctypes.c_uint(10)

        def ask() -> float:
            basic = 3  # of <mach/thread_info.h>: user time and system time, each in seconds and microseconds, and more
            libc.thread_info(port, basic, info, ctypes.byref(length))
            return info[0] + info[2] + (info[1] + info[3]) / 1e6
    elif sys.platform == "win32":
        me, process = threading.get_native_id(), psutil.Process()
        ask = lambda: next(t.user_time + t.system_time for t in process.threads() if t.id == me)
    else:
        number = time.pthread_getcpuclockid(threading.get_ident())
        ask = lambda: time.clock_gettime(number)

    def clock() -> float:
        nonlocal last
        with suppress(OSError, StopIteration, psutil.Error):  # the thread has just ended
            last = ask()
        return last

    return clock


def importing(thread: threading.Thread) -> bool:
    """Whether it is in the middle of an import, which must not be broken off: half a module would stay for good."""
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame is not None


def stop(thread: threading.Thread, reason: type[Stopped], outcome: dict[str, Any]) -> None:
    """Raise `reason` in the thread until it ends, so often that it also meets the lines after an `except` that swallows it."""
    end = time.monotonic() + (BACKSTOP * GRACE if importing(thread) else GRACE)
    while thread.is_alive() and not outcome.keys() & {"result", "error"} and time.monotonic() < end:
        if not importing(thread):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(reason))
        thread.join(0.001)


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
