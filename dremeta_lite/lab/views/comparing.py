"""Recorded runs in one picture: what a trial returns after how much training, and within a trial after how many episodes."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from dremeta_lite.compare.benchmark_results import Results, percent
from dremeta_lite.lab.looks import looks
from dremeta_lite.lab.parts.background import Limits, Yardsticks, grow, set_limits
from dremeta_lite.lab.style import INK
from dremeta_lite.meta.evaluation import bootstrap_interval


class Choice(NamedTuple):
    """What is looked at."""

    benchmark: Results
    keys: Sequence[str]
    """The learners."""
    budget: float
    """CPU-seconds of training."""
    seeds: int


class ComparingView:
    """Left: the return of a trial over the seconds of training, pale beyond the budget. Right: each episode of a trial at the budget.

    A band is the 95 % bootstrap interval of the mean over seeds. `update` is given something whose `choice()` is a `Choice`.
    """

    size = (10.4, 4.5)

    def __init__(self) -> None:
        self._words, self._drawn = "", list[Any]()

    def setup(self, figure: Figure) -> Sequence[Artist]:
        self.figure = figure
        self.curve, self.within = figure.subplots(1, 2)
        self.curve.set(title="A whole trial, over training", ylabel="return of a trial (sum of rewards)", xscale="log")
        self.curve.set_xlabel("CPU-seconds of training, one thread (left edge: none)")
        self.curve.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        self.curve.xaxis.set_minor_locator(NullLocator())
        self.curve.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        self.title = self.within.set_title("Within a trial")
        self.within.xaxis.set_major_locator(MaxNLocator(integer=True))
        self.heights, self.curves = Yardsticks(self.curve), Yardsticks(self.within)
        return []

    def update(self, panel: Any) -> None:
        choice: Choice = panel.choice()
        for artist in self._drawn:
            artist.remove()
        self._drawn = []
        benchmark, found = choice.benchmark, looks([choice.benchmark.methods[key]["title"] for key in choice.keys])
        self._set_axes(choice)
        for key, look in zip(choice.keys, found.values(), strict=True):
            self._draw_training(choice, key, look)
            returns = benchmark.returns(key, choice.budget, choice.seeds).numpy()
            self._line(
                self.within, np.arange(1, benchmark.episodes + 1), returns, {**look, "markersize": 5 if benchmark.episodes <= 12 else 3}
            )
        self._drawn.append(self.curve.axvline(choice.budget, color=INK, linewidth=1, linestyle=(0, (2, 2)), zorder=1.6))
        self.heights.set(benchmark.totals)
        self.curves.set({name: each.numpy() for name, each in benchmark.yardsticks.items()})
        self._write_legend(found)
        self._words = describe(choice)

    def _set_axes(self, choice: Choice) -> None:
        """Limits that stay while the budget moves, so that what moves is what was learned."""
        benchmark, unit = choice.benchmark, choice.benchmark.unit
        runs = [run for key in choice.keys for run in benchmark.runs(key)]
        every = [checkpoint["returns"] for run in runs for checkpoint in run["checkpoints"]]
        totals = [*map(sum, every), *benchmark.totals.values()]
        each = np.concatenate([np.ravel(every), *(y.numpy() for y in benchmark.yardsticks.values())])
        first = min((run["checkpoints"][1]["cpu_seconds"] for run in runs if len(run["checkpoints"]) > 1), default=0.1)
        self.begin = first / 2
        set_limits(self.curve, x=(self.begin, 1.15 * benchmark.longest()), y=with_headroom(min(totals), max(totals)))
        margin = 0.04 * benchmark.episodes
        set_limits(self.within, x=(1 - margin, benchmark.episodes + margin), y=with_headroom(min(each), max(each)))
        self.title.set_text(f"Within a trial, after at most {choice.budget:g} s")
        self.within.set(xlabel=f"{unit} of the trial", ylabel=f"mean return of the {unit}")

    def _draw_training(self, choice: Choice, key: str, look: Mapping[str, Any]) -> None:
        """Checkpoints that all runs share; those beyond the budget in pale. What is untrained stands at the left edge."""
        runs = choice.benchmark.runs(key, choice.seeds)
        seconds = np.array([[checkpoint["cpu_seconds"] for checkpoint in run["checkpoints"]] for run in runs])
        totals = np.array([[sum(checkpoint["returns"]) for checkpoint in run["checkpoints"]] for run in runs])
        x = np.maximum(seconds.mean(0), self.begin)
        inside = int((seconds.max(0) <= choice.budget).sum())
        if inside < len(x):
            self._drawn += self.curve.plot(x[max(inside - 1, 0) :], totals.mean(0)[max(inside - 1, 0) :], alpha=0.3, **look, markersize=3)
        self._line(self.curve, x[:inside], totals[:, :inside], {**look, "markersize": 3.5})

    def _line(self, axes: Axes, x: np.ndarray, y: np.ndarray, look: Mapping[str, Any]) -> None:
        """The mean of rows over seeds, and its band."""
        if not len(x):
            return
        self._drawn += axes.plot(x, y.mean(0), **look)
        if len(y) > 1:
            low, high = zip(*(bootstrap_interval(torch.from_numpy(column.copy()), draws=1000) for column in y.T), strict=True)
            self._drawn.append(axes.fill_between(x, low, high, color=look["color"], alpha=0.18, linewidth=0, zorder=1.7))

    def _write_legend(self, found: Mapping[str, Mapping[str, Any]]) -> None:
        handles = [Line2D([], [], markersize=5, **look) for look in found.values()]
        if handles:
            place: Any = {"loc": "outside lower left", "ncols": len(handles), "columnspacing": 1.4}
            self._drawn.append(self.figure.legend(handles, list(found), frameon=False, fontsize=10, **place))

    def summary(self) -> str:
        return self._words


def with_headroom(low: float, high: float) -> Limits:
    """Limits with room above for the names of yardsticks that lie close together."""
    return grow(low, high + 0.04 * (high - low))


def describe(choice: Choice) -> str:
    """The picture in words and numbers."""
    benchmark, limit = choice.benchmark, math.inf if choice.budget >= choice.benchmark.longest() else choice.budget
    rows = [benchmark.figures(key, limit, choice.seeds) for key in choice.keys]
    each = [
        f"{f.title} {f.total:.2f} [{f.low:.2f}, {f.high:.2f}], {percent(f.fraction)} of the way (first {benchmark.unit} {f.first:.2f}, "
        f"last {f.last:.2f}; {f.seconds:.1f} s, {f.seeds} seed{'s' if f.seeds > 1 else ''})"
        for f in sorted(rows, key=lambda f: -f.total)
    ]
    compare = ", ".join(f"{name} {total:.2f}" for name, total in benchmark.totals.items())
    return (
        f"{benchmark.title}. Return of a trial after at most {choice.budget:g} CPU-seconds of training, best first: "
        f"{'; '.join(each) or 'no learner is chosen'}. To compare: {compare}. "
        f"100 % of the way is {benchmark.ceiling}, 0 % {benchmark.floor}."
    )
