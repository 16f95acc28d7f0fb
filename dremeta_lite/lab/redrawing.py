"""The background of a live picture: what does not move from frame to frame.

Drawing it takes as long as some twenty frames, and much of that goes into finding places for axes, ticks and names. So where only some axes
changed, as when a curve outgrows its limits, those alone are drawn again, in their old places, as long as they stay clear of the others.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

MARGIN = 2  # pixels, for edges that are smoothed
NOWHERE = Bbox([[-1, -1], [-1, -1]])
"""The place of what is not visible."""


class Background:
    """What of a figure is drawn once, and again only when something in it changed. matplotlib keeps track of that: a figure, and its axes,
    become `stale` when an artist that is not animated changes.

    Attributes:
        image: its pixels, for `restore_region`.
    """

    def __init__(self, figure: Figure, canvas: FigureCanvasAgg) -> None:
        self.figure, self.canvas = figure, canvas
        self.image: Any = None
        self._boxes: dict[Artist, Bbox] = {}
        if engine := figure.get_layout_engine():  # how many ticks there are, and where names stand, depends on how large the axes are
            engine.execute(figure)

    def refresh(self) -> bool:
        """Draw what has changed since the last time, if anything; returns whether."""
        if self.image is not None and not self.figure.stale:
            return False
        if not self._draw_changed():
            self._draw_all()
        self.image = self.canvas.copy_from_bbox(self.figure.bbox)
        return True

    def _draw_all(self) -> None:
        self.canvas.draw()
        self._boxes = {}

    def _draw_changed(self) -> bool:
        """Draw only the axes that changed, and keep all else as it is. Returns whether that could be done."""
        parts = self.figure.get_children()
        changed = [part for part in parts if part.stale]
        axes = [part for part in changed if isinstance(part, Axes)]
        reaching = any(not artist.get_in_layout() for each in self.figure.axes for artist in each.get_children())
        if self.image is None or reaching or not axes or len(axes) < len(changed):
            return False
        for each in axes:
            each.apply_aspect()
        boxes = self._boxes = {part: self._box(part) for part in parts if part is not self.figure.patch}
        if not all(self._is_clear(boxes[each], [box for part, box in boxes.items() if part is not each]) for each in axes):
            return False
        self.canvas.restore_region(self.image)
        pixels, renderer = np.asarray(self.canvas.buffer_rgba()), self.canvas.get_renderer()
        before = pixels.copy()
        renderer.clear()
        self.figure.patch.draw(renderer)
        for box in (box for part, box in boxes.items() if part not in changed):
            (left, bottom), (right, top) = box.get_points().round().astype(int).clip(0)
            kept = slice(max(len(pixels) - top, 0), len(pixels) - bottom), slice(left, right)
            pixels[kept] = before[kept]
        for each in axes:
            each.draw(renderer)
        self.figure.stale = False
        return True

    def _box(self, part: Artist) -> Bbox:
        """What it covers, with ticks and names, in pixels from below."""
        if part.stale or part not in self._boxes:
            covered = part.get_tightbbox(self.canvas.get_renderer())
            return covered.padded(MARGIN) if covered else NOWHERE
        return self._boxes[part]

    def _is_clear(self, box: Bbox, others: Sequence[Bbox]) -> bool:
        """Whether it is inside the figure, and meets none of the others."""
        inside = all(self.figure.bbox.contains(*corner) for corner in box.corners())
        return inside and not any(box.overlaps(other) for other in others)
