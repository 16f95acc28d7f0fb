"""Types and shapes are checked at every call while the tests run, which takes a third of the time of a long training. Its iterations run
the same lines over and over: they are checked in the first few iterations of each learner, and then in every tenth.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from jaxtyping import config

FIRST = 5
"""Iterations of a learner in which everything is checked, before it is only one in `THEN`: what begins late in training is met, too."""
THEN = 10

_lock, _inside, _disabled = Lock(), 0, config.jaxtyping_disable


@contextmanager
def unchecked(spared: bool = True) -> Iterator[None]:
    """While any thread is inside, types and shapes are not checked; `spared=False` changes nothing."""
    move(spared)
    try:
        yield
    finally:
        move(-spared)


def move(by: int) -> None:
    global _inside
    with _lock:
        _inside += by
        config.update("jaxtyping_disable", _disabled or _inside > 0)


def spare(kind: type) -> None:
    """Let the steps of a kind of learner, and of all that inherit them, be checked in the first iterations and in one of ten later ones."""
    step = kind.step  # type: ignore[attr-defined]

    def sparing(self: Any) -> Any:
        with unchecked(self.iteration >= FIRST and self.iteration % THEN > 0):
            return step(self)

    kind.step = sparing  # type: ignore[attr-defined]
