"""Pooled training: the ordinary policy gradient, averaged over tasks, with no inner step."""

from typing import Any

import pytest
import torch
from torch.distributions import Normal

from dremeta_lite.inner import policy_gradient
from dremeta_lite.meta import adapting
from dremeta_lite.meta.evaluation import standing_still
from dremeta_lite.meta.pooled import Pooled
from dremeta_lite.tasks.navigation import Navigation2D


def test_the_gradient_is_the_score_function_gradient_averaged_over_tasks(family: Navigation2D, monkeypatch: pytest.MonkeyPatch) -> None:
    """At θ all ratios are 1, so what reaches Adam is the mean over tasks of Σ weight · Â · ∇log π, here with plain autograd."""
    learner, seen = Pooled(family, hidden=(8,), tasks=3, trajectories=2, fraction=1.0, learning_rate=0.003), {}

    def prepare(*arguments: Any) -> policy_gradient.Experience:
        seen["experience"] = policy_gradient.prepare(*arguments)
        return seen["experience"]

    monkeypatch.setattr(adapting, "prepare", prepare)
    learner.ascend = lambda gradient, rate: seen.update(gradient=gradient, rate=rate)  # type: ignore[method-assign]
    numbers = learner.advance()

    leaves = {name: p.detach().clone().requires_grad_() for name, p in learner.theta.items()}
    e, total = seen["experience"], torch.zeros(())
    for i in range(3):
        x = torch.tanh(e.observation[i] @ leaves["weight0"] + leaves["bias0"]) @ leaves["weight1"] + leaves["bias1"]
        log_prob = Normal(x, leaves["log_std"].exp()).log_prob(e.action[i]).sum(-1)
        total = total + (log_prob * e.advantage[i] * e.weight[i]).sum() / 3
    total.backward()
    for name, p in leaves.items():
        # float32 sums of 600 terms that nearly cancel; the rollout's log π and the formula's differ in their last digits.
        torch.testing.assert_close(seen["gradient"][name], p.grad, rtol=1e-3, atol=1e-5)
    assert seen["rate"] == 0.003 and numbers["env_steps"] == 3 * 2 * 100
    assert numbers["surrogate"] == pytest.approx(0, abs=1e-5)  # the mean of normalised advantages


def test_training_raises_the_return_towards_standing_still(family: Navigation2D) -> None:
    """Fresh parameters drift; 40 iterations are enough to see the drift go. No fixed policy does much better than standing still."""
    learner = Pooled(family, seed=1, trajectories=10)
    returns = [learner.step()["return_before"] for _ in range(40)]
    first, last = sum(returns[:5]) / 5, sum(returns[-5:]) / 5
    # The mean over 5 iterations of 20 tasks has a standard error of 14 / √100 = 1.4 from the choice of the tasks alone.
    assert last > first + 8
    still = standing_still(family, family.held_out_tasks()).mean().item()
    assert last < still + 3 * 1.4
