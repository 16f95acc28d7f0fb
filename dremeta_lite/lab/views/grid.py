"""The grid as a picture: a map of cells with values, arrows, a goal and an agent."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import Rectangle

from dremeta_lite.lab.parts import Artist, Axes, Part, arrows
from dremeta_lite.lab.style import AMBER, BLUE, GREEN, GREY, INK, ORANGE, PALE
from dremeta_lite.lab.touch import Refused
from dremeta_lite.tasks.cells import MOVES
from dremeta_lite.tasks.grid import KINDS, GridWorld

ACTIONS = ("up", "right", "down", "left")
VALUES = LinearSegmentedColormap.from_list("dremeta_values", ["#D55E00", "#F3C29D", "#FFFFFF", "#A6CBE3", BLUE])
"""Bad is orange, nothing is white, good is blue: apart for every eye, and dark text can be read on all but the ends."""
CORNERS = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])  # (x, y) from the top left, clockwise, with y downwards
THERE = {"#": "wall", "x": "pit"}
SCENERY = {"#": (GREY, ""), "x": (ORANGE, "pit\n-1")}
CENTRED: Mapping[str, Any] = {"ha": "center", "va": "center", "fontsize": 9}
LONGEST_ARROW = 0.4
TIE = 1e-9


class GridMap(Part):
    """A map of cells, row 0 at the top. The scenery (walls, pits, rewards, start) is drawn once; `show` sets what moves.

    Args:
        of: what `show` is told, from what the picture shows; a part without it calls `show` in its `update`.
        actions: colour each cell as four triangles, one an action, instead of as a whole.
        numbers: write the value into each cell (whole cells only).
        low: numbers stand low in their cells, arrows are shorter and begin higher, so that neither these nor the agent cover the numbers.
        span: values from -span to span have colours of their own.
        bar: draw a colour bar beside the map.
        build: a click makes a free cell a wall, a wall a pit, and a pit free again.
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
        build: bool = False,
        **labels: Any,
    ) -> None:
        self.family, self.of, self.actions, self.span, self.bar = family, of, actions, span, bar
        self.numbered, self.low, self.labels = numbers, low, {"title": title, "xlabel": "column", "ylabel": "row", **labels}
        rows, columns = np.divmod(np.arange(family.n_cells), family.columns)
        self.centres, self.grain = np.stack([columns, rows], -1).astype(float), (1, 1)
        if build:
            self.clicked = self.build
            self.labels["xlabel"] += "  (click a cell: wall, pit, free)"

    def setup(self, axes: Axes) -> list[Artist]:
        rows, columns, centres = self.family.rows, self.family.columns, self.centres
        axes.set(aspect="equal", xlim=(-0.52, columns - 0.48), ylim=(rows - 0.48, -0.52))
        axes.set(**{"xticks": range(columns), "yticks": range(rows), **self.labels})
        axes.grid(False)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        look: dict[str, Any] = {"norm": Normalize(-self.span, self.span), "edgecolors": PALE, "linewidths": 0.8, "zorder": 1}
        self.fill = PolyCollection([], cmap=VALUES, **look)
        axes.add_collection(self.fill)
        if self.bar:
            figure: Any = axes.get_figure()
            figure.colorbar(self.fill, ax=axes, shrink=0.8, label="value")
        self.numbers = [axes.text(x, y + 0.33 * self.low, "", zorder=3, **CENTRED) for x, y in centres] if self.numbered else []
        # Widths in points of the picture, so that maps of every size have the same arrows.
        shape: dict[str, Any] = {"units": "dots", "width": 2.2, "headwidth": 4, "headlength": 4, "headaxislength": 3.6, "minlength": 0.1}
        four = np.repeat(centres - [0.0, 0.18 * self.low], len(ACTIONS), axis=0)
        self.pointers = arrows(axes, four, scale=1.6 if self.low else 1, color=INK, zorder=4, **shape)
        places: dict[str, Any] = {
            "goal": {"marker": "*", "color": AMBER, "ms": 20, "mec": INK, "mew": 0.8, "zorder": 5},
            "agent": {"marker": "o", "color": INK, "ms": 11, "mec": "white", "mew": 1.5, "zorder": 6},
        }
        x, y = centres[self.family.start]
        start = axes.text(x - 0.45, y - 0.46, "S", ha="left", va="top", fontsize=8, fontweight="bold", zorder=4)
        moving = [self.fill, self.pointers, *self.numbers, start, *self.lines(axes, places)]
        self._laid, self._scenery = None, list[Artist]()
        self._lay_out()
        return moving

    def _shapes(self, centres: np.ndarray) -> np.ndarray:
        """Polygons [shape, corner, xy]: a square a cell, or four triangles in the order of the actions."""
        if not self.actions:
            return centres[:, None] + CORNERS
        triangles = [np.stack([CORNERS[i], CORNERS[(i + 1) % 4], [0.0, 0.0]]) for i in range(4)]
        return (centres[:, None, None] + np.stack(triangles)).reshape(-1, 3, 2)

    def _lay_out(self) -> None:
        """Draw walls, pits and rewards, if the map is not the one that is drawn already."""
        family = self.family
        if self._laid is family.cells:
            return
        self._laid = family.cells
        self.free = (~(family.walls | family.pits | (family.digits > 0))).nonzero().flatten().tolist()
        self.fill.set_verts(list(self._shapes(self.centres[self.free])))
        for artist in self._scenery:
            artist.remove()
        self._scenery = []
        for (x, y), character in zip(self.centres, family.cells.ravel(), strict=True):
            if character in SCENERY or character.isdigit():
                colour, word = SCENERY.get(character, (GREEN, f"+{character}"))
                cell = Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="white", zorder=1.2)
                said = self.axes.text(x, y, word, color="white", fontweight="bold", zorder=2, **CENTRED)
                self._scenery += [self.axes.add_patch(cell), said]

    def update(self, now: Any) -> None:
        if self.of is not None:
            self.show(**self.of(now))

    def show(
        self, values: torch.Tensor | None = None, policy: torch.Tensor | None = None, agent: int | None = None, goal: int | None = None
    ) -> None:
        """Set what moves; what is None is not shown, nor is a negative cell.

        Args:
            values: V [cell], or Q [cell, 4]; of Q, whole cells show the largest. Not a number (nan) stays white, and is not written.
            policy: π(a | s) [cell, 4], as arrows: length √π, none for π = 0. Of Q without a policy, every best action has one.
            agent, goal: cells; the goal's own value is not shown.
        """
        self._lay_out()
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
        if self.numbers:
            self._write(np.full_like(self.values, np.nan) if values is None else self.values)
        everywhere = np.zeros((self.family.n_cells, len(ACTIONS)))
        everywhere[self.free] = self.arrows
        down, right = np.array(MOVES).T
        self.pointers.set_UVC(*(np.ma.array(everywhere * d, mask=everywhere == 0).ravel() for d in (right, down)))
        for name, cell in (("goal", goal), ("agent", agent)):
            self.drawn[name].set_data(*([], []) if cell is None or cell < 0 else self.centres[[int(cell)]].T)

    def _write(self, values: np.ndarray) -> None:
        """Write the values of the free cells, and nothing where there is none."""
        written = dict(zip(self.free, values, strict=True))
        for cell, text in enumerate(self.numbers):
            value = written.get(cell, np.nan)
            text.set_text("" if np.isnan(value) else f"{value:.2f}")

    def build(self, x: float, y: float) -> None:
        """Make the cell at a place a wall; a wall a pit; a pit free. The learner finds the world changed in its next iteration."""
        cell = self.cell(x, y)
        if cell is not None:
            family, kind = self.family, str(self.family.cells.flat[cell])
            after = KINDS[(KINDS.index(kind) + 1) % len(KINDS)] if kind in KINDS else KINDS[0]
            try:
                family.rebuilt(cell, after)  # refused here, and not between two iterations
            except ValueError as why:
                raise Refused(str(why)) from why
            self.between_iterations(lambda: family.build(cell, after))

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
        super().__init__(family, "You are the dot")

    def walked(self, path: np.ndarray, goal: Any) -> None:
        """Set the states so far, and the goal, if it may be seen."""
        self.show(agent=int(path[-1]), goal=None if goal is None else int(goal))


def best_actions(Q: torch.Tensor) -> torch.Tensor:
    """1 for every action that is best, ties included; a cell whose actions are all equal has none."""
    best = Q.amax(-1, keepdim=True) - Q <= TIE
    return (best & ~best.all(-1, keepdim=True)).double()
