"""A picture that does not move, in a notebook: shown as PNG, with words for those who cannot see it."""

import io
from typing import Any

import IPython.display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from dremeta_lite.lab.picture import View
from dremeta_lite.lab.style import own_look


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


def show_png(png: bytes, width: float, words: str) -> None:
    """Display a picture, so many inches wide, with words as its alternative text."""
    IPython.display.display(IPython.display.Image(png, format="png", width=round(100 * width), alt=words))
