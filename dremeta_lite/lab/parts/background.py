"""What stands behind the lines of a part: limits that stay calm, yardsticks, and marks of moved sliders."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text

from dremeta_lite.lab.looks import DASHED, DOTTED, GREYS
from dremeta_lite.lab.style import GREY, INK

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Change

Limits = tuple[float, float]
DASHES = ("-", DASHED, DOTTED, (0, (6, 1.5, 1, 1.5)), (0, (10, 3)), (0, (3, 1.5, 1, 1.5, 1, 1.5)))
SAMPLE = 1.01, 1.08
"""From where to where the dash of a curve is shown beside its name, as shares of the width of the axes."""


def grow(low: float, high: float, old: Limits | None = None) -> Limits:
    """Axis limits for data in [low, high] that change rarely: `old` while the data fit, else with room to grow.

    Each side moves only when the data leave it, and then by half of the data's range, so that a growing curve moves the axis a few times
    and not at every frame.
    """
    span = max(high - low, 1e-6)
    if old is None:
        return low - 0.05 * span, high + 0.05 * span
    return (old[0] if low >= old[0] else low - 0.5 * span, old[1] if high <= old[1] else high + 0.5 * span)


def decades(low: float, high: float, old: Limits) -> Limits:
    """As `grow`, of a logarithmic axis: a side that the data leave moves to the next power of ten."""
    return (
        old[0] if low >= old[0] else float(10 ** np.floor(np.log10(low))),
        old[1] if high <= old[1] else float(10 ** np.ceil(np.log10(high))),
    )


def set_limits(axes: Axes, x: Limits | None = None, y: Limits | None = None) -> None:
    """Set limits that differ from the present ones; setting equal limits would still cost a full redraw."""
    if x is not None and (axes.get_xlim() != x or axes.get_autoscalex_on()):
        axes.set_xlim(x)
    if y is not None and (axes.get_ylim() != y or axes.get_autoscaley_on()):
        axes.set_ylim(y)


class Yardsticks:
    """Thin grey lines to compare with, each with its name at the right end. Names that would overlap are moved apart. Several curves have
    a dash each, which stands beside the name.

    They belong to the background: call `set` in `update`, after the limits; it does nothing while nothing changed.

    Args:
        axes: theirs.
        moving: the names of heights that change from frame to frame. Their artists move with the others, and are made at once.
    """

    def __init__(self, axes: Axes, moving: Sequence[str] = ()) -> None:
        self.axes = axes
        self._drawn: list[Line2D | Text] = []
        self._key: object = None
        self._moving = {name: (self._line(0.0), self._write(name, i)) for i, name in enumerate(moving)}

    @property
    def moving(self) -> list[Artist]:
        """The artists that move."""
        return [artist for pair in self._moving.values() for artist in pair]

    def set(self, yardsticks: Mapping[str, float | np.ndarray]) -> None:
        """Draw one line per name: at a height in data units, or through the values at 1, 2, 3, …"""
        low, high = sorted(self.axes.get_ylim())
        key = ({name: tuple(np.ravel(y)) for name, y in yardsticks.items()}, low, high)
        if key == self._key:
            return
        self._key = key
        ends = {name: float(np.ravel(y)[-1]) for name, y in yardsticks.items()}
        places = self._places({name: end for name, end in ends.items() if low <= end <= high}, low, high)
        for name, (line, text) in self._moving.items():
            line.set(visible=name in places, ydata=[ends.get(name, 0.0)] * 2)
            text.set(visible=name in places, y=places.get(name, 0.0))
        for artist in self._drawn:
            artist.remove()
        rest = [name for name in places if name not in self._moving]
        dashes = dashes_of([name for name in rest if np.ndim(yardsticks[name])])
        self._drawn = [self._line(yardsticks[name], dashes.get(name, "-")) for name in rest]
        samples = dashes if len(dashes) > 1 else {}
        self._drawn += [self._write(name, places[name], SAMPLE[name in samples]) for name in rest]
        self._drawn += [self._sample(places[name], dash) for name, dash in samples.items()]

    def _line(self, y: float | np.ndarray, dash: Any = "-") -> Line2D:
        look: dict[str, Any] = {"color": GREY, "linewidth": 1, "zorder": 1.5, "linestyle": dash}
        if np.ndim(y):
            return self.axes.plot(np.arange(1, np.size(y) + 1), y, **look)[0]
        return self.axes.axhline(float(y), **look)

    def _write(self, name: str, y: float, x: float = SAMPLE[0]) -> Text:
        return self.axes.text(x, y, name, color=GREY, fontsize=10, transform=self.axes.transAxes, va="center", ha="left")

    def _sample(self, y: float, dash: Any) -> Line2D:
        """The dash beside a name."""
        line = Line2D((SAMPLE[0], SAMPLE[1] - 0.01), (y, y), color=GREY, linewidth=1, linestyle=dash, transform=self.axes.transAxes)
        line.set_clip_on(False)
        return self.axes.add_artist(line)  # type: ignore[return-value]

    def _places(self, heights: Mapping[str, float], low: float, high: float) -> dict[str, float]:
        """Where the names stand, as fractions of the height of the axes."""
        names = sorted(heights, key=lambda name: heights[name])
        scale = self.axes.transScale.transform  # of a logarithmic axis: powers of ten are equally far apart
        bottom, top, *at = scale([(1.0, height) for height in (low, high, *(heights[name] for name in names))])[:, 1]
        fractions = [(height - bottom) / (top - bottom) for height in at]
        return dict(zip(names, spread(fractions, gap=self._text_height()), strict=True))

    def _text_height(self) -> float:
        """The height of a line of text, as a fraction of the height of the axes."""
        figure = self.axes.get_figure(root=True)
        assert figure is not None
        return 1.25 * 10 / (self.axes.bbox.height / figure.dpi * 72)  # `get_position` would cost a full redraw


def dashes_of(names: Sequence[str]) -> dict[str, Any]:
    """A dash for each curve: its own, as it has among learners, if no other here has that; else the next one that is free."""
    own = {name: GREYS[name]["linestyle"] for name in reversed(names) if name in GREYS}
    own = {name: dash for name, dash in own.items() if [*own.values()].count(dash) == 1}
    free = [dash for dash in DASHES if dash not in own.values()]
    rest = [name for name in names if name not in own]
    return {name: own.get(name) or free[rest.index(name) % len(free)] for name in names}


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Move sorted numbers in [0, 1] apart until neighbours are at least `gap` apart, each as little as one pass up and down allows."""
    moved = list(places)
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    ceiling = 1.0
    for i in reversed(range(len(moved))):
        moved[i] = min(moved[i], ceiling)
        ceiling = moved[i] - gap
    return moved


