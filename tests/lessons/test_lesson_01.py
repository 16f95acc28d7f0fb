"""What notebook 01 says in its texts, measured again."""

import pytest
import torch

from dremeta_lite.inner.monte_carlo import returns_by_cell, returns_to_go, walk
from dremeta_lite.lab.views.grid import TemperatureHyper, TemperatureView
from dremeta_lite.learner import generator
from dremeta_lite.tasks import GridWorld, Navigation2D, NavigationTask
from dremeta_lite.world.tabular import policy_evaluation, uniform, value_iteration

GRID = GridWorld()
P, R = GRID.transition_matrix(), GRID.reward_matrix()
FREE = [cell for cell in range(30) if not (GRID.walls | GRID.pits)[cell] and cell != 5]


def test_the_best_return_and_the_longest_way() -> None:
    V = value_iteration(P, R, 1.0).V
    assert V[GRID.start].item() == pytest.approx(0.72)
    assert V[FREE].min().item() == pytest.approx(1 - 9 * 0.04)  # ten steps
    assert value_to_the_pit() == pytest.approx(-1.08)


def value_to_the_pit() -> float:
    """Three steps to the right from the start."""
    state, total = torch.tensor(GRID.start), 0.0
    for _ in range(3):
        following = GRID.transition(state, torch.tensor(1), None)
        total += GRID.reward(state, torch.tensor(1), following).item()
        state = following
    assert GRID.pits[state] and GRID.terminal(state)
    return total


def test_there_is_one_way_of_eight_steps() -> None:
    ways = {GRID.start: 1}
    for _ in range(8):
        onward: dict[int, int] = {}
        for cell, n in ways.items():
            for following in set(GRID.neighbours[cell].tolist()) - {cell}:
                if not GRID.terminal(torch.tensor(cell)):
                    onward[following] = onward.get(following, 0) + n
        ways = onward
    assert ways[5] == 1


def test_five_steps_in_the_plane() -> None:
    plane, task = Navigation2D(), NavigationTask(torch.tensor([-0.3, 0.2]))
    place = plane.initial(None, task)
    for move in ((0, 1), (0, 1), (-1, 0), (-1, 0), (-1, 0)):
        assert not plane.terminal(place, None, task)
        place = plane.transition(place, torch.tensor(move).float(), None, task)
    assert plane.terminal(place, None, task)


def test_the_temperatures() -> None:
    view = TemperatureView(GRID, TemperatureHyper(), lambda Q, temperature: torch.softmax(Q / temperature, -1))
    assert [round(view.worth(t), 3) for t in (0.01, 0.1, 10)] == [0.269, -0.118, -0.477]
    worth = [view.worth(t) for t in view.temperatures]
    assert worth == sorted(worth, reverse=True)  # the lower, the better


def test_cells_turn_round_at_different_discounts() -> None:
    corridor = GridWorld("1..S.....3", step_reward=0.0)
    P, R = corridor.transition_matrix(), corridor.reward_matrix()
    for cell, discount in ((3, (1 / 3) ** (1 / 3)), (4, 1 / 3)):
        for side, best in ((-1e-3, 3), (1e-3, 1)):
            assert value_iteration(P, R, discount + side).Q[cell].argmax().item() == best


def test_random_walks() -> None:
    """20 000 walks, a thousand at a time: frequencies within 0.005, more than three standard errors of those below a tenth."""
    rng, visits, returns = generator(5), torch.zeros(30, dtype=torch.float64), {0.9: [], 0.5: []}
    for _ in range(20):
        walks = walk(GRID, GRID.default_params, uniform(R), 1000, rng)
        visits += returns_by_cell(walks, 30, 0.9, every_visit=False)[2]
        for discount, found in returns.items():
            found.append(returns_to_go((walks.reward * walks.mask).double(), discount)[:, 0])
    reached = visits / 20_000
    assert reached[GRID.start] == 1 and reached[11].item() == pytest.approx(0.04, abs=0.005)
    assert reached[10].item() == pytest.approx(0.05, abs=0.005)
    spread = {discount: torch.cat(found).std().item() for discount, found in returns.items()}
    assert spread[0.9] == pytest.approx(0.12, abs=0.005) and spread[0.5] == pytest.approx(0.03, abs=0.005)
    assert policy_evaluation(P, R, uniform(R), 0.9)[GRID.start].item() == pytest.approx(-0.4825, abs=1e-4)


def test_with_a_smaller_discount_all_values_come_closer_to_0_but_those_beside_the_star() -> None:
    far, near = (policy_evaluation(P, R, uniform(R), discount).abs() for discount in (0.9, 0.5))
    assert [cell for cell in FREE if near[cell] >= far[cell]] == [4, 11]
