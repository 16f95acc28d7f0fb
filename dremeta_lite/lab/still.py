"""A picture that does not move, in a notebook: shown as PNG, with words for those who cannot see it."""

import base64
import html
import io
from typing import Any

import IPython.display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from dremeta_lite.lab.picture import View
from dremeta_lite.lab.style import THEME_CSS, own_look


def still(view: View, now: Any = None) -> Figure:
    """A view as a figure; its parts may then be shown something else."""
    with own_look():
        figure = Figure(figsize=view.size, layout="constrained")
        view.setup(figure)
        view.update(now)
    return figure


def show_view(view: View) -> None:
    """Display a view that shows nothing that changes, and below it its summary."""
    show_figure(still(view), view.summary())


def show_figure(figure: Figure, words: str, scale: float = 1.25) -> None:
    """Display a figure, and below it in words what it shows.

    Args:
        figure: made without `pyplot`.
        words: what the picture shows, in numbers; also the image's alternative text.
        scale: pixels of the image to one pixel of the screen.
    """
    figure.set_dpi(100 * scale)
    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    with own_look(drawing=True):
        figure.savefig(buffer, format="png", dpi=100 * scale)
    show_png(buffer.getvalue(), figure.get_size_inches()[0], words)
    print(words)


class Described(IPython.display.Image):
    """A PNG that also comes as HTML. Neither JupyterLab nor nbconvert shows the alternative text of a PNG by itself."""

    def __init__(self, png: bytes, width: int, words: str) -> None:
        super().__init__(png, format="png", width=width, alt=words)
        source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
        self.page = (
            f'<style>{THEME_CSS}</style><span class="dremeta-paper"><img src="{source}" width="{width}" alt="{html.escape(words)}"></span>'
        )

    def _repr_html_(self) -> str:
        return self.page


def show_png(png: bytes, width: float, words: str) -> None:
    """Display a picture, so many inches wide, with words as its alternative text."""
    IPython.display.display(Described(png, round(100 * width), words))
