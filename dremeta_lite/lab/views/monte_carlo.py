"""Value by Monte Carlo: averages of returns on a map, beside the exact values, and their error over episodes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from dremeta_lite.lab.parts.background import ChangeMarks, set_limits
from dremeta_lite.lab.style import BLUE, GREY, SKY
from dremeta_lite.lab.views.grid import GridMap
from dremeta_lite.tasks.grid import GridWorld

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Runner


class MonteCarloView:
    """Left: the average return from each cell. Middle: the exact value. Right: the error over episodes, beside the standard error."""

    size = (9.6, 3.7)

    def __init__(self, family: GridWorld) -> None:
        self.family = family
        self._words, self._exact = "", torch.empty(0)

    def setup(self, figure: Figure) -> Sequence[Artist]:
        estimate, exact, curve = figure.subplots(1, 3, width_ratios=(1, 1, 1.05))
        self.maps = [GridMap(axes, self.family, numbers=True) for axes in (estimate, exact)]
        estimate.set(title="Average return")
        exact.set(title="Exact value V", ylabel="")
        self.curve = curve
        curve.set(title="Error of the average", xlabel="episodes n", ylabel="|average - exact|", xscale="log", yscale="log")
        set_limits(curve, x=(1.0, 1000.0), y=(1e-3, 2.0))
        self.lines = {
            "error_start": curve.plot([], [], color=BLUE, linewidth=2)[0],
            "error_rms": curve.plot([], [], color=SKY, linewidth=1.8, linestyle=(0, (4, 2)))[0],
        }
        self.guide = curve.plot([], [], color=GREY, linewidth=1)[0]
        names = ["cell S", "all cells (RMS)", "σ/√n"]
        curve.legend([*self.lines.values(), self.guide], names, loc="upper center", bbox_to_anchor=(0.45, -0.2), ncols=3, columnspacing=0.8)
        self.marks = ChangeMarks(curve)
        return [*self.maps[0].artists(), *self.lines.values(), self.guide]

    def update(self, runner: "Runner") -> None:
        learner: Any = runner.learner
        goal, exact = learner.task.goal.item(), learner.exact()
        self.maps[0].show(learner.V, goal=goal)
        if not torch.equal(exact, self._exact):  # it is part of the background
            self._exact = exact
            self.maps[1].show(exact, goal=goal)
        history = since_restart(runner.history)
        n = np.array([row["episodes"] for row in history])
        for name, line in self.lines.items():
            line.set_data(n, [max(row[name], 1e-6) for row in history])
        if not history:
            self.guide.set_data([], [])
            self._words = f"No episode yet. The exact value of the start is {exact[self.family.start]:.3f}."
            return
        last = history[-1]
        ends = np.array([1.0, 1e7])
        self.guide.set_data(ends, last["standard_error"] * np.sqrt(last["episodes"] / ends))
        lowest = min(last["error_rms"], last["standard_error"] or 1.0)  # where the error changes its sign it dips without meaning
        old_x, old_y = self.curve.get_xlim(), self.curve.get_ylim()
        x = (1.0, old_x[1] if n[-1] <= old_x[1] else 10 * n[-1])
        set_limits(self.curve, x=x, y=(min(old_y[0], 10.0 ** np.floor(np.log10(max(lowest, 1e-5) / 3))), 2.0))
        self._words = self._describe(last)

    def _describe(self, last: Any) -> str:
        return (
            f"After {last['episodes']:.0f} episodes the average return of the start is {last['value_start']:.3f}; its exact value is "
            f"{last['exact_start']:.3f}. Error {last['error_start']:.3f}, standard error σ/√n {last['standard_error']:.3f}; root mean "
            f"square error over the cells visited {last['error_rms']:.3f}."
        )

    def summary(self) -> str:
        return self._words


def since_restart(history: Sequence[Any]) -> list[Any]:
    """The end of the history in which the number of episodes grows: moving γ starts the averages afresh."""
    first = 0
    for i in range(1, len(history)):
        if history[i]["episodes"] <= history[i - 1]["episodes"]:
            first = i
    return list(history[first:])
