"""The picture on the page: a canvas that shows the frames and reports what a hand or a key does to them. Its other half is `page/`.

Frames are PNG bytes in a trait. What the page reports comes as messages, one at a time: the next is sent when the kernel has answered the
one before, and of moves that pile up meanwhile only the latest is kept. So a slow kernel is never asked for pictures that nobody needs.

Until the page says that its canvas is there, the frames go to a plain image: where anywidget's front end is missing, and in saved
notebooks, that is what is seen.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from dremeta_lite.lab.controls import PictureWidget
from dremeta_lite.lab.style import PAGE

KINDS = ("move", "click", "stroke", "hold", "release", "key", "read")
LONGEST_PATH, LONGEST_KEY = 20_000, 40
SCRIPTS = ("picture", "places", "areas", "handles", "present", "names", "keys")


class Refused(ValueError):
    """A message from the page that makes no sense."""


@dataclass(frozen=True)
class Touch:
    """What a hand or a key did: which region of the picture it touched, and where, in the units of its axes.

    Attributes:
        kind: "move" a handle, "click", "stroke", "hold", "release", "key", or only "read".
        region: the index of the touched part.
        path: the places (x, y), in order; the last is where the hand is now.
        handle: the index of the moved handle.
        key: as the browser names it.
        done: the hand let go, or it was a key: what comes of it is to be told.
    """

    kind: str
    region: int
    path: Sequence[tuple[float, float]] = ()
    handle: int = 0
    key: str = ""
    done: bool = True


def read_touch(message: Any, regions: int) -> Touch:
    """A message of the page, checked.

    Args:
        message: what came.
        regions: how many there are.

    Raises:
        Refused: it is not what the page sends.
    """
    if not isinstance(message, Mapping) or message.get("kind") not in KINDS:
        raise Refused(f"a touch is one of {', '.join(KINDS)}, got {str(message)[:80]}")
    kind, key, path = message["kind"], message.get("key", ""), message.get("path", [])
    region, handle = (_index(message.get(name, 0), name) for name in ("region", "handle"))
    if region >= regions:
        raise Refused(f"region must be below {regions}, got {region}")
    if not isinstance(key, str) or len(key) > LONGEST_KEY:
        raise Refused(f"key must be the name of a key, got {str(key)[:LONGEST_KEY]!r}")
    if not isinstance(path, list) or len(path) > LONGEST_PATH or not all(map(_is_place, path)):
        raise Refused("path must be a list of places, each two finite numbers")
    if not path and kind not in ("key", "release"):
        raise Refused(f"{kind} needs a place")
    return Touch(kind, region, [(float(x), float(y)) for x, y in path], handle, key, bool(message.get("done", True)))


def _index(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Refused(f"{name} must be a whole number from 0, got {str(value)[:80]}")
    return value


def _is_place(place: Any) -> bool:
    return isinstance(place, list) and len(place) == 2 and all(type(v) in (int, float) and math.isfinite(v) for v in place)


def script(*names: str) -> str:
    """Files of `page/`, as one module."""
    return "\n".join((PAGE / f"{name}.js").read_text(encoding="utf-8") for name in names)


class Keys(anywidget.AnyWidget):
    """The keys of what is framed, on a page without a canvas yet. It shows nothing."""

    _esm = f"export default {{ render: keys }};\n{script('keys')}"


class Canvas(anywidget.AnyWidget):
    """What the page draws. `regions` is as `lab.regions` makes it."""

    _esm = script(*SCRIPTS)
    _css = (PAGE / "touch.css").read_text(encoding="utf-8")
    frame = traitlets.Bytes(b"").tag(sync=True)
    words = traitlets.Unicode("").tag(sync=True)
    shape = traitlets.Tuple((9, 4)).tag(sync=True)
    regions = traitlets.List().tag(sync=True)


class TouchPicture(widgets.VBox):
    """The canvas, and the image that stands in for it.

    Args:
        size: width and height on the screen, in pixels.
        sized: is told how many of the screen's pixels wide the canvas is, when it is there and whenever that changes.
        touched: is given every message, for `read_touch`; returns what is read off, if that was asked. The page waits until it returns.

    Attributes:
        frame: what is shown: PNG.
        words: what it shows, for people who cannot see it.
        ready: whether the page has said that its canvas is there.
    """

    def __init__(self, size: tuple[int, int], sized: Callable[[float], Any], touched: Callable[[Any], str]) -> None:
        self.frame, self.words, self.ready, self.sized, self.touched = b"", "", False, sized, touched
        self.canvas = Canvas(shape=size)
        self.image = PictureWidget(format="png", layout=widgets.Layout(width=f"{size[0]}px", max_width="100%"))
        super().__init__([self.canvas, self.image])
        self.add_class("dremeta-picture")
        self.canvas.on_msg(self._heard)

    def show(self, frame: bytes, words: str, regions: Sequence[Mapping[str, Any]] = ()) -> None:
        """Show a frame. Called by the thread that draws."""
        self.frame, self.words = frame, words
        with self.canvas.hold_sync():  # one message
            self.canvas.frame, self.canvas.words, self.canvas.regions = frame, words, list(regions)
        if not self.ready:
            with self.image.hold_sync():  # each message makes the page decode the image
                self.image.value, self.image.tooltip = frame, words

    def _make_ready(self, width: Any) -> None:
        self.ready = True
        self.image.layout.display, self.image.value = "none", b""
        if type(width) in (int, float) and width > 0:
            self.sized(width)

    def _heard(self, _: Any, message: Any, __: Any) -> None:
        if isinstance(message, Mapping) and message.get("kind") == "ready":
            self._make_ready(message.get("width"))
            return
        text = ""
        try:
            text = self.touched(message)
        finally:  # whatever happens, or the page would wait for ever
            self.canvas.send({"answered": message.get("n") if isinstance(message, Mapping) else None, "text": text})
