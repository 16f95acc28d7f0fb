"""The frame around all that answers to clicks in a notebook: one of each name, closed as a whole, and told when its kernel is gone."""

import re
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from dremeta_lite.lab.style import PANEL_CSS

LOST = "This panel has lost its kernel, which was restarted or shut down. Run its cell again."

_owners: dict[str, Any] = {}


class OnePage:
    """What is tied to the page that shows it, so that there cannot be a second one of the same kind and name."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Raises TypeError: copies and pickles begin here."""
        rest = " `copy.deepcopy(panel.learner)` copies what it trains." if hasattr(self, "learner") else ""
        raise TypeError(f"a {type(self).__name__} cannot be copied or pickled: make another one, with a name of its own.{rest}")


class Frame(widgets.VBox):
    """A column of widgets.

    Args:
        name: tells it from others on the page. A new one of the same name, as re-running its cell makes, closes the former.
        parts: what is in it.
        kind: the first half of its class in the page, as in `dremeta-panel-maml`.
        owner: whose `close` ends it, if that does more than to close the frame.
        layout: of the whole.
    """

    def __init__(self, name: str, parts: Sequence[Any], kind: str = "panel", owner: Any = None, **layout: str) -> None:
        lost = widgets.HTML(f"{PANEL_CSS}<p class='dremeta-lost'>{LOST}</p>")
        super().__init__([lost, *parts], layout=widgets.Layout(max_width="100%", **layout))
        self.name, self.key, self.owner = name, f"{kind}-{name}", owner or self
        for word in ("frame", kind, re.sub(r"\W+", "-", self.key)):
            self.add_class(f"dremeta-{word}")
        replace(self.key, self.owner)

    def demand_open(self) -> None:
        """Raises RuntimeError: it was closed."""
        if self.comm is None:
            raise RuntimeError(f"The panel {self.name!r} was closed, or replaced by a newer one. Run the cell that makes it again.")

    def close(self) -> None:
        """Take it off the screen, with everything in it."""
        for widget in within(self):
            super().close() if widget is self else widget.close()
        if _owners.get(self.key) is self.owner:
            del _owners[self.key]


def replace(key: str, owner: Any) -> None:
    """Close what had this key before."""
    former = _owners.get(key)
    if former is not None and former is not owner:
        former.close()
    _owners[key] = owner


def close(*roots: Any) -> None:
    """Close widgets, and all that they are made of: children, layouts, styles. The page and the kernel forget them."""
    for widget in [widget for root in roots for widget in within(root)]:
        widget.close()


def within(widget: Any) -> list[Any]:
    """All that a widget is made of, and itself, last."""
    values = [getattr(widget, name) for name in widget.keys]
    parts = [part for value in values for part in (value if isinstance(value, (list, tuple)) else [value])]
    return [inner for part in parts if isinstance(part, widgets.Widget) for inner in within(part)] + [widget]
