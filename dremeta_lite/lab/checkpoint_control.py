"""A slider over the checkpoints of a run: evenly spaced, whatever iterations they are from, with a box that shows the iteration."""

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from dremeta_lite.lab.controls import NumberControl, tooltip


class CheckpointControl(NumberControl):
    """A slider over the checkpoints of a run, and a box with the iteration; a typed iteration leads to the nearest checkpoint."""

    iterations: Sequence[int] = (0,)

    def set_checkpoints(self, iterations: Sequence[int]) -> None:
        """Take over the checkpoints of a run; then `go` somewhere."""
        self.iterations, self.trait.high = list(iterations), max(iterations[-1], 1)
        with self.silently():
            self.slider.max = max(len(iterations) - 1, 1)
        for part in (self.slider, self.box):
            part.tooltip = tooltip(self.trait)

    def go(self, iteration: int) -> int:
        """Show the checkpoint that is nearest to an iteration; returns the checkpoint's own iteration."""
        there = self.iterations[self.nearest(iteration)]
        self._show(there, slider=True)
        return there

    def fit(self, value: float) -> int:
        return self.iterations[self.nearest(value)]

    def nearest(self, iteration: float) -> int:
        """The index of the checkpoint that is nearest to an iteration."""
        return min(range(len(self.iterations)), key=lambda i: abs(self.iterations[i] - iteration))

    def _make_slider(self) -> Any:
        layout = widgets.Layout(width="auto", flex="1 1 0")
        return widgets.IntSlider(value=0, min=0, max=1, readout=False, tooltip=tooltip(self.trait), layout=layout)

    def _make_box(self) -> Any:
        box = super()._make_box()
        box.description = self.trait.unit.removesuffix("s")
        return box

    def _slid(self, change: Mapping[str, Any]) -> None:
        if not self._echo:
            self._take(self.iterations[min(change["new"], len(self.iterations) - 1)], slider=False)

    def _take(self, value: Any, slider: bool) -> None:
        inside = isinstance(value, int) and self.trait.low <= value <= self.trait.high  # else it will be refused, by its own name
        super()._take(self.iterations[self.nearest(value)] if inside else value, slider)

    def position(self, value: Any) -> int:
        return self.nearest(value)
