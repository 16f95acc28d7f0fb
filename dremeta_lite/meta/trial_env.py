"""Trials as the episodes of a Gymnasium environment, for other libraries' policies with a memory: RL² anywhere.

    register_env("trials", lambda config: TrialVectorEnv(Bandit(5, 10), config["num_envs"]))        RLlib, any policy with `use_lstm=True`

What RL² tells its own memory (`input_encoding`) stands in the observation: what happened in the last step, then what is seen now.
"""

from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.spaces import Box
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from torch import Tensor

from dremeta_lite.episodes import begin
from dremeta_lite.meta.input_encoding import INPUT_ENCODINGS
from dremeta_lite.tasks.adapters import as_numpy, checked_action, checked_seed, load_family
from dremeta_lite.tasks.family import LARGEST, TaskFamily, whole
from dremeta_lite.trials import Seen


class TrialVectorEnv(gymnasium.vector.VectorEnv[np.ndarray, np.ndarray, np.ndarray]):
    """`num_envs` trials at once, each in a task of its own, drawn from p(T). A trial has `family.episodes` episodes of `family.horizon`
    steps in the same task. Then it is truncated, and in the next step another one begins.

    Args:
        family: the family, or `module:ClassName`.
        num_envs: how many trials.
        encoding: by which a step is told, as for `RL2`.

    Raises:
        ValueError: in a step, for families whose episodes may end before the horizon.
    """

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}  # noqa: RUF012 (Gymnasium reads it from the class)

    def __init__(self, family: TaskFamily | str, num_envs: int = 1, encoding: str = "plain") -> None:
        self.family, self.num_envs, self.rng = load_family(family), whole("num_envs", num_envs), torch.Generator()
        self.encoding, self.steps = INPUT_ENCODINGS[encoding](self.family), self.family.episodes * self.family.horizon
        size = self.encoding.size + self.family.observation_size
        self.single_observation_space: Any = Box(-LARGEST, LARGEST, (size,), np.float32)
        self.single_action_space: Any = self.family.action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=checked_seed(seed))
        self.rng.manual_seed(int(self.np_random.integers(2**31)))
        return self._begin(), {}

    def _begin(self) -> np.ndarray:
        self.world = begin(self.family, self.family.sample_tasks(self.num_envs, self.rng), self.rng)
        self.world.reset()
        self.t = 0
        return self._observe(torch.zeros(self.num_envs, self.encoding.size, device="cpu"))

    def step(self, actions: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        action = torch.tensor(checked_action(actions, self.action_space, self.family.name), device="cpu")
        never = np.zeros(self.num_envs, bool)
        if self.t == self.steps:
            return self._begin(), np.zeros(self.num_envs), never, never, {}
        seen, step = self.world.observation, self.world.step(action)
        self.t += 1
        passed = (self.t - 1) % self.family.horizon + 1
        last = passed == self.family.horizon
        if not last and step.ended.any():
            raise ValueError(f"an episode of {self.family.name} ended before its horizon, and all episodes of a trial have to be as long.")
        clock = torch.tensor([passed / self.family.horizon, self.t / self.steps], device="cpu")
        ended = torch.full((self.num_envs,), last, device="cpu")
        told = self.encoding.encode(Seen(seen, action, step.reward, step.next_observation, ended, step.counts), clock)
        if last:
            self.world.reset()
        return self._observe(told), as_numpy(step.reward.double()), never, np.full(self.num_envs, self.t == self.steps), {}

    def _observe(self, told: Tensor) -> np.ndarray:
        return as_numpy(torch.cat([told, self.family.features(self.world.observation)], -1)).astype(np.float32)
