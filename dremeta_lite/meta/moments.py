"""What is kept of training to be looked at later: the agents as they were at some moments, on a tape."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Agent

LONGEST = 120
"""Moments on a tape; where there are more, every other one goes."""


class Moment(NamedTuple):
    """A moment of training."""

    iteration: int
    """How many iterations had been completed."""
    agents: Mapping[str, Agent]
    """Those who had been learned by then, by name, with parameters of their own: training goes on without changing them."""
    returns: Mapping[str, Float[Tensor, " episode"]]
    """What each episode of a trial returned under each of them when it was judged at that moment, by name; empty if it was not."""


@dataclass
class Tape:
    """The moments of a run, in the order of their iterations.

    Args:
        family: what is learned.
        episodes: of the trials that the agents are judged in.
        moments: what is on the tape.
        yardsticks: what each episode returns under agents to compare with, by name, if it is known.
        turns: how many iterations of its own a learner does in one of the run, by name; 1 if it is not named.
        device: where the agents compute.
    """

    family: TaskFamily[Any]
    episodes: int
    moments: list[Moment] = field(default_factory=list)
    yardsticks: Mapping[str, Float[Tensor, " episode"]] = field(default_factory=dict)
    turns: Mapping[str, int] = field(default_factory=dict)
    device: torch.device | str = "cpu"

    def keep(self, moment: Moment) -> None:
        """Add a moment, in the place of any that is not earlier: whoever goes back rewrites what came after. Long tapes are thinned out.

        The list of moments is replaced and never changed, so that another thread can read the one that it has got.
        """
        moments = [*self.before(moment.iteration), moment]
        if len(moments) > LONGEST:  # the first and the last stay
            moments = [*moments[:-1:2], moment]
        self.moments = moments

    def rewind(self, iteration: int) -> None:
        """Drop the moments after an iteration."""
        self.moments = self.before(iteration + 1)

    def before(self, iteration: int) -> list[Moment]:
        """The moments before an iteration."""
        return [moment for moment in self.moments if moment.iteration < iteration]

    def names(self) -> Sequence[str]:
        """Of those who learn."""
        return list(self.moments[0].agents) if self.moments else []
