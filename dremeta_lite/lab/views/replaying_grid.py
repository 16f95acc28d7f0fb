"""A recorded run on the hidden goal, at any of its checkpoints: the return of a trial, the belief, and the policy."""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from torch import Tensor

from dremeta_lite.agents import Oracle, PosteriorSampling
from dremeta_lite.compare.checkpoints import RecordedRun
from dremeta_lite.compare.scores import play_agents
from dremeta_lite.lab.looks import Look
from dremeta_lite.lab.parts import Artist, Axes, Handle, Row
from dremeta_lite.lab.reels import GridReel, watch_grid
from dremeta_lite.lab.style import BLUE, GREY, INK, ORANGE
from dremeta_lite.lab.touch import Refused
from dremeta_lite.lab.views import replayed
from dremeta_lite.lab.views.belief import BeliefMap, OverSteps, place
from dremeta_lite.lab.views.hidden_goal import CORNERS, path_until
from dremeta_lite.lab.views.policy import PolicyMap, in_words
from dremeta_lite.learner import generator
from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.titles import BAYES, ORACLE, POSTERIOR
from dremeta_lite.trials import Agent, Disturb, play_trial
from dremeta_lite.world.bayes_optimal import BayesOptimal

if TYPE_CHECKING:
    from dremeta_lite.lab.scrubber import Scrubber

SIGNS = LinearSegmentedColormap.from_list("dremeta_signs", [ORANGE, "#FFFFFF", BLUE])
"""From -1 over white for 0 to 1."""


def grid_yardsticks(family: HiddenGoal, episodes: int) -> dict[str, Float[Tensor, " episode"]]:
    """What each episode returns under agents to compare with: every goal twenty times."""
    tasks = HiddenGoalTask(family.goal_cells.repeat(20))
    agents: dict[str, Agent] = {POSTERIOR: PosteriorSampling(family), BAYES: BayesOptimal(family, episodes), ORACLE: Oracle(family, tasks)}
    return play_agents(family, agents, tasks, episodes)


class Replay(replayed.Replay):
    """Above: the return of a trial over training, and the return so far in this trial. Below: the belief, and the policy.

    Args:
        yardsticks: what each episode returns under agents to compare with, by name; played now if there are none.
        unit: what training is counted in.
    """

    across = False

    def __init__(self, run: RecordedRun, yardsticks: Mapping[str, Float[Tensor, " episode"]], unit: str) -> None:
        family: Any = run.family
        self.run, last = run, run.episodes * family.horizon
        names = [f"goal in {place(family, goal)}" for goal in family.goal_cells.tolist()]
        tried = replayed.Tried(
            family.all_tasks(run.device),
            names,
            first=len(names) * 2 // 5,  # row 2, column 4 of 5 × 5
            unit="step",
            help="how many steps of the trial have been taken",
            bounds=(0, last),
            start=min(family.horizon + 5, last),
        )
        over = replayed.whole_trial(yardsticks or grid_yardsticks(family, run.episodes), unit)
        self.trial, self.known, self.kept, self.policy = TrialSoFar(family, run.episodes), Known(family), Kept(family), Next(family)
        below = Row(self.known, self.kept, self.policy)
        super().__init__(tried, Row(over, self.trial), below, shares=(2.7, 3.4), size=(9.6, 6.5))

    def watch(self, agent: Agent, disturb: Disturb | None = None) -> GridReel:
        family: Any = self.run.family
        return watch_grid(family, agent, self.tried.tasks, self.run.episodes, disturb)


