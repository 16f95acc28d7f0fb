"""A recorded run on the hidden goal, at any of its checkpoints: the return of a trial, the belief, and the policy."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from dremeta_lite.agents.exact_belief import PosteriorSampling
from dremeta_lite.agents.yardsticks import Oracle
from dremeta_lite.compare.scores import play_agents
from dremeta_lite.lab.looks import looks
from dremeta_lite.lab.parts.background import Yardsticks, grow, set_limits
from dremeta_lite.lab.reels import GridReel
from dremeta_lite.lab.style import BLUE, GREY, INK, ORANGE
from dremeta_lite.lab.views.belief import belief_in_words, belief_map, place
from dremeta_lite.lab.views.hidden_goal import CORNERS
from dremeta_lite.lab.views.policy import PolicyMap, in_words
from dremeta_lite.lab.views.replayed import Replayed
from dremeta_lite.learner import generator
from dremeta_lite.meta.adapting import GradientAgent
from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.titles import BAYES, ORACLE, POSTERIOR
from dremeta_lite.trials import Agent, play_trial
from dremeta_lite.world.bayes_optimal import BayesOptimal

SIGNS = LinearSegmentedColormap.from_list("dremeta_signs", [ORANGE, "#FFFFFF", BLUE])
"""From -1 over white for 0 to 1."""


def grid_yardsticks(family: HiddenGoal, episodes: int) -> dict[str, Float[Tensor, " episode"]]:
    """What each episode returns under agents to compare with: every goal twenty times."""
    tasks = HiddenGoalTask(family.goal_cells.repeat(20))
    agents: dict[str, Agent] = {
        POSTERIOR: PosteriorSampling(family),
        BAYES: BayesOptimal(family, episodes),
        ORACLE: Oracle(family, tasks),
    }
    return play_agents(family, agents, tasks, episodes)


class GridReplay:
    """Above: the return of a trial over training, and the return so far in this trial. Below: the belief, and the policy.

    Args:
        family: the grid.
        episodes: of a trial.
        yardsticks: what each episode returns under agents to compare with, by name.
        unit: what training is counted in.
    """

    size = (9.6, 6.5)

    def __init__(
        self,
        family: HiddenGoal,
        episodes: int,
        yardsticks: Mapping[str, Float[Tensor, " episode"]] | None = None,
        unit: str = "meta-iteration",
    ) -> None:
        self.family, self.episodes, self.unit = family, episodes, unit
        self.steps = episodes * family.horizon
        self.yardsticks = dict(yardsticks or grid_yardsticks(family, episodes))
        self.totals = {name: each.sum().item() for name, each in self.yardsticks.items()}
        tasks = family.all_tasks()
        self.best = play_trial(family, tasks, BayesOptimal(family, episodes), generator(0), episodes).reward.flatten(1)
        self._words = ""

    def setup(self, figure: Figure) -> Sequence[Artist]:
        rows = figure.add_gridspec(2, 1, height_ratios=(2.7, 3.4))
        above, below = rows[0].subgridspec(1, 2), rows[1].subgridspec(1, 3)
        self.curve, self.within = (figure.add_subplot(place) for place in above)
        maps = [figure.add_subplot(place) for place in below]
        self.exact = belief_map(maps[0], self.family, "What can be known, in %")
        self.own = belief_map(maps[1], self.family, "What it believes, in %")
        self.policy = PolicyMap(maps[2], self.family, "What it would do next")
        self.mosaic = Mosaic(maps[1], self.family.size)
        self.instead = maps[1].text(0.5, 0.5, "", transform=maps[1].transAxes, ha="center", va="center", fontsize=10, color=GREY)
        return [*self._set_up_curves(), self.instead, self.mosaic.cells, *self.exact.artists(), *self.own.artists(), *self.policy.artists()]

    def _set_up_curves(self) -> list[Artist]:
        self.curve.set(title="A whole trial, over training", xlabel=self.unit, ylabel="return of a trial")
        self.within.set(title=f"This trial (grey: {BAYES})", xlabel="steps of the trial", ylabel="return so far")
        self.within.set_xticks(range(0, self.steps + 1, self.family.horizon))
        self.curve.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        self.heights = Yardsticks(self.curve)
        self.line = self.curve.plot([], [], linewidth=2, marker="o", markersize=3)[0]
        self.cursor, self.here = self.curve.plot([], [], color=INK, linewidth=1)[0], self.curve.plot([], [], "o", color=INK, ms=7)[0]
        self.best_line = self.within.plot([], [], color=GREY, linewidth=1)[0]
        self.coming = self.within.plot([], [], linewidth=1.4, alpha=0.35)[0]
        self.earned = self.within.plot([], [], linewidth=2.2)[0]
        self.now = self.within.plot([], [], color=INK, linewidth=1)[0]
        low, high = -0.1 * self.steps, self.best.sum(1).max().item()
        set_limits(self.within, x=(0, self.steps), y=(low - 1, high + 2))
        return [self.line, self.cursor, self.here, self.best_line, self.coming, self.earned, self.now]

    def update(self, at: Replayed) -> None:
        reel, task, t = at.reel(), at.task, at.step
        colour = looks(at.names)[at.learner]["color"]
        self._draw_training(at, colour)
        self._draw_trial(reel, task, t, colour)
        goal, episode = int(self.family.goal_cells[task]), max(t - 1, 0) // self.family.horizon
        path = self._path(reel, task, t, episode)
        self.exact.show(path, goal, reel.exact[task, t])
        self._draw_own(reel, at.agent, task, t, path, goal)
        for drawn in (self.exact, self.own):
            drawn.path.set_color(colour)
            drawn.paid.set_color(colour)
        over = t == self.steps
        chances = None if over or reel.policy is None else reel.policy[task, t]
        cell = None if over else int(reel.trial.observation[task].flatten()[t])
        self.policy.show(chances, cell, goal, "The trial is over." if over else "It does not say.")
        self._words = self._describe(at, reel, task, t, episode, goal)

    def _draw_training(self, at: Replayed, colour: str) -> None:
        x, y = at.curve()
        y = y.sum(-1)
        self.line.set_data(x, y)
        self.line.set_color(colour)
        every = [*self.totals.values(), *y] or [0.0, 1.0]
        last = max(at.checkpoints[-1].iteration, 1)
        set_limits(self.curve, x=(-0.02 * last, 1.02 * last), y=grow(min(every), max(every)))
        self.heights.set(self.totals)
        now = at.checkpoint.iteration
        self.cursor.set_data([now, now], self.curve.get_ylim())
        self.here.set_data([now][: now in x], y[x == now])

    def _draw_trial(self, reel: GridReel, task: int, t: int, colour: str) -> None:
        earned, best = (np.concatenate([[0.0], np.cumsum(r.numpy())]) for r in (reel.trial.reward[task].flatten(), self.best[task]))
        steps = np.arange(len(earned))
        self.best_line.set_data(steps, best)
        self.earned.set_data(steps[: t + 1], earned[: t + 1])
        self.coming.set_data(steps[t:], earned[t:])
        for line in (self.earned, self.coming):
            line.set_color(colour)
        self.now.set_data([t, t], self.within.get_ylim())

    def _path(self, reel: GridReel, task: int, t: int, episode: int) -> Tensor:
        """The cells of the present episode so far; at its end, all of it."""
        return torch.cat(
            [torch.tensor([self.family.start]), reel.trial.next_observation[task, episode, : t - episode * self.family.horizon]]
        )

    def _draw_own(self, reel: GridReel, agent: Agent, task: int, t: int, path: Tensor, goal: int) -> None:
        title = "What it believes, in %" if reel.own is not None else "What it remembers" if reel.memory is not None else "What it keeps"
        if self.own.axes.get_title("left") != title:
            self.own.axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
        for artist in self.own.artists():
            artist.set_visible(reel.own is not None)
        if reel.own is not None:
            self.own.show(path, goal, reel.own[task, t])
        if reel.memory is not None:
            self.mosaic.show(reel.memory[task, t] / reel.memory[task].abs().max().clamp(min=1e-6))  # strongest: the largest of the trial
        self.mosaic.cells.set_visible(reel.memory is not None)
        self.instead.set_text("" if reel.own is not None or reel.memory is not None else keeps(agent, reel, t))

    def _describe(self, at: Replayed, reel: GridReel, task: int, t: int, episode: int, goal: int) -> str:
        judged = at.judged(at.checkpoint)
        new = (
            ""
            if judged is None
            else f": a trial returns {judged.sum():.2f} in tasks that it is not told (first episode {judged[0]:.2f}, last {judged[-1]:.2f})"
        )
        parts = [f"{at.learner} {at.when()}{new}."]
        earned = reel.trial.reward[task].flatten()
        parts.append(
            f"In this trial the goal is {place(self.family, goal)}; step {t}, in episode {episode + 1}; return so far "
            f"{earned[:t].sum():.1f}, of {earned.sum():.1f} in the whole trial ({BAYES} {self.best[task].sum():.1f})."
        )
        parts.append(belief_in_words(self.family, "Exact", reel.exact[task, t], goal))
        if reel.own is not None:
            parts.append(belief_in_words(self.family, "Its own", reel.own[task, t], goal))
        if reel.memory is not None:
            memory = reel.memory[task, t]
            parts.append(f"It remembers {len(memory)} numbers, between {memory.min():.2f} (orange) and {memory.max():.2f} (blue).")
        if t < self.steps and reel.policy is not None:
            cell = int(reel.trial.observation[task].flatten()[t])
            parts.append(f"From {place(self.family, cell)} it would most likely go next: {in_words(reel.policy[task, t, cell])}.")
        return " ".join(parts)

    def summary(self) -> str:
        return self._words


class Mosaic:
    """Numbers from -1 to 1 as a square of coloured tiles.

    Args:
        axes: where to draw.
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
    if isinstance(agent, GradientAgent):
        taken = reel.taken[min(t, len(reel.taken) - 1)]
        times = {0: "not yet adapted", 1: "adapted once"}.get(taken, f"adapted {taken} times")
        return f"It keeps no belief:\nonly its parameters,\n{times}."
    return "It acts on exactly\nwhat can be known."
