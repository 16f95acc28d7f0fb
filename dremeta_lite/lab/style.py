"""One look for every picture of the course: colours and fonts. How learners and tasks look is in `looks.py`."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import matplotlib

# Okabe and Ito's palette: told apart by people with any of the common colour blindnesses. Name these, never "C0" (resolved while drawing).
# Amber and sky blue are darker here, to stand out from white by 3:1, and orange with them, to stay apart from amber. Yellow cannot.
BLUE, ORANGE, GREEN, PINK = "#0072B2", "#B84A00", "#009E73", "#CC79A7"
AMBER, SKY, BLACK = "#BE8400", "#489AD2", "#000000"
PALETTE = {"blue": BLUE, "orange": ORANGE, "green": GREEN, "pink": PINK, "amber": AMBER, "sky": SKY, "black": BLACK}
INK, GREY, PALE = "#222222", "#6E6E6E", "#D9D9D9"

STYLE: Mapping[str, Any] = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.size": 10.5,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10.5,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.8,
    "lines.linewidth": 2.0,
    "figure.constrained_layout.w_pad": 0.08,
    "figure.constrained_layout.h_pad": 0.08,
}

NO_LOOKS = ("backend", "interactive", "toolbar", "timezone", "date.epoch", "webagg", "tk.", "docstring", "savefig.dir", "figure.raise")
DEFAULTS = {name: value for name, value in dict.items(cast(dict, matplotlib.rcParamsDefault)) if not name.startswith(NO_LOOKS)}
_one_at_a_time = threading.RLock()


@contextmanager
def own_look(style: Mapping[str, Any] = STYLE, drawing: bool = False) -> Iterator[None]:
    """Our style on top of matplotlib's defaults, whatever the user has set (LaTeX for texts, a font that is not there, a dark style).

    matplotlib's settings belong to the whole process. So theirs come back as they were, except what is changed meanwhile; and two pictures
    do not have it at once.

    Args:
        style: matplotlib settings.
        drawing: an existing figure is drawn: only what the user has set is replaced, so that a thread that draws frame by frame disturbs
            nobody's own pictures.
    """
    ours, settings = DEFAULTS | dict(style), cast(dict, matplotlib.rcParams)
    with _one_at_a_time:
        now = {name: dict.__getitem__(settings, name) for name in ours}
        theirs = {name: value for name, value in now.items() if value != (DEFAULTS if drawing else ours)[name]}
        settings.update({name: ours[name] for name in theirs})
        try:
            yield
        finally:
            settings.update({name: value for name, value in theirs.items() if dict.__getitem__(settings, name) == ours[name]})


PAGE = Path(__file__).parent / "page"
THEME_CSS = (PAGE / "theme.css").read_text(encoding="utf-8")
PANEL_CSS = f"<style>{THEME_CSS}{(PAGE / 'panel.css').read_text(encoding='utf-8')}</style>"
"""The look of all frames, with the colours of JupyterLab's theme, light or dark."""
