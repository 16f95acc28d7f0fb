"""Where in a picture something can be touched, as the page is told it; and what a touch does to the part that is touched."""

from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dremeta_lite.hyper import HyperParameters
from dremeta_lite.lab.controls import label, nice_step
from dremeta_lite.lab.parts.touchable import Handle, Touchable
from dremeta_lite.lab.touch import Refused, Touch

Region = dict[str, Any]
KNOWN_SCALES = ("linear", "log")
Limits = tuple[float, float]


def regions(figure: Figure, parts: Sequence[Touchable], hyper: HyperParameters) -> list[Region]:
    """A region a part, for the page; call it after the figure was drawn, when its layout is known.

    `box` is left, top, width and height of its axes, in fractions of the picture; `x` and `y` are their limits, as (left, right) and
    (bottom, top), and `log` says of both whether they are logarithmic.
    """
    return [_region(figure, part, hyper) for part in parts]


def _region(figure: Figure, part: Touchable, hyper: HyperParameters) -> Region:
    axes, whole = part.axes, figure.bbox
    box = axes.bbox
    known = axes.get_xscale() in KNOWN_SCALES and axes.get_yscale() in KNOWN_SCALES
    return {
        "name": axes.get_title("left") or axes.get_title() or axes.get_ylabel(),
        "box": [box.x0 / whole.width, 1 - box.y1 / whole.height, box.width / whole.width, box.height / whole.height],
        "x": _limits(axes.get_xlim()),
        "y": _limits(axes.get_ylim()),
        "log": [axes.get_xscale() == "log", axes.get_yscale() == "log"],
        "answers": part.answers() if known else [],
        "keys": dict(part.keys) if part.pressed else {},
        "grain": part.grain,
        "handles": [_place(handle, axes, hyper) for handle in part.handles] if known else [],
    }


def _limits(limits: Sequence[float]) -> Limits:
    return float(limits[0]), float(limits[1])


def _place(handle: Handle, axes: Axes, hyper: HyperParameters) -> dict[str, Any]:
    """A handle as the page knows it: along each axis where it is, its bounds, the step of a key and what it is called."""
    ways = [_way(name, axis, handle, axes, hyper) for name, axis in ((handle.x, 0), (handle.y, 1))]
    return {"name": handle.name, "mark": handle.mark, "colour": handle.colour, "ways": ways}


def _way(name: str, axis: int, handle: Handle, axes: Axes, hyper: HyperParameters) -> dict[str, Any] | None:
    if name:
        trait: Any = hyper.traits()[name]
        step = 1 if isinstance(trait.default_value, int) else nice_step(trait.high - trait.low)
        return {"at": getattr(hyper, name), "low": trait.low, "high": trait.high, "step": step, "name": label(trait)}
    if handle.at is None or handle.moved is None or axis not in handle.axes:
        return None
    low, high = sorted((axes.get_xlim(), axes.get_ylim())[axis])
    return {"at": handle.at[axis], "low": low, "high": high, "step": handle.step[axis], "name": "xy"[axis]}


def answer(part: Touchable, touch: Touch) -> None:
    """Do what a touch asks a part for.

    Args:
        part: what is touched.
        touch: how.

    Raises:
        Refused: the part does not answer to it.
        Exception: what the part's own answer raised.
    """
    if touch.kind == "move":
        _drag(part, touch)
    elif touch.kind == "key":
        _own(part, "pressed" if touch.key in part.keys else "")(touch.key)
    elif touch.kind == "click":
        for place in touch.path:
            _own(part, "clicked")(*place)
    elif touch.kind == "stroke":
        _own(part, "stroked")(touch.path)
    elif touch.kind == "hold":
        _own(part, "held")(*touch.path[-1])
    elif part.released is not None:
        part.released()


def _own(part: Touchable, name: str) -> Callable[..., Any]:
    found = getattr(part, name, None)
    if found is None:
        raise Refused(f"nothing in this part of the picture answers to {name or 'this key'}")
    return found


def _drag(part: Touchable, touch: Touch) -> None:
    if touch.handle >= len(part.handles):
        raise Refused(f"there is no handle {touch.handle} here")
    handle, place = part.handles[touch.handle], touch.path[-1]
    if named := {name: value for name, value in zip((handle.x, handle.y), place, strict=True) if name}:
        part.move(named)
    elif handle.moved is not None:
        handle.moved(*place)
