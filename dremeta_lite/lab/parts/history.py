"""A learner's numbers over its iterations."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from dremeta_lite.lab.looks import Look
from dremeta_lite.lab.parts.background import ChangeMarks, Limits, Yardsticks, decades, grow, set_limits
from dremeta_lite.lab.parts.layout import ABOVE, Part, compared, legend, place
from dremeta_lite.lab.parts.reading import read_lines

NOTHING = "Nothing has been trained yet."


class Line(NamedTuple):
    """One line of a `History`."""

    number: str
    """Which of the learner's numbers."""
    look: Look
    name: str = ""
    """In the legend; it has none if empty."""
    window: int = 1
    """Of a trailing mean, in iterations."""


class History(Part):
    """Numbers of a learner over its iterations, beside yardsticks. A slider that was moved leaves a mark.

    Args:
        lines: what is drawn; two lines may show the same number with different windows.
        yardsticks: heights by name; or a function of the learner that gives them.
        span: values that the axis shows at least; the yardsticks if None.
        limits: of the axis, if it is not to grow with the data.
        log: of a logarithmic axis, the limits to begin with; where data leave them it grows by whole powers of ten.
        room: iterations that there is room for from the start.
        smallest: smaller values are drawn as this, for a logarithmic axis.
        words: of the last iteration, with the names of any of its numbers in braces, as the lines have them; a list of all lines if empty.
        counted: whether the words begin with the iteration. Those of a part beside another that says it do not, and before the first
            iteration it says nothing.
        nothing: what is said before the first iteration.
        form: of the numbers in words, and of the yardsticks.
        where: the legend stands.
        labels: what `Axes.set` takes: `title`, `xlabel`, `ylabel`, `yscale`.
    """

    def __init__(
        self,
        lines: Sequence[Line],
        yardsticks: Mapping[str, float] | Callable[[Any], Mapping[str, float]] | None = None,
        *,
        span: Sequence[float] | None = None,
        limits: Limits | None = None,
        log: Limits | None = None,
        room: int = 40,
        smallest: float = -np.inf,
        words: str = "",
        counted: bool = True,
        nothing: str = NOTHING,
        form: str = "z.1f",
        where: Mapping[str, Any] = ABOVE,
        **labels: Any,
    ) -> None:
        self.shown, self.yardsticks, self.span, self.limits, self.log, self.room = list(lines), yardsticks or {}, span, limits, log, room
        self.smallest, self.template, self.counted, self.nothing, self.form, self.where = smallest, words, counted, nothing, form, where
        self.labels = {"xlabel": "iteration", **({"yscale": "log"} if log else {}), **labels}
        self.heights: Mapping[str, float] = {}
        self._words = nothing

    def setup(self, axes: Axes) -> list[Artist]:
        axes.set(**self.labels)
        moving = self.lines(axes, {f"{line.number} {i}": line.look for i, line in enumerate(self.shown)})
        if names := {line.name: line.look for line in self.shown if line.name}:
            legend(axes, names, self.where)
        set_limits(axes, y=self.log)
        self.background, self.marks = Yardsticks(axes), ChangeMarks(axes)
        return moving

    def points(self, now: Any, line: Line) -> tuple[np.ndarray, np.ndarray]:
        """x and y of a line: the number of each iteration."""
        y = trailing_mean([row[line.number] for row in now.history], line.window)
        return np.arange(1, len(y) + 1), y

    def update(self, now: Any) -> None:
        n, points = len(now.history), [self.points(now, line) for line in self.shown]
        points = [(x, np.maximum(y, self.smallest)) for x, y in points]
        for drawn, line, xy in zip(self.drawn.values(), self.shown, points, strict=True):
            place(drawn, line.look, *xy)
        self.heights = self.yardsticks(now.learner) if callable(self.yardsticks) else self.yardsticks
        self._set_limits(n, np.concatenate([y for _, y in points]))
        self.background.set(self.heights)
        self.marks.set(now.changes)
        last = dict(now.history[-1] if n else {}) | {line.number: y[-1] for line, (_, y) in zip(self.shown, points, strict=True) if len(y)}
        self._words = " ".join(filter(None, [self.describe(n, last), compared(self.heights, self.form)]))

    def describe(self, n: int, last: Mapping[str, float]) -> str:
        """The last of the numbers, in words."""
        if not n:
            return self.nothing if self.counted else ""
        said = ", ".join(f"{line.name or line.number.replace('_', ' ')} {last[line.number]:{self.form}}" for line in self.shown)
        counted = f"{(self.labels['xlabel'] or 'iteration').split()[0].capitalize()} {n}: " if self.counted else ""
        return f"{counted}{self.template.format(**last) if self.template else said}."

    def _set_limits(self, n: int, values: np.ndarray) -> None:
        old = (self.axes.get_xlim(), self.axes.get_ylim()) if n > 1 else (None, None)
        every = np.concatenate([list(self.heights.values()) if self.span is None else list(self.span), values])
        if self.log:
            y = decades(every.min(initial=np.inf), every.max(initial=0), old[1] or self.log)
        else:
            low, high = (every.min(), every.max()) if len(every) else (0.0, 1.0)
            high = low + 1 if not n and low == high else high  # one yardstick alone can be seen, too
            y = self.limits or grow(low, high, old[1])
        set_limits(self.axes, x=grow(0, max(n, self.room), old[0]), y=y)

    def read(self, x: float, y: float) -> str:
        names = [line.name or line.number.replace("_", " ") for line in self.shown]
        return read_lines(self.axes, dict(zip(names, super().series.values(), strict=True)), x)

    @property
    def series(self) -> Mapping[str, np.ndarray]:
        """The lines as data, by the number's name; of a number with two lines the later one."""
        return {line.number: xy for line, xy in zip(self.shown, super().series.values(), strict=True)}


def since_restart(history: Sequence[Mapping[str, float]], number: str) -> list[Mapping[str, float]]:
    """The end of a history in which a number grows from row to row: what was counted afresh begins there."""
    restarts = [i for i in range(1, len(history)) if history[i][number] <= history[i - 1][number]]
    return list(history[max(restarts, default=0) :])


def trailing_mean(values: Sequence[float] | np.ndarray, window: int) -> np.ndarray:
    """At each place the mean of the latest values, at most `window` of them."""
    y = np.asarray(values, float)
    if window == 1:
        return y
    sums = np.concatenate([[0.0], np.cumsum(y)])
    end = np.arange(1, len(y) + 1)
    begin = np.maximum(end - window, 0)
    return (sums[end] - sums[begin]) / (end - begin)
