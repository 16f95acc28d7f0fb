"""Types and shapes are checked at every call while the tests run, which takes a third of the time of whatever calls small functions often.
What runs for long runs the same lines over and over: each test has so many calls that are checked, and a learner in training gets more in
one iteration of ten, so that what begins late is met, too.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from beartype import BeartypeConf, beartype
from jaxtyping import config

CALLS, LATER, EVERY = 4000, 200, 10
"""Calls that are checked in each test, and in every tenth iteration of a learner."""

_disabled = config.jaxtyping_disable
_left = CALLS


def allow(calls: int) -> None:
    """So many calls from now on are checked, if not more already."""
    global _left
    _left = max(_left, calls)
    config.update("jaxtyping_disable", _disabled)


def counted(function: Any) -> Any:
    """beartype, for which a whole number may stand for a float; when the allowance is used up, jaxtyping stops to ask it."""
    checked: Any = beartype(conf=BeartypeConf(is_pep484_tower=True))(function)

    @wraps(checked)
    def call(*args: Any, **kwargs: Any) -> Any:
        global _left
        _left -= 1
        if _left <= 0:
            config.update("jaxtyping_disable", True)
        return checked(*args, **kwargs)

    return checked if isinstance(function, type) else call


def spare(kind: type) -> None:
    """Let every tenth step of a kind of learner, and of all that inherit it, be checked in part."""
    step: Callable[[Any], Any] = kind.step  # type: ignore[attr-defined]

    def sparing(self: Any) -> Any:
        if self.iteration % EVERY == 0:
            allow(LATER)
        return step(self)

    kind.step = sparing  # type: ignore[attr-defined]
