"""The map of the hidden goal: the paths of an episode, the goal, and a shade for each cell."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from torch import Tensor

from dremeta_lite.lab.style import AMBER, BLUE, INK, PALE
from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.trials import Trial

SHADES = LinearSegmentedColormap.from_list("dremeta_shades", ["#FFFFFF", "#CFE3F1", "#7DB5D9"])
"""White to blue, never so dark that a path could not be seen on it."""
CORNERS = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
DRIFT = 0.2
"""A path runs through a cell's upper left early in the episode and through its lower right late, so that no visit covers another."""


class HiddenGoalMap:
    """A map of the cells on some axes; `show` sets what moves.

    Args:
        axes: where to draw; row 0 is at the top.
        family: the grid.
        title: above it.
        numbers: write the shade into each cell, as a percentage.
        colour: of the path.
    """

    def __init__(self, axes: Axes, family: HiddenGoal, title: str = "", *, numbers: bool = False, colour: str = BLUE) -> None:
        self.axes, self.family = axes, family
        rows, columns = divmod(np.arange(family.n_cells), family.size)
        self.centres = np.stack([columns, rows], -1).astype(float)
        axes.set(title=title, aspect="equal", xlim=(-0.52, family.size - 0.48), ylim=(family.size - 0.48, -0.52), xticks=[], yticks=[])
        axes.grid(False)
        axes.spines[:].set_visible(False)
        squares = list(self.centres[:, None] + CORNERS)
        self.fill = PolyCollection(squares, cmap=SHADES, norm=Normalize(0, 1), edgecolors=PALE, linewidths=0.8, zorder=1)
        axes.add_collection(self.fill)
        x, y = self.centres[family.start]
        self.start = axes.text(x - 0.45, y + 0.46, "S", ha="left", va="bottom", fontsize=8, fontweight="bold", zorder=2)
        self.numbers = [axes.text(x, y, "", ha="center", va="center", fontsize=8, zorder=3) for x, y in self.centres] if numbers else []
        self.star = axes.plot([], [], "*", color=AMBER, ms=17, mec=INK, mew=0.8, zorder=4)[0]
        self.path = axes.plot([], [], "-", color=colour, linewidth=1.8, zorder=5)[0]
        self.paid = axes.plot([], [], "o", color=colour, ms=4, zorder=6)[0]
        self.dot = axes.plot([], [], "o", color=INK, ms=9, mec="white", mew=1.5, zorder=7)[0]

    def artists(self) -> list[Artist]:
        """What moves."""
        return [self.fill, self.start, *self.numbers, self.star, self.path, self.paid, self.dot]

    def show(
        self,
        path: Int[Tensor, " step"] | None = None,
        goal: int | None = None,
        shade: Float[Tensor, " cell"] | None = None,
        darkest: float = 1.0,
    ) -> None:
        """Set what moves; what is None is not shown.

        Args:
            path: the cells one after another, the start included. Small dots: steps that ended on the goal. Black dot: the last one.
            goal: its cell.
            shade: for each cell a number from 0 (white) up: a probability, or how often it was visited.
            darkest: the number that has the darkest shade.
        """
        shades = torch.zeros(self.family.n_cells) if shade is None else shade.detach().cpu()
        self.fill.set_array((shades / darkest).clamp(0, 1).numpy())
        for text, share in zip(self.numbers, shades.tolist(), strict=False):
            text.set_text(f"{100 * share:.0f}" if shade is not None and share >= 0.005 else "")
        self.star.set_data(*([], []) if goal is None else self.centres[[goal]].T)
        cells = np.zeros(0, int) if path is None else path.detach().cpu().numpy()
        drift = np.linspace(-DRIFT, DRIFT, len(cells))[:, None] if len(cells) > 1 else np.zeros((len(cells), 1))
        places = self.centres[cells] + drift
        self.path.set_data(*places.T)
        self.paid.set_data(*places[1:][cells[1:] == goal].T)
        self.dot.set_data(*places[-1:].T)


class PathsSide:
    """A map for each episode of a trial, with the path that was walked: what `TrialsView` shows below its curves.

    Args:
        family: the grid.
        episodes: how many maps.
        index: which one of the trial's tasks is shown.
    """

    height = 2.5

    def __init__(self, family: HiddenGoal, episodes: int | None = None, index: int = 0) -> None:
        self.family, self.index = family, index
        self.episodes = family.episodes if episodes is None else episodes
        self._words = ""

    def setup(self, figure: Figure, place: SubplotSpec) -> Sequence[Artist]:
        grid = place.subgridspec(1, self.episodes)
        self.maps = [HiddenGoalMap(figure.add_subplot(grid[i]), self.family) for i in range(self.episodes)]
        self.notes = [
            drawn.axes.text(0.5, -0.04, "", transform=drawn.axes.transAxes, ha="center", va="top", fontsize=10) for drawn in self.maps
        ]
        return [*self.notes, *(artist for drawn in self.maps for artist in drawn.artists())]

    def show(self, trial: Trial, task: HiddenGoalTask) -> None:
        """Show what was walked in one task of a batch, and what each episode earned."""
        goal, returns = int(task.goal[self.index]), trial.returns()[self.index].tolist()
        for episode, (drawn, note, earned) in enumerate(zip(self.maps, self.notes, returns, strict=True)):
            drawn.show(path_of(trial, self.index, episode), goal)
            note.set_text(f"episode {episode + 1}: return {earned:.1f}")
        found = [first_visit(path_of(trial, self.index, episode), goal) for episode in range(self.episodes)]
        steps = ", ".join("never" if step is None else f"step {step}" for step in found)
        earned = ", ".join(f"{value:.1f}" for value in returns)
        self._words = f"In one task the goal is first reached at {steps} of episodes 1 to {self.episodes}, which earn {earned}."

    def summary(self) -> str:
        return self._words


def path_of(trial: Trial, index: int, episode: int) -> Int[Tensor, " step"]:
    """The cells that were walked in an episode, the start included."""
    return torch.cat([trial.observation[index, episode, :1], trial.next_observation[index, episode]])


def first_visit(path: Int[Tensor, " step"], goal: int) -> int | None:
    """The step of the episode that first ends on the goal, from 1; None if there is none."""
    hits = (path[1:] == goal).nonzero()
    return int(hits[0]) + 1 if len(hits) else None
