"""Value iteration and policy iteration as learners: each step is the sweep that the book describes, and both end at the exact values."""

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from dremeta_lite.tasks import GridWorld
from dremeta_lite.world.sweeps import Sweeps
from dremeta_lite.world.tabular import greedy, policy_iteration, value_iteration

GRID = GridWorld()
Same = Callable[[dict[str, Tensor], dict[str, Tensor]], bool]


def test_every_step_of_value_iteration_is_the_sweep_of_the_oracle() -> None:
    learner = Sweeps(GRID, discount=0.9, slip=0.3)
    P, R = learner.tables()
    after = torch.zeros_like(learner.V)
    for _ in range(19):
        before, after = after, (R + 0.9 * torch.einsum("san,n->sa", P, after)).amax(-1)
        numbers = learner.step()
        torch.testing.assert_close(learner.V, after)
        assert numbers["change"] == pytest.approx((after - before).abs().max().item())


def test_a_sweep_shrinks_the_error_at_least_by_the_discount() -> None:
    learner = Sweeps(GRID, discount=0.8, slip=0.2)
    errors = [learner.step()["error"] for _ in range(30)]
    assert all(after <= 0.8 * before + 1e-9 for before, after in pairwise(errors))


def test_policy_iteration_is_exact_after_a_few_rounds() -> None:
    learner = Sweeps(GRID, policy_iteration=True)
    P, R = learner.tables()
    numbers = [learner.step() for _ in range(6)]
    assert numbers[3]["error"] < 1e-8 < numbers[2]["error"], "four rounds, as notebook 02 says"
    exact = policy_iteration(P, R, 0.95)
    torch.testing.assert_close(learner.V, exact.V)
    assert torch.equal(learner.policy, greedy(exact.Q))


def test_the_news_of_the_goal_travels_one_cell_a_sweep() -> None:
    """S is eight steps from the goal: before the eighth sweep it is worth no more than what so many steps cost."""
    learner = Sweeps(GRID)
    for sweep in range(1, 8):
        assert learner.step()["value_start"] <= -0.04 * sum(0.95**t for t in range(sweep)) + 1e-9
    assert learner.step()["value_start"] > -0.04 * sum(0.95**t for t in range(8)) + 0.05


def test_what_slipping_does_to_the_best_action() -> None:
    """Beside the goal (cell 4): with slip 3/4 nothing can be controlled, and with slip 1 one orders what one does not want."""
    worth = {}
    for slip in (0.0, 0.2, 0.75, 1.0):
        learner = Sweeps(GRID, slip=slip)
        found = value_iteration(*learner.tables(), 0.95)
        worth[slip] = found.V[GRID.start].item()
        beside = found.Q[4]
        if slip == 0.75:
            assert beside.max() - beside.min() < 1e-6
        else:
            assert (beside.argmin() if slip == 1 else beside.argmax()).item() == 1
    assert worth[0.0] > worth[0.2] > worth[1.0] > worth[0.75]


def test_moving_a_slider_goes_on_from_the_values_reached() -> None:
    learner = Sweeps(GRID)
    for _ in range(100):
        learner.step()
    learner.hyper.slip = 0.4
    assert learner.step()["error"] > 0.01
    for _ in range(200):
        numbers = learner.step()
    assert numbers["error"] < 1e-8


def test_it_goes_on_where_it_stopped(same_state: Same) -> None:
    there, here = Sweeps(GRID), Sweeps(GRID)
    for _ in range(3):
        there.step()
    here.load_state_dict(there.state_dict())
    assert there.step() == here.step() and same_state(there.state_dict(), here.state_dict())
