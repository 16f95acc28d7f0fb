"""A prediction that is a curve: drawn on empty axes, and seen beside the one that came out."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np

from dremeta_lite.hyper import HyperParameters
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.looks import BEFORE, NOW
from dremeta_lite.lab.parts import Curves, Row
from dremeta_lite.lab.predictions import Prediction, asked_for, said_so_far, worded
from dremeta_lite.lab.words import marked

YOURS, REAL = "your prediction", "what came out"
DRAW = "Draw over the axes, or write the numbers below."


class Drawn(Prediction):
    """A curve, given by its heights at some places.

    Args:
        id, asked: as `predict` has them.
        axes: the label of the horizontal axis with the places that are asked for, and that of the vertical one with its lowest and highest
            value.

    Attributes:
        said: the latest prediction, a number a place; nothing yet if empty.
        real: what came out, likewise.
    """

    form = "a curve"

    def __init__(self, id: str, asked: str, axes: Mapping[str, Sequence[float]]) -> None:
        super().__init__(id, asked, (), "")
        (self.xlabel, places), (self.ylabel, (self.low, self.high)) = axes.items()
        self.x, former = np.asarray(places, float), asked_for(id)  # its cell was run before
        self.real, self.panels = (former.real, former.panels) if isinstance(former, Drawn) else (np.array([]), list[Explorer]())
        self.boxes: list[widgets.Text] = []

    @property
    def said(self) -> np.ndarray:
        kept = [said for said in said_so_far(self.id) if isinstance(said, list) and len(said) == len(self.x)]
        return np.asarray(kept[-1] if kept else [], float)

    def read(self, said: Any) -> list[float]:
        parts = re.split(r"[,;\s]+", said.strip().replace("−", "-")) if isinstance(said, str) else list(said)
        try:
            numbers = [float(part) for part in parts]
        except ValueError:
            numbers = []
        if len(numbers) != len(self.x) or not all(self.low <= number <= self.high for number in numbers):
            wanted = f"Write {len(self.x)} numbers in [{self.low:g}, {self.high:g}], with commas between them"
            raise ValueError(f"{wanted}, not {str(said)[:40]!r}.")
        return numbers

    def draw(self, path: Sequence[tuple[float, float]]) -> None:
        """Take what was drawn by hand: a stroke from place to place (x, y). Where it does not reach, the curve stays as it was."""
        x, y = np.asarray(sorted(path)).T
        heights, reach = np.interp(self.x, x, y), np.diff(self.x).min() / 2
        if len(self.said):
            heights = np.where((self.x >= x[0] - reach) & (self.x <= x[-1] + reach), heights, self.said)
        step = 10.0 ** np.floor(np.log10((self.high - self.low) / 100))
        self.try_to_say([round(float(h), 10) for h in np.clip(np.round(heights / step) * step, self.low, self.high)])

    def came_out(self, value: Any) -> None:
        """As of any prediction; the value is a number a place. Raises ValueError: it has another length."""
        if len(value) != len(self.x):
            raise ValueError(f"the prediction {self.id!r} asks for {len(self.x)} numbers, and {len(value)} came out")
        self.real = np.asarray(value, float)
        super().came_out(value)

    def control(self) -> Sequence[widgets.Widget]:
        name = f"{self.ylabel}, for {self.xlabel.split(',')[0]} = {listed(self.x)}"
        box = widgets.Text(description=name, continuous_update=False, style={"description_width": "initial"})
        box.add_class("dremeta-words")
        box.observe(lambda change: change["new"] in ("", listed(self.said)) or self.try_to_say(change["new"]), "value")
        self.boxes = [box]
        return [widgets.HTML(marked(f"**Your prediction:** {self.asked}. {DRAW}")), self.picture("drawn", self.draw), box]

    def beside(self) -> Sequence[widgets.Widget]:
        return [self.picture("seen")]

    def picture(self, kind: str, draw: Any = None) -> widgets.Widget:
        panel = Explorer(f"{kind}-{self.id}", HyperParameters(), Row(Sketch(self, draw), size=(9.6, 3.0)), [])
        self.panels = [each for each in self.panels if each.widget.comm is not None] + [panel]
        panel.paint()
        return panel.widget

    def show(self) -> None:
        super().show()
        for box in self.boxes:
            box.value = listed(self.said)
        for panel in self.panels:
            panel.paint()

    def verdict(self, said: Sequence[Any], came: Any) -> str:
        error = self.said - self.real
        worst = int(np.abs(error).argmax())
        where = f"{self.xlabel.split(',')[0]} = {worded(self.x[worst])}"
        above = "above" if error.mean() > 0 else "below"
        far = f"you said {worded(self.said[worst])}, and it is {worded(self.real[worst])}"
        return f"Your curve lies {worded(abs(error.mean()))} {above} the other on average. They are farthest apart at {where}: {far}."


def listed(numbers: Any) -> str:
    """As they stand in the box."""
    return ", ".join(f"{number:.4g}" for number in numbers)


class Sketch(Curves):
    """The prediction, and what came out. `draw` is told what is drawn by hand; nothing can be drawn without it."""

    def __init__(self, asked: Drawn, draw: Any) -> None:
        self.asked, self.stroked = asked, draw
        margin = 0.04 * (asked.x.max() - asked.x.min())
        limits = (asked.x.min() - margin, asked.x.max() + margin)
        looks = {YOURS: {**BEFORE, "marker": "o"}, REAL: {**NOW, "marker": "o"}}
        self.grain = (float(np.diff(asked.x).min()), (asked.high - asked.low) / 40)
        super().__init__(looks, xlim=limits, span=(asked.low, asked.high), xlabel=asked.xlabel, ylabel=asked.ylabel)

    def update(self, now: Any = None) -> None:
        said = self.asked.said
        curves = {YOURS: said, REAL: self.asked.real if len(said) else said}  # nothing is given away
        self.show(curves, x=self.asked.x)
        self._words = " ".join(f"{name.capitalize()}: {listed(y)}." for name, y in curves.items() if len(y))
