"""Any family of tasks as an ordinary Gymnasium environment: one agent (`TaskEnv`) or many at once (`TaskVectorEnv`).

`TaskVectorEnv` agrees step by step with Gymnasium's `SyncVectorEnv` over `TaskEnv`, through the ends of episodes, in all that is not
random. What is random it draws for all environments at once, from one generator: of the same distribution, but other numbers than the
generators of single environments give. (To follow them draw for draw it would have to go through the environments one by one, as
`SyncVectorEnv` does.)

So other libraries train on p(T): `gymnasium.make("dremeta/HiddenGoal-v0", drawn=True)` is another task in each episode. RLlib 2.60 needs
one line (its PPO takes observations that are counted, as here, by its connector `FlattenObservations`):

    ray.tune.register_env("goals", lambda config: gymnasium.make("dremeta/HiddenGoal-v0", drawn=True))
    PPOConfig().environment("goals")

or none: `.environment("dremeta_lite:dremeta/HiddenGoal-v0", env_config={"drawn": True})`, and many at once as one tensor operation by
`.env_runners(num_envs_per_env_runner=32, gym_env_vectorize_mode="vector_entry_point")` besides.
"""

import importlib
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.error import ResetNeeded
from gymnasium.spaces import Box, Space
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from torch import Tensor

from dremeta_lite.tasks.family import LARGEST, LAST_SEED, TaskFamily, checked_device, checked_family, pick, shown, task_on, whole

RENDER_MODES = ["rgb_array"]


def load_family(family: TaskFamily | str) -> TaskFamily:
    """A family itself, or the one that a string like `package.module:ClassName` names. Raises ValueError: there is none."""
    if not isinstance(family, str) or not all(family.partition(":")):
        return checked_family(family, "an environment")
    module, _, name = family.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)()
    except (ImportError, AttributeError, TypeError) as error:
        raise ValueError(f"an environment needs a family, such as 'dremeta_lite.tasks:Bandit', got {shown(family)}: {error}.") from error
    return checked_family(found, "an environment")


def as_numpy(x: Tensor) -> Any:
    """A NumPy array; of a tensor without axes, a NumPy number (what Gymnasium expects of a discrete observation)."""
    return x.detach().cpu().numpy().copy()[()]


def check_render_mode(render_mode: str | None) -> None:
    if render_mode is not None and render_mode not in RENDER_MODES:
        raise ValueError(f"render_mode must be None or one of {RENDER_MODES}, got {render_mode!r}")


def checked_action(action: Any, space: Space[Any], family: str) -> np.ndarray:
    """An action, or one for each of many environments, as an array of the space's own type.

    Raises:
        ValueError: it has another shape, or is not a number; it is not whole, for choices or a box of whole numbers; it is not one of the
            choices; of real numbers, one is NaN or infinite. Finite numbers beyond a box are left to the family, whose page says what
            becomes of them.
    """
    choices = not isinstance(space, Box)
    counted = choices or space.dtype.kind in "iu"
    try:
        given = np.asarray(action.numpy(force=True) if isinstance(action, Tensor) else action)
    except Exception:  # ragged lists, tensors of another device, what does not like to be looked at
        given = np.asarray(None)
    fits = given.shape == space.shape and given.dtype.kind in ("iu" if counted else "iuf")
    if fits and counted and not choices:
        fits = bool((given == given.astype(space.dtype)).all())  # else it would be another number in that type
    elif fits and not choices:
        with np.errstate(over="ignore"):
            given = given.astype(space.dtype)
        fits = bool(np.isfinite(given).all())
    if not fits or (choices and not space.contains(given.astype(space.dtype))):
        what = f"{'whole' if counted else 'finite'} numbers of shape {space.shape}" if space.shape else "a whole number"
        raise ValueError(f"an action of {family} must be {what}, as in {space}, got {shown(action)}.")
    return given.astype(space.dtype, copy=False)


def checked_seed(seed: Any) -> int | None:
    """The seed of a reset. Raises ValueError: it is neither None nor a whole number from 0 up."""
    if isinstance(seed, (list, tuple, np.ndarray)):
        raise ValueError(
            f"seed must be one whole number, got {shown(seed)}: these environments draw from one generator; "
            'make them with vectorization_mode="sync" for a seed each.'
        )
    return None if seed is None else whole("seed", seed, 0, LAST_SEED)


