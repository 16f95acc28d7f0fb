"""A still picture of a few functions, in the look of the course, with its words."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from dremeta_lite.lab.looks import lines
from dremeta_lite.lab.style import GREY, own_look


def draw_curves(
    x: Sequence[float],
    panels: Mapping[str, Mapping[str, Sequence[float]]],
    xlabel: str,
    ylabel: str,
    marks: Mapping[str, float] | None = None,
    size: tuple[float, float] = (9.6, 3.2),
    log: bool = False,
) -> bytes:
    """One axes a panel, with its curves over x by name, and thin named lines at some places of x. Learners over tasks have their own looks.

    Args:
        x, panels: what is drawn.
        xlabel, ylabel: of all panels.
        marks: places of x, by name.
        size: in inches.
        log: whether the x axis is logarithmic.

    Returns:
        a PNG.

    Raises:
        ValueError: a panel has more curves than can be told apart.
    """
    with own_look():
        figure = Figure(figsize=size, dpi=125, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        for axes, (title, curves) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
            axes.set(title=title, xlabel=xlabel, ylabel=ylabel, xlim=(min(x), max(x)))
            if log:
                axes.set_xscale("log")
                axes.xaxis.set_major_formatter(ScalarFormatter())
            elif all(isinstance(place, int) for place in x):
                axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            for name, look in lines(list(curves)).items():
                axes.plot(x, curves[name], label=name, **look)
            if len(curves) > 1:
                axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
            for name, place in (marks or {}).items():
                axes.axvline(place, color=GREY, linewidth=1, zorder=1.5)
                axes.text(place, 0.98, f" {name}", color=GREY, fontsize=10, va="top", transform=axes.get_xaxis_transform())
        file = io.BytesIO()
        canvas.print_png(file)
    return file.getvalue()


def show_curves(words: str, x: Sequence[float], panels: Mapping[str, Mapping[str, Sequence[float]]], **options: Any) -> None:
    """Display `draw_curves`; `words` say what the picture shows, for people who cannot see it."""
    from IPython.display import Image, display

    png = draw_curves(x, panels, **options)
    display(Image(png, format="png", width=960, alt=words))
