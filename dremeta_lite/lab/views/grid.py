"""The grid as a picture: a map of cells with values, arrows, a goal and an agent."""

from typing import Any

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import Rectangle

from dremeta_lite.lab.style import AMBER, BLUE, GREEN, GREY, INK, ORANGE, PALE
from dremeta_lite.tasks.grid import MOVES, GridWorld

VALUES = LinearSegmentedColormap.from_list("dremeta_values", [ORANGE, "#F3C29D", "#FFFFFF", "#A6CBE3", BLUE])
"""Bad is orange, nothing is white, good is blue: apart for every eye, and dark text can be read on all but the ends."""
CORNERS = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])  # (x, y) from the top left, clockwise, with y downwards
LONGEST_ARROW = 0.4
TIE = 1e-9


class GridMap:
    """A map of cells on some axes. The scenery (walls, pits, rewards, start) is drawn once; `show` sets what moves.

    Args:
        axes: where to draw; row 0 is at the top.
        family: the map.
        title: above it.
        actions: colour each cell as four triangles, one an action, instead of as a whole.
        numbers: write the value into each cell (whole cells only).
        span: values from -span to span have colours of their own.
        bar: draw a colour bar beside the map.
    """

    def __init__(
        self,
        axes: Axes,
        family: GridWorld,
        title: str = "",
        *,
        actions: bool = False,
        numbers: bool = False,
        span: float = 1.0,
        bar: bool = False,
    ) -> None:
        self.axes, self.family, self.actions = axes, family, actions
        columns, rows = range(family.columns), range(family.rows)
        axes.set(title=title, aspect="equal", xlim=(-0.52, family.columns - 0.48), ylim=(family.rows - 0.48, -0.52))
        axes.set(xticks=columns, yticks=rows, xlabel="column", ylabel="row")
        axes.grid(False)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        special = family.walls | family.pits | (family.digits > 0)
        self.free = (~special).nonzero().flatten().tolist()
        self.fill = PolyCollection(
            list(self._shapes()), cmap=VALUES, norm=Normalize(-span, span), edgecolors=PALE, linewidths=0.8, zorder=1
        )
        axes.add_collection(self.fill)
        self._scenery()
        self.arrows = self._make_arrows()
        self.numbers = [self._number(cell) for cell in self.free] if numbers else []
        self.star = axes.plot([], [], "*", color=AMBER, ms=20, mec=INK, mew=0.8, zorder=5)[0]
        self.dot = axes.plot([], [], "o", color=INK, ms=11, mec="white", mew=1.5, zorder=6)[0]
        if bar:
            figure: Any = axes.get_figure()
            figure.colorbar(self.fill, ax=axes, shrink=0.8, label="value")

    def artists(self) -> list[Artist]:
        """What moves."""
        return [self.fill, self.arrows, *self.numbers, self.start, self.star, self.dot]

    def show(
        self,
        values: torch.Tensor | None = None,
        policy: torch.Tensor | None = None,
        agent: int | None = None,
        goal: int | None = None,
    ) -> None:
        """Set what moves; what is None is not shown.

        Args:
            values: V [cell], or Q [cell, 4]; of Q, whole cells show the largest. Not a number (nan) stays white.
            policy: π(a | s) [cell, 4], as arrows: length √π, none for π = 0. Of Q without a policy, every best action has one.
            agent, goal: cells; the goal's own value is not shown.
        """
        free = self.free
        Q = values if values is not None and values.dim() == 2 else None
        if policy is None and Q is not None:
            policy = best_actions(Q)
        if self.actions and Q is not None:
            shown = Q[free].flatten()
        else:
            V = Q.amax(-1) if Q is not None else values
            shown = torch.zeros(len(free)) if V is None else V[free]
        colours = shown.detach().cpu().double().numpy().copy()
        per_cell = 4 if self.actions else 1
        if goal in free:
            colours[free.index(goal) * per_cell :][:per_cell] = np.nan
        self.fill.set_array(np.ma.masked_invalid(colours))
        for text, value in zip(self.numbers, colours, strict=False):
            text.set_text("" if values is None or np.isnan(value) else f"{value:.2f}")
        self._point(policy, goal)
        self.star.set_data(*self._place(goal))
        self.dot.set_data(*self._place(agent))

    def _place(self, cell: int | None) -> tuple[list[int], list[int]]:
        if cell is None or cell < 0:
            return [], []
        row, column = divmod(int(cell), self.family.columns)
        return [column], [row]

    def _centres(self) -> np.ndarray:
        rows, columns = np.divmod(np.array(self.free), self.family.columns)
        return np.stack([columns, rows], axis=-1).astype(float)

    def _shapes(self) -> np.ndarray:
        """Polygons [shape, corner, xy]: a square a cell, or four triangles in the order of the actions."""
        centres = self._centres()[:, None]
        if not self.actions:
            return centres + CORNERS
        triangles = [np.stack([CORNERS[i], CORNERS[(i + 1) % 4], [0.0, 0.0]]) for i in range(4)]
        return (centres[:, None] + np.stack(triangles)).reshape(-1, 3, 2)

    def _scenery(self) -> None:
        for cell, character in enumerate(self.family.cells.ravel()):
            row, column = divmod(cell, self.family.columns)
            colour = {"#": GREY, "x": ORANGE}.get(character, GREEN if character.isdigit() else None)
            if colour:
                self.axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour, edgecolor="white", zorder=1.2))
            word = {"x": "pit\n-1"}.get(character, f"+{character}" if character.isdigit() else "")
            self.axes.text(column, row, word, ha="center", va="center", color="white", fontsize=9, fontweight="bold", zorder=2)
        row, column = divmod(self.family.start, self.family.columns)
        self.start = self.axes.text(column - 0.45, row - 0.46, "S", ha="left", va="top", fontsize=8, fontweight="bold", zorder=4)

    def _make_arrows(self) -> Any:
        x, y = np.repeat(self._centres(), 4, axis=0).T
        zero = np.zeros_like(x)
        # Widths in points of the picture, so that maps of every size have the same arrows.
        look: dict[str, Any] = {"angles": "xy", "scale_units": "xy", "scale": 1, "units": "dots", "width": 2.2, "headwidth": 4}
        return self.axes.quiver(x, y, zero, zero, color=INK, zorder=4, headlength=4, headaxislength=3.6, minlength=0.1, **look)

    def _point(self, policy: torch.Tensor | None, goal: int | None) -> None:
        length = (
            np.zeros((len(self.free), 4)) if policy is None else policy[self.free].detach().cpu().double().sqrt().numpy() * LONGEST_ARROW
        )
        hidden = length < 0.02
        if goal in self.free:
            hidden[self.free.index(goal)] = True
        down, right = np.array(MOVES).T
        across, along = (np.ma.array(length * d, mask=hidden).ravel() for d in (right, down))
        self.arrows.set_UVC(across, along)

    def _number(self, cell: int) -> Any:
        row, column = divmod(cell, self.family.columns)
        return self.axes.text(column, row, "", ha="center", va="center", fontsize=9, zorder=3)


def best_actions(Q: torch.Tensor) -> torch.Tensor:
    """1 for every action that is best, ties included; a cell whose actions are all equal has none."""
    best = Q.amax(-1, keepdim=True) - Q <= TIE
    return (best & ~best.all(-1, keepdim=True)).double()
