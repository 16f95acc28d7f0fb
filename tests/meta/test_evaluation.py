"""Adaptation to held-out tasks against a loop over tasks, the bootstrap against theory, the yardsticks against Gymnasium."""

import math

import gymnasium
import numpy as np
import pytest
import torch
from torch import Tensor

from dremeta_lite.inner.policy_gradient import Experience, adapt, prepare
from dremeta_lite.meta.evaluation import adapt_to, bootstrap_interval, oracle, random_policy, standing_still
from dremeta_lite.networks import stack
from dremeta_lite.policies import GaussianMLP
from dremeta_lite.rollout import collect
from dremeta_lite.tasks.family import pick
from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask

POLICY = GaussianMLP(2, 2, (8,))


@pytest.fixture
def theta(rng: torch.Generator) -> dict[str, Tensor]:
    return POLICY.init(rng)


def test_adaptation_equals_a_loop_over_tasks(family: Navigation2D, theta) -> None:
    tasks = family.held_out_tasks(3)
    got = adapt_to(family, tasks, POLICY, theta, inner_lr=0.3, steps=3, trajectories=4, seed=5, discount=0.9, lam=0.8)
    rng, phi = torch.Generator().manual_seed(5), [theta] * 3
    for k in range(4):
        stacked = {name: torch.stack([p[name] for p in phi]) for name in theta}
        for name in theta:
            # float32, three steps of gradients whose sums add in another order.
            torch.testing.assert_close(got.params[k][name], stacked[name], rtol=1e-4, atol=1e-5)
        t = collect(family, tasks, POLICY, got.params[k], 4, rng)
        assert torch.equal(t.reward, got.trajectories[k].reward)
        e = prepare(t, 0.9, 0.8)
        phi = [adapt(POLICY, p, Experience(*(x[i] for x in e)), 0.3 * (1, 0.4, 0.15, 0.15)[k]) for i, p in enumerate(phi)]
    assert len(got.params) == len(got.trajectories) == 4
    returns = got.returns()
    assert returns.shape == (4, 3)
    assert returns[2, 1].item() == pytest.approx(got.trajectories[2].reward[1].sum(-1).mean().item(), rel=1e-6)


def test_no_steps_is_allowed_and_the_seed_decides(family: Navigation2D, theta) -> None:
    tasks = family.held_out_tasks(4)
    a, b, c = (adapt_to(family, tasks, POLICY, theta, steps=0, trajectories=2, seed=seed).returns() for seed in (1, 1, 2))
    assert a.shape == (1, 4) and torch.equal(a, b) and not torch.equal(a, c)


def test_tasks_are_adapted_to_independently(family: Navigation2D, theta) -> None:
    """The parameters of task 0 do not depend on what the other tasks are (their noise is drawn all the same)."""
    tasks = family.held_out_tasks(3)
    other = NavigationTask(torch.cat([tasks.goal[:1], -tasks.goal[1:]]))
    a, b = (adapt_to(family, t, POLICY, theta, steps=2, trajectories=3).params[-1] for t in (tasks, other))
    assert all(torch.allclose(a[name][0], b[name][0], rtol=0, atol=1e-6) for name in theta)
    assert not torch.allclose(a["bias1"][1], b["bias1"][1], rtol=0, atol=1e-3)


def test_a_result_does_not_change_when_the_learner_trains_on(family: Navigation2D, theta) -> None:
    leaf = {name: p.clone().requires_grad_() for name, p in theta.items()}
    result = adapt_to(family, family.held_out_tasks(2), POLICY, leaf, steps=1, trajectories=2)
    with torch.no_grad():
        for p in leaf.values():
            p.add_(1)
    for name, p in stack(theta, 2).items():
        assert torch.equal(result.params[0][name], p)
        assert not result.params[1][name].requires_grad


# --- the bootstrap -----------------------------------------------------------------------------------------------------------------


def test_the_bootstrap_interval_agrees_with_theory_on_many_values() -> None:
    """For n = 400 the means are nearly normal: mean ± 1.96 standard errors. Quantiles of 2000 draws scatter by about 3 % of it."""
    values = torch.randn(400, generator=torch.Generator().manual_seed(0)) * 3 + 10
    low, high = bootstrap_interval(values)
    error = values.std(correction=0).item() / math.sqrt(400)
    mean = values.mean().item()
    assert low == pytest.approx(mean - 1.96 * error, abs=0.2 * error)
    assert high == pytest.approx(mean + 1.96 * error, abs=0.2 * error)
    narrow = bootstrap_interval(values, level=0.5)
    assert low < narrow[0] < mean < narrow[1] < high
    assert narrow[1] - narrow[0] == pytest.approx(2 * 0.674 * error, rel=0.15)