def asked_for(options: Any) -> dict[str, Any]:
    """The options of a reset: none, or another task. Raises ValueError: they are something else."""
    if not isinstance(options, Mapping | None) or {*(options or ())} - {"task"}:
        raise ValueError(f'options of reset must be None or {{"task": task}}, got {shown(options)}.')
    return dict(options or {})


def told_space(family: TaskFamily) -> Box:
    """Where observations lie that have the task's numbers behind them: see `observed`."""
    task, seen = family.default_params, family.observation_space
    low, high = (seen.low, seen.high) if isinstance(seen, Box) else (np.zeros(family.observation_size), np.ones(family.observation_size))
    limits = [family.task_limits.get(name, (-LARGEST, LARGEST)) for name, x in zip(task._fields, task, strict=True) for _ in x.flatten()]
    least, most = (np.concatenate([np.ravel(end), each]) for end, each in zip((low, high), zip(*limits, strict=True), strict=True))
    return Box(least.astype(np.float32), most.astype(np.float32))


def observed(env: Any) -> Any:
    """What a family's environment sees of its state; if the task is told, the task's numbers stand behind `family.features` of that."""
    seen = env.family.observation(env.state, env.rng, env.task)
    if not env.told:
        return as_numpy(seen).astype(env.family.observation_space.dtype)
    features = env.family.features(seen)
    return as_numpy(torch.cat([features, *(x.reshape(*features.shape[:-1], -1) for x in env.task)], -1)).astype(np.float32)


def started(env: Any) -> None:
    """Raises ResetNeeded: nothing has begun."""
    if not hasattr(env, "state"):
        raise ResetNeeded("this environment has not begun: call its reset() first, then step() and render().")


class TaskEnv(gymnasium.Env[Any, Any]):
    """One task of a family, one agent.

    Args:
        family: the family, or `module:ClassName`.
        task: one task (tensors without a task axis); the family's default task if None.
        render_mode: None or "rgb_array".
        device: where the family computes; observations come back as NumPy arrays, those of a discrete space as NumPy integers.
        drawn: another task in each episode, drawn from p(T).
        told: whether observations tell the task: they are then a box, `told_space`.

    `reset(options={"task": task})` changes the task. The horizon belongs to `gymnasium.make`, which wraps a `TimeLimit` around.
    """

    metadata = {"render_modes": RENDER_MODES, "render_fps": 20}  # noqa: RUF012 (Gymnasium reads it from the class)

    def __init__(
        self,
        family: TaskFamily | str,
        task: Any = None,
        render_mode: str | None = None,
        device: torch.device | str = "cpu",
        drawn: bool = False,
        told: bool = False,
    ) -> None:
        check_render_mode(render_mode)
        self.family, self.render_mode, self.device = load_family(family), render_mode, checked_device(device)
        self.drawn, self.told = drawn, told
        self.observation_space = told_space(self.family) if told else self.family.observation_space
        self.action_space = self.family.action_space
        self.task = task_on(self.family, task, self.device)
        self.rng = torch.Generator(self.device)

    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        asked = asked_for(options)
        super().reset(seed=checked_seed(seed))
        # Gymnasium's own generator seeds torch's, so that unseeded resets go on from the seeded one and differ.
        self.rng.manual_seed(int(self.np_random.integers(2**31)))
        if "task" in asked:
            self.task = task_on(self.family, asked["task"], self.device)
        elif self.drawn:
            self.task = pick(self.family.sample_tasks(1, self.rng, self.device), 0)
        self.state = self.family.initial(self.rng, self.task)
        self.picture = self.family.render_init(self.task) if self.render_mode else None
        return observed(self), self.family.state_info(self.state, self.task)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        started(self)
        a = torch.tensor(checked_action(action, self.action_space, self.family.name), device=self.device)
        before, self.state = self.state, self.family.transition(self.state, a, self.rng, self.task)
        reward = self.family.reward(before, a, self.state, self.rng, self.task)
        terminated = self.family.terminal(self.state, self.rng, self.task)
        return observed(self), float(reward), bool(terminated), False, self.family.transition_info(before, a, self.state, self.task)

    def render(self) -> np.ndarray | None:  # type: ignore[override]
        if self.render_mode is None:
            gymnasium.logger.warn('render() needs an environment made with render_mode="rgb_array"')
            return None
        started(self)
        self.picture, image = self.family.render_image(self.state, self.picture, self.task)
        return image


