"""Reptile: the walk against a plain loop, and what becomes of θ."""

from typing import Any

import pytest
import torch
from torch.distributions import Normal

from dremeta_lite.inner.policy_gradient import Experience, prepare, step_size
from dremeta_lite.meta.reptile import Reptile, walk
from dremeta_lite.networks import stack
from dremeta_lite.policies import GaussianMLP
from dremeta_lite.rollout import collect
from dremeta_lite.tasks import HiddenGoal, Navigation2D

ALPHA = 0.5


@pytest.mark.parametrize("steps", [1, 3])
def test_a_walk_is_a_plain_loop_of_policy_gradient_steps(double_family: Navigation2D, double_params: Any, steps: int) -> None:
    rng, policy = torch.Generator().manual_seed(0), GaussianMLP(2, 2, hidden=(4,))
    theta, tasks = double_params(policy), double_family.sample_tasks(1, rng)
    batches = [prepare(collect(double_family, tasks, policy, stack(theta, 1), 2, rng)) for _ in range(steps)]
    one = [Experience(*(x[0] for x in batch)) for batch in batches]

    phi = {name: p.clone() for name, p in theta.items()}
    for k, e in enumerate(one):
        leaves = {name: p.clone().requires_grad_() for name, p in phi.items()}
        hidden = torch.tanh(e.observation @ leaves["weight0"] + leaves["bias0"])
        normal = Normal(hidden @ leaves["weight1"] + leaves["bias1"], leaves["log_std"].exp())
        ratio = (normal.log_prob(e.action).sum(-1) - e.log_prob).exp()
        gradients = torch.autograd.grad((ratio * e.advantage * e.weight).sum(), list(leaves.values()))
        size = ALPHA * (1, 0.4, 0.15)[k]
        phi = {name: p.detach() + size * g for (name, p), g in zip(leaves.items(), gradients, strict=True)}
        assert size == step_size(ALPHA, k)
    found = walk(policy, theta, one, ALPHA)
    for name in theta:
        torch.testing.assert_close(found[name], phi[name] - theta[name], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("family", [Navigation2D(), HiddenGoal()], ids=lambda family: family.name)
def test_theta_is_moved_along_the_mean_walk(family: Any) -> None:
    learner, seen = Reptile(family, hidden=(8,), tasks=3, trajectories=2, inner_steps=2, inner_lr=0.5, meta_lr=0.003), {}
    sample = learner.sample_experience

    def recorded(*arguments: Any) -> Any:
        seen["experience"], returns = sample(*arguments)
        return seen["experience"], returns

    learner.sample_experience = recorded  # type: ignore[method-assign]
    learner.ascend = lambda direction, rate: seen.update(direction=direction, rate=rate)  # type: ignore[method-assign]
    numbers = learner.advance()
    theta = {name: p.detach() for name, p in learner.theta.items()}
    support = seen["experience"][:2]  # the third batch only shows how well the walks end
    each = [walk(learner.policy, theta, [Experience(*(x[i] for x in e)) for e in support], 0.5) for i in range(3)]
    for name, d in seen["direction"].items():
        torch.testing.assert_close(d, sum(w[name] for w in each) / 3, rtol=1e-4, atol=1e-6)
    assert seen["rate"] == 0.003 and numbers["env_steps"] == 3 * 2 * family.horizon * 3


def test_no_recipe_makes_reptile_pooled_training() -> None:
    assert Reptile(HiddenGoal(), 0, hidden=(4,)).hyper.inner_steps == 2
