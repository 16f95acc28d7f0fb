"""The best blind search: against its closed form for one goal, a path made by hand for the ring, and a plain loop."""

import math

import pytest
import torch

from dremeta_lite.tasks.drawn_goals import RADIUS, ring
from dremeta_lite.world.blind_search import REACH, SPEED, STEPS, best_path, share_found
from tests.conftest import seeded


def test_one_goal_is_gone_to_straight() -> None:
    """It is met in step k = ⌈(distance - reach) / speed⌉, which leaves 80 - k + 1 of 80 steps; no path is better."""
    goal = torch.tensor([[0.3, -0.3]])
    k = math.ceil((goal.norm().item() - REACH) / SPEED)
    worth = share_found(best_path(goal, seeded(0), starts=3, updates=120), goal).item()
    assert worth == pytest.approx((STEPS - k + 1) / STEPS, abs=1.01 / STEPS) and worth <= (STEPS - k + 1) / STEPS + 1e-6


def test_on_the_ring_it_is_as_good_as_going_round() -> None:
    """By hand: straight out, then round the ring at its middle. One step moves by an angle of speed / radius."""
    out = torch.arange(1, 11) * SPEED
    angle = torch.arange(STEPS - 10) * SPEED / RADIUS
    by_hand = torch.cat([torch.stack([out, 0 * out], 1), RADIUS * torch.stack([angle.cos(), angle.sin()], 1)])
    goals, test = ring(400, seeded(1)), ring(2000, seeded(2))
    found = share_found(best_path(goals, seeded(0)), test).mean()
    assert found > share_found(by_hand, test).mean() - 0.02
    assert found > share_found(best_path(torch.tensor([[0.4, 0.0]]), seeded(0), 2, 60), test).mean() + 0.2, "who knows p(T) gains much"


def test_the_share_of_the_steps_is_counted_from_the_first_within_reach() -> None:
    path, goals = 0.1 * torch.randn(7, 2, generator=seeded(0)).cumsum(0), 0.2 * torch.randn(5, 2, generator=seeded(1))
    for goal, share in zip(goals, share_found(path, goals), strict=True):
        near = [math.dist(place, goal.tolist()) < REACH for place in path.tolist()]
        assert share.item() == pytest.approx((7 - near.index(True)) / 7 if any(near) else 0)
