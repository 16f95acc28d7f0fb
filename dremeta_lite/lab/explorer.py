"""A picture with controls and without training: each move of a control is computed and drawn at once."""

import html
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from dremeta_lite.hyper import HyperParameters
from dremeta_lite.lab.controls import arrange, make_control
from dremeta_lite.lab.frame import Frame
from dremeta_lite.lab.notebook import front_end
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.still import show_png
from dremeta_lite.lab.touch import TouchPicture
from dremeta_lite.lab.touch_panel import TouchPanel
from dremeta_lite.speed import prepare_cpu


class Explorer(TouchPanel):
    """Sliders, a picture and its summary.

    Args:
        name: tells this panel from others on the page. Making another one of the same name closes this one.
        hyper: what can be moved; the view reads it.
        view: what is drawn; its `update` is given this explorer.
        controls: the names in `hyper` that get a slider.
        above, below: widgets of one's own, before and after the sliders.
    """

    def __init__(
        self,
        name: str,
        hyper: HyperParameters,
        view: Any,
        controls: Sequence[str],
        above: Sequence[widgets.Widget] = (),
        below: Sequence[widgets.Widget] = (),
    ) -> None:
        self.hyper, self.view, self.picture = hyper, view, Picture(view)
        self.controls = {name: make_control(hyper, name, self._submit(name), self._complain) for name in controls}
        self.image = TouchPicture(self.picture.size, self._sized, self._touched)
        self.summary, self.trouble = widgets.HTML(), widgets.HTML()
        self.grid = widgets.Box()
        arrange(self.grid, list(self.controls.values()))
        parts = [*above, self.grid, self.image, self.trouble, self.summary, self.places.widget, *below]
        self.widget = Frame(name, parts)

    def show(self) -> None:
        """Display it; where nobody can move a slider, its picture and summary. Raises RuntimeError: it was closed."""
        from IPython.display import display

        self.widget.demand_open()
        prepare_cpu()  # a move of the playground took 45 ms instead of a second on a busy machine
        png = self.paint()
        if front_end() == "headless":
            show_png(png, self.view.size[0], self.view.summary())
            print(self.view.summary())
        else:
            display(self.widget)

    def paint(self) -> bytes:
        """Draw the present state."""
        png = self.picture.draw(self)  # type: ignore[arg-type]
        self._show_frame(png, self.view.summary())
        self.summary.value = f'<p class="dremeta-summary">{html.escape(self.view.summary())}</p>'
        return png

    def repaint(self) -> Any:
        self.paint()

    def present_hyper(self) -> HyperParameters:
        return self.hyper

    def put(self, name: str, value: Any) -> None:
        setattr(self.hyper, name, value)

    def _submit(self, name: str) -> Any:
        def submit(value: Any) -> None:
            self.put(name, value)
            self.paint()

        return submit
