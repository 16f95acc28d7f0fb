"""The grid while its values are computed, sweep by sweep; and its transition matrix as a picture."""

from typing import Any

import torch
from matplotlib.figure import Figure

from dremeta_lite.lab.looks import DASHED
from dremeta_lite.lab.parts import BESIDE, Heat, History, Line, Row
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
        lines = [
            Line("error", {"color": BLUE, "marker": "o", "ms": 4}, "|V - exact V|"),
            Line("change", {"color": SKY, "linewidth": 1.6, "linestyle": DASHED}, "moved by this sweep"),
        ]
        words = "the start is worth {value_start:.4f}; exactly it is {exact_start:.4f}. Largest error over the cells {error:.1e}"
        labels: Any = {"title": "Largest error over the cells", "xlabel": "sweep", "ylabel": "error of V", "where": BESIDE}
        labels |= {"words": words, "nothing": "No sweep yet: V is 0 everywhere."}
        errors = History(lines, log=(LOWEST / 3, 10.0), smallest=LOWEST, **labels)
        super().__init__(Swept(family, "Value V, and the greedy policy", numbers=True, low=True, build=True), errors, widths=(1, 1.2))


def transition_picture(family: GridWorld, slip: float, action: int, cell: int) -> Figure:
    """Left: the transition matrix of one action, a row a cell, a column a next cell. Right: one row of it, on the map."""
    P = family.transition_matrix(GridTask(family.default_params.goal, torch.tensor(slip)))[:, action]
    name, ticks, bar = ACTIONS[action], range(0, len(P), 5), "p(s' | s, a)"
    labels: dict[str, Any] = {"xlabel": "next cell s'", "ylabel": "cell s", "xticks": ticks, "yticks": ticks}
    matrix = Heat(*P.shape, values=P, limits=(0, 1), form="", bar=bar, title=f"P for the action {name!r}", **labels)
    shown = {"values": torch.where(P[cell] > 0, P[cell], torch.nan), "agent": cell}  # zeros would only be in the way
    row = GridMap(family, f"Its row {cell}: from here, {name!r}", lambda now: shown, numbers=True, low=True)
    figure = still(Row(matrix, row))
    matrix.axes.axhline(cell, color=ORANGE, linewidth=1)
    return figure
