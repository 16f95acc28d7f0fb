"""What a policy would do in the hidden-goal grid: an arrow for each action in each cell."""

from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from torch import Tensor

from dremeta_lite.lab.parts import Artist, Axes, arrows
from dremeta_lite.lab.style import BLUE, INK
from dremeta_lite.lab.views.hidden_goal import HiddenGoalMap
from dremeta_lite.tasks.hidden_goal import MOVES

WORDS = ("stay", "up", "right", "down", "left")
"""The actions of the hidden-goal grid, in their order."""
LEAST = 0.05
"""Chances below this are not drawn."""
BEGIN, REACH = 0.05, 0.41  # of an arrow: how far from the cell's middle it begins, and its length for a certain step, in cells


class PolicyMap(HiddenGoalMap):
    """In each cell an arrow in the direction of each step, as long as its chance, and a disc for staying, whose area is its chance.

    The most likely action of a cell is strong, the others are pale. A frame marks the cell where the agent acts next. Arguments as of
    `HiddenGoalMap`.
    """

    def setup(self, axes: Axes) -> list[Artist]:
        moving, n = super().setup(axes), self.family.n_cells
        self.drawn["goal"].set(zorder=2, alpha=0.4)
        self.moves = np.tile(np.array(MOVES[1:], float)[:, ::-1], (n, 1))  # (rows, columns) become (x, y)
        shape: Any = {"width": 0.06, "headwidth": 3.2, "headlength": 2.6, "headaxislength": 2.6, "minlength": 0, "minshaft": 1}
        begin = np.repeat(self.centres, len(MOVES) - 1, 0) + BEGIN * self.moves
        self.arrows = arrows(axes, begin, units="xy", zorder=5, **shape)
        self.discs = axes.scatter(*self.centres.T, s=np.zeros(n), zorder=5, linewidths=0)
        self.frame = Rectangle((0, 0), 0.94, 0.94, fill=False, edgecolor=INK, linewidth=2, zorder=4)
        axes.add_patch(self.frame)
        self.over = axes.text(0.5, 0.5, "", transform=axes.transAxes, ha="center", va="center", fontsize=10, zorder=8, wrap=True)
        return [*moving, self.arrows, self.discs, self.frame, self.over]

    def intend(self, chances: Float[Tensor, "cell action"] | None, cell: int | None, goal: int | None, instead: str = "") -> None:
        """Set what moves.

        Args:
            chances: of each action in each cell; None where there is nothing to draw.
            cell: where the agent acts next.
            instead: written over the map if there are no chances.
        """
        self.show(None, goal)
        p = np.zeros((self.family.n_cells, len(MOVES))) if chances is None else chances.numpy()
        steps = p[:, 1:].flatten()
        reach = np.where(steps >= LEAST, REACH * steps, 0)
        self.arrows.set_UVC(*(self.moves * reach[:, None]).T)
        best = p == p.max(-1, keepdims=True)
        self.arrows.set_facecolor(paint(best[:, 1:].flatten(), steps))
        self.discs.set_sizes(np.where(p[:, 0] >= LEAST, 110 * p[:, 0], 0))
        self.discs.set_facecolor(paint(best[:, 0], p[:, 0]))
        self.frame.set_visible(cell is not None)
        if cell is not None:
            x, y = self.centres[cell]
            self.frame.set_xy((x - 0.47, y - 0.47))
        self.over.set_text(instead if chances is None else "")


def paint(best: np.ndarray, chance: np.ndarray) -> Any:
    """Red, green, blue and opacity for each mark: strong for the most likely action, and the stronger the surer."""
    opacity = np.where(best, 0.45 + 0.55 * chance, 0.35)
    return np.concatenate([np.tile(to_rgb(BLUE), (len(best), 1)), np.where(chance >= LEAST, opacity, 0)[:, None]], 1)


def in_words(chances: Float[Tensor, " action"]) -> str:
    """The likeliest action and its chance: `right (97%)`."""
    best = int(chances.argmax())
    return f"{WORDS[best]} ({chances[best].item():.0%})"
