"""What an answer is checked in: the same for everybody, and as it was before once the check is over."""

import builtins
import io
import os
import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import torch

MOST = 4000  # characters that are kept of what an answer prints


class Tail(io.TextIOBase):
    """A stream that keeps the end of what is written to it, however much that is."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.kept, self.length = "", 0

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        self.length += len(text)
        self.kept += text[-MOST:]
        if len(self.kept) > 2 * MOST:
            self.kept = self.kept[-MOST:]
        return len(text)

    def text(self, lines: int | None = None) -> str:
        """The last lines of it, and how much was printed before what is kept."""
        kept = self.kept[-MOST:]
        cut = self.length - len(kept)
        shown = "\n".join(kept.splitlines()[-lines if lines else None :])
        return f"(… {cut:,} characters before this)\n{shown}" if cut > 0 else shown


State = tuple[Callable[[], Any], Callable[[Any], Any]]


def contents(of: Any) -> State:
    """The elements of a list or of a mapping that others hold on to."""
    if isinstance(of, list):
        return lambda: of[:], lambda before: of.__setitem__(slice(None), before)
    return lambda: dict(of), lambda before: (of.clear(), of.update(before)) if dict(of) != before else None


def attribute(of: Any, name: str) -> State:
    return lambda: getattr(of, name), lambda before: setattr(of, name, before)


STATES: dict[str, State] = {
    "default dtype": (torch.get_default_dtype, torch.set_default_dtype),
    "number of threads": (torch.get_num_threads, torch.set_num_threads),
    "deterministic algorithms": (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
    "precision of float32": (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    "search for anomalies": (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    "torch's random state": (torch.get_rng_state, torch.set_rng_state),
    "NumPy's random state": (np.random.get_state, np.random.set_state),
    "Python's random state": (random.getstate, random.setstate),
    "current folder": (os.getcwd, os.chdir),
    "environment variables": contents(os.environ),
    "path of imports": contents(sys.path),
    "recursion limit": (sys.getrecursionlimit, sys.setrecursionlimit),
    "switch interval": (sys.getswitchinterval, sys.setswitchinterval),
    "trace of new threads": (threading.gettrace, threading.settrace),  # type: ignore[dict-item]
    **{name: attribute(sys, name) for name in ("stdin", "stdout", "stderr", "displayhook", "excepthook")},
    "input": attribute(builtins, "input"),
}
"""What belongs to the whole process. The rest is a thread's own, and an answer has one of its own: default device, gradient mode, NumPy's
`seterr`, `sys.settrace`. (Only the main thread can change how signals are handled.)"""


@contextmanager
def as_before(printed: io.TextIOBase) -> Iterator[None]:
    """Inside, the course's default dtype, and nobody at the keyboard. What is printed, on either stream, goes into `printed`."""
    kept = []
    for get, put in STATES.values():
        with suppress(OSError):  # the current folder may be gone
            kept.append((get(), put))
    with warnings.catch_warnings():
        try:
            torch.set_default_dtype(torch.float32)
            sys.stdout = sys.stderr = printed
            sys.stdin, builtins.input = io.StringIO(), no_input
            yield
        finally:
            warnings.simplefilter("ignore")
            for value, put in kept:
                with suppress(Exception):  # one that cannot be put back keeps no other from it
                    put(value)


def no_input(prompt: object = "", /) -> str:
    raise EOFError("nobody can type while a check runs: an answer takes what it needs from its arguments, not from input()")