class TrialSoFar(OverSteps):
    """The return so far in this trial, pale what is still to come, and grey the Bayes-optimal agent's."""

    def __init__(self, family: HiddenGoal, episodes: int) -> None:
        self.family, self.steps = family, episodes * family.horizon
        self.best = play_trial(family, family.all_tasks(), BayesOptimal(family, episodes), generator(0), episodes).reward.flatten(1)
        shown: dict[str, Look] = {
            "best": {"color": GREY, "linewidth": 1},
            "coming": {"linewidth": 1.4, "alpha": 0.35},
            "earned": {"linewidth": 2.2},
            "now": {"color": INK, "linewidth": 1},
        }
        limits, title = (-0.1 * self.steps - 1, self.best.sum(1).max().item() + 2), f"This trial (grey: {BAYES})"
        super().__init__(self.steps, family.horizon, shown, ylim=limits, where=None, title=title, ylabel="return so far")

    def update(self, now: "Scrubber") -> None:
        task, t, cell = now.task, now.step, goal_of(self.family, now)
        rewards = now.reel().trial.reward[task].flatten(), self.best[self.family.goal_cells.tolist().index(cell)]
        earned, best = (np.concatenate([[0.0], np.cumsum(r.numpy())]) for r in rewards)
        steps = np.arange(len(earned))
        curves = {"best": best, "earned": earned[: t + 1], "coming": earned[t:], "now": self.axes.get_ylim()}
        self.show(curves, x={"best": steps, "earned": steps[: t + 1], "coming": steps[t:], "now": [t, t]})
        for name in ("earned", "coming"):
            self.drawn[name].set_color(replayed.colour_of(now))
        goal, episode = place(self.family, cell), max(t - 1, 0) // self.family.horizon
        self._words = (
            f"In this trial the goal is {goal}; step {t}, in episode {episode + 1}; return so far {earned[t]:.1f}, of {earned[-1]:.1f} in "
            f"the whole trial ({BAYES} {best[-1]:.1f})."
        )


def shade(part: BeliefMap, now: "Scrubber", belief: Tensor) -> None:
    """Show a belief [cell], and the path of the present episode so far; at its end, all of it."""
    path = path_until(part.family, now.reel().trial.next_observation[now.task], now.step)
    if now.what_if and (put := now.what_if.moves.get(now.step)) and put.agent is not None:
        path = torch.cat([path, torch.tensor([put.agent])])
    part.believe(path, goal_of(part.family, now), belief)
    for name in ("path", "paid"):
        part.drawn[name].set_color(replayed.colour_of(now))


class Known(BeliefMap):
    """The exact belief."""

    def __init__(self, family: HiddenGoal) -> None:
        super().__init__(family, "What can be known, in %", "Exact")

    def update(self, now: "Scrubber") -> None:
        shade(self, now, now.reel().exact[now.task, now.step])


class Kept(BeliefMap):
    """What the agent keeps in mind: a belief of its own, its memory, or its parameters."""

    def __init__(self, family: HiddenGoal) -> None:
        super().__init__(family, "What it believes, in %", "Its own")

    def setup(self, axes: Axes) -> list[Artist]:
        self.map = super().setup(axes)
        self.mosaic = Mosaic(axes, self.family.size)
        self.instead = axes.text(0.5, 0.5, "", transform=axes.transAxes, ha="center", va="center", fontsize=10, color=GREY)
        return [self.instead, self.mosaic.cells, *self.map]

    def update(self, now: "Scrubber") -> None:
        reel, task, t = now.reel(), now.task, now.step
        title = self.title if reel.own is not None else "What it remembers" if reel.memory is not None else "What it keeps"
        if self.axes.get_title("left") != title:
            self.axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
        for artist in self.map:
            artist.set_visible(reel.own is not None)
        self.mosaic.cells.set_visible(reel.memory is not None)
        self.instead.set_text("" if reel.own is not None or reel.memory is not None else keeps(now.agent, reel, t))
        self._words = ""
        if reel.own is not None:
            shade(self, now, reel.own[task, t])
        if reel.memory is not None:
            memory = reel.memory[task, t]
            self.mosaic.show(memory / reel.memory[task].abs().max().clamp(min=1e-6))  # strongest: the largest of the trial
            self._words = f"It remembers {len(memory)} numbers, between {memory.min():.2f} (orange) and {memory.max():.2f} (blue)."


