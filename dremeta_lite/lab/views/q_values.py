"""Values of actions as they are learned: the table on the map, and what a network believes.

QTableView(family)                                               tabular Q-learning, beside value iteration
LearningCurveView(TiltSide(), cart_yardsticks(family), …)        DQN on CartPole: Q over the tilt of the pole
LearningCurveView(PixelSide(family), pixel_yardsticks(family), …)  DQN from images: Q of every cell of the map
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from dremeta_lite.inner.q_learning import agreement, best_return, random_return
from dremeta_lite.lab.looks import DASHED
from dremeta_lite.lab.parts import Curves, Part
from dremeta_lite.lab.parts.background import ChangeMarks, Yardsticks, grow, set_limits
from dremeta_lite.lab.parts.layout import BELOW
from dremeta_lite.lab.style import BLUE, GREEN, ORANGE, SKY
from dremeta_lite.lab.views.grid import GridMap
from dremeta_lite.tasks.cartpole import CartPole
from dremeta_lite.tasks.grid import GridTask, GridWorld
from dremeta_lite.titles import OPTIMAL, RANDOM
from dremeta_lite.world.tabular import terminal_states, value_iteration

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Runner


def pixel_yardsticks(family: GridWorld, tasks: GridTask | None = None) -> dict[str, float]:
    """Exact mean returns over a batch of tasks: of random actions, and of the best policy (the default task if None)."""
    if tasks is None:
        tasks = GridTask(*(x[None] for x in family.default_params))
    P, R = family.transition_matrix(tasks), family.reward_matrix(tasks)
    both = {RANDOM: random_return, OPTIMAL: best_return}
    return {name: worth(P, R, family.horizon, family.start).mean().item() for name, worth in both.items()}


class QTableView:
    """Left: the table of one agent on the map; each cell has four triangles, one an action. Right: return and error over iterations.

    Args:
        family: the map.
        title: over it.
        lowest: the lower end of the axis of returns, if the curve stays above it.
    """

    size = (9.6, 4.4)

    def __init__(self, family: GridWorld, title: str = "Q of agent 1, and its best actions", lowest: float = -2.5) -> None:
        self.family, self.title, self.lowest = family, title, lowest
        self._key: object = None
        self._words = "Nothing has been learned yet."

    def setup(self, figure: Figure) -> Sequence[Artist]:
        grid = figure.add_gridspec(2, 2, width_ratios=(1.25, 1), height_ratios=(1.25, 1))
        self.map = GridMap(
            figure.add_subplot(grid[:, 0]), self.family, self.title, actions=True, bar=self.family.columns < 2 * self.family.rows
        )
        self.curve, self.errors = figure.add_subplot(grid[0, 1]), figure.add_subplot(grid[1, 1])
        self.curve.set(title="Greedy return: mean and range", ylabel="return")
        self.errors.set(title="Error of Q", xlabel="iteration", ylabel="|Q - Q*|", yscale="log")
        set_limits(self.errors, x=(0.0, 42.0), y=(1e-2, 3.0))
        looks = {"greedy_return": (BLUE, 2.2), "greedy_return_low": (SKY, 0.9), "greedy_return_high": (SKY, 0.9)}
        self.lines = {name: self.curve.plot([], [], color=colour, linewidth=width)[0] for name, (colour, width) in looks.items()}
        dashes = {"error": "-", "mean_error": (0, (4, 2))}
        self.error = {name: self.errors.plot([], [], color=GREEN, linestyle=dash, linewidth=2)[0] for name, dash in dashes.items()}
        keys = [self.errors.plot([], [], color=GREEN, linestyle=dash)[0] for dash in dashes.values()]
        self.errors.legend(keys, ["largest", "mean"], loc="lower right", bbox_to_anchor=(1.0, 0.97), ncols=2, borderaxespad=0)
        self.yardsticks, self.marks = Yardsticks(self.curve), ChangeMarks(self.curve)
        return [*self.map.artists(), *self.lines.values(), *self.error.values()]

    def update(self, runner: "Runner") -> None:
        learner: Any = runner.learner
        history = runner.history
        n = len(history)
        time = np.arange(1, n + 1)
        self.map.show(learner.Q[0], agent=int(learner.stream.state[0]), goal=int(learner.goal))
        for name, line in self.lines.items():
            line.set_data(time, [row[name] for row in history])
        for name, line in self.error.items():
            line.set_data(time, [max(row[name], 1e-6) for row in history])
        self._set_limits(history)
        self.yardsticks.set(self._heights(learner))
        self.marks.set(runner.changes)
        self._words = self._describe(history)

    def _set_limits(self, history: Sequence[Mapping[str, float]]) -> None:
        n = len(history)
        x = grow(0, max(n, 40), self.curve.get_xlim() if n > 1 else None)
        lowest = min([self.lowest, *(row["greedy_return_low"] for row in history)])
        set_limits(self.curve, x=x, y=grow(lowest, 1, self.curve.get_ylim() if n > 1 else None))
        smallest = min([1e-2, *(max(row["mean_error"], 1e-6) for row in history)])
        largest = max([3.0, *(row["error"] for row in history)])
        set_limits(self.errors, x=x, y=(10.0 ** np.floor(np.log10(smallest)), 3.0 if largest <= 3 else 10.0 ** np.ceil(np.log10(largest))))

    def _heights(self, learner: Any) -> dict[str, float]:
        """Of the present task: moving its slip moves the yardsticks."""
        if self._key != learner.hyper.slip:
            self._key, self._known = learner.hyper.slip, pixel_yardsticks(self.family, GridTask(*(x[None] for x in learner.task())))
        return self._known

    def _describe(self, history: Sequence[Mapping[str, float]]) -> str:
        compare = ", ".join(f"{name} {height:.2f}" for name, height in self._known.items())
        if not history:
            return f"Nothing has been learned yet. To compare: {compare}."
        last = history[-1]
        return (
            f"Iteration {len(history)}: the greedy policies return {last['greedy_return']:.2f} on average, from "
            f"{last['greedy_return_low']:.2f} to {last['greedy_return_high']:.2f}; while exploring, the agents got {last['return']:.2f}. "
            f"Error of Q: {last['error']:.3f} at most, "
            f"{last['mean_error']:.3f} on average. In {last['agreement']:.0%} of the cells the best action is right. "
            f"To compare: {compare}."
        )

    def summary(self) -> str:
        return self._words


class TiltSide(Curves):
    """DQN on CartPole: Q of both actions over the tilt of the pole, all else at rest; and how large Q has become.

    Args:
        family: whose bounds the axis shows.
    """

    def __init__(self, family: CartPole) -> None:
        self.tilt = torch.linspace(-family.tilt, family.tilt, 41)
        self._words = ""
        super().__init__(
            {"push left": {"color": ORANGE, "linestyle": DASHED}, "push right": {"color": BLUE}},
            xlim=(-12.5, 12.5),
            ylim=(-5.0, 110.0),
            where={**BELOW, "bbox_to_anchor": (0.5, -0.17)},
            title="What the network believes",
            xlabel="tilt of the pole (degrees), all else 0",
            ylabel="Q(s, a)",
        )

    def update(self, now: Any) -> None:
        learner = now.learner
        states = torch.zeros(len(self.tilt), 4)
        states[:, 2] = self.tilt
        Q = learner.values(states.to(learner.device)).cpu()
        set_limits(self.axes, y=grow(Q.min().item(), Q.max().item(), self.axes.get_ylim()))
        most = 1 / (1 - learner.hyper.discount)  # a reward of 1 in every step, for ever
        self.show(dict(zip(self.drawn, Q.T.numpy(), strict=True)), {"1/(1-γ)": most}, np.degrees(self.tilt.numpy()))
        left, right = (Q[i, 1] - Q[i, 0] for i in (10, 30))  # 6° to the left and to the right
        self._words = (
            f"With the pole upright and at rest Q is {Q[20].max():.1f}, and it can be at most 1/(1-γ) = {most:.0f}. Q(push right) minus "
            f"Q(push left) is {left:+.2f} with the pole tilted by 6° to the left, and {right:+.2f} by 6° to the right."
        )

    def words(self) -> str:
        return self._words


class PixelSide(Part):
    """DQN from images: for every cell the agent could be in, the Q that the network reads off the picture.

    Args:
        family: the map, observed as images.
        task: whose goal is shown; the default task if None.
        discount: γ of the exact values that the best actions are compared with.
    """

    def __init__(self, family: GridWorld, task: GridTask | None = None, discount: float = 0.95) -> None:
        self.family, self.task, self._words = family, family.default_params if task is None else task, ""
        P, R = family.transition_matrix(self.task), family.reward_matrix(self.task)
        self.exact, self.playable = value_iteration(P, R, discount).Q, ~terminal_states(P, R)

    def setup(self, axes: Axes) -> list[Artist]:
        self.axes, self.drawn = axes, {}
        self.map = GridMap(axes, self.family, "Q from pixels, for one goal", actions=True)
        return self.map.artists()

    def update(self, now: Any) -> None:
        Q = all_cells(now.learner, self.family, self.task)
        self.map.show(Q, agent=self.family.start, goal=int(self.task.goal))
        right = agreement(Q[None], self.exact)[0, self.playable].float().mean()
        self._words = f"For the goal on the map, the best action is right in {right:.0%} of the cells."

    def words(self) -> str:
        return self._words


def all_cells(learner: Any, family: GridWorld, task: GridTask) -> Tensor:
    """Q [cell, action] of a network, from the picture of every cell with the agent in it."""
    cells = torch.arange(family.n_cells)
    tasks = GridTask(*(x.cpu().expand(len(cells)) for x in task))
    return learner.values(family.observation(cells, None, tasks).to(learner.device)).cpu()
