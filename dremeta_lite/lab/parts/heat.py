"""A matrix: shades, and the numbers in them."""

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from dremeta_lite.lab.parts.background import Limits
from dremeta_lite.lab.parts.layout import Part
from dremeta_lite.lab.parts.reading import number, read_place
from dremeta_lite.lab.style import INK


class Heat(Part):
    """A matrix [row, column]. A part that has something to show calls `show` in its `update`.

    Args:
        rows, columns: how many.
        values: those shown from the beginning.
        limits: the values of the first and of the last shade.
        colours: a colour map of matplotlib.
        form: of the numbers; nothing is written if empty, nor where the value is 0 if `blank`.
        white_below: numbers on darker shades are white: those of smaller values.
        bold: the diagonal's numbers.
        bar: the name of the values beside a colour bar; there is none if empty.
        image: what `Axes.imshow` takes.
        labels: what `Axes.set` takes.
    """

    def __init__(
        self,
        rows: int,
        columns: int,
        *,
        values: Any = None,
        limits: Limits,
        colours: Any = "Blues",
        form: str = ".0f",
        blank: bool = False,
        white_below: float = -np.inf,
        bold: bool = False,
        bar: str = "",
        image: Any = None,
        **labels: Any,
    ) -> None:
        self.rows, self.columns, self.limits, self.colours, self.form = rows, columns, limits, colours, form
        self.blank, self.white_below, self.bold, self.bar, self.image, self.labels = blank, white_below, bold, bar, image or {}, labels
        self.values, self.grain = np.zeros((rows, columns)) if values is None else values, (1, 1)

    def setup(self, axes: Axes) -> list[Artist]:
        low, high = self.limits
        self.axes = axes
        self.shades = axes.imshow(np.zeros((self.rows, self.columns)), cmap=self.colours, vmin=low, vmax=high, **self.image)
        axes.set(**{"xticks": range(self.columns), "yticks": range(self.rows), **self.labels})
        axes.grid(False)
        centred: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 10}
        places = [(i, j) for i in range(self.rows) for j in range(self.columns)] if self.form else []
        self.texts = [axes.text(j, i, "", fontweight="bold" if self.bold and i == j else "normal", **centred) for i, j in places]
        if self.bar:
            figure: Any = axes.get_figure()
            figure.colorbar(self.shades, ax=axes, label=self.bar, shrink=0.85)
        self.show(self.values)
        return [self.shades, *self.texts]

    def read(self, x: float, y: float) -> str:
        """The row, the column and the value of a cell."""
        row, column = round(y), round(x)
        if not (0 <= row < self.rows and 0 <= column < self.columns):
            return ""
        return f"{read_place(self.axes, column, row)}\n{self.bar or 'value'} {number(self.values[row, column])}"

    def show(self, values: Any) -> None:
        """Set the matrix."""
        self.values = np.asarray(values, float)
        self.shades.set_data(self.values)
        for text, value in zip(self.texts, self.values.flatten(), strict=False):
            text.set_text("" if self.blank and value == 0 else f"{value:{self.form}}")
            text.set_color("white" if value < self.white_below else INK)
