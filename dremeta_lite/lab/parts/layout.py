"""A part of a picture, and how parts stand beside and below each other."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox, TransformedBbox

from dremeta_lite.lab.looks import Look
from dremeta_lite.lab.parts.touchable import Touchable

Series = Mapping[str, np.ndarray]
"""Lines as data: by name, x and y [2, point]."""
ROOM = Bbox([[-0.04, -0.04], [1.04, 1.04]])
"""Up to where markers are drawn, as shares of the axes: one that stands on the edge is not cut in half."""


class Part(Touchable):
    """What is drawn on axes of its own.

    Attributes:
        axes: since `setup`.
        drawn: its lines, by name.
    """

    drawn: dict[str, Line2D]
    _words = ""

    def setup(self, axes: Axes) -> list[Artist]:
        """Make the artists, labels and legend; returns the artists that move."""
        raise NotImplementedError

    def update(self, now: Any) -> None:
        """Set the artists' data from what is shown: a runner, or an explorer."""

    def glide(self) -> bool:
        """Move on what is on its way between two updates, see `Gliding`; returns whether anything is."""
        return False

    def words(self) -> str:
        """What it shows since the last `update`, in plain words and numbers: by default `_words`, which `update` sets."""
        return self._words

    def lines(self, axes: Axes, looks: Mapping[str, Look]) -> list[Artist]:
        """Make empty lines, by name."""
        self.axes, self.drawn = axes, {name: axes.plot([], [], **look)[0] for name, look in looks.items()}
        for line in self.drawn.values():
            clip(line)
        return list(self.drawn.values())

    @property
    def series(self) -> Series:
        """The lines as data."""
        return {
            name: np.stack([np.asarray(values, float) for values in line.get_data()]) for name, line in vars(self).get("drawn", {}).items()
        }


def place(line: Line2D, look: Look, x: Any, y: Any) -> None:
    """Set the points of a line. One point alone is a dot: a line has no length yet, and could not be seen."""
    line.set_data(x, y)
    line.set_marker(look.get("marker") or ("o" if np.isfinite(np.asarray(y, float)).sum() == 1 else "None"))
    clip(line)


def clip(line: Line2D) -> None:
    """Markers may stand out of the axes a little, lines not."""
    axes: Any = line.axes
    line.set_clip_box(TransformedBbox(Bbox.unit() if line.get_marker() == "None" else ROOM, axes.transAxes))


class Together(LineCollection):
    """Lines of one part that are drawn in one go, in half the time; they themselves are only its data.

    Args:
        lines: without markers, and with one `zorder`.
        looks: theirs.
    """

    def __init__(self, lines: Sequence[Line2D], looks: Sequence[Look]) -> None:
        colours = [to_rgba(look["color"], look.get("alpha")) for look in looks]
        strokes: Any = {"linewidths": [look["linewidth"] for look in looks], "linestyles": [look["linestyle"] for look in looks]}
        super().__init__([], colors=colours, joinstyle="round", zorder=lines[0].get_zorder(), **strokes)
        self.of = lines
        self.axes = axes = lines[0].axes
        assert axes is not None
        self.set_figure(axes.figure)
        self.set_transform(axes.transData)
        self.set_clip_box(axes.bbox)

    stale = property(lambda self: any(line.stale for line in self.of), lambda self, _: None)

    def set_animated(self, b: bool) -> None:
        for artist in (super(), *self.of):
            artist.set_animated(b)

    def draw(self, renderer: Any) -> None:
        self.set_segments([line.get_xydata() for line in self.of])
        super().draw(renderer)
        for line in self.of:
            line.stale = False


