"""What is read off a picture, by hovering over it or with the arrow keys."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from matplotlib.axes import Axes


def read_lines(axes: Axes, lines: Mapping[str, np.ndarray], x: float) -> str:
    """The value of each line at its point that is nearest in x.

    Args:
        axes: where they are drawn.
        lines: x and y by name [2, point]. Values that are not finite are left out, and lines without any.
        x: where one looks.

    Returns:
        The nearest x with the axis' name, and a row a line: "meta-iteration 12", "after 1 step -6.21". Empty if there is nothing.
    """
    found = {}
    for name, xy in lines.items():
        points = xy[:, np.isfinite(xy).all(0)]
        if points.shape[1]:
            found[name] = points[:, np.abs(points[0] - x).argmin()]
    if not found:
        return ""
    nearest = min((place for place, _ in found.values()), key=lambda place: abs(place - x))
    rows = [f"{name} {number(y)}" + (f" (at {number(place)})" if place != nearest else "") for name, (place, y) in found.items()]
    return "\n".join([f"{axis_name(axes, 'x')} {number(nearest)}".strip(), *rows])


def read_place(axes: Axes, x: float, y: float) -> str:
    """Where it is, with the axes' names; of an axis without one, nothing."""
    places = ((axis_name(axes, "x"), x), (axis_name(axes, "y"), y))
    return "\n".join(f"{name} {number(value)}" for name, value in places if name)


def number(value: float) -> str:
    """Whole numbers as they are, others with three digits."""
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < 1e6 else f"{value:.3g}"


def axis_name(axes: Axes, axis: Literal["x", "y"]) -> str:
    """The axis' label without its unit and without what explains it: "return" of "return (sum of rewards)"."""
    label = axes.get_xlabel() if axis == "x" else axes.get_ylabel()
    return label.split(" (")[0].split(",")[0].strip()
