"""Recorded runs in one picture: what a trial returns after how much training, and within a trial after how many episodes."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from dremeta_lite.compare.benchmark_results import Results, percent
from dremeta_lite.lab.looks import Look, looks
from dremeta_lite.lab.parts import Artist, Axes, Limits, Part, Row, Yardsticks, compared, grow, legend_below, set_limits
from dremeta_lite.lab.parts.curves import episodes_axis
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


class Means(Part):
    """A line for each learner: the mean over seeds, in a band, its 95 % bootstrap interval. They are made again at each update.

    Limits stay while the budget moves, so that what moves is what was learned.
    """

    def setup(self, axes: Axes) -> list[Artist]:
        self.axes, self.drawn, self.bands, self.yardsticks = axes, {}, list[Artist](), Yardsticks(axes)
        return []

    def update(self, now: Any) -> None:
        for artist in (*self.drawn.values(), *self.bands):
            artist.remove()
        self.drawn, self.bands = {}, []
        self.show(now.choice())

    def show(self, choice: Choice) -> None:
        """Draw what is chosen."""
        raise NotImplementedError

    def limit(self, x: Limits, *values: Any) -> None:
        """Limits for these values, with room above for the names of yardsticks that lie close together."""
        every = np.concatenate([np.ravel(each) for each in values])
        low, high = every.min(), every.max()
        set_limits(self.axes, x=x, y=grow(low, high + 0.04 * (high - low)))

    def line(self, name: str, x: np.ndarray, y: np.ndarray, look: Look) -> None:
        """Draw the mean of rows over seeds, and its band."""
        if not len(x):
            return
        self.drawn[name] = self.axes.plot(x, y.mean(0), **look)[0]
        if len(y) > 1:
            low, high = zip(*(bootstrap_interval(torch.from_numpy(column.copy()), draws=1000) for column in y.T), strict=True)
            self.bands.append(self.axes.fill_between(x, low, high, color=look["color"], alpha=0.18, linewidth=0, zorder=1.7))


class OverSeconds(Means):
    """The return of a trial over the seconds of training, pale beyond the budget. What is untrained stands at the left edge."""

    def setup(self, axes: Axes) -> list[Artist]:
        axes.set(title="A whole trial, over training", ylabel="return of a trial (sum of rewards)", xscale="log")
        axes.set_xlabel("CPU-seconds of training, one thread (left edge: none)")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        return super().setup(axes)

    def show(self, choice: Choice) -> None:
        benchmark, every = choice.benchmark, recorded(choice)
        begin = min((checkpoint["cpu_seconds"] for checkpoint in every if checkpoint["cpu_seconds"] > 0), default=0.1) / 2
        totals = [sum(checkpoint["returns"]) for checkpoint in every]
        self.limit((begin, 1.15 * benchmark.longest()), totals, list(benchmark.totals.values()))
        for key, (title, look) in zip(choice.keys, looks_of(choice).items(), strict=True):
            runs = [run["checkpoints"] for run in benchmark.runs(key, choice.seeds)]
            seconds = np.array([[checkpoint["cpu_seconds"] for checkpoint in run] for run in runs])
            y = np.array([[sum(checkpoint["returns"]) for checkpoint in run] for run in runs])
            x, inside = np.maximum(seconds.mean(0), begin), int((seconds.max(0) <= choice.budget).sum())
            if inside < len(x):  # joined to what is within the budget
                beyond = slice(max(inside - 1, 0), None)
                self.line(f"{title}, beyond", x[beyond], y.mean(0, keepdims=True)[:, beyond], {**look, "alpha": 0.3, "ms": 3})
            self.line(title, x[:inside], y[:, :inside], {**look, "ms": 3.5})
        self.drawn["budget"] = self.axes.axvline(choice.budget, color=INK, linewidth=1, linestyle=(0, (2, 2)), zorder=1.6)
        self.yardsticks.set(benchmark.totals)
        self._words = describe(choice)


class OverEpisodes(Means):
    """Each episode of a trial at the budget."""

    def setup(self, axes: Axes) -> list[Artist]:
        self.title = axes.set_title("Within a trial")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        return super().setup(axes)

    def show(self, choice: Choice) -> None:
        benchmark, n, unit = choice.benchmark, choice.benchmark.episodes, choice.benchmark.unit
        yardsticks = {name: each.numpy() for name, each in benchmark.yardsticks.items()}
        self.limit(episodes_axis(n), *(checkpoint["returns"] for checkpoint in recorded(choice)), *yardsticks.values())
        self.title.set_text(f"Within a trial, after at most {choice.budget:g} s")
        self.axes.set(xlabel=f"{unit} of the trial", ylabel=f"mean return of the {unit}")
        for key, (title, look) in zip(choice.keys, looks_of(choice).items(), strict=True):
            returns = benchmark.returns(key, choice.budget, choice.seeds).numpy()
            self.line(title, np.arange(1, n + 1), returns, {**look, "ms": 5 if n <= 12 else 3})
        self.yardsticks.set(yardsticks)


class ComparingView(Row):
    """Left: the return of a trial over the seconds of training. Right: each episode of a trial, within the budget.

    `update` is given something whose `choice()` is a `Choice`.
    """

    def __init__(self) -> None:
        self.over, self.within, self.key = OverSeconds(), OverEpisodes(), None
        super().__init__(self.over, self.within, size=(10.4, 4.5))

    def update(self, now: Any = None) -> None:
        super().update(now)
        if self.key:
            self.key.remove()
        found = looks_of(now.choice())
        self.key: Any = legend_below(self.over.axes.figure, found) if found else None


def looks_of(choice: Choice) -> dict[str, Look]:
    """A look for each learner, by its title."""
    return looks([choice.benchmark.methods[key]["title"] for key in choice.keys])


def recorded(choice: Choice) -> list[Any]:
    """All checkpoints of all runs of the learners, whatever the budget."""
    return [checkpoint for key in choice.keys for run in choice.benchmark.runs(key) for checkpoint in run["checkpoints"]]


def describe(choice: Choice) -> str:
    """The picture in words and numbers."""
    benchmark, limit = choice.benchmark, math.inf if choice.budget >= choice.benchmark.longest() else choice.budget
    rows = [benchmark.figures(key, limit, choice.seeds) for key in choice.keys]
    each = [
        f"{f.title} {f.total:.2f} [{f.low:.2f}, {f.high:.2f}], {percent(f.fraction)} of the way (first {benchmark.unit} {f.first:.2f}, "
        f"last {f.last:.2f}; {f.seconds:.1f} s, {f.seeds} seed{'s' if f.seeds > 1 else ''})"
        for f in sorted(rows, key=lambda f: -f.total)
    ]
    return (
        f"{benchmark.title}. Return of a trial after at most {choice.budget:g} CPU-seconds of training, best first: "
        f"{'; '.join(each) or 'no learner is chosen'}. {compared(benchmark.totals, '.2f')} "
        f"100 % of the way is {benchmark.ceiling}, 0 % {benchmark.floor}."
    )
