"""For parts that take long to compute: when it is time to look again, and what is seen in between."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.lines import Line2D

from dremeta_lite.lab.parts.layout import Part

LONGEST = 5.0
"""Seconds from one measurement to the next, at most: on a slow machine a picture that says nothing new for half a minute seems dead."""
LOOKING = 0.05
"""The share of the time that measuring takes: a third of what pictures may take, so that curves can follow every iteration."""


class Sparingly:
    """For what takes as long as a few frames, where the frames between can go without it: while it trains, it takes at most a share of the
    time; when it does not, it is done at every frame.

    Args:
        share: of the time, between 0 and 1.
    """

    def __init__(self, share: float = LOOKING) -> None:
        self.share, self._ended, self._pause, self._of = share, 0.0, 0.0, None

    def do(self, runner: Any, work: Callable[[], Any]) -> None:
        """Do the work if it is time for it."""
        learner, running, began = runner.learner, runner.state == "running", time.perf_counter()
        if self._of is learner and running and began < self._ended + self._pause:
            return
        work()
        self._of, self._ended = learner, time.perf_counter()
        self._pause = min((self._ended - began) * (1 / self.share - 1), LONGEST) if running else 0.0

    def passed(self) -> float:
        """How much of the pause until the next time has passed, from 0 to 1; 1 where nothing trains."""
        return min((time.perf_counter() - self._ended) / self._pause, 1.0) if self._pause else 1.0


class Gliding(Sparingly):
    """For what is measured sparingly, and moves from one measurement to the next: while it trains, each line of a part goes evenly, point
    by point, from where it was to where the last measurement has it, and is there when the next one is due. At rest it is there at once.

    Args:
        share: of the time, that measuring takes.
    """

    def __init__(self, share: float = LOOKING) -> None:
        super().__init__(share)
        self._ways: list[tuple[Line2D, np.ndarray, np.ndarray, np.ndarray]] = []
        self._arrived = True

    def update(self, part: Part, runner: Any, measure: Callable[[], Any]) -> None:
        """If it is time, `measure`, which sets the lines of the part. Then `glide`."""
        self.do(runner, lambda: self._set_out(part, measure))
        self.glide()

    def _set_out(self, part: Part, measure: Callable[[], Any]) -> None:
        before = part.series
        measure()
        ways = [(part.drawn[name], before[name], end) for name, end in part.series.items()]
        ways = [(line, start if start.size and end.size else end, end) for line, start, end in ways if not np.array_equal(start, end)]
        self._ways = [(line, *alike(start, end), end) for line, start, end in ways]
        self._arrived = False

    def glide(self) -> bool:
        """Move the lines on; returns whether they are on their way."""
        moving, share = not self._arrived, self.passed()
        self._arrived = share == 1
        for line, start, goal, end in self._ways if moving else ():
            line.set_data(end if self._arrived else start + share * (goal - start))
        return moving


def alike(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two lines [2, point] with equally many points: the shorter one waits at its last."""
    every = np.arange(max(start.shape[1], end.shape[1]))
    return start[:, np.minimum(every, start.shape[1] - 1)], end[:, np.minimum(every, end.shape[1] - 1)]
