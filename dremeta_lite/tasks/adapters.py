"""Any family of tasks as an ordinary Gymnasium environment: one agent (`TaskEnv`) or many at once (`TaskVectorEnv`).

`TaskVectorEnv` agrees step by step with Gymnasium's `SyncVectorEnv` over `TaskEnv`, through the ends of episodes.
"""

import importlib
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from torch import Tensor

from dremeta_lite.tasks.family import TaskFamily, pick

RENDER_MODES = ["rgb_array"]


def load_family(family: TaskFamily | str) -> TaskFamily:
    """A family itself, or the one that a string like `package.module:ClassName` names."""
    if isinstance(family, TaskFamily):
        return family
    module, _, name = family.partition(":")
    return getattr(importlib.import_module(module), name)()


def as_numpy(x: Tensor) -> Any:
    """A NumPy array; of a tensor without axes, a NumPy number (what Gymnasium expects of a discrete observation)."""
    return x.detach().cpu().numpy().copy()[()]


def check_render_mode(render_mode: str | None) -> None:
    if render_mode is not None and render_mode not in RENDER_MODES:
        raise ValueError(f"render_mode must be None or one of {RENDER_MODES}, got {render_mode!r}")


def checked_task(family: TaskFamily, task: Any, device: torch.device, num_envs: int | None = None) -> Any:
    """A task in the family's own type, on `device`; with `num_envs` a batch of tasks, to which one task is repeated.

    Raises:
        ValueError: it is no task of this family, or not as many as there are environments.
    """
    example = family.default_params
    if not isinstance(task, type(example)):
        raise ValueError(f"a task of {family.name} is a {type(example).__name__} of tensors, got {task!r}")
    tensors = []
    for name, x, one in zip(example._fields, task, example, strict=True):
        x = torch.as_tensor(x, dtype=one.dtype, device=device)
        if num_envs is not None and x.shape == one.shape:
            x = x.expand(num_envs, *x.shape)
        wanted = one.shape if num_envs is None else (num_envs, *one.shape)
        if x.shape != wanted:
            raise ValueError(f"{name} has shape {tuple(x.shape)}; {count(num_envs)} of {family.name} needs {tuple(wanted)}")
        tensors.append(x)
    return type(example)(*tensors)


def count(num_envs: int | None) -> str:
    return "one task" if num_envs is None else f"one task for each of {num_envs} environments"


class TaskEnv(gymnasium.Env[Any, Any]):
    """One task of a family, one agent.

    Args:
        family: the family, or `module:ClassName`.
        task: one task (tensors without a task axis); the family's default task if None.
        render_mode: None or "rgb_array".
        device: where the family computes; observations come back as NumPy arrays, those of a discrete space as NumPy integers.

    `reset(options={"task": task})` changes the task. The horizon belongs to `gymnasium.make`, which wraps a `TimeLimit` around.
    """

    metadata = {"render_modes": RENDER_MODES, "render_fps": 20}  # noqa: RUF012 (Gymnasium reads it from the class)

    def __init__(
        self, family: TaskFamily | str, task: Any = None, render_mode: str | None = None, device: torch.device | str = "cpu"
    ) -> None:
        check_render_mode(render_mode)
        self.family, self.render_mode, self.device = load_family(family), render_mode, torch.device(device)
        self.observation_space, self.action_space = self.family.observation_space, self.family.action_space
        self.task = checked_task(self.family, self.family.default_params if task is None else task, self.device)
        self.rng = torch.Generator(self.device)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        # Gymnasium's own generator seeds torch's, so that unseeded resets go on from the seeded one and differ.
        self.rng.manual_seed(int(self.np_random.integers(2**31)))
        if options and "task" in options:
            self.task = checked_task(self.family, options["task"], self.device)
        self.state = self.family.initial(self.rng, self.task)
        self.picture = self.family.render_init(self.task) if self.render_mode else None
        return self._observe(), self.family.state_info(self.state, self.task)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        a = torch.tensor(np.asarray(action, self.action_space.dtype), device=self.device)
        before, self.state = self.state, self.family.transition(self.state, a, self.rng, self.task)
        reward = self.family.reward(before, a, self.state, self.rng, self.task)
        terminated = self.family.terminal(self.state, self.rng, self.task)
        return self._observe(), float(reward), bool(terminated), False, self.family.transition_info(before, a, self.state, self.task)

    def render(self) -> np.ndarray | None:  # type: ignore[override]
        if self.render_mode is None:
            gymnasium.logger.warn('render() needs an environment made with render_mode="rgb_array"')
            return None
        self.picture, image = self.family.render_image(self.state, self.picture, self.task)
        return image

    def _observe(self) -> Any:
        return as_numpy(self.family.observation(self.state, self.rng, self.task))


