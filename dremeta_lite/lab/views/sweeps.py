"""The grid while its values are computed, sweep by sweep; and its transition matrix as a picture."""

from typing import Any

import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dremeta_lite.lab.looks import DASHED
from dremeta_lite.lab.parts import Heat, History, Line, Row
from dremeta_lite.lab.parts.layout import BESIDE
from dremeta_lite.lab.still import still
from dremeta_lite.lab.style import BLUE, ORANGE, SKY
from dremeta_lite.lab.views.grid import ACTIONS, GridMap
from dremeta_lite.tasks.grid import GridTask, GridWorld

LOWEST = 1e-10  # errors below are rounding


class Swept(GridMap):
    """V of every cell, and the greedy policy of the last sweep."""

    def update(self, now: Any) -> None:
        learner, hyper = now.learner, now.learner.hyper
        self.show(learner.V, learner.policy if now.history else None, goal=int(learner.family.default_params.goal))
        method = "policy iteration" if hyper.policy_iteration else "value iteration"
        self._words = f"The values are found by {method}, with γ = {hyper.discount:g} and slip = {hyper.slip:g}."


class SweepView(Row):
    """Left: V of every cell, and the greedy policy. Right: how far V is from the exact value, and how much the last sweep moved it."""

    def __init__(self, family: GridWorld) -> None:
        errors = History(
            [
                Line("error", {"color": BLUE, "marker": "o", "ms": 4}, "|V - exact V|"),
                Line("change", {"color": SKY, "linewidth": 1.6, "linestyle": DASHED}, "moved by this sweep"),
            ],
            log=(LOWEST / 3, 10.0),
            smallest=LOWEST,
            words="the start is worth {value_start:.4f}; exactly it is {exact_start:.4f}. Largest error over the cells {error:.1e}",
            nothing="No sweep yet: V is 0 everywhere.",
            where=BESIDE,
            title="Largest error over the cells",
            xlabel="sweep",
            ylabel="error of V",
        )
        super().__init__(Swept(family, "Value V, and the greedy policy", numbers=True, low=True), errors, widths=(1, 1.2))


class OneAction(Heat):
    """The transition matrix of one action [cell, next cell], with a line through one of its rows."""

    def __init__(self, P: torch.Tensor, action: int, cell: int) -> None:
        self.cell, ticks, n = cell, range(0, len(P), 5), len(P)
        title = f"P for the action {ACTIONS[action]!r}"
        super().__init__(n, n, limits=(0, 1), form="", title=title, xlabel="next cell s'", ylabel="cell s", xticks=ticks, yticks=ticks)

    def setup(self, axes: Axes) -> list[Artist]:
        moving = super().setup(axes)
        axes.axhline(self.cell, color=ORANGE, linewidth=1)
        figure: Any = axes.get_figure()
        figure.colorbar(self.shades, ax=axes, label="p(s' | s, a)", shrink=0.85)
        return moving


def transition_picture(family: GridWorld, slip: float, action: int, cell: int) -> Figure:
    """Left: the transition matrix of one action, a row a cell, a column a next cell. Right: one row of it, on the map."""
    P = family.transition_matrix(GridTask(family.default_params.goal, torch.tensor(slip)))[:, action]
    matrix = OneAction(P, action, cell)
    row = GridMap(family, f"Its row {cell}: from here, {ACTIONS[action]!r}", numbers=True, low=True)
    figure = still(Row(matrix, row))
    matrix.show(P)
    row.show(torch.where(P[cell] > 0, P[cell], torch.nan), agent=cell)  # zeros would only be in the way
    return figure
