"""RandomMDP is what its page says: tables drawn from the right distributions, and steps that follow the tables."""

import math
import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from torch import Tensor

from dremeta_lite.tasks import RandomMDP, RandomMDPTask
from dremeta_lite.tasks.family import pick, with_axes
from dremeta_lite.trials import Agent, Seen, play_trial
from tests.conftest import seeded
from tests.stepping import step_both

ID = "dremeta/RandomMDP-v0"


def test_tables_are_flat_dirichlet_and_normal() -> None:
    """n = 4 states: a probability has mean 1/n and variance (n - 1) / (n² (n + 1)) = 3/80; four standard errors of the mean, and 3 %."""
    task = RandomMDP(4, 3).sample_tasks(10_000, seeded(0))
    P, R = task.transition.double(), task.reward.double()
    assert P.shape == (10_000, 4, 3, 4) and R.shape == (10_000, 4, 3) and (P >= 0).all()
    torch.testing.assert_close(P.sum(-1), torch.ones(10_000, 4, 3, dtype=torch.float64), atol=1e-6, rtol=0)
    assert (P.mean((0, 1, 2)) - 1 / 4).abs().max() < 4 * math.sqrt(3 / 80 / 120_000)
    assert P[..., 0].var().item() == pytest.approx(3 / 80, rel=0.03)
    assert R.mean().item() == pytest.approx(1, abs=4 / math.sqrt(120_000)) and R.std().item() == pytest.approx(1, rel=0.01)


def test_steps_follow_the_tables() -> None:
    """Every state and action of one world 20 000 times: four standard errors, and a few for the largest of all entries."""
    family, n = RandomMDP(3, 2), 20_000
    task = pick(family.sample_tasks(1, seeded(1)), 0)
    state, action = torch.arange(3)[:, None, None].expand(3, 2, n), torch.arange(2)[:, None].expand(2, n)
    following = family.transition(state, action, seeded(2), task)
    shares = torch.stack([(following == s).float().mean(-1) for s in range(3)], -1)
    assert (shares - task.transition).abs().max() < 5 * 0.5 / math.sqrt(n)
    reward = family.reward(state, action, following, seeded(3), task)
    assert (reward.mean(-1) - task.reward).abs().max() < 5 / math.sqrt(n) and reward.std(-1).sub(1).abs().max() < 5 / math.sqrt(2 * n)
    assert not family.terminal(following).any() and torch.equal(family.observation(following), following)


def test_rows_that_are_certain_are_followed_to_the_letter() -> None:
    family = RandomMDP(4, 2)
    state = torch.arange(4)
    assert family.transition(state, torch.tensor(0), seeded(0)).tolist() == [1, 2, 3, 0]
    assert family.transition(state, torch.tensor(1), seeded(0)).tolist() == [0, 1, 2, 3]


def test_all_functions_broadcast() -> None:
    """[task, trajectory, time] at once takes each entry from its own task's tables; certain rows and rewards far apart show it."""
    family = RandomMDP(3, 2)
    leads = torch.randint(3, (4, 3, 2), generator=seeded(0))
    tasks = RandomMDPTask(torch.nn.functional.one_hot(leads, 3).float(), 1000.0 * torch.arange(24).view(4, 3, 2))
    state, action = (torch.randint(high, (4, 5, 6), generator=seeded(high)) for high in (3, 2))
    following = family.transition(state, action, seeded(1), with_axes(tasks, 2))
    reward = family.reward(state, action, following, seeded(2), with_axes(tasks, 2))
    assert following.shape == reward.shape == (4, 5, 6)
    for i, j, t in np.ndindex(4, 5, 6):
        s, a = state[i, j, t], action[i, j, t]
        assert following[i, j, t] == leads[i, s, a] and reward[i, j, t].item() == pytest.approx(tasks.reward[i, s, a].item(), abs=6)
    assert family.initial(None, with_axes(tasks, 2)).shape == (4, 1, 1) and family.initial(None, tasks).tolist() == [0] * 4


class Always(Agent):
    """The same action in every step."""

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.n = n

    def act(self, observation: Tensor) -> Tensor:
        return torch.zeros(self.n, dtype=torch.long)

    def see(self, step: Seen) -> None:
        assert step.counts.all()


def test_a_trial_is_ten_episodes_of_ten_steps_from_the_same_state() -> None:
    family = RandomMDP()
    tasks = RandomMDPTask(*(x.expand(2, *x.shape) for x in family.default_params))
    trial = play_trial(family, tasks, Always(), seeded(0))
    assert trial.reward.shape == (2, 10, 10) and trial.mask.all() and not trial.terminated.any()
    assert (trial.observation == torch.arange(10)).all()
    assert trial.reward.mean().item() == pytest.approx(1, abs=4 / math.sqrt(200))


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasiums_own_checks_pass_without_a_warning(render_mode: str | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(ID, render_mode=render_mode)
        assert env.spec is not None and env.spec.max_episode_steps == RandomMDP.horizon
        check_env(env.unwrapped)


class Silent(RandomMDP):
    """Without noise, and with certain transitions: one at a time and many at once draw their chances in another order."""

    noise_std = 0.0

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> RandomMDPTask:
        task = super().sample_tasks(n, rng, device)
        return RandomMDPTask(torch.nn.functional.one_hot(task.transition.argmax(-1), self.states).float(), task.reward)


def test_many_at_once_agree_step_by_step_with_one_by_one() -> None:
    family = Silent()
    _, _, cut = step_both(ID, family.sample_tasks(6, seeded(5)), 40, family=family)
    assert cut.sum() == 3 * 6


def test_the_picture_frames_the_state() -> None:
    env: Any = gymnasium.make(ID, render_mode="rgb_array")
    env.reset(seed=0)
    env.step(np.int64(0))
    image = env.render()
    assert image.shape == (120, 240, 3) and image.dtype == np.uint8
    columns = np.nonzero((image == (0, 114, 178)).all(-1))[1]
    assert columns.min() == 24 and columns.max() == 47, "state 1"
    assert image[12, 80, 2] < image[36, 80, 2], "action 0 pays more, so it is darker"


def test_what_cannot_be_is_refused() -> None:
    for arguments in ({"states": 0}, {"actions": 0}, {"episodes": 0}):
        with pytest.raises(ValueError, match=f"{next(iter(arguments))} .* got 0"):
            RandomMDP(**arguments)
    family, s = RandomMDP(), torch.tensor(0)
    for call in (lambda: family.transition(s, s), lambda: family.reward(s, s, s)):
        with pytest.raises(ValueError, match=r"needs a torch\.Generator"):
            call()
