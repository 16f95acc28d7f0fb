"""A commander that keeps all colours that the medic can still wear: it tests, and then it knows."""

import torch
from jaxtyping import Bool
from torch import Tensor

from dremeta_lite.tasks.skirmish import ENEMIES, Skirmish, SkirmishTask
from dremeta_lite.trials import Agent, Seen


class Commander(Agent):
    """Fires at one who can still be the medic until only one can, and from then on plays as one who is told.

    A colour is ruled out when the rules, with a medic of that colour, lead to something else than what was seen: a wound that closed, or
    one that did not, or a shot too few.

    Attributes:
        possible: which colours the medic can still wear [task, colour].
    """

    def __init__(self, family: Skirmish) -> None:
        self.family = family

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.possible: Bool[Tensor, "n colour"] = torch.ones(n, ENEMIES, dtype=torch.bool, device="cpu")

    def act(self, observation: Tensor) -> Tensor:
        """The order of `Skirmish.best_action`, as if the medic wore the first of the possible colours."""
        wearer = self.possible.int().argmax(-1)
        return self.family.best_action(observation, SkirmishTask(torch.eye(ENEMIES, device=observation.device)[wearer]))

    def see(self, step: Seen) -> None:
        every = SkirmishTask(torch.eye(ENEMIES, device=step.reward.device)[:, None])
        state, action = (x.expand(ENEMIES, *x.shape) for x in (self.family.state_of(step.observation), step.action))
        then = self.family.observation(self.family.transition(state, action, None, every))  # [colour, n, number]
        agrees = ((then - step.next_observation).abs().amax(-1) < 1e-3).T
        found = self.possible.to(agrees.device) & (agrees | ~step.counts[:, None])
        self.possible = torch.where(found.any(-1, keepdim=True), found, self.possible.to(found.device))
