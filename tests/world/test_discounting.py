"""Discounted returns, and the γ at which two rewards are worth the same: in closed form, and by value iteration on a map."""

import math

import pytest
import torch

from dremeta_lite.tasks.grid import GridWorld
from dremeta_lite.world.discounting import break_even_discount, discounted_return
from dremeta_lite.world.tabular import value_iteration


def test_a_discounted_return_by_hand() -> None:
    reward = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 8.0]])
    assert discounted_return(reward, 0.5).tolist() == [1 + 1 + 0.75, 2]
    assert discounted_return(reward, 1.0).tolist() == [6, 8]
    assert discounted_return(reward, 0.0).tolist() == [1, 0]
    assert discounted_return(torch.zeros(2, 0), 0.9).tolist() == [0, 0]
    ones = torch.ones(400, dtype=torch.float64)
    assert discounted_return(ones, 0.9).item() == pytest.approx(10)  # the geometric series, 1 / (1 - γ)


@pytest.mark.parametrize(("near", "far"), [((1, 3), (3, 6)), ((2, 1), (9, 5)), ((1, 4), (2, 5))])
def test_the_best_policy_turns_round_at_the_break_even_discount(near: tuple[float, int], far: tuple[float, int]) -> None:
    gamma = break_even_discount(near, far)
    assert gamma ** (near[1] - 1) * near[0] == pytest.approx(gamma ** (far[1] - 1) * far[0])
    layout = f"{near[0]}{'.' * (near[1] - 1)}S{'.' * (far[1] - 1)}{far[0]}"
    family = GridWorld(layout, step_reward=0.0)
    P, R = family.transition_matrix(), family.reward_matrix()
    for discount, best in ((gamma - 1e-3, 3), (gamma + 1e-3, 1)):
        assert value_iteration(P, R, discount).Q[family.start].argmax().item() == best


def test_the_lessons_example() -> None:
    assert break_even_discount((1, 3), (3, 6)) == pytest.approx(math.cbrt(1 / 3)) == pytest.approx(0.693, abs=5e-4)


@pytest.mark.parametrize(("near", "far"), [((3, 3), (1, 6)), ((1, 6), (3, 3)), ((-1, 1), (1, 2)), ((1, 0), (2, 3)), ((1, 2), (1, 2))])
def test_without_a_break_even_discount(near: tuple[float, int], far: tuple[float, int]) -> None:
    with pytest.raises(ValueError, match="no γ makes them equal"):
        break_even_discount(near, far)
