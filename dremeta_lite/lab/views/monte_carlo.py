"""Value by Monte Carlo: averages of returns on a map, beside the exact values, and their error over episodes."""

from typing import Any

import numpy as np
import torch

from dremeta_lite.lab.looks import DASHED, Look
from dremeta_lite.lab.parts import BELOW, Artist, Axes, Curves, Row, decades, set_limits, since_restart
from dremeta_lite.lab.style import BLUE, GREY, SKY
from dremeta_lite.lab.views.grid import GridMap
from dremeta_lite.tasks.grid import GridWorld


class ErrorOfAverage(Curves):
    """How far the averages are from the exact values, over the episodes since they began, beside the standard error."""

    def __init__(self) -> None:
        rms: Look = {"color": SKY, "linewidth": 1.8, "linestyle": DASHED}
        looks = {"cell S": {"color": BLUE, "linewidth": 2}, "all cells (RMS)": rms, "σ/√n": {"color": GREY, "linewidth": 1}}
        labels: Any = {"title": "Error of the average", "xlabel": "episodes n", "ylabel": "|average - exact|"}
        super().__init__(looks, xlim=(1.0, 1000.0), ylim=(1e-3, 2.0), where=BELOW, xscale="log", yscale="log", **labels)

    def update(self, now: Any) -> None:
        rows = since_restart(now.history, "episodes")  # moving γ starts the averages afresh
        if not rows:
            self.show({})
            self._words = f"No episode yet. The exact value of the start is {now.learner.exact()[now.learner.family.start]:.3f}."
            return
        last, ends = rows[-1], np.array([1.0, 1e7])
        n, start, rms = (np.array([max(row[name], 1e-6) for row in rows]) for name in ("episodes", "error_start", "error_rms"))
        expected = last["standard_error"] * np.sqrt(last["episodes"] / ends)
        self.show({"cell S": start, "all cells (RMS)": rms, "σ/√n": (ends, expected)}, x=n)
        # Where the error changes its sign it dips without meaning.
        lowest = max(min(last["error_rms"], last["standard_error"] or 1.0), 1e-5)
        set_limits(self.axes, x=decades(1.0, n[-1], self.axes.get_xlim()), y=decades(lowest / 3, 2.0, self.axes.get_ylim()))
        self._words = (
            f"After {last['episodes']:.0f} episodes the average return of the start is {last['value_start']:.3f}; its exact value is "
            f"{last['exact_start']:.3f}. Error {last['error_start']:.3f}, standard error σ/√n {last['standard_error']:.3f}; root mean "
            f"square error over the cells visited {last['error_rms']:.3f}."
        )


class ExactMap(GridMap):
    """The exact values. They change only with γ, and are part of the background."""

    exact = torch.zeros(0)

    def setup(self, axes: Axes) -> list[Artist]:
        super().setup(axes)
        return []

    def update(self, now: Any) -> None:
        exact = now.learner.exact()
        if not torch.equal(exact, self.exact):
            self.exact = exact
            self.show(exact, goal=int(now.learner.task.goal))


class MonteCarloView(Row):
    """Left: the average return from each cell. Middle: the exact value. Right: the error over episodes, beside the standard error."""

    def __init__(self, family: GridWorld) -> None:
        averages = lambda now: {"values": now.learner.V, "goal": int(now.learner.task.goal)}  # noqa: E731
        learned = GridMap(family, "Average return", averages, numbers=True, build=True)
        exact = ExactMap(family, "Exact value V", numbers=True, ylabel="")
        super().__init__(learned, exact, ErrorOfAverage(), widths=(1, 1, 1.05), size=(9.6, 3.7))
