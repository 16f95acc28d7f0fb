"""One look for every picture of the course: colours, fonts, limits that stay calm, yardsticks, and marks of moved sliders."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import matplotlib
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Change

# Okabe and Ito's palette: told apart by people with any of the common colour blindnesses. Name these, never "C0" (resolved while drawing).
BLUE, ORANGE, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
AMBER, SKY, YELLOW, BLACK = "#E69F00", "#56B4E9", "#F0E442", "#000000"
PALETTE = {
    "blue": BLUE,
    "orange": ORANGE,
    "green": GREEN,
    "pink": PINK,
    "amber": AMBER,
    "sky": SKY,
    "yellow": YELLOW,
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


Limits = tuple[float, float]


def grow(low: float, high: float, old: Limits | None = None) -> Limits:
    """Axis limits for data in [low, high] that change rarely: `old` while the data fit, else with room to grow.

    Each side moves only when the data leave it, and then by half of the data's range, so that a growing curve moves the axis a few times
    and not at every frame.
    """
    span = max(high - low, 1e-6)
    if old is None:
        return low - 0.05 * span, high + 0.05 * span
    return (old[0] if low >= old[0] else low - 0.5 * span, old[1] if high <= old[1] else high + 0.5 * span)


def set_limits(axes: Axes, x: Limits | None = None, y: Limits | None = None) -> None:
    """Set limits that differ from the present ones; setting equal limits would still cost a full redraw."""
    if x is not None and axes.get_xlim() != x:
        axes.set_xlim(x)
    if y is not None and axes.get_ylim() != y:
        axes.set_ylim(y)


class Yardsticks:
    """Thin grey lines to compare with, each with its name at the right end. Names that would overlap are moved apart.

    They belong to the background: call `set` in `View.update`, after the limits; it does nothing while nothing changed.
    """

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self._drawn: list[Line2D | Text] = []
        self._key: object = None

    def set(self, heights: Mapping[str, float]) -> None:
        """Draw one line per name, at its height in data units."""
        low, high = sorted(self.axes.get_ylim())
        key = (dict(heights), low, high)
        if key == self._key:
            return
        self._key = key
        for artist in self._drawn:
            artist.remove()
        visible = {name: height for name, height in heights.items() if low <= height <= high}
        lines = [self.axes.axhline(height, color=GREY, linewidth=1, zorder=1.5) for height in visible.values()]
        self._drawn = [*lines, *self._write(visible, low, high)]

    def _write(self, heights: Mapping[str, float], low: float, high: float) -> list[Text]:
        names = sorted(heights, key=lambda name: heights[name])
        fractions = [(heights[name] - low) / (high - low) for name in names]
        places = spread(fractions, gap=self._text_height())
        where: dict[str, Any] = {"transform": self.axes.transAxes, "va": "center", "ha": "left"}
        return [self.axes.text(1.01, y, name, color=GREY, fontsize=10, **where) for name, y in zip(names, places, strict=True)]

    def _text_height(self) -> float:
        """The height of a line of text, as a fraction of the height of the axes."""
        figure = self.axes.get_figure(root=True)
        assert figure is not None
        points = figure.get_size_inches()[1] * self.axes.get_position().height * 72
        return 1.25 * 10 / points


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Move sorted numbers in [0, 1] apart until neighbours are at least `gap` apart, each as little as one pass up and down allows."""
    moved = list(places)
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    ceiling = 1.0
    for i in reversed(range(len(moved))):
        moved[i] = min(moved[i], ceiling)
        ceiling = moved[i] - gap
    return moved


class ChangeMarks:
    """A tick with its symbol above the time axis for every slider that was moved during training.

    They belong to the background: call `set` in `View.update`; it does nothing while nothing changed.
    """

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self._drawn: list[Line2D | Text] = []
        self._key: object = ()

    def set(self, changes: Sequence["Change"]) -> None:
        """Mark each change at its iteration; symbols that would overlap are left out, their ticks are not. Changes before the first
        iteration are no changes during training, and leave no mark."""
        symbols: dict[int, str] = {}
        for change in [change for change in changes if change.iteration > 0]:
            symbols[change.iteration] = f"{symbols.get(change.iteration, '')} {change.symbol or change.name}".strip()
        key = (symbols, self.axes.get_xlim())
        if key == self._key:
            return
        self._key = key
        for artist in self._drawn:
            artist.remove()
        self._drawn = [self._tick(x) for x in symbols] + self._write(symbols)

    def _tick(self, x: float) -> Line2D:
        return self.axes.axvline(x, ymax=0.04, color=INK, linewidth=1.5, zorder=3)

    def _write(self, symbols: Mapping[int, str]) -> list[Text]:
        low, high = self.axes.get_xlim()
        texts: list[Text] = []
        free_from = low
        for x, symbol in sorted(symbols.items()):
            if x >= free_from:
                where: dict[str, Any] = {"transform": self.axes.get_xaxis_transform(), "ha": "center", "va": "bottom"}
                texts.append(self.axes.text(x, 0.05, symbol, color=INK, fontsize=10, clip_on=True, **where))
                free_from = x + (high - low) * 0.02 * (len(symbol) + 1)
        return texts


# The panel's own look, with the colours of JupyterLab's theme, light or dark. The picture itself is white in both.
PANEL_CSS = """<style>
.dremeta-panel {
  border: 1px solid var(--jp-border-color2, #e0e0e0); border-radius: 6px; padding: 12px 14px; box-sizing: border-box; overflow: hidden }
.dremeta-panel > .widget-html { margin: 0; height: auto; min-height: 0 }
.dremeta-panel .widget-html-content { line-height: 1.4; font-size: 14px }
.dremeta-buttons { flex-flow: row wrap; gap: 6px; align-items: center; margin-bottom: 6px; overflow: visible }
.dremeta-buttons .widget-button { width: 84px; margin: 0 }
.dremeta-panel :is(button, input):focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px }
.dremeta-panel .noUi-handle:focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2) }
.dremeta-seed { width: auto; margin: 0 0 0 auto }
.dremeta-seed .widget-label { width: auto }
.dremeta-seed input { width: 90px; flex: none }
.dremeta-controls { display: grid; grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); gap: 2px 28px; overflow: visible }
.dremeta-control { overflow: visible; align-items: center; margin: 0 }
.dremeta-control .widget-text { width: auto; margin: 2px 0 }
.dremeta-control .widget-text .widget-label { text-align: left; flex: none; overflow: visible }
.dremeta-control .widget-text input { width: 84px; flex: none }
.dremeta-control .widget-slider { margin: 2px 10px 2px 12px }
.dremeta-control .widget-checkbox { width: auto; margin: 2px 0 }
.dremeta-status { padding: 4px 0; font-variant-numeric: tabular-nums }
.dremeta-summary { margin: 4px 0 }
.dremeta-alert, .dremeta-lost { color: var(--jp-error-color1, #b00020) }
.dremeta-trace { max-height: 300px; overflow: auto; font-size: 12px; line-height: 1.35 }
.dremeta-panel > .widget-image { margin: 0 }
.dremeta-lost { display: none; margin: 0 0 8px }
.jupyter-widgets-disconnected .dremeta-lost { display: block }
.jupyter-widgets-disconnected .dremeta-status { display: none }
.dremeta-frame .dremeta-frame .dremeta-lost { display: none }
.dremeta-frame.jupyter-widgets-disconnected::before, .dremeta-frame .jupyter-widgets-disconnected::before { display: none }
.dremeta-frame.jupyter-widgets-disconnected > :not(:first-child) { opacity: 0.45; pointer-events: none }
</style>"""