class Next(PolicyMap):
    """What the policy would do in each cell. What if the agent, or the goal, were in another one? Both can be dragged there."""

    def __init__(self, family: HiddenGoal) -> None:
        super().__init__(family, "What it would do next")

    def setup(self, axes: Axes) -> list[Artist]:
        moving = super().setup(axes)
        axes.set_xlabel("drag frame or star: what if?", fontsize=10)
        return moving

    def update(self, now: "Scrubber") -> None:
        reel, task, t = now.reel(), now.task, now.step
        cells = reel.trial.observation[task].flatten()
        over, self._words = t == len(cells), ""
        chances, cell = None if over or reel.policy is None else reel.policy[task, t], None if over else int(cells[t])
        self.intend(chances, cell, goal_of(self.family, now), "The trial is over." if over else "It does not say.")
        self.handles = [] if cell is None else self._handles(now, cell)
        if now.what_if:
            self._words = now.what_if.words("step {}".format, lambda cell: f"in {place(self.family, cell)}") + " "
        if chances is not None and cell is not None:
            self._words += f"From {place(self.family, cell)} it would most likely go next: {in_words(chances[cell])}."

    def _handles(self, now: "Scrubber", agent: int) -> list[Handle]:
        """The agent and the goal. On this map up is towards smaller rows."""

        def dragged(name: str, here: int, demand: Callable[[int], None]) -> Callable[[float, float], None]:
            def moved(x: float, y: float) -> None:
                column, row = (min(max(round(v), 0), self.family.size - 1) for v in (x, y))
                cell = row * self.family.size + column
                if cell != here:
                    demand(cell)
                    now.suppose(**{name: cell})

            return moved

        def possible(cell: int) -> None:
            if now.reel().exact[now.task, now.step, cell] == 0:
                raise Refused(
                    f"The goal cannot be in {place(self.family, cell)}, after what was seen by step {now.step}: choose a cell that can "
                    "still be the goal (left map), or pull the step back."
                )

        goal = goal_of(self.family, now)
        spots = [("goal", goal, "star", possible), ("agent", agent, "dot", lambda _: None)]  # the last one lies on top
        counted: Any = {"step": (1.0, -1.0), "directions": ("column", "row"), "counted_from": 1}
        return [
            Handle(name, mark=mark, colour=INK, at=tuple(self.centres[cell]), moved=dragged(name, cell, demand), **counted)
            for name, cell, mark, demand in spots
        ]


def goal_of(family: HiddenGoal, now: "Scrubber") -> int:
    """The cell of the goal."""
    supposed = now.what_if and now.what_if.goal(now.step)
    return int(family.goal_cells[now.task]) if supposed is None else supposed


class Mosaic:
    """Numbers from -1 to 1 as a square of coloured tiles.

    Args:
        size: of a side of the whole, in data units.
    """

    def __init__(self, axes: Axes, size: float) -> None:
        self.size = size
        self.cells = PolyCollection([], cmap=SIGNS, norm=Normalize(-1, 1), edgecolors="white", linewidths=1)
        axes.add_collection(self.cells)

    def show(self, numbers: Float[Tensor, " number"]) -> None:
        """Set the tiles, row by row."""
        side = math.ceil(len(numbers) ** 0.5)
        rows, columns = divmod(np.arange(len(numbers)), side)
        middles = (np.stack([columns, rows], -1) + 0.5) * self.size / side - 0.5
        self.cells.set_verts(list(middles[:, None] + CORNERS * self.size / side))
        self.cells.set_array(numbers.numpy())


def keeps(agent: Agent, reel: GridReel, t: int) -> str:
    """What an agent without a belief or a memory to look at keeps in mind instead, in a few short lines."""
    if hasattr(agent, "taken"):
        taken = reel.taken[min(t, len(reel.taken) - 1)]
        times = {0: "not yet adapted", 1: "adapted once"}.get(taken, f"adapted {taken} times")
        return f"It keeps no belief:\nonly its parameters,\n{times}."
    return "It acts on exactly\nwhat can be known."
