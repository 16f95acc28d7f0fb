"""The live picture: from a view of the training data to PNG bytes. Nothing here knows about notebooks.

A view says what is drawn; `Picture` says when and how fast. Drawing axes, ticks and text takes several times as long as drawing a few
lines, so the artists that move are kept apart (matplotlib calls them *animated*): everything else is drawn once and kept as a background,
and a new frame is the background with the moving artists on top (*blitting*). The background is drawn again only where something in it
changed (`redrawing`). Likewise, the lines of axes where nothing has moved since the last frame are kept, too.

The picture is a `Figure` on the Agg canvas and never `pyplot`, whose global state breaks when two threads use it. A picture belongs to
one thread at a time: the one that advances the learner.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from dremeta_lite.lab.parts.layout import Layout
from dremeta_lite.lab.parts.touchable import Touchable, bare
from dremeta_lite.lab.png import png
from dremeta_lite.lab.redrawing import Background
from dremeta_lite.lab.style import STYLE, own_look

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Runner


LEAST, MOST = 0.8, 2.0  # pixels of the image to one of `Picture.size`
WIDEST = 1800  # pixels: encoding takes as long as there are pixels


class View(Protocol):
    """What is drawn: a view makes its artists once, and then only changes their data.

    Attributes:
        size: width and height in inches; 100 pixels of the screen to the inch.
    """

    size: tuple[float, float]

    def setup(self, figure: Figure) -> Sequence[Artist]:
        """Make the axes, labels and artists on an empty figure, and return the artists that move from frame to frame.

        Called once, in the shared style. Legends and yardsticks belong to the background: draw them outside the moving lines.
        """
        ...

    def update(self, runner: "Runner", /) -> None:
        """Set the artists' data from `runner.history`, `runner.changes` and `runner.learner`.

        Called before every frame, by the thread that advances the learner. The history is empty before the first iteration and after a
        reset. Change what is not moving (limits, titles, yardsticks) only when it has to change: each change costs a full redraw.
        """
        ...

    def summary(self) -> str:
        """What the picture shows at the last `update`, in plain words and numbers, for people who cannot see it."""
        ...


class Picture:
    """Draws a view to PNG bytes.

    Args:
        view: what is drawn.
        scale: pixels of the image to one of `size`; above 1 the picture stays sharp on fine screens and projectors. `fit` changes it.
        style: matplotlib settings, on top of matplotlib's own defaults.

    Attributes:
        parts: what can be touched, with its axes.
        frames: pictures drawn so far.
        redraws: how many of them drew the background again, or some of it.
    """

    def __init__(self, view: View, scale: float = 1.25, style: Mapping[str, Any] = STYLE) -> None:
        self.view, self.frames, self.redraws, self.scale = view, 0, 0, scale
        self.style = style
        with own_look(style):
            self.figure = Figure(figsize=view.size, dpi=100 * scale, layout="constrained")
            self.canvas = FigureCanvasAgg(self.figure)
            self.moving = list(view.setup(self.figure))
            self.parts: Sequence[Touchable] = view.all_parts() if isinstance(view, Layout) else [bare(axes) for axes in self.figure.axes]
            self._keep_style()
            self.background = Background(self.figure, self.canvas)
        for artist in self.moving:
            artist.set_animated(True)
        self._kept: Any = None
        self._resting: set[Any] = set()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height on the screen, in pixels."""
        width, height = self.view.size
        return round(100 * width), round(100 * height)

    def fit(self, width: float) -> bool:
        """Draw so many pixels wide from the next frame on, text and lines in proportion; returns whether that is another size than now.

        Any thread may ask.
        """
        scale = round(min(max(width / self.size[0], LEAST), MOST, WIDEST / self.size[0]), 3)
        changed, self.scale = scale != self.scale, scale
        return changed

    def draw(self, runner: "Runner", update: bool = True) -> bytes:
        """Update the view, unless it has been, and return the frame as an opaque PNG."""
        with own_look(self.style, drawing=True):
            if self.figure.dpi != 100 * self.scale:
                self.figure.set_dpi(100 * self.scale)
                self.background = Background(self.figure, self.canvas)
            if update:
                self.view.update(runner)
            self._draw()
        self.frames += 1
        return _png(self.canvas)

    def _draw(self) -> None:
        if self.background.refresh():
            self._kept, self._resting = self.background.image, set()
            self.redraws += 1
        moved = {artist.axes for artist in self.moving if artist.stale}
        resting = {artist.axes for artist in self.moving} - moved
        if resting != self._resting:  # axes where nothing moves any more join the background; those where something does leave it
            self.canvas.restore_region(self.background.image)
            self._draw_moving(resting)
            self._kept, self._resting = self.canvas.copy_from_bbox(self.figure.bbox), resting
        self.canvas.restore_region(self._kept)
        self._draw_moving(moved)

    def _draw_moving(self, where: Collection[Any]) -> None:
        for artist in sorted(self.moving, key=Artist.get_zorder):
            if artist.axes in where:
                self.figure.draw_artist(artist)

    def _keep_style(self) -> None:
        """Write the style of ticks into the axes: later ticks are made at drawing time, outside the style's context."""
        settings = cast(Mapping[str, Any], matplotlib.rcParams)
        for axes in self.figure.axes:
            for axis in ("x", "y"):
                size, colour = settings[f"{axis}tick.labelsize"], settings[f"{axis}tick.color"]
                axes.tick_params(axis=axis, labelsize=size, color=colour, labelcolor=settings["text.color"])
                axes.tick_params(axis=axis, grid_color=settings["grid.color"], grid_linewidth=settings["grid.linewidth"])


def _png(canvas: FigureCanvasAgg) -> bytes:
    """Opaque, so that it reads the same on a light and a dark page."""
    return png(np.asarray(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")))
