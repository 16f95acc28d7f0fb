"""The base of every family of tasks: a Gymnasium `FuncEnv` in torch, whose `params` is the task.

A family is a set of pure functions. All of them broadcast over leading axes, so that one call moves one agent or four hundred:

    s' = transition(s, a, rng, task)        r = reward(s, a, s', rng, task)        ended = terminal(s', rng, task)

and `sample_tasks(n, rng)` draws n tasks from p(T). This file is the only one that imports Gymnasium's experimental module.
"""

import inspect
import math
import numbers
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import torch
from gymnasium.experimental.functional import FuncEnv
from gymnasium.spaces import Box, Discrete, Space
from jaxtyping import Bool, Float, Int
from torch import Tensor

Task = TypeVar("Task", bound=tuple[Tensor, ...])  # a NamedTuple of tensors
Counted = Int[Tensor, "*#batch"]  # states or actions of a family that counts them
Rewards = Float[Tensor, "*batch"]


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
        distributions: the tensors of a task whose last axis holds probabilities that sum to 1.
        pictures: which file of `lab/views` draws it, where it needs more than the general pictures: its recorded runs, a person's episode.
        task_limits: the least and the greatest value of a task's tensors, by name; any finite one where nothing is said.
    """

    name: str
    observation_space: Space[Any]
    action_space: Space[Any]
    horizon: int
    episodes = 1
    pictures = ""
    default_params: Task
    held_out_seed = 38
    task_limits: Mapping[str, tuple[float, float]] = {}
    distributions: tuple[str, ...] = ()

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

    def render_init(self, params: Task | None = None, **kwargs: Any) -> Any:
        """What `render_image` remembers from picture to picture, in the beginning: nothing, unless a family shows a trail."""

    def render_close(self, render_state: Any, params: Task | None = None) -> None:
        """Nothing is open."""

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
    Raises TypeError: the space is neither a box nor discrete."""
    if isinstance(space, Discrete):
        return int(space.n)
    if isinstance(space, Box):
        return math.prod(space.shape)
    raise TypeError(f"the course's families have Box or Discrete spaces, not {space!r}")


def with_axes(task: Task, axes: int) -> Task:
    """Insert `axes` axes of length 1 behind the task axis, so that tasks broadcast against [task, trajectory, time, …]."""
    return type(task)(*(x[(slice(None), *[None] * axes)] for x in task))


def task_on(family: TaskFamily, task: Any, device: torch.device | str, n: int | None = None) -> Any:
    """The task, or the family's default one if None, checked as by `checked_task`, with its tensors on a device. Raises ValueError."""
    task = checked_task(family, family.default_params if task is None else task, n)
    return type(task)(*(x.to(device) for x in task))


MANY = -1
LAST_SEED = 2**63 - 1
LARGEST = torch.finfo(torch.float32).max


def checked_task(family: TaskFamily, task: Any, n: int | None = None, as_drawn: bool = False) -> Any:
    """A task as the family's functions take it: its own type, tensors of its own types, whatever numbers they were given as.

    Args:
        n: None for one task; how many for a batch of tasks, to which one task is repeated; MANY for a batch of any size.
        as_drawn: float64 stays float64, and a task of a related family, which has all that this family's have, is one as well.

    Raises:
        ValueError: it does not fit this family, has another number of tasks, or a number in it is out of the family's `task_limits`.
    """
    kind = type(family.default_params)
    if not isinstance(task, kind) and not (as_drawn and {*kind._fields} <= {*getattr(task, "_fields", ())}):
        raise ValueError(f"a task of {family.name} is a {kind.__name__} of tensors, got {shown(task)}")
    checked = {name: _checked(family, name, getattr(task, name), n, as_drawn) for name in kind._fields}
    return task._replace(**checked)