class TaskVectorEnv(gymnasium.vector.VectorEnv[np.ndarray, np.ndarray, np.ndarray]):
    """`num_envs` agents at once, as one tensor operation a step.

    Args:
        family: the family, or `module:ClassName`.
        num_envs: how many agents.
        task: one task for all, or a batch of `num_envs` tasks (tensors [env, …]); the family's default task if None.
        max_episode_steps: truncation; the family's horizon if None.
        drawn, told: as for `TaskEnv`.

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
        drawn: bool = False,
        told: bool = False,
    ) -> None:
        check_render_mode(render_mode)
        self.family, self.render_mode, self.device = load_family(family), render_mode, checked_device(device)
        self.drawn, self.told = drawn, told
        self.num_envs = num_envs = whole("num_envs", num_envs)
        self.max_episode_steps = whole("max_episode_steps", self.family.horizon if max_episode_steps is None else max_episode_steps)
        self.single_observation_space = told_space(self.family) if told else self.family.observation_space
        self.single_action_space = self.family.action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.task = task_on(self.family, task, self.device, num_envs)
        self.rng = torch.Generator(self.device)

    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[np.ndarray, dict[str, Any]]:
        asked = asked_for(options)
        super().reset(seed=checked_seed(seed))
        self.rng.manual_seed(int(self.np_random.integers(2**31)))
        if "task" in asked:
            self.task = task_on(self.family, asked["task"], self.device, self.num_envs)
        elif self.drawn:
            self.task = self.family.sample_tasks(self.num_envs, self.rng, self.device)
        self.state = self.family.initial(self.rng, self.task)
        self.elapsed = torch.zeros(self.num_envs, dtype=torch.long, device=self.device)
        self.ended = torch.zeros(self.num_envs, dtype=torch.bool, device=self.device)
        self.pictures = [self.family.render_init(pick(self.task, i)) for i in range(self.num_envs)] if self.render_mode else []
        return observed(self), {}

    def step(self, actions: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        started(self)
        a = torch.tensor(checked_action(actions, self.action_space, self.family.name), device=self.device)
        moved = self.family.transition(self.state, a, self.rng, self.task)
        reward = self.family.reward(self.state, a, moved, self.rng, self.task)
        if self.drawn and self.ended.any():
            new = self.family.sample_tasks(self.num_envs, self.rng, self.device)
            here = lambda x: self.ended.view(-1, *[1] * (x.dim() - 1))  # noqa: E731
            self.task = type(new)(*(torch.where(here(x), x, old) for x, old in zip(new, self.task, strict=True)))
        restarts, fresh = self.ended, self.family.initial(self.rng, self.task)
        self.elapsed = (self.elapsed + 1).masked_fill(restarts, 0)
        self.state = torch.where(restarts.view(-1, *[1] * (moved.dim() - 1)), fresh, moved)
        terminated = self.family.terminal(self.state, self.rng, self.task) & ~restarts
        truncated = (self.elapsed >= self.max_episode_steps) & ~restarts
        self.ended = terminated | truncated
        if self.render_mode:
            for i in restarts.nonzero().flatten().tolist():
                self.pictures[i] = self.family.render_init(pick(self.task, i))
        return observed(self), as_numpy(reward.masked_fill(restarts, 0).double()), as_numpy(terminated), as_numpy(truncated), {}

    def render(self) -> tuple[np.ndarray, ...] | None:  # type: ignore[override]
        """One picture an environment, as `SyncVectorEnv` gives."""
        if self.render_mode is None:
            return None
        started(self)
        images = []
        for i in range(self.num_envs):
            self.pictures[i], image = self.family.render_image(self.state[i], self.pictures[i], pick(self.task, i))
            images.append(image)
        return tuple(images)
