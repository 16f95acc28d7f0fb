"""A tiny learner and a simple view, to test the live engine with: gradient ascent on one parabola, whose top is at 1."""

import html
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from torch import Tensor

from dremeta_lite.hyper import HyperParameters, Real, Switch, Whole
from dremeta_lite.lab.parts.background import ChangeMarks, Yardsticks, grow, set_limits
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.style import BLUE
from dremeta_lite.learner import Learner, generator
from dremeta_lite.learner_state import check_same_layout

PATIENCE = 300
"""Seconds until something that should happen in another thread counts as not happening, on a machine that may be busy."""


def until(condition: Callable[[], Any], what: str = "") -> None:
    """Wait for something that happens in another thread."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.002)


def drawn(view: Any, make: Callable[[int], Learner], *iterations: int) -> tuple[Any, Picture, str]:
    """Draw a view of a learner before its first iteration, and then after each number of further ones.

    Returns:
        the runner, the picture, and what the view said first.
    """
    runner, picture = Runner(make, 0), Picture(view)
    assert picture.draw(runner).startswith(b"\x89PNG")
    said = view.summary()
    for n in iterations:
        runner.run(n)
        picture.draw(runner)
    return runner, picture, said


def words(widget: Any) -> str:
    """The text of an HTML widget."""
    return html.unescape(re.sub("<[^>]*>", "", widget.value))


class ClimbHyper(HyperParameters):
    step_size = Real(0.1, low=1e-3, high=10, symbol="α", scale="log", help="length of one uphill step")
    noise = Real(0.0, low=0, high=1, symbol="σ", help="standard deviation of the gradient's noise")
    repeats = Whole(1, low=1, high=50, symbol="K", unit="steps", help="uphill steps in one iteration")
    ascend = Switch(True, symbol="↑", help="on: climb; off: descend")


class Climb(Learner):
    """Climbs -(x - 1)².

    Args:
        pause: seconds that each of `beats` parts of an iteration takes, with a heartbeat after each.
        raise_at, nan_at: the iteration (counted from 1) that raises, or whose value is not a number. Only once: a retry succeeds.
    """

    hyper: ClimbHyper

    def __init__(self, seed: int = 0, pause: float = 0.0, beats: int = 1, raise_at: int = 0, nan_at: int = 0) -> None:
        super().__init__()
        self.hyper, self.device = ClimbHyper(), torch.device("cpu")
        self.rng, self.seed = generator(seed), seed
        self.x = torch.randn(1, generator=self.rng)
        self.pause, self.beats, self.trouble = pause, beats, {raise_at: "raise", nan_at: "nan"}

    def advance(self) -> dict[str, float]:
        for _ in range(self.hyper.repeats):
            gradient = 2 * (1 - self.x) + self.hyper.noise * torch.randn(1, generator=self.rng)
            self.x = self.x + (1 if self.hyper.ascend else -1) * self.hyper.step_size * gradient
        self.work()
        trouble = self.trouble.pop(self.iteration + 1, "")
        if trouble == "raise":
            raise RuntimeError(f"iteration {self.iteration + 1} was told to fail")
        value = float("nan") if trouble == "nan" else -((self.x - 1) ** 2).item()
        return {"value": value, "x": self.x.item(), "env_steps": 100.0}

    def work(self) -> None:
        for _ in range(self.beats):
            time.sleep(self.pause)
            self.heartbeat()

    def state_dict(self) -> dict[str, Tensor]:
        return {"x": self.x.clone(), "rng": self.rng.get_state(), "iteration": torch.tensor(self.iteration)}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        check_same_layout(self.state_dict(), state)
        self.x, self.iteration = state["x"].clone(), int(state["iteration"])
        self.rng.set_state(state["rng"])


class ClimbView:
    """The position x over the iterations."""

    size = (9.0, 3.6)

    def setup(self, figure: Figure) -> Sequence[Artist]:
        self.axes = figure.add_subplot(xlabel="iteration", ylabel="position x", title="Climbing a parabola", xlim=(0, 20), ylim=(-2, 2))
        (self.curve,) = self.axes.plot([], [], color=BLUE, label="x")
        self.yardsticks, self.marks = Yardsticks(self.axes), ChangeMarks(self.axes)
        self.xs: list[float] = []
        return [self.curve]

    def update(self, runner: Runner) -> None:
        self.xs = [row["x"] for row in runner.history]
        self.curve.set_data(range(1, len(self.xs) + 1), self.xs)
        across: Any = grow(0, max(len(self.xs), 1), self.axes.get_xlim())
        set_limits(self.axes, x=across, y=grow(min(self.xs, default=0), max(self.xs, default=0), self.axes.get_ylim()))
        self.yardsticks.set({"top": 1.0, "start": 0.0})
        self.marks.set(runner.changes)

    def summary(self) -> str:
        where = f"x is {self.xs[-1]:.3f}" if self.xs else "x has not moved yet"
        return f"After {len(self.xs)} iterations {where}; the top is at 1."
