"""Advantages through the ends of episodes against a plain loop, and the clipped surrogate against its definition."""

import pytest
import torch
from torch import Tensor

from dremeta_lite.inner.actor_critic import advantages
from dremeta_lite.inner.policy_gradient import generalized_advantage
from dremeta_lite.inner.ppo import clipped_surrogate


def random_stretch(rng: torch.Generator, n: int = 6, time: int = 40) -> tuple[Tensor, ...]:
    reward, value, next_value = torch.randn(3, n, time, generator=rng, dtype=torch.float64)
    kind = torch.rand(n, time, generator=rng)
    return reward, value, next_value, kind < 0.1, kind < 0.2  # terminated in a tenth, and truncated in another tenth


@pytest.mark.parametrize(("discount", "lam"), [(0.9, 0.8), (1.0, 1.0), (0.97, 0.0), (0.0, 0.5)])
def test_against_the_sum_over_each_episode_written_out(discount: float, lam: float, rng: torch.Generator) -> None:
    reward, value, next_value, terminated, ended = random_stretch(rng)
    got = advantages(reward, value, next_value, terminated, ended, discount, lam)
    for i in range(reward.shape[0]):
        for t in range(reward.shape[1]):
            total, weight = 0.0, 1.0
            for u in range(t, reward.shape[1]):
                beyond = 0.0 if terminated[i, u] else next_value[i, u].item()
                total += weight * (reward[i, u].item() + discount * beyond - value[i, u].item())
                weight *= discount * lam
                if ended[i, u]:
                    break
            assert got[i, t].item() == pytest.approx(total, rel=1e-10, abs=1e-10)


def test_without_ends_it_is_the_generalized_advantage_of_whole_episodes(rng: torch.Generator) -> None:
    reward, value, _, _, _ = random_stretch(rng)
    last, never = torch.randn(6, generator=rng, dtype=torch.float64), torch.zeros(6, 40, dtype=torch.bool)
    following = torch.cat([value[:, 1:], last[:, None]], 1)
    torch.testing.assert_close(
        advantages(reward, value, following, never, never, 0.9, 0.7), generalized_advantage(reward, value, last, 0.9, 0.7)
    )


def test_with_lambda_1_advantage_plus_value_is_the_discounted_return_bootstrapped_at_a_truncation_only() -> None:
    """Three rewards of 1, V = 5 before and 7 after each step, γ = 1/2: 1 + 1/2 + 1/4 = 1.75, and 7/8 more if it was only cut off."""
    one, no, last = torch.ones(1, 3), torch.zeros(1, 3, dtype=torch.bool), torch.tensor([[False, False, True]])
    target = lambda terminated: advantages(one, 5 * one, 7 * one, terminated, last, 0.5, 1.0) + 5
    # In the middle V(s') = 7 and V(s) = 5 of the next step do not cancel here, so each step but the last adds γ (7 - 5).
    assert target(last)[0].tolist() == pytest.approx([1.75 + 1 + 0.5, 1.5 + 1, 1.0])
    assert target(no)[0].tolist() == pytest.approx([1.75 + 1 + 0.5 + 7 / 8, 1.5 + 1 + 7 / 4, 1 + 7 / 2])


@pytest.mark.parametrize(
    ("ratio", "advantage", "value", "slope"),
    [
        (1.1, 2.0, 2.2, 2.0),  # inside: the plain ratio
        (0.9, -2.0, -1.8, -2.0),
        (1.5, 2.0, 2.4, 0.0),  # a good action, already 1.5 times as likely: no more to gain
        (0.5, -2.0, -1.6, 0.0),  # a bad action, already half as likely
        (0.5, 2.0, 1.0, 2.0),  # moved the wrong way: the gradient stays, to bring it back
        (1.5, -2.0, -3.0, -2.0),
    ],
)
def test_the_clip_cuts_the_gain_on_the_right_side_only(ratio: float, advantage: float, value: float, slope: float) -> None:
    r = torch.tensor([ratio], dtype=torch.float64, requires_grad=True)
    gain = clipped_surrogate(r, torch.tensor([advantage], dtype=torch.float64), 0.2)
    gain.sum().backward()
    assert gain.item() == pytest.approx(value) and r.grad is not None and r.grad.item() == pytest.approx(slope)


def test_at_the_old_policy_clipped_and_plain_surrogate_have_the_same_gradient(rng: torch.Generator) -> None:
    advantage = torch.randn(50, generator=rng)
    r = torch.ones(50, requires_grad=True)
    (slope,) = torch.autograd.grad(clipped_surrogate(r, advantage, 0.2).sum(), r)
    assert torch.equal(slope, advantage)
