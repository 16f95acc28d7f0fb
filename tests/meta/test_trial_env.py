"""Trials as the episodes of a Gymnasium environment."""

from typing import Any

import numpy as np
import pytest
import torch

from dremeta_lite.meta.trial_env import TrialVectorEnv
from dremeta_lite.tasks import Bandit, CartPole, HiddenGoal


def test_a_trial_is_an_episode_in_one_task_and_tells_what_happened() -> None:
    """Of bandits: [a·r, a·(1-r), time in the trial, nothing to see]; by hand, over two trials of four pulls."""
    env: Any = TrialVectorEnv(Bandit(3, 4), 6)
    seen, _ = env.reset(seed=1)
    assert seen.shape == (6, 8) and not seen[:, :-1].any()
    again, _ = TrialVectorEnv(Bandit(3, 4), 6).reset(seed=1)
    assert np.array_equal(seen, again)
    tasks = []
    for _ in range(2):
        tasks.append(env.world.tasks.probability)
        for t in range(1, 5):
            action = np.arange(6) % 3
            seen, reward, terminated, truncated, _ = env.step(action)
            arm = np.eye(3)[action]
            told = np.concatenate([arm * reward[:, None], arm * (1 - reward[:, None]), np.full((6, 1), t / 4)], -1)
            np.testing.assert_allclose(seen[:, :7], told, atol=1e-6)
            assert not terminated.any() and truncated.all() == (t == 4) and env.observation_space.contains(seen)
            assert torch.equal(env.world.tasks.probability, tasks[-1])
        seen, reward, terminated, truncated, _ = env.step(action)
        assert not seen[:, :-1].any() and not reward.any() and not (terminated | truncated).any(), "the next trial begins by a step"
    assert not torch.equal(*tasks)


def test_episodes_follow_each_other_in_a_trial() -> None:
    """Two episodes of 15 steps in the grid: the agent is back at the start in the second, and the goal is the same."""
    family = HiddenGoal()
    family.episodes = 2
    env = TrialVectorEnv(family, 4)
    start = env.reset(seed=0)[0][:, -family.observation_size :]
    ends = [env.step(np.full(4, 1 + (t % 2))) for t in range(30)]
    assert [bool(end[3].all()) for end in ends] == [False] * 29 + [True]
    assert np.array_equal(ends[14][0][:, -family.observation_size :], start)
    assert not np.array_equal(ends[13][0][:, -family.observation_size :], start) or not np.array_equal(ends[0][0], ends[14][0])


def test_episodes_that_end_early_are_refused() -> None:
    env = TrialVectorEnv(CartPole(), 2)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="CartPole ended before its horizon"):
        for _ in range(100):
            env.step(np.zeros(2, np.int64))
