"""Attention that follows the run: which steps of a trial on the hidden goal each step looks at, by layer and head; and what is left of the
return when a head is cut out."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compare.scores import play_agents
from dremeta_lite.hyper import HyperParameters, Switch, Whole
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.parts import Artist, Axes, Heat, Row
from dremeta_lite.lab.style import AMBER, GREY, INK
from dremeta_lite.lab.views.hidden_goal import HiddenGoalMap, path_until
from dremeta_lite.learner import generator
from dremeta_lite.meta.context_network import ContextNetwork
from dremeta_lite.meta.rl2_network import RL2Agent
from dremeta_lite.networks import Params
from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.trials import Trial, play_trial

SHOWN_SEED, STRONGEST = 3, 0.3


class AttentionMap(Heat):
    """A head's map: a row is a step of the trial, and what it attends to. A click chooses a row. Amber ticks: paid steps. Grey
    lines: the ends of episodes.

    Args:
        steps: of a trial.
        horizon: of an episode.
    """

    def __init__(self, steps: int, horizon: int) -> None:
        self.horizon, self.paid = horizon, np.zeros(0, int)
        ends = [horizon * (episode + 1) for episode in range(steps // horizon)]
        labels: Any = {"xlabel": "step looked at", "ylabel": "step that looks", "title": "What each step attends to"}
        labels |= {"xticks": [end - 1 for end in ends], "xticklabels": ends, "yticks": [end - 1 for end in ends], "yticklabels": ends}
        super().__init__(steps, steps, limits=(0, STRONGEST), form="", bar="attention (0.3 and above alike)", **labels)

    def setup(self, axes: Axes) -> list[Artist]:
        looks: Any = {"row": {"color": INK, "linewidth": 1.0}, "paid": {"color": AMBER, "marker": "|", "ls": "", "ms": 7, "mew": 2.5}}
        moving = super().setup(axes)
        ends = range(self.horizon, self.rows, self.horizon)  # of episodes: drawn again over each new map
        borders = [draw(end - 0.5, color=GREY, linewidth=0.8) for end in ends for draw in (axes.axhline, axes.axvline)]
        return [*moving, *borders, *self.lines(axes, looks)]

    def mark(self, step: int) -> None:
        """Frame the row of a step, from 0."""
        box = np.array([(-0.5, step - 0.5), (self.columns - 0.5, step - 0.5), (self.columns - 0.5, step + 0.5), (-0.5, step + 0.5)])
        self.drawn["row"].set_data(*box[[0, 1, 2, 3, 0]].T)
        self.drawn["paid"].set_data(self.paid, np.full(len(self.paid), 0.2))

    def clicked(self, x: float, y: float) -> None:
        """Choose the step of a row."""
        if 0 <= round(y) < self.rows:
            self.move({"step": round(y) + 1})


class AttentionView(Row):
    """Left: the map of a head. Right: the grid, each cell shaded by how much the chosen step attends to the steps that led there.

    Args:
        hyper: `step`, `layer`, `head`, from 1; `cut`: the head is cut out.
        network, theta: the transformer that plays, on the hidden goal.
        goal: the cell of the goal.
    """

    def __init__(self, hyper: Any, network: ContextNetwork, theta: Params, goal: int) -> None:
        assert isinstance(network.family, HiddenGoal)
        self.hyper, self.network, self.theta, self.family = hyper, network, theta, network.family
        self.task = HiddenGoalTask(torch.tensor([goal]))
        self.everywhere = HiddenGoalTask(self.family.goal_cells.repeat(10))
        self.made: dict[tuple[int, int] | None, tuple[Trial, Float[Tensor, "layer head query key"], float]] = {}
        self.heat = AttentionMap(network.episodes * self.family.horizon, self.family.horizon)
        self.map = HiddenGoalMap(self.family, "Where those steps led", numbers=True)
        super().__init__(self.heat, self.map, widths=(1.25, 1), size=(9.6, 4.4))

    def played(self, cut: tuple[int, int] | None) -> tuple[Trial, Float[Tensor, "layer head query key"], float]:
        """A trial without a head, its maps, and what a trial returns over all goals."""
        if cut not in self.made:
            theta = self.theta if cut is None else self.network.transformer.without(self.theta, *cut)
            agent, episodes = RL2Agent(self.network, theta), self.network.episodes
            trial = play_trial(self.family, self.task, agent, generator(SHOWN_SEED), episodes)
            worth = play_agents(self.family, {"it": agent}, self.everywhere, episodes)["it"].sum().item()
            self.made[cut] = trial, self.network.attention(theta, trial)[:, 0], worth
        return self.made[cut]

    def update(self, now: Any = None) -> None:
        h, horizon = self.hyper, self.family.horizon
        layer, head, step = h.layer - 1, h.head - 1, h.step - 1
        trial, maps, worth = self.played((layer, head) if h.cut else None)
        row, paid = maps[layer, head, step], (trial.reward[0] > 0).flatten()
        self.heat.paid = paid.nonzero().flatten().numpy()
        self.heat.show(maps[layer, head])
        self.heat.mark(step)
        cells = trial.next_observation[0].flatten()
        shade = torch.zeros(self.family.n_cells).index_add_(0, cells, row)
        self.map.show(path_until(self.family, trial.next_observation[0], h.step), int(self.task.goal[0]), shade)
        most = int(row.argmax())
        where = "; a trial without this head" if h.cut else "; a trial"
        self._words = (
            f"Layer {h.layer}, head {h.head}, at step {step % horizon + 1} of episode {step // horizon + 1}: it attends most to step "
            f"{most % horizon + 1} of episode {most // horizon + 1} ({row[most]:.0%}), which was {'paid' if paid[most] else 'not paid'}; "
            f"{row[paid].sum():.0%} of its attention is on paid steps{where} returns {worth:.1f} over all goals"
            + (f", and {self.played(None)[2]:.1f} with it." if h.cut else ".")
        )


class AttentionExplorer(Explorer):
    """The attention of a trained transformer, with sliders for step, layer and head, and a switch that cuts the head out.

    Args:
        learner: RL² or what is made like it, with a transformer, on the hidden goal.
        goal: the cell of the goal in the trial that is shown.
        at: step, layer and head to begin with, from 1.
        panel: tells this panel from others on the page.
    """

    def __init__(self, learner: Any, goal: int, at: tuple[int, int, int] = (1, 1, 1), panel: str = "attention") -> None:
        network, most = learner.network, {"low": 1, "unit": ""}
        sliders = {
            "step": Whole(1, high=network.episodes * network.family.horizon, help="the step that looks; or click a row of the map", **most),
            "layer": Whole(1, high=network.transformer.layers, help="of the transformer, from below", **most),
            "head": Whole(1, high=network.transformer.heads, help="of that layer", **most),
            "cut": Switch(False, help="on: what this head finds is thrown away, and the trial is played again without it"),
        }
        kind: Any = type("AttentionHyper", (HyperParameters,), sliders)
        hyper = kind(**dict(zip(("step", "layer", "head"), at, strict=True)))
        super().__init__(panel, hyper, AttentionView(hyper, network, learner.parameters(), goal), list(sliders))