def _checked(family: TaskFamily, name: str, given: Any, n: int | None, as_drawn: bool) -> Tensor:
    """One tensor of a task. Raises ValueError."""
    one = getattr(family.default_params, name)
    try:
        x = given if isinstance(given, Tensor) else torch.as_tensor(given, device="cpu")
    except (TypeError, ValueError, RuntimeError):
        x = one.bool()
    if x.dtype == torch.bool or x.is_complex() or x.is_meta or x.layout != torch.strided:
        raise ValueError(f"{name} of a {family.name} task must be numbers, got {shown(given)}")
    low, high = family.task_limits.get(name, (-LARGEST, LARGEST))
    wrong = ~((x >= low) & (x <= high))  # NaN lies nowhere
    if not one.is_floating_point() and x.is_floating_point():
        wrong |= x != x.round()
    if wrong.any():
        what = "finite" if high == LARGEST else f"{'a number' if one.is_floating_point() else 'a whole number'} in [{low:g}, {high:g}]"
        raise ValueError(f"{name} of a {family.name} task must be {what}, got {x[wrong][0].item():g}")
    if name in family.distributions and ((x.sum(-1) - 1).abs() > 1e-3).any():
        raise ValueError(f"{name} of a {family.name} task holds probabilities, whose rows must sum to 1, got {x.sum(-1).flatten()[0]:g}")
    if x.dtype != one.dtype and not (as_drawn and x.is_floating_point() and isinstance(given, Tensor)):
        x = x.to(one.dtype)
    if n is not None and n != MANY and x.shape == one.shape:
        x = x.expand(n, *x.shape)
    front = () if n is None else x.shape[:1] if n == MANY else (n,)
    if x.shape != (*front, *one.shape) or (n == MANY and x.dim() == one.dim()):
        asked = {None: "one task", MANY: "a batch of tasks"}.get(n, f"one task for each of {n}")
        wanted = str((*(() if n is None else ("n",) if n == MANY else (n,)), *one.shape)).replace("'", "")
        raise ValueError(f"{name} has shape {tuple(x.shape)}; {asked} of {family.name} needs {wanted}")
    return x


def checked_family(family: Any, who: str) -> TaskFamily:
    """The family itself. Raises ValueError: it is none: a class, a name, an environment. The message says what to give instead."""
    if isinstance(family, TaskFamily):
        return family
    inside = getattr(getattr(family, "unwrapped", None), "family", None)
    if inspect.isclass(family) and issubclass(family, TaskFamily):
        remedy = f"write {family.__name__}(), with brackets"
    elif isinstance(inside, TaskFamily):
        remedy = "an environment is one of its tasks, so give env.unwrapped.family"
    else:
        remedy = "import one from dremeta_lite.tasks, or write your own TaskFamily"
    raise ValueError(f"{who} needs a family of tasks, such as Navigation2D(), and got {shown(family)}: {remedy}.")


def whole(name: str, value: Any, low: int = 1, high: int = 10**6) -> int:
    """A whole number in [low, high], as Python's own int. Raises ValueError: it is none; the message says what was expected."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral) or not low <= int(value) <= high:
        raise ValueError(f"{name} must be a whole number in [{low}, {high}], got {shown(value)}")
    return int(value)


def checked_device(device: Any) -> torch.device:
    """A device that can compute. Raises ValueError: there is none of this name here; the message says which there are."""
    try:
        found = torch.device(device)
        torch.zeros(1, device=found).item()
    except Exception:
        have = ["cpu", *(["cuda"] if torch.cuda.is_available() else []), *(["mps"] if torch.backends.mps.is_available() else [])]
        raise ValueError(f"device must be one that computes here, {' or '.join(have)}, got {shown(device)}.") from None
    return found


def shown(value: Any) -> str:
    """A value for an error message, on one line."""
    try:
        text = " ".join(repr(value).split())
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."


def crowd_of(task: Task, players: int) -> Task:
    """One task, once a player."""
    return type(task)(*(x.expand(players, *x.shape) for x in task))


def pick(task: Task, index: Any) -> Task:
    """The tasks at `index` (an integer, a slice or a tensor) of a batch of tasks."""
    return type(task)(*(x[index] for x in task))
