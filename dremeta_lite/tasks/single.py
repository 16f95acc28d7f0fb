"""A family with one task: p(T) gives the same task whenever it is asked."""

from typing import Any

import torch
from torch import Tensor

from dremeta_lite.tasks.family import TaskFamily


class SingleTask(TaskFamily[Any]):
    """One task of a family, as a family of its own: every learner that learns from p(T) then learns this task alone.

    Args:
        family: where the task comes from; it gives states, actions, transitions and rewards.
        task: one task, tensors without a task axis.

    Raises:
        ValueError: `task` is a batch of tasks, or of another kind.
    """

    def __init__(self, family: TaskFamily[Any], task: Any) -> None:
        shapes = [tuple(x.shape) for x in family.default_params]
        if [tuple(x.shape) for x in task] != shapes:
            got = [tuple(x.shape) for x in task]
            raise ValueError(f"one task of {family.name} has shapes {shapes}, got {got}: take one of a batch with pick(tasks, 0)")
        self.inner, self.task = family, task
        self.name, self.horizon = family.name, family.horizon
        self.observation_space, self.action_space = family.observation_space, family.action_space
        super().__init__()

    def get_default_params(self, **kwargs: Any) -> Any:
        return self.task

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> Any:
        """The one task, `n` times: tensors [task, …]. Nothing is drawn."""
        return type(self.task)(*(x.to(device).expand(n, *x.shape) for x in self.task))

    def initial(self, rng: Any, params: Any = None) -> Tensor:
        return self.inner.initial(rng, params or self.task)

    def transition(self, state: Tensor, action: Tensor, rng: Any = None, params: Any = None) -> Tensor:
        return self.inner.transition(state, action, rng, params or self.task)

    def reward(self, state: Tensor, action: Tensor, next_state: Tensor, rng: Any = None, params: Any = None) -> Tensor:
        return self.inner.reward(state, action, next_state, rng, params or self.task)

    def terminal(self, state: Tensor, rng: Any = None, params: Any = None) -> Tensor:
        return self.inner.terminal(state, rng, params or self.task)

    def observation(self, state: Tensor, rng: Any = None, params: Any = None) -> Tensor:
        return self.inner.observation(state, rng, params or self.task)
