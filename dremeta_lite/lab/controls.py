"""Sliders and number boxes, made from the hyperparameters' traits.

Every number has both: the slider to explore, and the box to read the value and to type an exact one. The label belongs to the box, because
a slider has no name for a screen reader, and a logarithmic one would read out the exponent.
"""

import html
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets
import traitlets
from traitlets import TraitError

from dremeta_lite.hyper import HyperParameters, Switch, Whole

Number = float | int | bool
WORDS: Mapping[str, str] = {"lr": "learning rate", "std": "standard deviation", "gae": "GAE", "kl": "KL"}


def label(trait: Any) -> str:
    """Symbol and words: `α inner learning rate`; once, if they are the same: `k`."""
    words = " ".join([WORDS.get(word, word) for word in str(trait.name).split("_")])
    return f"{trait.symbol} {words}" if trait.symbol not in ("", words) else words


def tooltip(trait: Any) -> str:
    """Name, symbol, bounds, unit, scale and meaning in one line."""
    name = f"{trait.symbol} ({trait.name})" if trait.symbol else trait.name
    if isinstance(trait, Switch):
        return f"{name}: {trait.help}"
    unit = f" {trait.unit}" if trait.unit else ""
    scale = ", logarithmic" if trait.scale == "log" else ""
    return f"{name}, {trait.low:g} to {trait.high:g}{unit}{scale}: {trait.help}"


def nice_step(span: float) -> float:
    """About a hundredth of the span, as 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(span / 100))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= 0.999 * span / 100)


class Control:
    """What shows one hyperparameter."""

    widget: widgets.HBox
    _echo = False  # whether a change of a widget is our own doing

    def frame(self, name: str, *parts: widgets.Widget) -> None:
        """Put the parts side by side."""
        self.widget = widgets.HBox(parts)
        self.widget.add_class("dremeta-control")
        self.widget.add_class(f"dremeta-control-{name}")

    @contextmanager
    def silently(self) -> Iterator[None]:
        """What changes in here is not taken for a student's doing."""
        self._echo = True
        try:
            yield
        finally:
            self._echo = False


class NumberControl(Control):
    """A number box and a slider that show one hyperparameter.

    Args:
        trait: the hyperparameter's declaration, a `Real` or a `Whole`.
        value: its present value.
        submit: is given every new value; raises `TraitError` to refuse it.
        complain: is given the message when a value was refused, and "" when one was taken.
    """

    def __init__(self, trait: Any, value: float, submit: Callable[[Number], None], complain: Callable[[str], None]) -> None:
        self.trait, self.value, self.submit, self.complain = trait, value, submit, complain
        self.whole = isinstance(trait, Whole)
        self.slider, self.box = self._make_slider(), self._make_box()
        self.slider.observe(self._slid, "value")
        self.box.observe(self._typed, "value")
        self.frame(trait.name, self.box, self.slider)

    def _make_slider(self) -> Any:
        low, high = self.trait.low, self.trait.high
        layout = widgets.Layout(width="auto", flex="1 1 0")
        common = {"value": self.value, "readout": False, "tooltip": tooltip(self.trait), "layout": layout}
        if self.trait.scale == "log":
            decades = math.log10(high) - math.log10(low)
            step = decades / math.ceil(20 * decades)
            return widgets.FloatLogSlider(min=math.log10(low), max=math.log10(high), step=step, **common)
        if self.whole:
            return widgets.IntSlider(min=low, max=high, step=1, **common)
        return widgets.FloatSlider(min=low, max=high, step=nice_step(high - low), **common)

    def _make_box(self) -> Any:
        step = (
            1 if self.whole else self._box_step()
        )  # whole numbers, too, in a box of real ones: an IntText makes 27 of 2.7, without a word
        return widgets.FloatText(value=self.value, step=step, description=label(self.trait), tooltip=tooltip(self.trait))

    def _box_step(self) -> float:
        """What the arrow keys add in the box: the slider's step, or on a log scale the size of the default's first digit."""
        if self.trait.scale == "log":
            return 10.0 ** math.floor(math.log10(self.trait.default_value))
        return nice_step(self.trait.high - self.trait.low)

    def _slid(self, change: Mapping[str, Any]) -> None:
        if not self._echo and not self._is_snap(change["new"]):
            self._take(self.inside(change["new"]), slider=False)

    def _is_snap(self, position: float) -> bool:
        """Whether the slider only snapped to its grid: when the box moves it, the front end answers with the nearest point of the grid."""
        scale = math.log10 if self.trait.scale == "log" else float
        return abs(scale(position) - scale(self.value)) <= 0.51 * self.slider.step

    def _typed(self, change: Mapping[str, Any]) -> None:
        if not self._echo:
            value = change["new"]
            exact = self.whole and abs(value) < 2**53 and value.is_integer()
            self._take(int(value) if exact else value, slider=True)

    def _take(self, value: Number, slider: bool) -> None:
        try:
            self.submit(value)
        except TraitError as refusal:
            self.show(self.value)
            self.complain(f"{refusal}. It stays at {self.value:g}.")
        else:
            self._show(value, slider)
            self.complain("")

    def fit(self, value: float) -> Number:
        """The nearest value that the slider can show: in its bounds, rounded to its steps."""
        step = 1 if self.whole else nice_step(self.trait.high - self.trait.low)
        return self.inside(value if self.trait.scale == "log" else round(value / step) * step)

    def inside(self, value: float) -> Number:
        """A value of the slider without its last digits, in its bounds."""
        rounded = float(f"{value:.{3 if self.trait.scale == 'log' else 10}g}")
        inside = min(max(rounded, self.trait.low), self.trait.high)
        return round(inside) if self.whole else inside

    def show(self, value: Number) -> None:
        """Say a value that was set elsewhere."""
        self._show(value, slider=True)

    def _show(self, value: Number, slider: bool) -> None:
        self.value = value
        with self.silently():
            self.box.value = value
            if slider:  # one that is being dragged is not pulled to the rounded value
                self.slider.value = self.position(value)

    def position(self, value: Any) -> Any:
        """Where the slider stands for a value."""
        return value


