"""Backward induction: against brute force over all plans, and in closed form."""

import itertools

import pytest
import torch
from torch import Tensor

from dremeta_lite.world.finite_horizon import backward_induction
from tests.conftest import seeded


def world(states: int, actions: int, seed: int) -> tuple[Tensor, Tensor]:
    P = torch.rand(states, actions, states, generator=seeded(seed), dtype=torch.float64)
    return P / P.sum(-1, keepdim=True), torch.randn(states, actions, generator=seeded(seed + 1), dtype=torch.float64)


def test_no_plan_is_better() -> None:
    """All 4^3 plans that choose an action for each of 2 states in each of 3 steps, evaluated by their chains."""
    P, R = world(2, 2, 0)
    Q = backward_induction(P, R, 3)
    rules = list(itertools.product(range(2), repeat=2))
    best = torch.full((2,), -torch.inf, dtype=torch.float64)
    for plan in itertools.product(rules, repeat=3):
        V = torch.zeros(2, dtype=torch.float64)
        for rule in reversed(plan):
            V = torch.stack([R[s, a] + P[s, a] @ V for s, a in enumerate(rule)])
        best = torch.maximum(best, V)
    torch.testing.assert_close(Q[0].amax(-1), best)
    torch.testing.assert_close(Q[2], R)
    torch.testing.assert_close(Q[1], R + P @ R.amax(-1))


def test_it_broadcasts_over_worlds() -> None:
    worlds = [world(3, 2, seed) for seed in (1, 5)]
    both = backward_induction(torch.stack([P for P, _ in worlds]), torch.stack([R for _, R in worlds]), 4)
    assert both.shape == (2, 4, 3, 2)
    for i, (P, R) in enumerate(worlds):
        torch.testing.assert_close(both[i], backward_induction(P, R, 4))


def test_the_best_action_depends_on_the_time_that_is_left() -> None:
    """State 0: stay for 1 a step, or walk for nothing to state 1, which pays 3 a step. With two steps left walking pays 0 + 3 against
    1 + 1; in the last step it pays nothing."""
    P = torch.zeros(2, 2, 2, dtype=torch.float64)
    P[0, 0, 0] = P[0, 1, 1] = P[1, :, 1] = 1
    R = torch.tensor([[1.0, 0.0], [3.0, 3.0]], dtype=torch.float64)
    Q = backward_induction(P, R, 3)
    assert Q[:, 0].argmax(-1).tolist() == [1, 1, 0] and Q[0, 0].tolist() == [4, 6]
    with pytest.raises(ValueError, match="got 0"):
        backward_induction(P, R, 0)
