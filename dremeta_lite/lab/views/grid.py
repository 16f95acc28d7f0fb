"""The grid as a picture: a map of cells with values, arrows, a goal and an agent."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import Rectangle

from dremeta_lite.lab.parts import Part, arrows
from dremeta_lite.lab.style import AMBER, BLUE, GREEN, GREY, INK, ORANGE, PALE
from dremeta_lite.tasks.cells import MOVES
from dremeta_lite.tasks.grid import GridWorld

ACTIONS = ("up", "right", "down", "left")
VALUES = LinearSegmentedColormap.from_list("dremeta_values", [ORANGE, "#F3C29D", "#FFFFFF", "#A6CBE3", BLUE])
"""Bad is orange, nothing is white, good is blue: apart for every eye, and dark text can be read on all but the ends."""
CORNERS = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])  # (x, y) from the top left, clockwise, with y downwards
THERE = {"#": "wall", "x": "pit"}
SCENERY = {"#": (GREY, ""), "x": (ORANGE, "pit\n-1")}
LONGEST_ARROW = 0.4
TIE = 1e-9


class GridMap(Part):
    """A map of cells, row 0 at the top. The scenery (walls, pits, rewards, start) is drawn once; `show` sets what moves.

    Args:
        of: what `show` is told, from what the picture shows; a part without it calls `show` in its `update`.
        actions: colour each cell as four triangles, one an action, instead of as a whole.
        numbers: write the value into each cell (whole cells only).
        low: numbers stand low in their cells and arrows are shorter, so that neither these nor the agent cover the numbers.
        span: values from -span to span have colours of their own.
        bar: draw a colour bar beside the map.
        labels: what `Axes.set` takes.

    Attributes:
        values: of the cells without walls, pits and rewards: [free cell], or [free cell, action]; nan for the goal.
        arrows: their lengths, in cells [free cell, action].
    """

    def __init__(
        self,
        family: GridWorld,
        title: str = "",
        of: Callable[[Any], Mapping[str, Any]] | None = None,
        *,
        actions: bool = False,
        numbers: bool = False,
        low: bool = False,
        span: float = 1.0,
        bar: bool = False,
        **labels: Any,
    ) -> None:
        self.family, self.of, self.actions, self.span, self.bar = family, of, actions, span, bar
        self.numbered, self.low, self.labels = numbers, low, {"title": title, "xlabel": "column", "ylabel": "row", **labels}
        self.free = (~(family.walls | family.pits | (family.digits > 0))).nonzero().flatten().tolist()
        rows, columns = np.divmod(np.arange(family.n_cells), family.columns)
        self.centres, self.grain = np.stack([columns, rows], -1).astype(float), (1, 1)

    def setup(self, axes: Axes) -> list[Artist]:
        rows, columns, centres = self.family.rows, self.family.columns, self.centres[self.free]
        axes.set(aspect="equal", xlim=(-0.52, columns - 0.48), ylim=(rows - 0.48, -0.52))
        axes.set(**{"xticks": range(columns), "yticks": range(rows), **self.labels})
        axes.grid(False)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        look: dict[str, Any] = {"norm": Normalize(-self.span, self.span), "edgecolors": PALE, "linewidths": 0.8, "zorder": 1}
        self.fill = PolyCollection(list(self._shapes(centres)), cmap=VALUES, **look)
        axes.add_collection(self.fill)
        if self.bar:
            figure: Any = axes.get_figure()
            figure.colorbar(self.fill, ax=axes, shrink=0.8, label="value")
        centred: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 9}
        self.numbers = [axes.text(x, y + 0.33 * self.low, "", zorder=3, **centred) for x, y in centres] if self.numbered else []
        # Widths in points of the picture, so that maps of every size have the same arrows.
        shape: dict[str, Any] = {"units": "dots", "width": 2.2, "headwidth": 4, "headlength": 4, "headaxislength": 3.6, "minlength": 0.1}
        four = np.repeat(centres, len(ACTIONS), axis=0)
        self.pointers = arrows(axes, four, scale=1.6 if self.low else 1, color=INK, zorder=4, **shape)
        places: dict[str, Any] = {
            "goal": {"marker": "*", "color": AMBER, "ms": 20, "mec": INK, "mew": 0.8, "zorder": 5},
            "agent": {"marker": "o", "color": INK, "ms": 11, "mec": "white", "mew": 1.5, "zorder": 6},
        }
        return [self.fill, self.pointers, *self.numbers, *self._scenery(axes, centred), *self.lines(axes, places)]

    def _shapes(self, centres: np.ndarray) -> np.ndarray:
        """Polygons [shape, corner, xy]: a square a cell, or four triangles in the order of the actions."""
        if not self.actions:
            return centres[:, None] + CORNERS
        triangles = [np.stack([CORNERS[i], CORNERS[(i + 1) % 4], [0.0, 0.0]]) for i in range(4)]
        return (centres[:, None, None] + np.stack(triangles)).reshape(-1, 3, 2)

    def _scenery(self, axes: Axes, centred: Mapping[str, Any]) -> list[Artist]:
        """Draw walls, pits and rewards; returns what must be drawn over cells that move."""
        for (x, y), character in zip(self.centres, self.family.cells.ravel(), strict=True):
            if character in SCENERY or character.isdigit():
                colour, word = SCENERY.get(character, (GREEN, f"+{character}"))
                axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="white", zorder=1.2))
                axes.text(x, y, word, color="white", fontweight="bold", zorder=2, **centred)
        x, y = self.centres[self.family.start]
        return [axes.text(x - 0.45, y - 0.46, "S", ha="left", va="top", fontsize=8, fontweight="bold", zorder=4)]

    def update(self, now: Any) -> None:
        if self.of is not None:
            self.show(**self.of(now))

    def show(
        self,
        values: torch.Tensor | None = None,
        policy: torch.Tensor | None = None,
        agent: int | None = None,
        goal: int | None = None,
    ) -> None:
        """Set what moves; what is None is not shown, nor is a negative cell.

        Args:
            values: V [cell], or Q [cell, 4]; of Q, whole cells show the largest. Not a number (nan) stays white, and is not written.
            policy: π(a | s) [cell, 4], as arrows: length √π, none for π = 0. Of Q without a policy, every best action has one.
            agent, goal: cells; the goal's own value is not shown.
        """
        shown = torch.zeros(self.family.n_cells) if values is None else values
        if shown.dim() == 2:
            policy = best_actions(shown) if policy is None else policy
            shown = shown if self.actions else shown.amax(-1)
        chances = torch.zeros(self.family.n_cells, len(ACTIONS)) if policy is None else policy
        self.values = shown[self.free].detach().cpu().double().numpy().copy()
        self.arrows = chances[self.free].detach().cpu().double().sqrt().numpy() * LONGEST_ARROW
        self.arrows[self.arrows < 0.02] = 0
        if goal in self.free:
            self.values[self.free.index(goal)], self.arrows[self.free.index(goal)] = np.nan, 0
        self.fill.set_array(np.ma.masked_invalid(self.values.flatten()))
        for text, value in zip(self.numbers, self.values, strict=False):
            text.set_text("" if values is None or np.isnan(value) else f"{value:.2f}")
        down, right = np.array(MOVES).T
        self.pointers.set_UVC(*(np.ma.array(self.arrows * d, mask=self.arrows == 0).ravel() for d in (right, down)))
        for name, cell in (("goal", goal), ("agent", agent)):
            self.drawn[name].set_data(*([], []) if cell is None or cell < 0 else self.centres[[int(cell)]].T)

    def cell(self, x: float, y: float) -> int | None:
        """The cell at a place; None beside the map."""
        column, row = round(x), round(y)
        inside = 0 <= column < self.family.columns and 0 <= row < self.family.rows
        return row * self.family.columns + column if inside else None

    def read(self, x: float, y: float) -> str:
        """The cell, what stands there, and its value, or that of each action."""
        cell = self.cell(x, y)
        if cell is None:
            return ""
        where = f"row {cell // self.family.columns}, column {cell % self.family.columns}"
        if cell not in self.free:
            character = str(self.family.cells.ravel()[cell])
            return f"{where}\n{THERE.get(character, f'reward {character}')}"
        values = np.ravel(self.values[self.free.index(cell)])
        names = ACTIONS if self.actions else ("value",)
        return "\n".join([where, *(f"{name} {value:.3f}" for name, value in zip(names, values, strict=True) if np.isfinite(value))])


class PlayMap(GridMap):
    """The map while a person walks in it. `family`: the map."""

    moves = np.arange(len(ACTIONS))
    """The actions that go up, right, down and left."""
    sample = (0, 0, 0, 1, 1, 1, 1, 1)
    """Directions that are walked where nobody can press a button: on the default map, to the goal."""

    def __init__(self, family: GridWorld) -> None:
        super().__init__(family, "You are the black dot")

    def walked(self, path: np.ndarray, goal: Any) -> None:
        """Set the states so far, and the goal, if it may be seen."""
        self.show(agent=int(path[-1]), goal=None if goal is None else int(goal))


def best_actions(Q: torch.Tensor) -> torch.Tensor:
    """1 for every action that is best, ties included; a cell whose actions are all equal has none."""
    best = Q.amax(-1, keepdim=True) - Q <= TIE
    return (best & ~best.all(-1, keepdim=True)).double()
