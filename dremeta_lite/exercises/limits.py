"""Running code that somebody else has written, so that no endless loop, no huge allocation and no crash takes the notebook down.

The code runs in a thread of its own, and another thread looks at it every few hundredths of a second (`watching`). On Linux both live in a
copy of the process (a fork). What the code changes is gone with the copy, which can be ended from outside even where Python cannot: in one
long call into C that keeps Python's lock, like `sum(range(10**12))`.

Windows has no such copies, macOS's own libraries do not survive them, and torch refuses gradients in them where there is an accelerator.
There the code runs in this process. An exception is raised inside it, again and again until it ends. A call into C that gives Python's lock
back is left behind and runs on, which is said. One that keeps the lock cannot be stopped there by anything but a restart of the kernel.
"""

import faulthandler
import gc
import json
import logging
import mmap
import os
import select
import signal
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from typing import Any, NoReturn

import psutil
import torch

from dremeta_lite.exercises.watching import GRACE, LOOK_EVERY, Crashed, Meter, Result, Stopped, Watch, in_thread, memory_limit, said


def run_limited(work: Callable[[], Result], seconds: float, gigabytes: float = 2.0, meter: Meter | None = None) -> Result:
    """Do the work and return its result, which must be made of what JSON can hold.

    Args:
        work: is called without arguments.
        seconds: of processor time.
        gigabytes: on top of what the process has.
        meter: through which the work tells where it is.

    Raises:
        Stopped: it was ended. The kind says why.
        Exception: what the work raised; out of a copy of the process, a `RuntimeError` that says the same.
        KeyboardInterrupt: the user, or the work, asked for an end.
    """
    meter = meter or Meter()
    if can_copy():
        with suppress(OSError):  # no room for another process
            return in_copy(work, meter, seconds, gigabytes)
    with memory_limit(gigabytes):
        return in_thread(work, meter, seconds, gigabytes)


def can_copy() -> bool:
    return sys.platform == "linux" and not torch.accelerator.is_available()


def in_copy(work: Callable[[], Result], meter: Meter, seconds: float, gigabytes: float) -> Result:
    """Do it in a copy of this process, which says in lines of JSON where it is and what came of it."""
    ours, theirs = os.pipe()
    beat = mmap.mmap(-1, 1)  # shared; it moves on at each look of the copy's own watch
    with open(ours, "rb", buffering=0) as ears, open(theirs, "wb", buffering=0) as mouth, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside other threads: the copy waits for none of them
        child = os.fork()
        if child == 0:
            be_copy(work, meter, seconds, gigabytes, beat, mouth)
        mouth.close()
        try:
            return listen(ears, child, meter, watch_of_copy(child, beat, seconds + GRACE))
        finally:
            for end in (os.killpg, os.kill):
                with suppress(OSError):
                    end(child, signal.SIGKILL)
            with suppress(OSError):
                os.waitpid(child, 0)


def be_copy(work: Callable[[], Any], meter: Meter, seconds: float, gigabytes: float, beat: mmap.mmap, mouth: FileIO) -> NoReturn:
    """What the copy does. The processor time that it uses while its own watch is kept from looking is for its parent to count."""

    def send(**message: Any) -> None:
        mouth.write(json.dumps(message).encode() + b"\n")

    def looked() -> None:
        beat[0] = (beat[0] + 1) % 256

    try:
        os.setpgid(0, 0)  # so that what the code starts ends with it, and an interrupt reaches the notebook alone
        gc.freeze()  # a collection would touch, and so copy, all that the notebook holds
        torch.set_num_threads(1)  # OpenMP's threads are not copied
        faulthandler.disable()  # these two write where no reader looks
        logging.disable()
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(silent, stream)
        meter.tell = lambda note: send(note=note)
        try:
            with memory_limit(gigabytes):
                message = {"result": in_thread(work, meter, seconds, gigabytes, looked)}
        except Stopped as stopped:
            message = {"stopped": type(stopped).__name__, "grew": stopped.grew, "printed": meter.printed.text()}
        except KeyboardInterrupt:
            message = {"interrupted": True}
        except BaseException as error:
            message = {"raised": f"{type(error).__name__}: {said(error)}"}
        send(**message)
    finally:
        os._exit(0)


def watch_of_copy(child: int, beat: mmap.mmap, seconds: float) -> Watch:
    process, seen = psutil.Process(child), [beat[0]]

    def clock() -> float:
        times = process.cpu_times()
        return times.user + times.system

    def it_looks_itself() -> bool:
        before, seen[0] = seen[0], beat[0]
        return before != seen[0]

    return Watch(clock, seconds, excused=it_looks_itself)


def listen(ears: FileIO, child: int, meter: Meter, watch: Watch) -> Any:
    """What the copy says in the end, unless it has to be ended before."""
    ready, heard = select.poll(), b""
    ready.register(ears)
    while True:
        if ready.poll(1000 * LOOK_EVERY):
            piece = ears.read(2**16)
            *lines, heard = ((heard + piece) if piece else b"").split(b"\n")
            for message in map(json.loads, lines):
                if "note" not in message:
                    return unpack(message, meter)
                meter.note = message["note"]
            if not piece:
                raise Crashed(last_words(child))
        if trouble := watch.trouble():
            raise trouble


def unpack(message: dict[str, Any], meter: Meter) -> Any:
    if "interrupted" in message:
        raise KeyboardInterrupt
    if "raised" in message:
        raise RuntimeError(message["raised"])
    if "stopped" not in message:
        return message["result"]
    meter.printed.write(message["printed"])
    stopped = next(kind for kind in Stopped.__subclasses__() if kind.__name__ == message["stopped"])()
    stopped.grew = message["grew"]
    raise stopped


def last_words(child: int) -> str:
    """How a process ended that said nothing: with a signal, as after a crash, or by itself."""
    for _ in range(20):
        if ended := os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return signal.Signals(ended.si_status).name if ended.si_code != os.CLD_EXITED else f"exit code {ended.si_status}"
        time.sleep(LOOK_EVERY)
    return "it stopped talking"
