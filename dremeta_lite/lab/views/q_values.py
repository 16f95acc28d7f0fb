"""Values of actions as they are learned: the table on the map, and what a network believes.

QTableView(family)                                               tabular Q-learning, beside value iteration
LearningCurveView(TiltSide(), cart_yardsticks(family), …)        DQN on CartPole: Q over the tilt of the pole
LearningCurveView(PixelSide(family), pixel_yardsticks(family), …)  DQN from images: Q of every cell of the map
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dremeta_lite.inner.q_learning import agreement, best_return, random_return
from dremeta_lite.lab.looks import DASHED, NOW, Look
from dremeta_lite.lab.parts import ABOVE, BELOW, Column, Curves, History, Line, Row, grow, set_limits
from dremeta_lite.lab.style import BLUE, GREEN, ORANGE, SKY
from dremeta_lite.lab.views.grid import GridMap
from dremeta_lite.tasks import CartPole, GridTask, GridWorld
from dremeta_lite.titles import OPTIMAL, RANDOM
from dremeta_lite.world.tabular import terminal_states, value_iteration


def pixel_yardsticks(family: GridWorld, tasks: GridTask | None = None) -> dict[str, float]:
    """Exact mean returns over a batch of tasks: of random actions, and of the best policy (the default task if None)."""
    if tasks is None:
        tasks = GridTask(*(x[None] for x in family.default_params))
    P, R = family.transition_matrix(tasks), family.reward_matrix(tasks)
    both = {RANDOM: random_return, OPTIMAL: best_return}
    return {name: worth(P, R, family.horizon, family.start).mean().item() for name, worth in both.items()}


class QTableView(Row):
    """Left: the table of one agent on the map; each cell has four triangles, one an action. Right: return and error over iterations.

    Args:
        lowest: the lower end of the axis of returns, if the curve stays above it.
    """

    def __init__(self, family: GridWorld, title: str = "Q of agent 1, and its best actions", lowest: float = -2.5) -> None:
        @cache
        def heights(goal: int, slip: float, cells: bytes) -> Mapping[str, float]:
            return pixel_yardsticks(family, GridTask(torch.tensor([goal]), torch.tensor([slip])))

        ends = [Line(f"greedy_return_{end}", {"color": SKY, "linewidth": 0.9}) for end in ("low", "high")]
        yardsticks = lambda learner: heights(int(learner.goal), learner.hyper.slip, family.cells.tobytes())  # noqa: E731
        words = (
            "the greedy policies return {greedy_return:.2f} on average, from {greedy_return_low:.2f} to {greedy_return_high:.2f}; "
            "while exploring, the agents got {return:.2f}. In {agreement:.0%} of the cells the best action is right"
        )
        labels: dict[str, Any] = {"title": "Greedy return: mean and range", "xlabel": "", "ylabel": "return", "form": ".2f"}
        returns = History([Line("greedy_return", NOW), *ends], yardsticks, span=(lowest, 1.0), words=words, **labels)
        lines = [Line("error", {"color": GREEN}, "largest"), Line("mean_error", {"color": GREEN, "linestyle": DASHED}, "mean")]
        labels = {"title": "Error of Q", "ylabel": "|Q - Q*|", "where": {**ABOVE, "loc": "lower right", "bbox_to_anchor": (1.0, 0.97)}}
        words = "Error of Q: {error:.3f} at most, {mean_error:.3f} on average"
        errors = History(lines, log=(1e-2, 3.0), smallest=1e-6, words=words, counted=False, **labels)
        table = GridMap(family, title, self.one_agent, actions=True, bar=family.columns < 2 * family.rows, build=True)
        super().__init__(table, Column(returns, errors, heights=(1.25, 1)), widths=(1, 1.3), size=(9.6, 4.4))

    def one_agent(self, now: Any) -> dict[str, Any]:
        """The first agent's table, where it is, and the goal."""
        return {"values": now.learner.Q[0], "agent": int(now.learner.cells.state[0]), "goal": int(now.learner.goal)}


class TiltSide(Curves):
    """DQN on CartPole: Q of both actions over the tilt of the pole, all else at rest; and how large Q has become.
    `family`: whose bounds the axis shows."""

    def __init__(self, family: CartPole) -> None:
        self.tilt = torch.linspace(-family.tilt, family.tilt, 41)
        looks: dict[str, Look] = {"push left": {"color": ORANGE, "linestyle": DASHED}, "push right": {"color": BLUE}}
        labels: Any = {"title": "What the network believes", "xlabel": "tilt of the pole (degrees), all else 0", "ylabel": "Q(s, a)"}
        super().__init__(looks, xlim=(-12.5, 12.5), ylim=(-5.0, 110.0), where=BELOW, **labels)

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


class PixelSide(GridMap):
    """DQN from images: for every cell the agent could be in, the Q that the network reads off the picture.

    Args:
        family: the map, observed as images.
        task: whose goal is shown; the default task if None.
        discount: γ of the exact values that the best actions are compared with.
    """

    def __init__(self, family: GridWorld, task: GridTask | None = None, discount: float = 0.95) -> None:
        super().__init__(family, "Q from pixels, for one goal", actions=True)
        self.task = family.default_params if task is None else task
        P, R = family.transition_matrix(self.task), family.reward_matrix(self.task)
        self.exact, self.playable = value_iteration(P, R, discount).Q, ~terminal_states(P, R)

    def update(self, now: Any) -> None:
        Q = all_cells(now.learner, self.family, self.task)
        self.show(Q, agent=self.family.start, goal=int(self.task.goal))
        right = agreement(Q[None], self.exact)[0, self.playable].float().mean()
        self._words = f"For the goal on the map, the best action is right in {right:.0%} of the cells."


def all_cells(learner: Any, family: GridWorld, task: GridTask) -> Tensor:
    """Q [cell, action] of a network, from the picture of every cell with the agent in it."""
    cells = torch.arange(family.n_cells)
    tasks = GridTask(*(x.cpu().expand(len(cells)) for x in task))
    return learner.values(family.observation(cells, None, tasks).to(learner.device)).cpu()
