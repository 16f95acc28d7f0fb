"""Agents that learn nothing, for any family: what others are measured against, from below and from above."""

from typing import Any

import torch
from gymnasium.spaces import Discrete
from torch import Tensor

from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Agent, Seen


class Unmoved(Agent):
    """Whatever happens, it stays what it is."""

    def __init__(self, family: TaskFamily) -> None:
        self.family = family

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.n, self.rng = n, rng

    def see(self, step: Seen) -> None:
        """Nothing is learned from it."""


class RandomActions(Unmoved):
    """Every action is drawn uniformly from the action space."""

    def act(self, observation: Tensor) -> Tensor:
        space, device = self.family.action_space, observation.device
        if isinstance(space, Discrete):
            return torch.randint(self.family.action_size, (self.n,), generator=self.rng, device=self.rng.device).to(device)
        low, high = (torch.as_tensor(bound, device=device) for bound in (space.low, space.high))  # type: ignore[attr-defined]
        return low + (high - low) * torch.rand((self.n, *low.shape), generator=self.rng, device=self.rng.device).to(device)


class StandingStill(Unmoved):
    """Every action is 0: for families whose actions are movements."""

    def act(self, observation: Tensor) -> Tensor:
        return torch.zeros(self.n, self.family.action_size, device=observation.device)


class Oracle(Unmoved):
    """The oracle of a family that can say what is best in a state when the task is known (`family.best_action`).

    Raises (when it is let into tasks):
        ValueError: they are not as many as those that it was told.
    """

    def __init__(self, family: Any, tasks: Any) -> None:
        super().__init__(family)
        self.best_action, self.tasks = family.best_action, tasks

    def tell(self, tasks: Any) -> None:
        """From now on these are the tasks."""
        self.tasks = tasks

    def begin(self, n: int, rng: torch.Generator) -> None:
        if n != len(self.tasks[0]):
            raise ValueError(f"this oracle knows {len(self.tasks[0])} tasks, and is let into {n}")
        super().begin(n, rng)

    def act(self, observation: Tensor) -> Tensor:
        return self.best_action(observation, self.tasks)
