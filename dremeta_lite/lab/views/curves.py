"""A still picture of a few functions, in the look of the course, with its words."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import ScalarFormatter

from dremeta_lite.lab.looks import lines
from dremeta_lite.lab.parts import BESIDE, Artist, Axes, Curves, Row
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.still import show_png
from dremeta_lite.lab.style import GREY

NAME, ENOUGH = 0.16, 0.15
"""How long the name of a mark is, and how much room it needs above or below it, as shares of the axes."""


class Functions(Curves):
    """Curves over x by name, and thin named lines at some places of x. Learners over tasks, and yardsticks, have their own looks.

    Args:
        marks: places of x, by name.
        labels: what `Curves` takes.

    Raises:
        ValueError: there are more curves than can be told apart.
    """

    def __init__(self, x: Sequence[float], curves: Mapping[str, Sequence[float]], marks: Mapping[str, float], **labels: Any) -> None:
        self.x, self.curves, self.places = x, curves, marks
        whole = all(isinstance(place, int) for place in x)
        super().__init__(lines(list(curves)), xlim=(min(x), max(x)), where=BESIDE, integers=whole and "xscale" not in labels, **labels)

    def setup(self, axes: Axes) -> list[Artist]:
        moving = super().setup(axes)
        if "xscale" in self.labels:
            axes.xaxis.set_major_formatter(ScalarFormatter())
        for name, place in self.places.items():
            axes.axvline(place, color=GREY, linewidth=1, zorder=1.5)
            side, top = self.corner(place)
            where: dict[str, Any] = {"ha": "left" if side > 0 else "right", "va": "top" if top else "bottom"}
            axes.text(place, 0.98 if top else 0.03, f" {name} ", color=GREY, fontsize=10, transform=axes.get_xaxis_transform(), **where)
        return moving

    def corner(self, place: float) -> tuple[int, bool]:
        """On which side of a mark its name is written, 1 for the right, and whether at the top: where the curves leave room for it."""
        scaled = np.log if "xscale" in self.labels else np.asarray
        x, y = scaled(np.asarray(self.x, float)), np.array([*self.curves.values()], float)
        low, high, away = np.nanmin(y), np.nanmax(y), (x - scaled(place)) / np.ptp(x)

        def room(corner: tuple[int, bool]) -> float:
            side, top = corner
            near = y[:, (side * away >= 0) & (side * away <= NAME)]
            if not near.size:
                return -1.0
            return min(float(high - np.nanmax(near) if top else np.nanmin(near) - low), ENOUGH * float(high - low))

        return max(((1, True), (-1, True), (1, False), (-1, False)), key=room)

    def update(self, now: Any) -> None:
        self.show(self.curves, x=np.asarray(self.x))


def show_curves(
    words: str,
    x: Sequence[float],
    panels: Mapping[str, Mapping[str, Sequence[float]]],
    xlabel: str,
    ylabel: str,
    marks: Mapping[str, float] | None = None,
    log: bool = False,
) -> None:
    """Display one axes a panel, with its curves over x by name.

    Args:
        words: what the picture shows, for people who cannot see it.
        xlabel, ylabel: of all panels.
        marks: places of x, by name.
        log: whether the x axis is logarithmic.

    Raises:
        ValueError: a panel has more curves than can be told apart.
    """
    labels = {"xlabel": xlabel, "ylabel": ylabel, **({"xscale": "log"} if log else {})}
    view: Any = Row(*(Functions(x, curves, marks or {}, title=title, **labels) for title, curves in panels.items()), size=(9.6, 3.2))
    show_png(Picture(view).draw(view), view.size[0], words)
