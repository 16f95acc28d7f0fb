"""The map of the hidden goal: the path of an episode, the goal, and a shade for each cell."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure
from torch import Tensor

from dremeta_lite.lab.looks import Look
from dremeta_lite.lab.parts import Artist, Axes, Part, Row
from dremeta_lite.lab.style import AMBER, BLUE, INK, PALE
from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.trials import Trial

SHADES = LinearSegmentedColormap.from_list("dremeta_shades", ["#FFFFFF", "#CFE3F1", "#7DB5D9"])
"""White to blue, never so dark that a path could not be seen on it."""
CORNERS = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
DRIFT = 0.2
"""A path runs through a cell's upper left early in the episode and through its lower right late, so that no visit covers another."""


class HiddenGoalMap(Part):
    """A map of the cells; `show` sets what moves.

    Args:
        family: the grid; row 0 is at the top.
        numbers: write the probabilities into the cells, in percent.
        small: with small marks and a thin path.
    """

    grain = (1, 1)

    def __init__(self, family: HiddenGoal, title: str = "", *, numbers: bool = False, small: bool = False) -> None:
        self.family, self.title, self.small = family, title, small
        rows, columns = divmod(np.arange(family.n_cells), family.size)
        self.centres = np.stack([columns, rows], -1).astype(float)
        self.numbered = self.centres if numbers else self.centres[:0]

    def setup(self, axes: Axes) -> list[Artist]:
        size, small = self.family.size, self.small
        axes.set(title=self.title, aspect="equal", xlim=(-0.52, size - 0.48), ylim=(size - 0.48, -0.52), xticks=[], yticks=[])
        axes.grid(False)
        axes.spines[:].set_visible(False)
        squares = list(self.centres[:, None] + CORNERS)  # the shade grows with a root, so that one part in twenty can be seen
        self.fill = PolyCollection(squares, cmap=SHADES, norm=PowerNorm(0.4, 0, 1), edgecolors=PALE, linewidths=0.8, zorder=1)
        axes.add_collection(self.fill)
        x, y = self.centres[self.family.start]
        start = axes.text(x - 0.45, y + 0.46, "S", ha="left", va="bottom", fontsize=8, fontweight="bold", zorder=2)
        below: dict[str, Any] = {"ha": "right", "va": "bottom", "fontsize": 8, "zorder": 3}  # out of the way of path and star
        self.numbers = [axes.text(x + 0.45, y + 0.46, "", **below) for x, y in self.numbered]
        looks: dict[str, Look] = {
            "goal": {"marker": "*", "ls": "", "color": AMBER, "ms": 11 if small else 17, "mec": INK, "mew": 0.8, "zorder": 4},
            "path": {"color": BLUE, "linewidth": 1.2 if small else 1.8, "zorder": 5},
            "paid": {"marker": "o", "ls": "", "color": BLUE, "ms": 4, "zorder": 6},
            "agent": {"marker": "o", "ls": "", "color": INK, "ms": 6 if small else 9, "mec": "white", "mew": 1.5, "zorder": 7},
        }
        return [self.fill, start, *self.numbers, *self.lines(axes, looks)]

    def show(self, path: Int[Tensor, " step"] | None = None, goal: int | None = None, shade: Float[Tensor, " cell"] | None = None) -> None:
        """Set what moves; what is None is not shown.

        Args:
            path: the cells one after another, the start included. Small dots: steps that ended on the goal. Black dot: the last one.
            shade: a probability for each cell.
        """
        shades = torch.zeros(self.family.n_cells) if shade is None else shade.detach().cpu()
        self.fill.set_array(shades.clamp(0, 1).numpy())
        for text, share in zip(self.numbers, shades.tolist(), strict=False):
            text.set_text(f"{100 * share:.0f}" if share >= 0.005 else "")
        cells = np.zeros(0, int) if path is None else path.detach().cpu().numpy()
        drift = np.linspace(-DRIFT, DRIFT, len(cells))[:, None] if len(cells) > 1 else np.zeros((len(cells), 1))
        places = self.centres[cells] + drift
        points = {"goal": self.centres[[] if goal is None else [goal]], "path": places, "paid": places[1:][cells[1:] == goal]}
        for name, xy in (points | {"agent": places[-1:]}).items():
            self.drawn[name].set_data(*xy.T)


class PathsSide(Row):
    """A map for each episode of a trial, with the path that was walked: what `TrialsView` shows below its curves.

    Args:
        episodes: which ones have a map, from 1; all of a trial of the family if None.
        index: which one of the trial's tasks is shown.
    """

    height = 2.5

    def __init__(self, family: HiddenGoal, episodes: Sequence[int] | None = None, index: int = 0) -> None:
        self.family, self.index, self.episodes = family, index, episodes or range(1, family.episodes + 1)
        self.maps = [HiddenGoalMap(family) for _ in self.episodes]
        super().__init__(*self.maps)

    def setup(self, figure: Figure, place: Any = None) -> list[Artist]:
        moving = super().setup(figure, place)
        below: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": 10}
        self.notes = [part.axes.text(0.5, -0.04, "", transform=part.axes.transAxes, **below) for part in self.maps]
        return [*self.notes, *moving]

    def show(self, trial: Trial, task: HiddenGoalTask, agent: Any = None) -> None:
        """Show what was walked in one task of a batch, and what each episode earned."""
        returned = trial.returns()[self.index].tolist()
        self.goal, self.returns = int(task.goal[self.index]), [returned[episode - 1] for episode in self.episodes]
        cells, horizon = trial.next_observation[self.index], self.family.horizon
        self.paths = [path_until(self.family, cells, episode * horizon) for episode in self.episodes]
        for part, path, note, episode, earned in zip(self.maps, self.paths, self.notes, self.episodes, self.returns, strict=True):
            part.show(path, self.goal)
            note.set_text(f"episode {episode}: return {earned:.1f}")

    def words(self) -> str:
        found = [first_visit(path, self.goal) for path in self.paths]
        steps = ", ".join("never" if step is None else f"step {step}" for step in found)
        earned = ", ".join(f"{value:.1f}" for value in self.returns)
        return f"In one task the goal is first reached at {steps} of episodes {', '.join(map(str, self.episodes))}, which earn {earned}."


def path_until(family: HiddenGoal, cells: Int[Tensor, "episode time"], step: int) -> Int[Tensor, " step"]:
    """The path in the present episode after so many steps of a trial, the start included. An episode that is just over is still shown.
    `cells`: where each step of the trial led."""
    episode = max(step - 1, 0) // family.horizon
    return torch.cat([torch.tensor([family.start], device=cells.device), cells[episode, : step - episode * family.horizon]])


def first_visit(path: Int[Tensor, " step"], goal: int) -> int | None:
    """The step of the episode that first ends on the goal, from 1; None if there is none."""
    hits = (path[1:] == goal).nonzero()
    return int(hits[0]) + 1 if len(hits) else None
