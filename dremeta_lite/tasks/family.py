"""The base of every family of tasks: a Gymnasium `FuncEnv` in torch, whose `params` is the task.

A family is a set of pure functions. All of them broadcast over leading axes, so that one call moves one agent or four hundred:

    s' = transition(s, a, rng, task)        r = reward(s, a, s', rng, task)        ended = terminal(s', rng, task)

and `sample_tasks(n, rng)` draws n tasks from p(T). This file is the only one that imports Gymnasium's experimental module.
"""

import math
from abc import abstractmethod
from typing import Any, TypeVar

import torch
from gymnasium.experimental.functional import FuncEnv
from gymnasium.spaces import Box, Discrete, Space
from jaxtyping import Bool, Float
from torch import Tensor

Task = TypeVar("Task", bound=tuple[Tensor, ...])  # a NamedTuple of tensors


class TaskFamily(FuncEnv[Tensor, Tensor, Tensor, Tensor, Tensor, Any, Task]):
    """A distribution over tasks p(T) that share states, actions and a horizon.

    A task is a `NamedTuple` of tensors. A batch of tasks is the same tuple with a leading axis, `task`, in every tensor.

    Attributes:
        name: what files and plots call the family.
        observation_space, action_space: Gymnasium spaces; boxes have finite bounds.
        horizon: steps after which an episode is truncated.
        episodes: how many episodes a trial has: how often an agent may try one task before the next one comes.
        held_out_seed: draws the fixed tasks of every evaluation. Chosen on Navigation2D so that the first 100 are neither harder nor easier
            than the family: the returns of standing still agree (-38.2 there, -38.3 over all of p(T)).
    """

    name: str
    observation_space: Space[Any]
    action_space: Space[Any]
    horizon: int
    episodes = 1
    default_params: Task
    held_out_seed = 38

    @abstractmethod
    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> Task:
        """Draw `n` tasks from p(T); every tensor of the result has shape [task, …] and lies on `device`."""

    def held_out_tasks(self, n: int = 100, device: torch.device | str = "cpu") -> Task:
        """The first `n` of the fixed tasks of every judgement, drawn with a seed of their own: the same ones on every machine.

        Where p(T) is continuous, training never meets one of them. Where there are only so many tasks (the 21 goals of HiddenGoal, the free
        cells of GridWorld), training meets each of them; what is kept from the agent then is which of them it is in.
        """
        rng = torch.Generator()
        rng.manual_seed(self.held_out_seed)
        return self.sample_tasks(n, rng, device)

    @abstractmethod
    def initial(self, rng: torch.Generator, params: Task | None = None) -> Float[Tensor, "*batch state"]:
        """The state in which an episode starts."""

    @abstractmethod
    def transition(
        self, state: Float[Tensor, "*batch state"], action: Float[Tensor, "*batch action"], rng: Any, params: Task | None = None
    ) -> Float[Tensor, "*batch state"]:
        """The transition model s' = f(s, a), literally."""

    @abstractmethod
    def reward(
        self,
        state: Float[Tensor, "*batch state"],
        action: Float[Tensor, "*batch action"],
        next_state: Float[Tensor, "*batch state"],
        rng: Any,
        params: Task | None = None,
    ) -> Float[Tensor, "*batch"]:
        """The reward for one transition."""

    @abstractmethod
    def terminal(self, state: Float[Tensor, "*batch state"], rng: Any, params: Task | None = None) -> Bool[Tensor, "*batch"]:
        """Whether the task itself ends in this state (terminated, as opposed to truncated by the horizon)."""

    def observation(self, state: Float[Tensor, "*batch state"], rng: Any, params: Task | None = None) -> Float[Tensor, "*batch obs"]:
        """What the agent sees of the state: all of it, unless a family hides something."""
        return state

    def features(self, observation: Tensor) -> Float[Tensor, "*batch features"]:
        """An observation as `observation_size` numbers for a network: a discrete one as a one-hot vector, an array laid flat."""
        if isinstance(self.observation_space, Discrete):
            return torch.nn.functional.one_hot(observation, self.observation_size).to(torch.get_default_dtype())
        return observation.flatten(-len(self.observation_space.shape or ()))

    @property
    def observation_size(self) -> int:
        """How many numbers an observation has; for a discrete space, how many observations there are."""
        return size(self.observation_space)

    @property
    def action_size(self) -> int:
        """How many numbers an action has; for a discrete space, how many actions there are."""
        return size(self.action_space)


def size(space: Space[Any]) -> int:
    """The width of a network's layer for this space: the numbers of a box, or one number a choice.

    Raises:
        TypeError: the space is neither a box nor discrete.
    """
    if isinstance(space, Discrete):
        return int(space.n)
    if isinstance(space, Box):
        return math.prod(space.shape)
    raise TypeError(f"the course's families have Box or Discrete spaces, not {space!r}")


def with_axes(task: Task, axes: int) -> Task:
    """Insert `axes` axes of length 1 behind the task axis, so that tasks broadcast against [task, trajectory, time, …]."""
    return type(task)(*(x[(slice(None), *[None] * axes)] for x in task))


def task_on(family: TaskFamily, task: Any, device: torch.device | str) -> Any:
    """The task, or the family's default one if None, with its tensors on a device."""
    task = family.default_params if task is None else task
    return type(task)(*(x.to(device) for x in task))


def crowd_of(task: Task, players: int) -> Task:
    """One task, once a player."""
    return type(task)(*(x.expand(players, *x.shape) for x in task))


def pick(task: Task, index: Any) -> Task:
    """The tasks at `index` (an integer, a slice or a tensor) of a batch of tasks."""
    return type(task)(*(x[index] for x in task))
