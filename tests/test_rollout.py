"""Collected experience against stepping the single-agent Gymnasium environment with the same actions."""

import gymnasium
import numpy as np
import pytest
import torch
from torch.distributions import Normal

from dremeta_lite.networks import stack
from dremeta_lite.policies import GaussianMLP
from dremeta_lite.rollout import Trajectories, collect, repeat
from dremeta_lite.tasks.family import pick, with_axes
from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask

GOALS = torch.tensor([[0.3, 0.4], [-0.2, 0.1], [0.5, -0.5]])


@pytest.fixture
def arriving(family: Navigation2D, seeker, rng: torch.Generator) -> Trajectories:
    """Episodes that terminate, at different times."""
    policy, params = seeker(GOALS)
    return collect(family, NavigationTask(GOALS), policy, params, 4, rng)


def wandering(family: Navigation2D, rng: torch.Generator, trajectories: int = 3) -> tuple[GaussianMLP, dict, Trajectories]:
    policy = GaussianMLP(2, 2)
    params = stack(policy.init(rng), 3)
    return policy, params, collect(family, NavigationTask(GOALS), policy, params, trajectories, rng)


def replay(t: Trajectories, task: int, trajectory: int) -> int:
    """Step the ordinary environment with the recorded actions and compare; returns the length of the episode."""
    env = gymnasium.make("dremeta/Navigation2D-v0", task=NavigationTask(GOALS[task]))
    observation, _ = env.reset(seed=0)
    total = 0.0
    for step in range(100):
        assert np.array_equal(t.observation[task, trajectory, step], observation)  # the same float32 additions
        assert t.mask[task, trajectory, step] == 1
        observation, reward, terminated, truncated, _ = env.step(t.action[task, trajectory, step].numpy())
        # A sum of two squares may be rounded otherwise in the last float32 digit.
        assert t.reward[task, trajectory, step].item() == pytest.approx(float(reward), rel=1e-6)
        assert t.terminated[task, trajectory, step].item() is terminated
        total += float(reward)
        if terminated or truncated:
            break
    assert terminated or step == 99
    assert not t.mask[task, trajectory, step + 1 :].any()
    assert not t.reward[task, trajectory, step + 1 :].any() and not t.terminated[task, trajectory, step + 1 :].any()
    assert t.returns()[task, trajectory].item() == pytest.approx(total, rel=1e-5)  # a hundred float32 additions
    return step + 1


def test_episodes_that_terminate(arriving: Trajectories) -> None:
    lengths = [replay(arriving, i, j) for i in range(3) for j in range(4)]
    assert max(lengths) < 100 and len(set(lengths)) > 1
    assert arriving.terminated.sum(-1).eq(1).all()  # each exactly once
    assert arriving.mask.sum(-1).flatten().tolist() == lengths


def test_episodes_cut_off_by_the_horizon_have_no_terminated_step(family: Navigation2D, rng: torch.Generator) -> None:
    _, _, t = wandering(family, rng)
    assert [replay(t, i, j) for i in range(3) for j in range(3)] == [100] * 9
    assert not t.terminated.any() and t.mask.all()


def test_shapes(family: Navigation2D, rng: torch.Generator) -> None:
    _, _, t = wandering(family, rng, trajectories=5)
    assert t.observation.shape == t.action.shape == (3, 5, 100, 2)
    assert t.log_prob.shape == t.reward.shape == t.terminated.shape == t.mask.shape == (3, 5, 100)
    assert t.returns().shape == (3, 5) and not t.log_prob.requires_grad


def test_log_prob_is_that_of_the_policy_that_acted(family: Navigation2D, rng: torch.Generator) -> None:
    """Against torch.distributions, and against the policy's own formula. 1e-4: (a - mean) / std loses digits that z itself has."""
    policy, params, t = wandering(family, rng)
    for i in range(3):
        own = {name: p[i] for name, p in params.items()}
        s, a = t.observation[i].flatten(0, 1), t.action[i].flatten(0, 1)
        normal = Normal(policy.mean(own, s), own["log_std"].exp())
        torch.testing.assert_close(t.log_prob[i].flatten(), normal.log_prob(a).sum(-1), rtol=0, atol=1e-4)
        torch.testing.assert_close(t.log_prob[i].flatten(), policy.log_prob(own, s, a), rtol=0, atol=1e-4)


def test_each_task_is_played_with_its_own_parameters(family: Navigation2D, seeker, rng: torch.Generator) -> None:
    """The walker of task 0 arrives at goal 0 only, and so on: swapped parameters never arrive."""
    policy, params = seeker(GOALS)
    swapped = {name: p.roll(1, 0) for name, p in params.items()}
    assert collect(family, NavigationTask(GOALS), policy, params, 2, rng).terminated.any(-1).all()
    assert not collect(family, NavigationTask(GOALS), policy, swapped, 2, rng).terminated.any()


def test_noise_scales_the_standard_deviation(family: Navigation2D, seeker) -> None:
    policy, params = seeker(GOALS, std=0.3)
    draw = lambda noise: collect(family, NavigationTask(GOALS), policy, params, 2, torch.Generator().manual_seed(5), noise)
    mean_action = draw(0)
    s = mean_action.observation.flatten(1, 2)
    # float32: a product of three numbers, twice.
    torch.testing.assert_close(mean_action.action.flatten(1, 2), policy.mean(params, s), rtol=1e-6, atol=1e-6)
    first, half = draw(1.0).action[:, :, 0], draw(0.5).action[:, :, 0]  # both start at the origin, with the same mean
    start = mean_action.action[:, :, 0]
    torch.testing.assert_close(half - start, 0.5 * (first - start), rtol=1e-5, atol=1e-6)


def test_one_more_episode_without_noise_changes_nothing_in_the_others(family: Navigation2D) -> None:
    policy = GaussianMLP(2, 2)
    params = stack(policy.init(torch.Generator().manual_seed(1)), 3)
    draw = lambda n, **options: collect(family, NavigationTask(GOALS), policy, params, n, torch.Generator().manual_seed(5), **options)
    noisy, calm = draw(2, calm=True).split(2)
    for got, wanted in zip((*noisy, *calm), (*draw(2), *draw(1, noise=0.0)), strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-5, atol=1e-6)  # a product with one more row may be rounded otherwise


def test_the_seed_decides_everything(family: Navigation2D) -> None:
    runs = [wandering(family, torch.Generator().manual_seed(seed))[2] for seed in (1, 1, 2)]
    assert all(torch.equal(a, b) for a, b in zip(runs[0], runs[1], strict=True))
    assert not torch.equal(runs[0].action, runs[2].action)


def test_float64_works_end_to_end(double_family: Navigation2D, double_params, rng: torch.Generator) -> None:
    policy = GaussianMLP(2, 2, (4,))
    t = collect(double_family, double_family.sample_tasks(2, rng), policy, stack(double_params(policy), 2), 3, rng)
    assert {x.dtype for x in t} == {torch.float64, torch.bool}


def test_repeat_gives_every_trajectory_its_task() -> None:
    wide = repeat(with_axes(NavigationTask(GOALS), 1), 4)
    assert wide.goal.shape == (3, 4, 2)
    assert all(torch.equal(wide.goal[:, j], GOALS) for j in range(4))
    assert torch.equal(pick(wide, 1).goal, GOALS[1].expand(4, 2))
