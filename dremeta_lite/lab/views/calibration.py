"""The reliability diagram: what was said, and how often it happened."""

from collections.abc import Mapping

import matplotlib.style
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from dremeta_lite.lab.still import show_figure
from dremeta_lite.lab.style import BLUE, GREY, ORANGE, STYLE

LOOKS = (
    {"color": BLUE, "marker": "o", "markersize": 10, "mfc": "white", "mew": 2, "linestyle": "none"},
    {"color": ORANGE, "marker": "s", "markersize": 6, "linestyle": (0, (4, 1.5)), "linewidth": 1.4},
)


def calibration_picture(beliefs: Mapping[str, tuple[Float[Tensor, " bin"], Float[Tensor, " bin"]]]) -> Figure:
    """A point for each bin: the mean probability that was said, and the share that was true. Empty bins (nan) have none.

    Args:
        beliefs: by name, at most two.
    """
    with matplotlib.style.context(["default", dict(STYLE)]):
        figure = Figure(figsize=(6.4, 3.9), layout="constrained")
        axes = figure.subplots()
        axes.set(title="Calibration", xlabel="probability that was said", ylabel="share that was true")
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=1)
        axes.text(0.97, 0.88, "calibrated", color=GREY, fontsize=10, ha="right", va="top", rotation=0)
        for look, (name, (said, happened)) in zip(LOOKS, beliefs.items(), strict=False):
            some = ~said.isnan()
            axes.plot(said[some], happened[some], label=name, **look)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def show_calibration(beliefs: Mapping[str, tuple[Float[Tensor, " bin"], Float[Tensor, " bin"]]]) -> None:
    """Display `calibration_picture`, and its numbers as words."""
    parts = []
    for name, (said, happened) in beliefs.items():
        pairs = (f"{p:.2f}: {h:.2f}" for p, h in zip(said.tolist(), happened.tolist(), strict=True) if p == p)
        parts.append(f"{name} belief, said: true in {', '.join(pairs)}.")
    show_figure(calibration_picture(beliefs), " ".join(parts))
