"""Learning f from play: it keeps what it has seen, goes on where it stopped, and what it learns is good enough to plan with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from dremeta_lite.learner import NotFinite
from dremeta_lite.tasks import Pendulum, PendulumTask
from dremeta_lite.tasks.family import crowd_of
from dremeta_lite.tasks.pendulum import wrap
from dremeta_lite.world.model_learner import LOOK_AHEAD, RANDOM_FIRST, ModelLearner
from dremeta_lite.world.planning import Model, act_by_planning, true_model

HANGING = Pendulum(start="hanging")
Same = Callable[[dict[str, Tensor], dict[str, Tensor]], bool]


def small(seed: int = 0, **hyper: Any) -> ModelLearner:
    return ModelLearner(HANGING, seed, members=2, hidden=(8,), players=3, capacity=50, updates=2, **hyper)


def test_the_data_are_what_the_world_did_and_the_oldest_are_forgotten() -> None:
    task = PendulumTask(*(torch.tensor(x) for x in (0.8, 1.1, 9.0, -1.0)))
    learner = ModelLearner(HANGING, 0, task=task, members=2, hidden=(8,), players=3, capacity=50, updates=2, play=5)
    for iteration in range(1, 6):
        numbers = learner.step()
        known = learner.transitions()
        assert numbers["transitions"] == len(known.state) == min(50, 15 * iteration)
        assert numbers["env_steps"] == 15
        moved = HANGING.transition(known.state, known.action, None, crowd_of(task, len(known.state)))
        torch.testing.assert_close(known.next_state, moved)
    first = torch.tensor([torch.pi, 0.0])
    assert not (learner.data["state"] == first).all(1).any(), "the starts were the oldest"
    assert (learner.data["state"][25 - 3 : 25] != 0).any()


def test_a_new_episode_begins_at_the_horizon() -> None:
    learner = small(play=50)
    for _ in range(4):
        learner.step()
    assert torch.equal(learner.episodes.state, HANGING.initial(None, crowd_of(HANGING.default_params, 3)))
    assert not learner.now["elapsed"].any()


@pytest.mark.parametrize("own_plans", [False, True])
def test_it_goes_on_where_it_stopped(own_plans: bool, same_state: Same, tmp_path: Path) -> None:
    there, here = small(1, play=5), small(2, play=50)
    for learner in (there, here):
        learner.hyper.own_plans = own_plans
        learner.seen, old = RANDOM_FIRST, learner.seen  # as if there were enough to plan with
        learner.step()
        assert old == 0
    there.save(tmp_path / "model.safetensors")
    here.load(tmp_path / "model.safetensors")
    assert same_state(there.state_dict(), here.state_dict())
    assert there.step() == here.step()
    assert same_state(there.state_dict(), here.state_dict())


def test_the_same_seed_gives_the_same_run_and_another_one_another(same_state: Same) -> None:
    a, b, c = small(3), small(3), small(4)
    for learner in (a, b, c):
        learner.step()
    assert same_state(a.state_dict(), b.state_dict()) and not same_state(a.state_dict(), c.state_dict())


def test_a_later_step_does_not_change_a_model_taken_before() -> None:
    learner = small()
    learner.step()
    model, state, action = learner.model(), torch.randn(4, 2), torch.randn(4, 1)
    before = model(state, action)
    learner.step()
    torch.testing.assert_close(model(state, action), before, rtol=0, atol=0)
    assert not torch.allclose(learner.model()(state, action), before)


def test_what_is_not_finite_stops_it_and_is_undone() -> None:
    learner = small()
    learner.step()
    kept = {name: p.clone() for name, p in learner.theta.items()}
    learner.data["action"][20] = float("nan")
    with pytest.raises(NotFinite):
        learner.step()
    assert all(torch.equal(p, kept[name]) for name, p in learner.theta.items())


def test_the_k_of_the_slider_is_the_k_of_the_error() -> None:
    """With k = 1 the two errors are the same number; after many steps it has grown."""
    learner = ModelLearner(HANGING, 0)
    for _ in range(10):
        learner.step()
    errors = []
    for k in (1, 10, LOOK_AHEAD):
        learner.hyper.k = k
        errors.append(learner.judge()["k_step_error"])
    assert errors[0] < errors[1] < errors[2]
    assert errors[0] == pytest.approx(learner.judge()["one_step_error"])


def swing_up(model: Model, seed: int, n: int = 2) -> tuple[Tensor, Tensor]:
    """Returns and the share of the last 25 of 100 steps spent within 0.3 of upright, of `n` pendulums that plan with `model`."""
    rng = torch.Generator().manual_seed(seed)
    states, rewards = act_by_planning(HANGING, model, n, rng, steps=100, horizon=15, plans=64, refits=2, elites=8)
    return rewards.sum(1), (wrap(states[:, -25:, 0]).abs() < 0.3).float().mean(1)


@pytest.fixture(scope="module")
def with_the_true_model() -> Tensor:
    return swing_up(true_model(HANGING), 0, n=10)[0]


@pytest.mark.parametrize("seed", range(3))
def test_the_planner_swings_the_pendulum_up_with_the_learned_model(seed: int, with_the_true_model: Tensor) -> None:
    """From 800 transitions of random play (four pendulums, 10 seconds each). Measured: -393 to -402 with the learned model, -380 to -396
    with the true one; a pendulum that hangs still has lost 990 by then."""
    learner = ModelLearner(HANGING, seed)
    for _ in range(20):
        numbers = learner.step()
    assert numbers["transitions"] == 800
    returns, up = swing_up(learner.model(), seed)
    assert returns.min() > -460 and up.min() > 0.95
    assert returns.mean() > with_the_true_model.mean() - 50
