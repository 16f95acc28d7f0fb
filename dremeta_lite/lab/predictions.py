"""A prediction is written down before the cell that shows what comes out, is kept, and stands beside that afterwards."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets
from IPython.display import Markdown, display

from dremeta_lite.lab.exercises import COLOURS, notice, own_progress
from dremeta_lite.lab.frame import Frame, OnePage
from dremeta_lite.lab.notebook import front_end
from dremeta_lite.lab.words import boxed, marked, plain, told

EARLY = "No prediction yet. Write one into the box above, and it will stand here beside what came out."

_predictions: dict[str, "Prediction"] = {}
_outcomes: dict[str, "Outcome"] = {}


def predict(
    id: str,
    asked: str = "",
    choices: Sequence[str | float] = (),
    *,
    unit: str = "",
    axes: Mapping[str, Sequence[float]] | None = None,
) -> "Prediction":
    """A box for a prediction: a number, or one of some choices, or a curve that is drawn.

        predict("06.before", "the return before the step")

    and at the end of the cell that computes what comes out

        predict("06.before").came_out(value)

    Args:
        id: the notebook and a name, like "06.before".
        asked: what is to be predicted; without it this is the prediction that was asked for before.
        choices: what can be chosen, if it is not a number.
        unit: of the number.
        axes: of a curve, as `Drawn` takes them: `{"step": range(6), "return": (-60, 0)}`.

    Raises:
        ValueError: that is no name of a prediction.
    """
    if axes:
        from dremeta_lite.lab.drawn import Drawn  # it has a picture

        made: Prediction = Drawn(known(id), asked, axes)
    else:
        made = (Chosen if choices else Number)(known(id), asked, choices, unit)
    if not asked:
        return _predictions.get(id, made)
    _predictions[id] = made
    return made


def asked_for(id: str) -> "Prediction | None":
    """The prediction that was asked for by this name."""
    return _predictions.get(id)


def known(id: str) -> str:
    if not isinstance(id, str) or not re.fullmatch(r"\d\d[a-z]?\.\w+", id, re.ASCII):
        raise ValueError(f"a prediction is called by its notebook and a name, like '06.before', not {id!r}")
    return id


class Prediction(OnePage):
    """What all kinds of predictions share. It displays itself. A kind says how it is asked for, read, and put into words."""

    form = "a number"

    def __init__(self, id: str, asked: str, choices: Sequence[str | float], unit: str) -> None:
        self.id, self.asked, self.unit = id, asked, unit
        self.choices = [worded(choice) for choice in choices]
        self.told = widgets.HTML(told(""))

    def say(self, said: Any) -> None:
        """Write the prediction down. Raises ValueError if it cannot be one."""
        own_progress().predict(self.id, self.read(said))
        self.show()
        if self.id in _outcomes:
            _outcomes[self.id].show()

    def came_out(self, value: Any) -> None:
        """Show it beside what came out: a number, words, or True and False, which stand for "yes" and "no". What is written later appears
        there, too."""
        made = _outcomes[self.id] = Outcome(self.id, value)
        if front_end() == "headless":
            notice("notice", "Your prediction", made.lines(), "")
        else:
            display(made.frame())

    def read(self, said: Any) -> Any:
        """What is kept of what was said. Raises ValueError."""
        raise NotImplementedError

    def control(self) -> Sequence[widgets.Widget]:
        """What the student says it with; calls `try_to_say`."""
        raise NotImplementedError

    def try_to_say(self, said: Any) -> None:
        """Write it down, or say what is wrong with it."""
        try:
            self.say(said)
        except ValueError as error:
            self.told.value = told(f"<b>{marked(str(error))}</b>")

    def show(self) -> None:
        """Bring the page up to date."""
        kept = said_so_far(self.id)
        self.told.value = told(marked(f"Written down: {self.in_words(kept[-1])}.") if kept else "")

    def in_words(self, said: Any) -> str:
        return f"{worded(said)} {self.unit}".strip()

    def verdict(self, said: Sequence[Any], came: Any) -> str:
        """What was said and what came out, in one line."""
        words, came = [self.in_words(x) for x in said], self.in_words(came)
        return f"You said {' and then '.join(words)}{', and so it is' if words[-1] == came else f'; it is {came}'}."

    def beside(self) -> Sequence[widgets.Widget]:
        """What stands below that line."""
        return []

    def _ipython_display_(self) -> None:
        if front_end() == "headless":
            code = f'`predict("{self.id}", …).say(…)`'
            display(Markdown(f"**Your prediction:** {self.asked}: {self.form} (a box in a live notebook; in code {code})."))
            return
        frame = Frame(self.id, [*self.control(), self.told], "predict")
        self.show()
        display(frame)


class Number(Prediction):
    """A number, as people write it: 1,000 and 0,5 and 12 % are read as well."""

    def read(self, said: Any) -> float:
        text = str(said).strip().replace("−", "-").removesuffix(self.unit or "%").removesuffix("%")
        text = re.sub(r"\s", "", text)
        text = text.replace(",", "") if re.fullmatch(r"-?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", text) else text.replace(",", ".")
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise ValueError(f"Write one number, like 12 or -3.5, not {str(said)[:40]!r}.")
        return number

    def control(self) -> Sequence[widgets.Widget]:
        return [line_for(self, "dremeta-number", "a number" + (f" ({self.unit})" if self.unit else ""))]


class Chosen(Prediction):
    """One of some choices, each with a button."""

    def __init__(self, id: str, asked: str, choices: Sequence[str | float], unit: str) -> None:
        super().__init__(id, asked, choices, unit)
        self.form = ", ".join(self.choices[:-1]) + f" or {self.choices[-1]}"
        self.buttons: list[widgets.Button] = []

    def read(self, said: Any) -> str:
        text = worded(said)
        if text not in self.choices:
            raise ValueError(f"Choose {self.form}, not {text[:40]!r}.")
        return text

    def control(self) -> Sequence[widgets.Widget]:
        self.buttons = [widgets.Button() for _ in self.choices]
        for choice, button in zip(self.choices, self.buttons, strict=True):
            button.on_click(lambda _, choice=choice: self.try_to_say(choice))
        row = widgets.Box(self.buttons, layout=widgets.Layout(flex_flow="row wrap"))
        return [widgets.HTML(marked(f"**Your prediction:** {self.asked}")), row]

    def show(self) -> None:
        super().show()
        kept = [worded(said) for said in said_so_far(self.id)[-1:]]
        for choice, button in zip(self.choices, self.buttons, strict=False):
            button.description = plain(choice) + (" ✓" if choice in kept else "")
            (button.add_class if choice in kept else button.remove_class)("dremeta-chosen")


def line_for(prediction: Prediction, style: str, placeholder: str) -> widgets.Text:
    """A box for one line, which is read when Enter is pressed or the box is left."""
    kept = [worded(said) for said in said_so_far(prediction.id)[-1:]]
    asked, style_of = f"Your prediction: {plain(prediction.asked)}", {"description_width": "initial"}
    box = widgets.Text(*kept, description=asked, placeholder=placeholder, continuous_update=False, style=style_of)
    box.add_class(style)
    box.observe(lambda change: prediction.try_to_say(change["new"]), "value")
    return box


class Outcome:
    """A prediction beside what came out."""

    def __init__(self, id: str, value: Any) -> None:
        self.id, self.value = id, worded(value)
        self.shown = widgets.HTML()

    def lines(self) -> list[str]:
        """What was asked, and what was said and came out, as far as both are known."""
        asked = plain(_predictions[self.id].asked) if self.id in _predictions else ""
        return [*([asked[0].upper() + asked[1:]] if asked else []), self.sentence()]

    def sentence(self) -> str:
        """In one line, also if nothing was predicted."""
        asked, said = _predictions.get(self.id) or Number(self.id, "", (), ""), said_so_far(self.id)
        if not said:
            return f"Nothing was predicted; it is {asked.in_words(self.value)}." if front_end() == "headless" else EARLY
        return asked.verdict(said, self.value)

    def show(self) -> None:
        """Bring the page up to date."""
        self.shown.value = boxed(COLOURS["notice"], "Your prediction", self.lines())

    def frame(self) -> Frame:
        self.show()
        asked = _predictions.get(self.id)
        return Frame(self.id, [self.shown, *(asked.beside() if asked else [])], "outcome")


def said_so_far(id: str) -> list[Any]:
    """Nothing, or what was predicted, or what was predicted at first and what at last."""
    entry = own_progress().read().get("predictions", {}).get(id, {})
    said = [entry[name] for name in ("first", "said") if name in entry]
    return said[-1:] if len(said) == 2 and said[0] == said[1] else said


def worded(value: Any) -> str:
    """Numbers with about three digits that count, True and False as yes and no."""
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return ", ".join(map(worded, value))
    if str(getattr(value, "dtype", type(value).__name__)).endswith("bool"):
        return "yes" if value else "no"
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    if not math.isfinite(number):
        return str(number)
    whole = abs(number) < 1e9 and (abs(number) >= 100 or number == round(number))
    return f"{number:,.0f}".replace(",", " ") if whole else f"{number:.3g}"
