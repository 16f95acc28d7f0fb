"""Goals that are chosen: where they lie in the maze, and how much of the corridor is reached."""

from typing import Any

import numpy as np
import torch

from dremeta_lite.lab.looks import BEFORE, NOW, Look
from dremeta_lite.lab.parts import BELOW, Artist, Axes, Gliding, Handle, History, Line, Part, Row, legend
from dremeta_lite.lab.style import BLUE, GREEN, GREY, INK, ORANGE
from dremeta_lite.learner import generator
from dremeta_lite.meta.goal_curriculum import GoalCurriculum, intermediate
from dremeta_lite.networks import detach
from dremeta_lite.tasks.navigation import NavigationTask
from dremeta_lite.tasks.spiral import LAYOUT

LOOKING_SEED = 5
DOT: Look = {"marker": "o", "ls": "", "ms": 4, "alpha": 0.7}
KINDS: dict[str, Look] = {
    "never reached": {**DOT, "color": GREY, "marker": "x"},
    "sometimes": {**DOT, "color": ORANGE},
    "always": {**DOT, "color": GREEN, "mfc": "none"},
}


class MazeMap(Part):
    """The maze from above, the goals of the last iteration by how often they were reached, and the agent's way to the star, which can be
    dragged."""

    handles = (Handle("goal", x="goal_x", y="goal_y", mark="star"),)

    def __init__(self) -> None:
        self.gliding = Gliding()
        self.glide = self.gliding.glide

    def setup(self, axes: Axes) -> list[Artist]:
        free = np.array([[cell == "." for cell in row] for row in LAYOUT])
        axes.imshow(np.pad(free, 2), cmap="gray", vmin=-3, vmax=1, extent=(-2.5, 6.5, 6.5, -2.5), zorder=0)
        axes.set(title="Goals of this iteration", xlabel="x (units)", ylabel="y (units, downwards)", xlim=(-1.7, 5.7), ylim=(5.7, -1.7))
        axes.grid(False)
        looks = {**KINDS, "way": {"color": BLUE, "linewidth": 1.6, "zorder": 4}}
        looks["goal"] = {"color": INK, "marker": "*", "ls": "", "ms": 15, "mec": "white", "zorder": 5}
        legend(axes, KINDS, BELOW)
        return self.lines(axes, looks)

    def update(self, now: Any) -> None:
        learner: GoalCurriculum = now.learner
        tried, goals = bool(now.history), learner.goals
        good = tried & intermediate(learner.success)
        self.gliding.update(self, now, lambda: self.look(learner))
        for name, which in zip(KINDS, (tried & (learner.success == 0), good, learner.success == 1), strict=True):
            self.drawn[name].set_data(*goals[which].cpu().numpy().T)
        self.drawn["goal"].set_data([learner.hyper.goal_x], [learner.hyper.goal_y])
        inside = int(learner.maze.inside(goals).sum())
        many = f"Of {len(goals)} goals {inside} lie in the corridor, and {int(good.sum())} were reached once in two tries."
        self._words = f"{many if tried else 'No goal has been tried yet.'} {self.reached}."

    def look(self, learner: GoalCurriculum) -> None:
        """See how the agent goes to the star now."""
        goal = torch.tensor([[learner.hyper.goal_x, learner.hyper.goal_y]], device=learner.device)
        rollout = learner.tried(detach(learner.theta), NavigationTask(goal), generator(LOOKING_SEED))
        start = learner.maze.middle + 2 * rollout.observation[0, :1, :2]
        self.drawn["way"].set_data(*torch.cat([start, learner.visited(rollout)]).cpu().numpy().T)
        steps = int(rollout.mask.sum())
        how = f"is reached in step {steps}" if rollout.returns().item() else f"is not reached in {steps} steps"
        self.reached = f"At iteration {learner.iteration}, the star {how}"


class CurriculumView(Row):
    """Left: the maze with the goals that were chosen. Right: what share of the corridor is reached, and of the goals once in two tries."""

    def __init__(self) -> None:
        lines = [
            Line("coverage", NOW, "corridor reached"),
            Line("intermediate", {"color": ORANGE}, "goals of intermediate difficulty", window=3),
            Line("success", BEFORE, "goals reached", window=3),
        ]
        labels = {"title": "What is reached", "ylabel": "share", "limits": (-0.03, 1.05), "form": ".2f"}
        self.curves = History(lines, {"all of it": 1.0}, room=60, where={**BELOW, "ncols": 2}, **labels)
        self.map = MazeMap()
        super().__init__(self.map, self.curves, widths=(1, 1.3), size=(10.4, 4.4))
