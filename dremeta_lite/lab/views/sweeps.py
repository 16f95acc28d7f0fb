"""The grid while its values are computed, sweep by sweep; and its transition matrix as a picture."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from dremeta_lite.lab.parts.background import ChangeMarks, grow, set_limits
from dremeta_lite.lab.style import BLUE, ORANGE, SKY, own_look
from dremeta_lite.lab.views.grid import GridMap
from dremeta_lite.tasks.grid import GridTask, GridWorld

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Runner

LOWEST = 1e-10  # errors below are rounding
ACTIONS = ("up", "right", "down", "left")


class SweepView:
    """Left: V of every cell, and the greedy policy. Right: how far V is from the exact value, and how much the last sweep moved it."""

    size = (9.6, 3.9)

    def __init__(self, family: GridWorld) -> None:
        self.family, self._words = family, "No sweep yet: V is 0 everywhere."

    def setup(self, figure: Figure) -> Sequence[Artist]:
        plane, curve = figure.subplots(1, 2, width_ratios=(1, 1.2))
        self.map = GridMap(plane, self.family, "Value V, and the greedy policy", numbers=True)
        lower(self.map)
        self.curve = curve
        curve.set(title="Largest error over the cells", xlabel="sweep", yscale="log", ylabel="error of V")
        self.error = curve.plot([], [], "-o", color=BLUE, ms=4)[0]
        self.change = curve.plot([], [], color=SKY, linewidth=1.6, linestyle=(0, (4, 2)))[0]
        curve.legend([self.error, self.change], ["|V - exact V|", "moved by this sweep"], loc="upper left", bbox_to_anchor=(1.0, 1.0))
        self.marks = ChangeMarks(curve)
        set_limits(curve, x=(0.0, 40.0), y=(LOWEST / 3, 10.0))
        return [*self.map.artists(), self.error, self.change]

    def update(self, runner: "Runner") -> None:
        learner: Any = runner.learner
        history = runner.history
        goal = int(learner.family.default_params.goal)
        self.map.show(learner.V, learner.policy if history else None, goal=goal if goal >= 0 else None)
        n = np.arange(1, len(history) + 1)
        self.error.set_data(n, [max(row["error"], LOWEST) for row in history])
        self.change.set_data(n, [max(row["change"], LOWEST) for row in history])
        across: Any = grow(0, max(len(history), 20), self.curve.get_xlim())
        set_limits(self.curve, x=across)
        self.marks.set(runner.changes)
        self._words = self._describe(learner, history)

    def _describe(self, learner: Any, history: Sequence[Any]) -> str:
        if not history:
            return "No sweep yet: V is 0 everywhere."
        last = history[-1]
        method = "policy iteration" if learner.hyper.policy_iteration else "value iteration"
        return (
            f"After {len(history)} sweeps ({method}, γ = {learner.hyper.discount:g}, slip = {learner.hyper.slip:g}) the start is worth "
            f"{last['value_start']:.4f}; exactly it is {last['exact_start']:.4f}. Largest error over the cells {last['error']:.1e}."
        )

    def summary(self) -> str:
        return self._words


def lower(map: GridMap) -> None:
    """Move the numbers down in their cells and shorten the arrows, so that neither arrows nor the agent cover them."""
    map.arrows.scale = 1.6
    for text in map.numbers:
        x, y = text.get_position()
        text.set_position((x, y + 0.33))


def transition_picture(family: GridWorld, slip: float, action: int, cell: int) -> Figure:
    """Left: the transition matrix of one action, a row a cell, a column a next cell. Right: one row of it, on the map."""

    default: Any = family.default_params
    P = family.transition_matrix(GridTask(default.goal, torch.tensor(slip)))[:, action]
    with own_look():
        figure = Figure(figsize=(9.6, 3.9), layout="constrained")
        matrix, plane = figure.subplots(1, 2, width_ratios=(1, 1))
        image = matrix.imshow(P.numpy(), cmap="Blues", vmin=0, vmax=1)
        matrix.set(title=f"P for the action {ACTIONS[action]!r}", xlabel="next cell s'", ylabel="cell s")
        matrix.grid(False)
        matrix.axhline(cell, color=ORANGE, linewidth=1)
        figure.colorbar(image, ax=matrix, label="p(s' | s, a)", shrink=0.85)
        picture = GridMap(plane, family, f"Its row {cell}: from here, {ACTIONS[action]!r}", numbers=True)
        lower(picture)
        picture.show(P[cell], agent=cell)
        for text in picture.numbers:  # zeros would only be in the way
            text.set_text("" if text.get_text() == "0.00" else text.get_text())
    return figure
