"""Hyperparameters: each is declared once, with its bounds, symbol, unit, help and scale.

From that one declaration come the error messages, the sliders of the live panel and the table in the documentation:

>>> class Climbing(HyperParameters):
...     step_size = Real(0.1, low=1e-4, high=10, symbol="α", scale="log", help="length of one uphill step")
>>> Climbing(step_size=-1)
Traceback (most recent call last):
    ...
traitlets.traitlets.TraitError: step_size (α) must be in [0.0001, 10], got -1: length of one uphill step
"""

import math
import numbers
from typing import Any, Literal

import traitlets

Scale = Literal["linear", "log"]


class Bounded:
    """What the number traits share: a closed interval, and an error that names the value, the bound and the meaning."""

    kind = "a number"
    name: str | None

    def __init__(
        self, default: float, *, low: float, high: float, symbol: str = "", unit: str = "", scale: Scale = "linear", help: str = ""
    ) -> None:
        self.low, self.high, self.symbol, self.unit, self.scale = low, high, symbol, unit, scale
        super().__init__(default, help=help)  # type: ignore[call-arg]

    def label(self) -> str:
        return f"{self.name} ({self.symbol})" if self.symbol else str(self.name)

    def reject(self, value: object) -> traitlets.TraitError:
        got = "nan (not a number)" if isinstance(value, float) and math.isnan(value) else repr(value)
        what = "be" if self.accepts(value) and not isinstance(value, bool) else f"be {self.kind}"
        return traitlets.TraitError(f"{self.label()} must {what} in [{self.low:g}, {self.high:g}], got {got}: {self.help}")  # type: ignore[attr-defined]

    def validate(self, obj: Any, value: Any) -> Any:
        if isinstance(value, bool) or not self.accepts(value) or not self.low <= value <= self.high:
            raise self.reject(value)
        return self.convert(value)

    def accepts(self, value: object) -> bool:
        return isinstance(value, numbers.Real)

    def convert(self, value: Any) -> Any:
        return float(value)


class Real(Bounded, traitlets.Float):
    """A real number in [low, high]. NaN lies in no interval, so it is refused like any other stranger."""


class Whole(Bounded, traitlets.Int):
    """A whole number in [low, high]."""

    kind = "a whole number"

    def accepts(self, value: object) -> bool:
        return isinstance(value, numbers.Integral)

    def convert(self, value: Any) -> int:
        return int(value)


class Switch(traitlets.Bool):
    """On or off."""

    def __init__(self, default: bool, *, symbol: str = "", help: str = "") -> None:
        self.symbol, self.unit = symbol, ""
        super().__init__(default, help=help)

    def label(self) -> str:
        return str(self.name)

    def validate(self, obj: Any, value: Any) -> bool:
        if not isinstance(value, bool):
            raise traitlets.TraitError(f"{self.name} must be True or False, got {value!r}: {self.help}")
        return value


class HyperParameters(traitlets.HasTraits):
    """A set of hyperparameters. A refused value raises `traitlets.TraitError` and the old value stays."""

    def __init__(self, **values: Any) -> None:
        for name in values:
            self._demand(name)
        super().__init__(**values)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set one. A name that there is not, as a slip of the finger makes, would else change nothing without a word."""
        if not (name.startswith("_") or hasattr(type(self), name)):
            self._demand(name)
        super().__setattr__(name, value)

    def _demand(self, name: str) -> None:
        if name not in (known := self.names()):
            raise traitlets.TraitError(f"{type(self).__name__} has no hyperparameter {name!r}; it has {', '.join(known)}")

    def change(self, **values: Any) -> None:
        """Set several, one after the other."""
        for name, value in values.items():
            setattr(self, name, value)

    @classmethod
    def names(cls) -> list[str]:
        """The names, in the order of their declaration."""
        declared = [name for base in reversed(cls.__mro__) for name in vars(base)]
        traits = cls.class_traits()
        return [name for name in dict.fromkeys(declared) if isinstance(traits.get(name), (Bounded, Switch))]

    def values(self) -> dict[str, float | int | bool]:
        """The present values by name, as plain numbers."""
        return {name: getattr(self, name) for name in self.names()}

    @classmethod
    def table(cls) -> str:
        """The Markdown table that documents this set: name, symbol, default, bounds, unit and meaning."""
        rows = ["| name | symbol | default | from … to | unit | what it is |", "|---|---|---|---|---|---|"]
        for name in cls.names():
            trait: Any = cls.class_traits()[name]
            bounds = "off / on" if isinstance(trait, Switch) else f"{trait.low:g} … {trait.high:g}"
            default = {True: "on", False: "off"}[trait.default_value] if isinstance(trait, Switch) else f"{trait.default_value:g}"
            rows.append(f"| `{name}` | {trait.symbol} | {default} | {bounds} | {trait.unit} | {trait.help} |")
        return "\n".join(rows)