class ChangeMarks:
    """A tick with its symbol above the time axis for every slider that was moved during training.

    They belong to the background: call `set` in `View.update`; it does nothing while nothing changed.
    """

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self._drawn: list[Line2D | Text] = []
        self._key: object = ()

    def set(self, changes: Sequence["Change"]) -> None:
        """Mark each change at its iteration; symbols that would overlap are left out, their ticks are not. Changes before the first
        iteration are no changes during training, and leave no mark."""
        symbols: dict[int, str] = {}
        for change in [change for change in changes if change.iteration > 0]:
            symbols[change.iteration] = f"{symbols.get(change.iteration, '')} {change.symbol or change.name.replace('_', ' ')}".strip()
        key = (symbols, self.axes.get_xlim())
        if key == self._key:
            return
        self._key = key
        for artist in self._drawn:
            artist.remove()
        self._drawn = [self._tick(x) for x in symbols] + self._write(symbols)

    def _tick(self, x: float) -> Line2D:
        return self.axes.axvline(x, ymax=0.04, color=INK, linewidth=1.5, zorder=3)

    def _write(self, symbols: Mapping[int, str]) -> list[Text]:
        (low, high), figure = self.axes.get_xlim(), self.axes.get_figure(root=True)
        assert figure is not None
        letter = (high - low) * 0.62 * 10 / (self.axes.bbox.width / figure.dpi * 72)  # about as wide as one is
        texts: list[Text] = []
        free_from = low
        for x, symbol in sorted(symbols.items()):
            half = letter * len(symbol) / 2
            middle = min(max(x, low + half), high - half)  # near an end of the axis it stands inside, and whole
            if low <= x <= high and middle - half >= free_from:
                where: dict[str, Any] = {"transform": self.axes.get_xaxis_transform(), "ha": "center", "va": "bottom"}
                texts.append(self.axes.text(middle, 0.05, symbol, color=INK, fontsize=10, clip_on=True, **where))
                free_from = middle + half + letter
        return texts
