"""What is kept of training to be looked at later: the agents as they were at some of its iterations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Agent

LONGEST = 120
"""Checkpoints that a run keeps; where there are more, every other one goes."""


class Checkpoint(NamedTuple):
    """What was learned by some iteration."""

    iteration: int
    """How many iterations had been completed."""
    agents: Mapping[str, Agent]
    """Those who had been learned by then, by name, with parameters of their own: training goes on without changing them."""
    returns: Mapping[str, Float[Tensor, " episode"]]
    """What each episode of a trial returned under each of them when it was judged at that checkpoint, by name; empty if it was not."""


@dataclass
class RecordedRun:
    """The checkpoints of a run, in the order of their iterations.

    Args:
        family: what is learned.
        episodes: of the trials that the agents are judged in.
        checkpoints: what was kept.
        yardsticks: what each episode returns under agents to compare with, by name, if it is known.
        turns: how many iterations of its own a learner does in one of the run, by name; 1 if it is not named.
        device: where the agents compute.
    """

    family: TaskFamily[Any]
    episodes: int
    checkpoints: list[Checkpoint] = field(default_factory=list)
    yardsticks: Mapping[str, Float[Tensor, " episode"]] = field(default_factory=dict)
    turns: Mapping[str, int] = field(default_factory=dict)
    device: torch.device | str = "cpu"

    def keep(self, checkpoint: Checkpoint) -> None:
        """Add a checkpoint, in the place of any that is not earlier: whoever goes back rewrites what came after.

        The list of checkpoints is replaced and never changed, so that another thread can read the one that it has got.
        """
        checkpoints = [*self.before(checkpoint.iteration), checkpoint]
        if len(checkpoints) > LONGEST:  # the first and the last stay
            checkpoints = [*checkpoints[:-1:2], checkpoint]
        self.checkpoints = checkpoints

    def rewind(self, iteration: int) -> None:
        """Drop the checkpoints after an iteration."""
        self.checkpoints = self.before(iteration + 1)

    def before(self, iteration: int) -> list[Checkpoint]:
        """The checkpoints before an iteration."""
        return [checkpoint for checkpoint in self.checkpoints if checkpoint.iteration < iteration]

    def names(self) -> Sequence[str]:
        """Of those who learn."""
        return list(self.checkpoints[0].agents) if self.checkpoints else []
