"""MAML whose outer loop is PPO's: with one outer step it is MAML; with more, what has moved too far gains nothing."""

from typing import Any

import pytest
import torch
from torch.func import grad

from dremeta_lite.inner.policy_gradient import Experience, surrogate
from dremeta_lite.meta import MAML, ClippedMAML
from dremeta_lite.networks import detach
from dremeta_lite.tasks import MirroredNavigation2D, Navigation2D

SMALL: dict[str, Any] = {"hidden": (4,), "tasks": 3, "trajectories": 2, "inner_steps": 2}


def test_with_one_outer_step_it_is_maml_bit_for_bit(same_state) -> None:
    one, other = ClippedMAML(Navigation2D(), 3, outer_steps=1, **SMALL), MAML(Navigation2D(), 3, **SMALL)
    for _ in range(2):
        assert one.step() == other.step()
    assert same_state(one.state_dict(), other.state_dict())


def test_the_first_of_its_steps_has_the_gradient_of_maml() -> None:
    """φ is the one that played then, so every ratio is 1: in float32 up to rounding, far inside the clip."""
    learner = ClippedMAML(MirroredNavigation2D(), 1, **SMALL)
    theta = detach(learner.theta)
    experience, _ = learner.sample_experience(theta, learner.family.sample_tasks(3, learner.rng))
    clipped = grad(learner.objective(experience))(theta)
    learner.judged_by = surrogate  # type: ignore[method-assign]
    plain = grad(learner.objective(experience))(theta)
    for name in theta:
        torch.testing.assert_close(clipped[name], plain[name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("advantage", "moved", "left"), [(1.0, 0.5, 0.0), (1.0, -0.5, 1.0), (-1.0, -0.5, 0.0), (-1.0, 0.5, 1.0)])
def test_what_has_moved_too_far_the_right_way_gains_nothing_more(advantage: float, moved: float, left: float) -> None:
    """The old probability was e^-moved times the present one. Clipped, the gradient is 0; else that of the plain surrogate."""
    learner = ClippedMAML(Navigation2D(), 0, **SMALL)
    theta = detach(learner.theta)
    seen, action = torch.randn(5, 2, generator=learner.rng), torch.randn(5, 2, generator=learner.rng)
    old = learner.policy.log_prob(theta, seen, action) - moved
    experience = Experience(seen, action, old, torch.full((5,), advantage), torch.full((5,), 0.2))
    clipped = grad(lambda p: learner.judged_by(learner.policy, p, experience))(theta)
    plain = grad(lambda p: surrogate(learner.policy, p, experience))(theta)
    for name in theta:
        torch.testing.assert_close(clipped[name], left * plain[name])


def test_further_steps_go_on_climbing_what_was_played() -> None:
    """After four steps the clipped objective of the batch is higher than after one, in each of three seeds."""
    for seed in range(3):
        ends = []
        for steps in (1, 4):
            learner = ClippedMAML(Navigation2D(), seed, outer_steps=steps, **{**SMALL, "trajectories": 20})
            learner.step()
            ends.append(learner.objective(learner.experience)(detach(learner.theta)).item())
        assert ends[1] > ends[0]
