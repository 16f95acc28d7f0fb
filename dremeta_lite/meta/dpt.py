"""Two learners that imitate in context. They have the network and the agent of RL², and another objective.

    RL²                      E[ log π(a | h, s) Â ]            do again what paid
    DPT                      E[ log π(a* | h, s) ]             say what one who is told the task would do: a* = its best action in s
    algorithm distillation   E[ log π(a | h, s) ]              say what the source does next, in the history of its learning

A history says nothing of the task but what is seen in it. So the minimum of DPT's loss is π(a | h, s) = p(a* = a | h, s), and an agent
that draws from it does posterior sampling, afresh in each step. DPT trains here on what it plays itself.

Sources: Lee et al. 2023, "Supervised pretraining can learn in-context reinforcement learning" (arXiv 2306.14892), the decision-pretrained
transformer; Laskin et al. 2023, "In-context reinforcement learning with algorithm distillation" (arXiv 2210.14215).
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compatibility import need
from dremeta_lite.inner.q_player import QPlayer
from dremeta_lite.learner import generator
from dremeta_lite.meta.rl2 import RL2, by_step
from dremeta_lite.meta.trial_learner import mean_over
from dremeta_lite.networks import Params
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Agent, Trial, play_trial

LOOKED_AT, EVERY = 21, 10
"""Trials that a distilled agent plays, only to be looked at, and after how many iterations it does so again."""


class Imitator(RL2):
    """What both have in common: a transformer, unless another core is asked for, and the likelihood of the actions that are imitated.
    Raises ValueError: a core with eyes, behind which the teacher would not see what is there."""

    def __init__(self, family: TaskFamily, seed: int = 0, device: torch.device | str = "cpu", core: str = "transformer", **options: Any):
        need(core in ("transformer", "gru"), type(self).__name__, "a transformer or a GRU without eyes", family, f"core={core!r} here")
        super().__init__(family, seed, device, core=core, **options)

    def likelihood(self, theta: Params, trial: Trial, memory: Tensor, action: Tensor) -> dict[str, Tensor]:
        """The mean log-likelihood of actions, which is maximised, and what is left to be surprised at."""
        situation = self.network.situation(memory, trial.observation)
        gain = mean_over(self.network.actor.log_prob(theta, situation, action), trial.mask)
        return {"objective": gain, "surprise": -gain}


class DPT(Imitator):
    """The decision-pretrained transformer. Arguments as `RL2` has them; `core="gru"` makes it one without a transformer.

    Raises:
        ValueError: the family cannot say what is best in a state (`best_action`).
    """

    def __init__(self, family: TaskFamily, seed: int = 0, device: torch.device | str = "cpu", core: str = "transformer", **options: Any):
        need(hasattr(family, "best_action"), "DPT", "a family that can say what is best (best_action)", family, "none")
        super().__init__(family, seed, device, core, **options)

    def objective(self, theta: Params, tasks: Any, trial: Trial, memory: Float[Tensor, "task episode time memory"]) -> dict[str, Tensor]:
        best: Any = self.family
        return self.likelihood(theta, trial, memory, best.best_action(trial.observation, by_step(self.family, tasks)))


class Distilled(Imitator):
    """Algorithm distillation. Other arguments as `RL2` has them.

    Args:
        histories: how a source learned, each row in a task of its own, as `learning_histories` gives them.

    Raises:
        ValueError: there are no histories, or they are of another horizon than the family's.
    """

    def __init__(
        self, family: TaskFamily, seed: int = 0, device: torch.device | str = "cpu", histories: Trial | None = None, **options: Any
    ) -> None:
        if histories is None or histories.mask.shape[2] != family.horizon:
            given = "none" if histories is None else f"episodes of {histories.mask.shape[2]} steps"
            raise ValueError(f"histories must be trials of {family.name}, of {family.horizon} steps an episode, got {given}")
        self.histories, self.looks = Trial(*(x.to(device) for x in histories)), dict[str, float]()
        super().__init__(family, seed, device, episodes=histories.mask.shape[1], **options)

    def play(self, theta: Params, tasks: Any) -> tuple[Trial, Float[Tensor, "task episode time memory"]]:
        """Nothing is played: histories are drawn, as many as there are tasks."""
        rows = torch.randint(len(self.histories.mask), (len(tasks[0]),), generator=self.rng, device=self.rng.device).to(self.device)
        drawn, self.met = Trial(*(x[rows] for x in self.histories)), tasks
        return drawn, self.network.memories(theta, drawn)

    def objective(self, theta: Params, tasks: Any, trial: Trial, memory: Float[Tensor, "task episode time memory"]) -> dict[str, Tensor]:
        return self.likelihood(theta, trial, memory, trial.action)

    def returned(self, trial: Trial) -> dict[str, float]:
        """What the agent returned by itself when it was last looked at, in a few trials."""
        if not self.looks or self.iteration % EVERY == 0:
            rng = generator(self.iteration)  # so that looking does not change what is learned
            tasks = self.family.sample_tasks(LOOKED_AT, rng, self.device)
            self.looks = super().returned(play_trial(self.family, tasks, self.agent(), rng, self.episodes))
        return self.looks


def learning_histories(
    family: TaskFamily, tasks: Any, rng: torch.Generator, episodes: int = 60, kept: int = 10, source: Agent | None = None
) -> Trial:
    """How a source learns, in each task once. Of its episodes so many are kept, from the first to the last, evenly spread.

    Args:
        source: tabular Q-learning if None, which explores in the first 70 % of the episodes.

    Raises:
        ValueError: more episodes are to be kept than there are, or none.
    """
    if not 1 <= kept <= episodes:
        raise ValueError(f"of {episodes} episodes 1 to {episodes} can be kept, got kept={kept}")
    source = QPlayer(family, max(1, round(0.7 * episodes))) if source is None else source
    played = play_trial(family, tasks, source, rng, episodes)
    keep = torch.linspace(0, episodes - 1, kept, device=played.mask.device).round().long()
    return Trial(*(x[:, keep] for x in played))