class Layout:
    """Parts side by side, or one below the other. The outermost is a view for `Picture`.

    Args:
        parts: from left to right, or from the top down; parts, and layouts of parts.
        shares: how wide or how high each is, in relation to the others; all alike if empty.
        size: of the picture, width and height in inches.
        first: what is updated before the parts: it computes what several of them show. A view whose parts do not update themselves has an
            `update` that does it, and perhaps sets `_words`.
    """

    across = True
    _words = ""

    def __init__(
        self, *parts: "Part | Layout", shares: Sequence[float] = (), size: tuple[float, float] = (9.6, 3.9), first: Any = None
    ) -> None:
        self.parts, self.shares, self.size, self.first = parts, list(shares) or [1] * len(parts), size, first

    def setup(self, figure: Figure, place: SubplotSpec | None = None) -> list[Artist]:
        """Make the axes and artists of all parts; returns those that move."""
        n = len(self.parts)
        shape: Any = {"nrows": 1, "ncols": n, "width_ratios": self.shares}
        if not self.across:
            shape = {"nrows": n, "ncols": 1, "height_ratios": self.shares}
        grid: Any = figure.add_gridspec(**shape) if place is None else place.subgridspec(**shape)
        moving: list[Artist] = []
        for part, spot in zip(self.parts, grid, strict=True):
            if isinstance(part, Layout):
                moving += part.setup(figure, spot)
            else:
                part.axes = figure.add_subplot(spot)
                moving += part.setup(part.axes)
        return moving

    def all_parts(self) -> list[Part]:
        """All parts, from left to right and from the top down."""
        return [leaf for part in self.parts for leaf in (part.all_parts() if isinstance(part, Layout) else [part])]

    def update(self, now: Any = None) -> None:
        """Show the present state."""
        if self.first is not None:
            self.first.update(now)
        for part in self.parts:
            part.update(now)

    def glide(self) -> bool:
        """Let the parts move on what is on its way between two updates; returns whether anything is."""
        return sum(part.glide() for part in self.all_parts()) > 0

    def words(self) -> str:
        """The words of the parts, one after the other, and of what came first, if it has any, and its own."""
        said = [part.words() for part in self.parts] + ([self.first.words()] if hasattr(self.first, "words") else [])
        return " ".join(filter(None, [*said, self._words]))

    def summary(self) -> str:
        """What the picture shows, in words."""
        return self.words() or "Nothing has been drawn yet."


class Row(Layout):
    """Parts side by side. Arguments as of `Layout`, with `widths` for the shares."""

    def __init__(self, *parts: Part | Layout, widths: Sequence[float] = (), **options: Any) -> None:
        super().__init__(*parts, shares=widths, **options)


class Column(Layout):
    """Parts one below the other. Arguments as of `Layout`, with `heights` for the shares."""

    across = False

    def __init__(self, *parts: Part | Layout, heights: Sequence[float] = (), **options: Any) -> None:
        super().__init__(*parts, shares=heights, **options)


ABOVE: Mapping[str, Any] = {
    "loc": "lower left",
    "bbox_to_anchor": (-0.02, 0.98),
    "borderaxespad": 0.2,
    "columnspacing": 0.9,
    "handlelength": 1.6,
}
BELOW: Mapping[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.21), "columnspacing": 0.9, "handlelength": 1.6}
BESIDE: Mapping[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "handlelength": 2.4, "ncols": 1}


def legend(axes: Axes, looks: Mapping[str, Look], where: Mapping[str, Any] = ABOVE) -> Any:
    """A legend outside of what moves: above the axes, or `BELOW` or `BESIDE` them; one row, if it is not beside."""
    return axes.legend([Line2D([], [], **look) for look in looks.values()], list(looks), **{"ncols": len(looks), **where})


def legend_below(figure: Any, looks: Mapping[str, Look]) -> Any:
    """A legend in one row below all axes of a figure, for lines with markers."""
    handles = [Line2D([], [], **{"ms": 5, "linewidth": 1.5, **look}) for look in looks.values()]
    where: dict[str, Any] = {"loc": "outside lower left", "ncols": len(looks), "columnspacing": 1.4}
    return figure.legend(handles, list(looks), frameon=False, fontsize=10, **where)


def arrows(axes: Axes, places: np.ndarray, **look: Any) -> Any:
    """Arrows that begin at places [arrow, 2], in the units of the axes; their `set_UVC` sets how far they reach."""
    x, y = places.T
    return axes.quiver(x, y, 0 * x, 0 * y, **{"angles": "xy", "scale_units": "xy", "scale": 1, **look})


def compared(heights: Mapping[str, float], form: str = "z.1f") -> str:
    """The yardsticks in words; nothing if there are none."""
    return f"To compare: {', '.join(f'{name} {height:{form}}' for name, height in heights.items())}." if heights else ""
