"""Number boxes for what is dragged on a picture and belongs to no slider: they say where it is, and move it."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from dremeta_lite.lab.controls import row_of
from dremeta_lite.lab.parts.touchable import Handle, Touchable


class PlaceBoxes:
    """Two boxes for each such handle, in the order in which the parts have them.

    Args:
        moved: is told of a handle, and of the place in the units of its axes that was typed.
    """

    def __init__(self, moved: Callable[[Handle, float, float], Any]) -> None:
        self.moved, self.widget = moved, row_of()
        self.handles: dict[str, Handle] = {}
        self.boxes: dict[str, tuple[widgets.BoundedFloatText, ...]] = {}
        self.showing = False

    def show(self, parts: Sequence[Touchable]) -> None:
        """Say where the handles of these parts are now; a handle that is gone has no boxes."""
        self.showing, self.handles = True, {}
        for part, handle in ((each, handle) for each in parts for handle in each.handles):
            if handle.at is None:  # a hyperparameter places it
                continue
            self.handles[handle.name] = handle
            if handle.name not in self.boxes:
                limits = sorted(part.axes.get_xlim()), sorted(part.axes.get_ylim())
                self.boxes[handle.name] = tuple(self._box(handle, axis, limits[axis]) for axis in handle.axes)
            for axis, box in zip(handle.axes, self.boxes[handle.name], strict=True):
                box.value = round(handle.at[axis] + handle.counted_from, 3)
        self.widget.children = [box for name in self.handles for box in self.boxes[name]]
        self.showing = False

    def _box(self, handle: Handle, axis: int, limits: Sequence[float]) -> widgets.BoundedFloatText:
        step = abs(handle.step[axis])
        label = ", ".join(filter(None, (handle.name, handle.directions[axis])))
        low, high = math.ceil(limits[0] / step) * step + handle.counted_from, math.floor(limits[1] / step) * step + handle.counted_from
        look = {"layout": {"width": "auto"}, "style": {"description_width": "initial"}}
        box = widgets.BoundedFloatText(min=low, max=high, step=step, description=label, **look)
        box.observe(lambda _: self._typed(handle.name), "value")
        return box

    def _typed(self, name: str) -> None:
        if not self.showing:
            handle = self.handles[name]
            typed = [box.value - handle.counted_from for box in self.boxes[name]]
            self.moved(handle, *typed, *(handle.at or ())[len(typed) :])
