"""Values that are shown all at once: over the episodes of a trial, over steps of adaptation, over a grid of x."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from dremeta_lite.lab.looks import Look
from dremeta_lite.lab.parts.background import Limits, Yardsticks, grow, set_limits
from dremeta_lite.lab.parts.layout import ABOVE, Part, legend, place
from dremeta_lite.lab.parts.reading import read_lines
from dremeta_lite.lab.style import GREY


class Curves(Part):
    """Lines by name, beside yardsticks that are heights or curves. A part that has something to show calls `show` in its `update`.

    Args:
        looks: by name; also the legend, if there is more than one, without those whose name begins with `_`.
        xlim, ylim: fixed limits; what is None grows with the data.
        span: values that the y axis shows at least.
        headroom: above the highest value, as a share of the range, for the names of yardsticks that lie close together.
        where: the legend stands; None for none.
        marks: thin vertical lines at places of x, with their names above.
        lively: the names of yardsticks that change from frame to frame.
        integers: only whole numbers are ticks of the x axis.
        labels: what `Axes.set` takes.
    """

    def __init__(
        self,
        looks: Mapping[str, Look],
        *,
        xlim: Limits | None = None,
        ylim: Limits | None = None,
        span: Sequence[float] = (),
        headroom: float = 0.0,
        where: Mapping[str, Any] | None = ABOVE,
        marks: Mapping[str, float] | None = None,
        lively: Sequence[str] = (),
        integers: bool = False,
        **labels: Any,
    ) -> None:
        self.looks, self.xlim, self.ylim, self.span, self.headroom, self.where = looks, xlim, ylim, list(span), headroom, where
        self.marks, self.lively, self.integers, self.labels, self._begun = marks or {}, lively, integers, labels, False

    def setup(self, axes: Axes) -> list[Artist]:
        axes.set(**self.labels)
        if self.integers:
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        set_limits(axes, self.xlim, self.ylim)
        for name, x in self.marks.items():
            axes.axvline(x, color=GREY, linewidth=1)
            axes.text(x, 1.01, name, color=GREY, ha="center", va="bottom", fontsize=10, transform=axes.get_xaxis_transform())
        moving = self.lines(axes, self.looks)
        keys = {name: look for name, look in self.looks.items() if not name.startswith("_")}
        if len(keys) > 1 and self.where is not None:
            legend(axes, keys, self.where)
        self.background = Yardsticks(axes, self.lively)
        return moving + self.background.moving

    def show(
        self, curves: Mapping[str, Any], yardsticks: Mapping[str, Any] | None = None, x: Mapping[str, Any] | np.ndarray | None = None
    ) -> None:
        """Set the lines; those without a value are empty.

        Args:
            curves: by name, y, or x and y.
            yardsticks: heights or curves, by name.
            x: of those without one, of all or by name; 1, 2, 3, … if None.
        """
        for name, line in self.drawn.items():
            y = curves.get(name, [])
            places = x.get(name) if isinstance(x, Mapping) else x
            places, y = y if np.ndim(y) == 2 else (np.arange(1, len(y) + 1) if places is None else np.asarray(places)[: len(y)], y)
            place(line, self.looks[name], places, np.asarray(y, float))
        shown = [y for _, y in self.series.values()]
        every = np.concatenate([self.span, *shown, *(np.ravel(y) for y in (yardsticks or {}).values())])
        if self.ylim is None and len(every):
            low, high = np.nanmin(every), np.nanmax(every)
            old = self.axes.get_ylim() if self._begun else None
            set_limits(self.axes, y=grow(low, high + self.headroom * (high - low), old))
            self._begun = any(map(len, shown))
        self.background.set(yardsticks or {})

    def read(self, x: float, y: float) -> str:
        """Of the lines; what only marks a place (a point, an upright line) is left out."""
        named = {name: xy for name, xy in self.series.items() if not name.startswith("_")}
        return read_lines(self.axes, {name: xy for name, xy in named.items() if len({*xy[0].tolist()}) > 1}, x)


def episodes_axis(episodes: int) -> Limits:
    """Limits of an axis of episodes, with a little room on both sides."""
    margin = 0.04 * episodes
    return 1 - margin, episodes + margin