def test_the_bootstrap_interval_covers_as_often_as_it_says() -> None:
    """300 samples of 40: 95 % intervals should hold the truth in 95 % of them, a little less for small n (about 94 %): sd 1.4 %."""
    rng = torch.Generator().manual_seed(1)
    hits = sum(low < 0 < high for low, high in (bootstrap_interval(torch.randn(40, generator=rng), draws=500) for _ in range(300)))
    assert 0.89 < hits / 300 < 0.985


def test_the_bootstrap_interval_of_equal_values_is_that_value() -> None:
    assert bootstrap_interval(torch.full((5,), -3.5)) == (-3.5, -3.5)
    assert bootstrap_interval(torch.arange(5.0)) == bootstrap_interval(torch.arange(5.0))


# --- yardsticks --------------------------------------------------------------------------------------------------------------------


def play(task: NavigationTask, act) -> float:
    """One episode in the ordinary environment."""
    env = gymnasium.make("dremeta/Navigation2D-v0", task=task)
    observation, _ = env.reset(seed=0)
    total, over = 0.0, False
    while not over:
        observation, reward, terminated, truncated, _ = env.step(act(observation))
        total, over = total + float(reward), terminated or truncated
    return total


def test_standing_still(family: Navigation2D) -> None:
    """A hundred float32 additions: 1e-5. A goal at the start ends the episode after one step."""
    goals = torch.tensor([[0.3, 0.4], [-0.5, 0.5], [0.005, 0.005], [0.0, 0.0]])
    expected = [-50.0, -100 * math.sqrt(0.5), -math.hypot(0.005, 0.005), 0.0]
    assert standing_still(family, NavigationTask(goals)).tolist() == pytest.approx(expected, rel=1e-5)
    assert standing_still(family, NavigationTask(goals.double())).dtype == torch.float64


def test_the_oracle_equals_walking_straight_in_the_ordinary_environment(family: Navigation2D) -> None:
    tasks = family.held_out_tasks(20)
    returns = oracle(family, tasks)
    for i in range(20):
        goal = tasks.goal[i].numpy()
        walked = play(pick(tasks, i), lambda s, goal=goal: np.clip((goal - s) / 0.1, -1, 1).astype(np.float32))
        # The last of about four steps lands on the goal up to float32 rounding, so a distance near 0 may differ by 1e-7.
        assert returns[i].item() == pytest.approx(walked, abs=1e-5)
    assert (returns >= standing_still(family, tasks)).all()
    assert oracle(family, family.held_out_tasks()).mean().item() == pytest.approx(-0.50, abs=0.1)  # as known for this task


def test_the_oracle_by_hand(family: Navigation2D) -> None:
    """To (0.25, 0): 0.15 away, 0.05 away, there."""
    assert oracle(family, NavigationTask(torch.tensor([[0.25, 0.0]]))).item() == pytest.approx(-0.2, abs=1e-5)


def test_the_random_policy_equals_the_same_draws_in_the_ordinary_environment(family: Navigation2D) -> None:
    tasks = family.held_out_tasks(2)
    returns = random_policy(family, tasks, episodes=3, seed=4)
    rng = torch.Generator().manual_seed(4)
    draws = np.stack([(torch.rand(6, 2, generator=rng) * 2 - 1).numpy() for _ in range(100)], 1)  # [task · episode, time, 2]
    for i in range(2):
        played = []
        for episode in range(3):
            steps = iter(draws[3 * i + episode])
            played.append(play(pick(tasks, i), lambda s, steps=steps: next(steps)))
        assert returns[i].item() == pytest.approx(sum(played) / 3, rel=1e-5)  # float32 additions
    assert torch.equal(returns, random_policy(family, tasks, episodes=3, seed=4))
    assert not torch.equal(returns, random_policy(family, tasks, episodes=3, seed=5))


def test_the_yardsticks_are_in_order(family: Navigation2D) -> None:
    tasks = family.held_out_tasks()
    means = [r.mean().item() for r in (random_policy(family, tasks), standing_still(family, tasks), oracle(family, tasks))]
    assert means == sorted(means)
