"""Several learners in one picture: what a trial returns under each of them while they train, and each episode of it now."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from jaxtyping import Float
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from dremeta_lite.compare.side_by_side import SideBySide
from dremeta_lite.lab.looks import KNOWN, looks
from dremeta_lite.lab.parts.background import ChangeMarks, Yardsticks, grow, set_limits

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Runner


class SideBySideView:
    """Left: the return of a trial over iterations, a line a learner. Right: each episode of a trial now. For a `SideBySide` learner.

    Args:
        yardsticks: agents to compare with, by name: what each episode returns under them [episode].
        episode: what an episode is called.

    Raises (when it is drawn):
        ValueError: there are more learners than looks that can be told apart.
    """

    def __init__(self, yardsticks: Mapping[str, Float[Tensor, " episode"]], episode: str = "episode") -> None:
        self.yardsticks = {name: each.detach().cpu().numpy() for name, each in yardsticks.items()}
        self.totals = {name: float(each.sum()) for name, each in self.yardsticks.items()}
        self.episode, self.size = episode, (9.6, 4.1)
        self._names: list[str] = []
        self._words = "Nothing has been trained yet."

    def setup(self, figure: Figure) -> Sequence[Artist]:
        self.figure = figure
        self.curve, self.within = figure.subplots(1, 2)
        self.curve.set(title="A whole trial, over training", xlabel="turn", ylabel="return of a trial (sum of rewards)")
        self.within.set(title="Within a trial, now", xlabel=self.episode, ylabel=f"mean return of the {self.episode}")
        self.within.xaxis.set_major_locator(MaxNLocator(integer=True))
        self.heights, self.marks, self.curves = Yardsticks(self.curve), ChangeMarks(self.curve), Yardsticks(self.within)
        self.over = [self.curve.plot([], [])[0] for _ in KNOWN]
        self.now = [self.within.plot([], [], markersize=5)[0] for _ in KNOWN]
        return [*self.over, *self.now]

    def update(self, runner: "Runner") -> None:
        learner = cast(SideBySide, runner.learner)
        self._name(learner)
        self._draw_training(runner)
        self._draw_trial(learner)

    def _name(self, learner: SideBySide) -> None:
        """Give each learner its look and write the legend, once; it lies outside of what moves."""
        names = list(learner.learners)
        if names == self._names:
            return
        found, self._names = looks(names), names
        for over, now, look in zip(self.over, self.now, found.values(), strict=False):
            over.set(**{**look, "marker": ""})
            now.set(**look)
        handles = [Line2D([], [], markersize=5, **look) for look in found.values()]
        place: Any = {"loc": "outside lower left", "ncols": len(names), "columnspacing": 1.4}
        titles = [f"{name} ×{learner.turns[name]}" if learner.turns[name] > 1 else name for name in names]
        self.figure.legend(handles, titles, frameon=False, fontsize=10, **place)
        many = max(learner.turns.values()) > 1
        self.curve.set_xlabel("turn (×: iterations in one turn)" if many else "iteration of each learner")

    def _draw_training(self, runner: "Runner") -> None:
        rows = [[numbers[name] for name in self._names] for numbers in runner.history]
        returns = np.array(rows).reshape(-1, len(self._names))
        n = len(returns)
        for line, y in zip(self.over, returns.T, strict=False):
            line.set_data(np.arange(1, n + 1), y)
        every = np.array([*self.totals.values(), *returns.flatten()] or [0.0, 1.0])
        old = (self.curve.get_xlim(), self.curve.get_ylim()) if n > 1 else (None, None)
        set_limits(self.curve, x=grow(0, max(n, 40), old[0]), y=grow(every.min(), every.max(), old[1]))
        self.heights.set(self.totals)
        self.marks.set(runner.changes)

    def _draw_trial(self, learner: SideBySide) -> None:
        returns = {} if not learner.iteration else {name: each.numpy() for name, each in learner.episode_returns.items()}
        x = np.arange(1, learner.episodes + 1)
        for line, name in zip(self.now, self._names, strict=False):
            line.set_data(x[: len(returns.get(name, []))], returns.get(name, []))
        every = np.concatenate([*returns.values(), *self.yardsticks.values()]) if returns or self.yardsticks else np.array([0.0, 1.0])
        old = self.within.get_ylim() if self._words != "Nothing has been trained yet." else None
        margin = 0.04 * learner.episodes
        set_limits(
            self.within,
            x=(1 - margin, learner.episodes + margin),
            y=grow(every.min(), every.max() + 0.04 * (every.max() - every.min()), old),
        )
        self.curves.set(self.yardsticks)
        if returns:
            self._words = self._describe(learner, returns)

    def _describe(self, learner: SideBySide, returns: Mapping[str, np.ndarray]) -> str:
        each = [
            f"{name} {y.sum():.2f} (first {self.episode} {y[0]:.2f}, last {y[-1]:.2f}; {learner.cpu_seconds[name]:.0f} s of training)"
            for name, y in returns.items()
        ]
        compare = ", ".join(f"{name} {total:.2f}" for name, total in self.totals.items())
        number = learner.hyper.judged if learner.tasks is None else len(learner.tasks[0])
        text = f"Turn {learner.iteration}, return of a trial in {number} tasks that none was trained on: {'; '.join(each)}."
        return text + (f" To compare: {compare}." if compare else "")

    def summary(self) -> str:
        return self._words
