"""What agents get out of trials: a number for each episode, the same draws for everyone who is compared."""

from collections.abc import Callable, Mapping
from typing import Any

from jaxtyping import Float
from torch import Tensor

from dremeta_lite.learner import generator
from dremeta_lite.tasks import BanditTask, TaskFamily
from dremeta_lite.trials import Agent, Trial, play_trial

PLAYING_SEED = 7
"""Of the draws in trials that agents are compared in."""

Score = Callable[[Trial, Any], Float[Tensor, "task episode"]]
"""From a batch of trials and their tasks: a number for each episode."""


def earned(trial: Trial, tasks: Any) -> Float[Tensor, "task episode"]:
    """The return of each episode."""
    return trial.returns()


def chances(trial: Trial, tasks: BanditTask) -> Float[Tensor, "task episode"]:
    """The probability of the arm that was pulled: what each pull is worth on average, without the luck of the draw."""
    return tasks.probability.gather(-1, trial.action[..., 0])


def play_agents(
    family: TaskFamily,
    agents: Mapping[str, Agent],
    tasks: Any,
    episodes: int | None = None,
    score: Score = earned,
    seed: int = PLAYING_SEED,
) -> dict[str, Float[Tensor, " episode"]]:
    """What each episode of a trial returns under each agent, by name, in the mean over a batch of tasks: yardsticks, and comparisons."""
    return {name: score(play_trial(family, tasks, agent, generator(seed), episodes), tasks).mean(0).cpu() for name, agent in agents.items()}
