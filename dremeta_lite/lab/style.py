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
PALETTE = {
    "blue": BLUE,
    "orange": ORANGE,
    "green": GREEN,
    "pink": PINK,
    "amber": AMBER,
    "sky": SKY,
    "black": BLACK,
}
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
# The panel's own look, with the colours of JupyterLab's theme, light or dark.
PANEL_CSS = (
    f"<style>{THEME_CSS}</style>"
    + """<style>
.dremeta-panel {
  border: 1px solid var(--jp-border-color2, #e0e0e0); border-radius: 6px; padding: 12px 14px; box-sizing: border-box; overflow: hidden }
.dremeta-panel > .widget-html { margin: 0; height: auto; min-height: 0 }
.dremeta-panel .widget-html-content { line-height: 1.4; font-size: 14px }
.dremeta-buttons { flex-flow: row wrap; gap: 6px; align-items: center; margin-bottom: 6px; overflow: visible }
.dremeta-buttons .widget-button { width: 84px; margin: 0 }
.dremeta-panel :is(button, input):focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px }
.dremeta-panel .noUi-handle:focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2) }
.dremeta-buttons .widget-text { height: auto; flex-wrap: wrap }
.dremeta-panel :is(.widget-text, .widget-dropdown) { max-width: calc(100% - 4px) }
.dremeta-seed { width: auto; margin: 0 0 0 auto }
.dremeta-seed .widget-label { width: auto }
.dremeta-seed input { width: 90px; flex: none }
.dremeta-controls { display: grid; overflow: visible; gap: 2px 28px;
  grid-template-columns: repeat(auto-fit, minmax(min(370px, 100%), 1fr)) }
.dremeta-switches { flex-flow: row wrap; gap: 0 28px; overflow: visible }
.dremeta-control { overflow: visible; align-items: center; margin: 0; flex-wrap: wrap }
.dremeta-control .widget-text { width: auto; height: auto; flex-wrap: wrap; margin: 2px 0 }
.dremeta-control .widget-text .widget-label { text-align: left; flex: none; overflow: visible }
.dremeta-control .widget-text input { width: 84px; flex: none }
.dremeta-control .widget-slider { min-width: 90px; margin: 2px 10px 2px 12px }
.dremeta-control .widget-checkbox { width: auto; margin: 2px 0 }
.dremeta-status { padding: 4px 0; font-variant-numeric: tabular-nums }
.dremeta-summary { margin: 4px 0; padding-right: 84px }
.dremeta-alert, .dremeta-lost { color: var(--jp-error-color1, #b00020) }
.dremeta-trace { max-height: 300px; overflow: auto; font-size: 12px; line-height: 1.35 }
.dremeta-picture { position: relative; z-index: 1; margin: 0; overflow: visible; align-items: flex-start }
.dremeta-frame { --dremeta-high: 62vh }
.dremeta-frame:fullscreen {
  --dremeta-high: 76vh; width: 100%; padding: 2vh 2vw; overflow: auto;
  background: var(--jp-layout-color0, Canvas); color: var(--jp-ui-font-color1, CanvasText) }
.dremeta-frame:fullscreen :is(.dremeta-controls, .dremeta-buttons > :not(.dremeta-go)) { display: none }
.dremeta-frame:fullscreen :is(.dremeta-status, .dremeta-summary, .dremeta-tip, .dremeta-go) { font-size: 20px }
.dremeta-frame:fullscreen .dremeta-go { width: 110px; height: 40px; line-height: 40px }
.dremeta-frame:fullscreen .dremeta-picture { align-items: center }
.dremeta-picture .widget-image { margin: 0 }
.dremeta-picture:has(canvas:not([hidden])) > .widget-image { display: none }
.dremeta-picture > :not(.widget-image, .dremeta-touch) { display: none }
.dremeta-lost { display: none; margin: 0 0 8px }
.jupyter-widgets-disconnected .dremeta-lost { display: block }
.jupyter-widgets-disconnected .dremeta-status { display: none }
.dremeta-frame .dremeta-frame .dremeta-lost { display: none }
.dremeta-frame.jupyter-widgets-disconnected::before, .dremeta-frame .jupyter-widgets-disconnected::before { display: none }
.dremeta-frame.jupyter-widgets-disconnected > :not(:first-child) { opacity: 0.45; pointer-events: none }
</style>"""
)
