"""Bandit is what its page says: arms that pay as often as they should, one pull an episode, and an environment like any other."""

import math
import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from torch import Tensor

from dremeta_lite.tasks import Bandit, BanditTask
from dremeta_lite.tasks.family import pick, with_axes
from dremeta_lite.trials import Agent, Seen, play_trial
from tests.conftest import seeded
from tests.stepping import step_both

ID = "dremeta/Bandit-v0"


def test_arms_are_uniform() -> None:
    """Mean 1/2, mean square 1/3, independent: four standard errors of 20 000 × 3 draws; the variance of p² is 1/5 - 1/9."""
    p = Bandit(3).sample_tasks(20_000, seeded(1)).probability.double()
    assert p.shape == (20_000, 3) and p.min() >= 0 and p.max() < 1
    assert p.mean().item() == pytest.approx(1 / 2, abs=4 * math.sqrt(1 / 12 / 60_000))
    assert (p**2).mean().item() == pytest.approx(1 / 3, abs=4 * math.sqrt((1 / 5 - 1 / 9) / 60_000))
    assert ((p[:, 0] - 0.5) * (p[:, 1] - 0.5)).mean().item() == pytest.approx(0, abs=4 / 12 / math.sqrt(20_000))


def test_an_arm_pays_as_often_as_its_probability_says() -> None:
    """Four standard errors of 40 000 pulls of each arm; probabilities 0 and 1 never and always pay."""
    family, task = Bandit(4), BanditTask(torch.tensor([0.0, 0.3, 0.75, 1.0]))
    state, action = torch.zeros(40_000, 4, dtype=torch.long), torch.arange(4)
    reward = family.reward(state, action, 1 + action, seeded(0), task)
    assert reward.dtype == torch.float32 and set(reward.unique().tolist()) == {0.0, 1.0}
    assert reward.mean(0).tolist() == pytest.approx([0, 0.3, 0.75, 1], abs=4 * 0.5 / 200)
    assert (reward[:, 0] == 0).all() and (reward[:, 3] == 1).all()


def test_a_pull_ends_the_episode_and_nothing_pays_after_it() -> None:
    family, task = Bandit(2), BanditTask(torch.ones(2))
    state, arm = family.initial(None, task), torch.tensor(1)
    assert not family.terminal(state) and family.observation(state) == 0
    after = family.transition(state, arm)
    assert family.terminal(after) and family.observation(after) == 0
    assert family.reward(state, arm, after, seeded(0), task) == 1
    assert family.transition(after, torch.tensor(0)) == after and family.reward(after, arm, after, seeded(0), task) == 0


def test_all_functions_broadcast() -> None:
    """[task, trajectory, time] at once: each entry has the probability of its own task's arm."""
    family = Bandit(3)
    tasks = family.sample_tasks(2, seeded(0))
    action = torch.randint(3, (2, 4, 5), generator=seeded(1))
    state = family.initial(None, with_axes(tasks, 2)).expand(2, 4, 5)
    assert state.shape == (2, 4, 5) and family.transition(state, action).shape == (2, 4, 5)
    assert family.reward(state, action, 1 + action, seeded(2), with_axes(tasks, 2)).shape == (2, 4, 5)
    chance = family.expected_reward(action, with_axes(tasks, 2))
    for i, j, t in np.ndindex(2, 4, 5):
        assert chance[i, j, t] == tasks.probability[i, action[i, j, t]] == family.expected_reward(action[i, j, t], pick(tasks, i))


class InTurn(Agent):
    """Pulls the arms one after the other."""

    def __init__(self, arms: int) -> None:
        self.arms = arms

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.n, self.pulls = n, 0

    def act(self, observation: Tensor) -> Tensor:
        assert (observation == 0).all()
        self.pulls += 1
        return torch.full((self.n,), (self.pulls - 1) % self.arms)

    def see(self, step: Seen) -> None:
        assert step.ended.all() and step.counts.all()


def test_a_trial_is_one_pull_an_episode() -> None:
    family, tasks = Bandit(3, pulls=7), BanditTask(torch.tensor([[1.0, 0, 1], [0, 1, 0]]))
    trial = play_trial(family, tasks, InTurn(3), seeded(0))
    assert trial.reward.shape == (2, 7, 1) and trial.terminated.all() and trial.mask.all() and family.pulls == 7
    assert trial.returns().tolist() == [[1, 0, 1, 1, 0, 1, 1], [0, 1, 0, 0, 1, 0, 0]]


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasiums_own_checks_pass_without_a_warning(render_mode: str | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(ID, render_mode=render_mode)
        assert env.spec is not None and env.spec.max_episode_steps == Bandit.horizon
        check_env(env.unwrapped)


def test_many_at_once_agree_step_by_step_with_one_by_one() -> None:
    """Arms that always or never pay, since the two draw their chances in another order."""
    paid, ended, _ = step_both(ID, BanditTask((torch.rand(6, 5, generator=seeded(5)) < 0.5).float()), 20)
    assert all(each.all() == (t % 2 == 0) for t, each in enumerate(ended)), "a pull, then the restart"
    assert 0 < paid.sum() < 60


def test_the_picture_shows_every_arm_and_the_one_pulled() -> None:
    env: Any = gymnasium.make(ID, render_mode="rgb_array", task=BanditTask(torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])))
    env.reset(seed=0)
    assert not (env.render() == (0, 114, 178)).all(-1).any()
    env.step(np.int64(3))
    image = env.render()
    assert image.shape == (128, 120, 3) and image.dtype == np.uint8
    heights = (image != 255).any(-1).sum(0)
    assert heights[12::24].tolist() == [0, 32, 64, 96, 128]
    assert tuple(image[-1, 3 * 24 + 12].tolist()) == (0, 114, 178) and tuple(image[-1, 2 * 24 + 12].tolist()) == (230, 159, 0)


def test_what_cannot_be_is_refused() -> None:
    for arguments, message in (({"arms": 0}, r"arms .* got 0"), ({"pulls": 0}, r"pulls .* got 0")):
        with pytest.raises(ValueError, match=message):
            Bandit(**arguments)
    with pytest.raises(ValueError, match=r"needs a torch\.Generator"):
        Bandit().reward(torch.tensor(0), torch.tensor(1), torch.tensor(2))