class TaskVectorEnv(gymnasium.vector.VectorEnv[np.ndarray, np.ndarray, np.ndarray]):
    """`num_envs` agents at once, as one tensor operation a step.

    Args:
        family: the family, or `module:ClassName`.
        num_envs: how many agents.
        task: one task for all, or a batch of `num_envs` tasks (tensors [env, …]); the family's default task if None.
        max_episode_steps: truncation; the family's horizon if None.
        device: where the family computes.

    An episode that has ended restarts in the next step, whose action is ignored (Gymnasium's next-step autoreset).
    """

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP, "render_modes": RENDER_MODES, "render_fps": 20}  # noqa: RUF012

    def __init__(
        self,
        family: TaskFamily | str,
        num_envs: int = 1,
        task: Any = None,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        check_render_mode(render_mode)
        self.family, self.num_envs, self.device = load_family(family), num_envs, torch.device(device)
        self.render_mode = render_mode
        self.max_episode_steps = self.family.horizon if max_episode_steps is None else max_episode_steps
        self.single_observation_space, self.single_action_space = self.family.observation_space, self.family.action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.task = checked_task(self.family, self.family.default_params if task is None else task, self.device, num_envs)
        self.rng = torch.Generator(self.device)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.rng.manual_seed(int(self.np_random.integers(2**31)))
        if options and "task" in options:
            self.task = checked_task(self.family, options["task"], self.device, self.num_envs)
        self.state = self.family.initial(self.rng, self.task)
        self.elapsed = torch.zeros(self.num_envs, dtype=torch.long, device=self.device)
        self.ended = torch.zeros(self.num_envs, dtype=torch.bool, device=self.device)
        self.pictures = [self.family.render_init(pick(self.task, i)) for i in range(self.num_envs)] if self.render_mode else []
        return self._observe(), {}

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        a = torch.tensor(np.asarray(actions, self.action_space.dtype), device=self.device)
        moved = self.family.transition(self.state, a, self.rng, self.task)
        reward = self.family.reward(self.state, a, moved, self.rng, self.task)
        restarts, fresh = self.ended, self.family.initial(self.rng, self.task)
        self.elapsed = (self.elapsed + 1).masked_fill(restarts, 0)
        self.state = torch.where(restarts.view(-1, *[1] * (moved.dim() - 1)), fresh, moved)
        terminated = self.family.terminal(self.state, self.rng, self.task) & ~restarts
        truncated = (self.elapsed >= self.max_episode_steps) & ~restarts
        self.ended = terminated | truncated
        if self.render_mode:
            for i in restarts.nonzero().flatten().tolist():
                self.pictures[i] = self.family.render_init(pick(self.task, i))
        return self._observe(), as_numpy(reward.masked_fill(restarts, 0).double()), as_numpy(terminated), as_numpy(truncated), {}

    def render(self) -> tuple[np.ndarray, ...] | None:  # type: ignore[override]
        """One picture an environment, as `SyncVectorEnv` gives."""
        if self.render_mode is None:
            return None
        images = []
        for i in range(self.num_envs):
            self.pictures[i], image = self.family.render_image(self.state[i], self.pictures[i], pick(self.task, i))
            images.append(image)
        return tuple(images)

    def _observe(self) -> np.ndarray:
        return as_numpy(self.family.observation(self.state, self.rng, self.task))
