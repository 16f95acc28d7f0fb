"""One seam to the world: a batch of episodes with `reset` and `step`. Behind it a family in torch, or any Gymnasium vector environment.

Whatever plays, plays through `begin(family, tasks, rng)`; what it gets back does not say what is behind it. So a physics engine, or
somebody else's environment, enters here, as an `OutsideFamily`, and every learner that only plays can train on it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import gymnasium
import numpy as np
import torch
from gymnasium.spaces import Box
from gymnasium.vector import AutoresetMode, VectorEnv
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.tasks.family import TaskFamily

Act = Callable[[Tensor], Tensor]
"""From observations [*n, …] to an action for each."""


class Step(NamedTuple):
    """One step of each of n episodes that run side by side."""

    reward: Float[Tensor, "*n"]
    terminated: Bool[Tensor, "*n"]
    """The task itself ended: nothing more can be earned."""
    truncated: Bool[Tensor, "*n"]
    """Cut off: more could have been earned, so learners bootstrap from `next_observation`."""
    next_observation: Tensor
    """What the step led to [*n, *obs], before any new episode began."""
    counts: Bool[Tensor, "*n"]
    """False where nothing happened: an outside environment took this step to begin its next episode. Nothing may be learned from it."""

    @property
    def ended(self) -> Bool[Tensor, "*n"]:
        """Where the episode is over."""
        return self.terminated | self.truncated


class Whole(NamedTuple):
    """Whole episodes, one for each place of the batch. Steps after the end of an episode are there, and masked."""

    observation: Tensor
    """[*n, time, *obs]"""
    action: Tensor
    """[*n, time] for a discrete action, else [*n, time, action]."""
    reward: Float[Tensor, "*n time"]
    """0 where the mask is 0."""
    terminated: Bool[Tensor, "*n time"]
    """True in the one step that ends the task itself; an episode that was cut off has no True here."""
    mask: Float[Tensor, "*n time"]
    """1 up to and including the step that ends the episode, 0 after it."""


class Episodes(ABC):
    """A batch of episodes, each in a task of its own.

    Attributes:
        shape: the axes of the batch, those of the tasks.
        device: where all tensors are.
        waits: the next episode begins with a step that does not count.
    """

    shape: tuple[int, ...]
    device: torch.device
    waits = False

    @property
    @abstractmethod
    def observation(self) -> Tensor:
        """What to act on [*n, *obs]."""

    @abstractmethod
    def reset(self) -> None:
        """Begin a new episode everywhere."""

    @abstractmethod
    def step(self, action: Tensor) -> Step:
        """Move all episodes on by one step; action [*n] or [*n, action]. One that has ended goes on, whatever that means: see `restart`."""

    @abstractmethod
    def restart(self, ended: Bool[Tensor, "*n"]) -> None:
        """Begin a new episode where the last one ended in the step just made."""

    @torch.no_grad()
    def whole(self, act: Act, steps: int) -> Whole:
        """New episodes, of so many steps at most."""
        self.reset()
        rows, counts = [], torch.ones(self.shape, dtype=torch.bool, device=self.device)
        for _ in range(steps):
            observation = self.observation
            action = act(observation)
            step = self.step(action)
            rows.append((observation, action, step.reward * counts, step.terminated & counts, counts))
            counts = counts & ~step.ended
        observation, action, reward, terminated, mask = (torch.stack(x, len(self.shape)) for x in zip(*rows, strict=True))
        return Whole(observation, action, reward, terminated, mask.to(reward.dtype))

    def state_dict(self) -> dict[str, Tensor]:
        """Where the episodes stand, as far as that can be told."""
        return {}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> bool:
        """Go back there; where that cannot be told, begin new episodes, and say False."""
        self.reset()
        return False


Disturb = Callable[[int, Episodes], None]
"""Changes the world from outside before a step, given its number in the episode or trial, from 0, and the episodes."""


def batch_of(family: TaskFamily, tasks: Any) -> tuple[int, ...]:
    """The axes that a batch of tasks has more than one task."""
    return tuple(tasks[0].shape[: tasks[0].dim() - family.default_params[0].dim()])


class FamilyEpisodes(Episodes):
    """Episodes of a family: one tensor operation a step moves all of them.

    Args:
        family, tasks: the family, and a task for each episode: tensors [*n, …].
        rng: where starting states (and random transitions) are drawn; a generator on the CPU gives the same on every device.

    Attributes:
        state: the present states [*n, *state].
    """

    def __init__(self, family: TaskFamily, tasks: Any, rng: torch.Generator | None) -> None:
        self.family, self.tasks, self.rng = family, tasks, rng
        self.shape, self.device = batch_of(family, tasks), tasks[0].device
        self.all = torch.ones(self.shape, dtype=torch.bool, device=self.device)
        self._seen: tuple[Any, Any, Any] = None, None, None

    @property
    def observation(self) -> Tensor:
        state, tasks, seen = self._seen
        if state is not self.state or tasks is not self.tasks:  # else a step led here, and said what is seen
            seen = self.family.observation(self.state, self.rng, self.tasks)
            self._seen = self.state, self.tasks, seen
        return seen

    def initial(self) -> Tensor:
        """Starting states, freshly drawn."""
        return self.family.initial(self.rng, self.tasks)  # type: ignore[arg-type]

    def reset(self) -> None:
        self.state = self.initial()

    @torch.no_grad()
    def step(self, action: Tensor) -> Step:
        before, self.state = self.state, self.family.transition(self.state, action, self.rng, self.tasks)
        reward = self.family.reward(before, action, self.state, self.rng, self.tasks)
        terminated = self.family.terminal(self.state, self.rng, self.tasks)
        return Step(reward, terminated, torch.zeros_like(terminated), self.observation, self.all)

    def restart(self, ended: Bool[Tensor, "*n"]) -> None:
        self.state = torch.where(ended.view(*ended.shape, *[1] * (self.state.dim() - ended.dim())), self.initial(), self.state)

    @torch.no_grad()
    def whole(self, act: Act, steps: int) -> Whole:
        """Rewards and ends are functions of the whole path, so they are computed once, for all steps together."""
        self.reset()
        axis, states, observations, actions = len(self.shape), [self.state], [], []
        with torch.inference_mode():  # many small operations: it keeps less of a record of each than `no_grad`
            for _ in range(steps):
                observations.append(self.observation)
                actions.append(act(observations[-1]))
                self.state = self.family.transition(self.state, actions[-1], self.rng, self.tasks)
                states.append(self.state)
        path, observation, action = (torch.stack(x, axis) for x in (states, observations, actions))
        before, after = path.narrow(axis, 0, steps), path.narrow(axis, 1, steps)
        scenery = type(self.tasks)(*(x.unsqueeze(axis) for x in self.tasks))
        reward = self.family.reward(before, action, after, self.rng, scenery)
        ended = self.family.terminal(after, self.rng, scenery)
        mask = (ended.cumsum(-1) - ended.long() == 0).to(reward.dtype)
        return Whole(observation, action, reward * mask, ended & mask.bool(), mask)

    def state_dict(self) -> dict[str, Tensor]:
        return {"state": self.state.clone()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> bool:
        self.state = state["state"].to(self.state.device).clone()
        return True


class Numbered(NamedTuple):
    """The task of an environment that has only one: a number that says nothing."""

    number: Tensor


class OutsideFamily(TaskFamily[Any]):
    """Somebody else's environment as a family. It can be played, not asked: its rules are not ours, so nothing here can plan with them.

    Args:
        env: its Gymnasium id; what follows goes to `gymnasium.make_vec`. For many tasks, override `make`, `sample_tasks` and
            `get_default_params`, whose task is a `NamedTuple` of tensors.
        horizon: after how many steps it cuts an episode off; what Gymnasium's registry says if None.

    Raises:
        ValueError: nobody says when an episode is cut off.
    """

    def __init__(self, env: str = "", horizon: int | None = None, **options: Any) -> None:
        super().__init__()
        self.env, self.options = env, options
        one = self.make(type(self.default_params)(*(x[None] for x in self.default_params)))
        self.observation_space, self.action_space = one.single_observation_space, one.single_action_space
        limit = getattr(self, "horizon", one.spec.max_episode_steps if one.spec else None) if horizon is None else horizon
        self.name = getattr(self, "name", env.replace("/", "_"))
        one.close()
        if limit is None:
            raise ValueError(f"{self.name} does not say after how many steps an episode is cut off: give its horizon.")
        self.horizon = limit

    def make(self, tasks: Any) -> VectorEnv[Any, Any, Any]:
        """A vector environment with one environment for each task (tensors [n, …]), of any autoreset mode."""
        return gymnasium.make_vec(self.env, len(tasks[0]), **self.options)

    def get_default_params(self, **kwargs: Any) -> Any:
        """The only task, where there is one."""
        return Numbered(torch.zeros((), device="cpu"))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> Any:
        """The only task, n times."""
        return Numbered(torch.zeros(n, device=device))

    def initial(self, *arguments: Any, **options: Any) -> Any:
        raise ValueError(f"{self.name} is an outside environment, whose rules cannot be asked: play it, with `episodes.begin`.")

    transition = reward = terminal = initial


class OutsideEpisodes(Episodes):
    """Episodes of a Gymnasium vector environment. Actions are clipped to their box; random draws are its own, from a seed of `rng`.

    Whatever its autoreset mode, episodes follow each other without a gap but one: an environment that begins its next episode with a step
    of its own (`NEXT_STEP`) has a step there that does not count.
    Source: https://farama.org/Vector-Autoreset-Mode.
    """

    def __init__(self, family: OutsideFamily, tasks: Any, rng: torch.Generator) -> None:
        self.rng, self.shape, self.device = rng, batch_of(family, tasks), tasks[0].device
        self.env = family.make(type(tasks)(*(x.flatten(0, len(self.shape) - 1).cpu() for x in tasks)))
        self.mode: AutoresetMode = self.env.metadata["autoreset_mode"]
        self.waits = self.mode == AutoresetMode.NEXT_STEP
        space = self.env.single_action_space
        self.box: Any = space if isinstance(space, Box) else None

    @property
    def observation(self) -> Tensor:
        return self.tensor(self.seen)

    def tensor(self, x: Any) -> Tensor:
        """Numbers of the environment as a tensor [*n, …]: real ones as float32."""
        x = np.asarray(x)
        kind = None if x.dtype == bool else torch.long if x.dtype.kind in "iu" and x.ndim == 1 else torch.float32
        return torch.tensor(x, dtype=kind, device=self.device).unflatten(0, self.shape)

    def reset(self) -> None:
        seed = int(torch.randint(2**31, (), generator=self.rng, device=self.rng.device))
        self.seen, _ = self.env.reset(seed=seed)
        self.over = np.zeros(self.env.num_envs, bool)

    def step(self, action: Tensor) -> Step:
        given = action.detach().cpu().flatten(0, len(self.shape) - 1).numpy()
        given = given if self.box is None else np.clip(given, self.box.low, self.box.high).astype(self.box.dtype)
        self.seen, reward, terminated, truncated, info = self.env.step(given)
        counts, following, self.over = ~(self.over & self.waits), self.seen, terminated | truncated
        if self.mode == AutoresetMode.SAME_STEP and self.over.any():
            last = zip(self.over, info["final_obs"], self.seen, strict=True)
            following = np.stack([final if over else seen for over, final, seen in last])
        if self.mode == AutoresetMode.DISABLED and self.over.any():
            self.seen, _ = self.env.reset(options={"reset_mask": self.over})
        return Step(*map(self.tensor, (reward, terminated, truncated, following, counts)))

    def restart(self, ended: Bool[Tensor, "*n"]) -> None:
        """It has done so by itself. Raises ValueError: not everywhere, since it plays longer episodes than its family says."""
        if (ended & ~self.tensor(self.over)).any():
            raise ValueError("this outside environment goes on after the horizon of its family: give the family the limit that it has.")


def begin(family: TaskFamily, tasks: Any, rng: torch.Generator) -> Episodes:
    """A batch of episodes, one for each task (tensors [*n, …]); `reset` begins them."""
    kind: Any = OutsideEpisodes if isinstance(family, OutsideFamily) else FamilyEpisodes
    return kind(family, tasks, rng)