class SwitchControl(Control):
    """A checkbox for a `Switch`. Arguments as for `NumberControl`."""

    def __init__(self, trait: Any, value: bool, submit: Callable[[Number], None], complain: Callable[[str], None]) -> None:
        self.value, self.submit, self.complain = bool(value), submit, complain
        self.box = widgets.Checkbox(value=value, description=label(trait), tooltip=tooltip(trait), indent=False)
        self.box.observe(self._clicked, "value")
        self.frame(trait.name, self.box)

    def show(self, value: Number) -> None:
        """Say a value that was set elsewhere."""
        self.value = bool(value)
        with self.silently():
            self.box.value = self.value

    def _clicked(self, change: Mapping[str, Any]) -> None:
        if self._echo:
            return
        try:
            self.submit(change["new"])
        except TraitError as refusal:
            self.show(self.value)
            self.complain(f"{refusal}.")
        else:
            self.value = change["new"]
            self.complain("")


def make_control(
    hyper: HyperParameters, name: str, submit: Callable[[Number], None], complain: Callable[[str], None]
) -> NumberControl | SwitchControl:
    """The control that fits a hyperparameter.

    Raises:
        ValueError: there is no such hyperparameter.
    """
    if name not in hyper.names():
        raise ValueError(f"there is no hyperparameter {name!r}; there are {', '.join(hyper.names())}")
    trait = hyper.traits()[name]
    kind = SwitchControl if isinstance(trait, Switch) else NumberControl
    return kind(trait, getattr(hyper, name), submit, complain)


def arrange(columns: widgets.Box, controls: Sequence[NumberControl | SwitchControl]) -> None:
    """Put numbers into columns, in their order, and after them the switches in one row. All labels get the width of the longest, so that
    the boxes stand in line and no label is cut off."""
    numbers = [control for control in controls if isinstance(control, NumberControl)]
    longest = max((len(control.box.description) for control in numbers), default=0)
    for control in numbers:
        control.box.style.description_width = f"{longest + 1}ch"
    rows = [control.widget for control in numbers]
    if switches := [control.widget for control in controls if isinstance(control, SwitchControl)]:
        rows.append(widgets.HBox(switches))
        rows[-1].add_class("dremeta-switches")
    columns.children = rows
    columns.add_class("dremeta-controls")


def menu(name: str, options: Sequence[Any], value: Any = None, **more: Any) -> Any:
    """A list to choose from, with its name before it; not shown where there is nothing to choose."""
    layout = widgets.Layout(display="" if len(options) > 1 else "none")
    style = {"description_width": "initial"}
    return widgets.Dropdown(options=options, value=value, description=name, style=style, layout=layout, **more)


def button(name: str, tooltip: str, action: Callable[[], Any], **more: Any) -> widgets.Button:
    """A button that does something."""
    made = widgets.Button(description=name, tooltip=tooltip, **more)
    made.on_click(lambda _: action())
    return made


def row_of(*parts: widgets.Widget) -> widgets.HBox:
    """Buttons, menus and boxes side by side."""
    row = widgets.HBox(parts)
    row.add_class("dremeta-buttons")
    return row


class PictureWidget(widgets.Image):
    """An image with words for those who cannot see it: its `tooltip` becomes the image's title, the accessible name of the picture.

    `widgets.Image` alone has no alternative text, and a tooltip breaks it, because the front end asks for a description first.
    """

    description = traitlets.Unicode("").tag(sync=True)


def message(text: str, role: str) -> str:
    """A line of HTML that a screen reader reads out when it changes ("alert": at once); nothing for an empty text."""
    return f'<div role="{role}" class="dremeta-{role}">{html.escape(text)}</div>' if text else ""
