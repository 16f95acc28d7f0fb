"""What notebook 01 says in its texts, measured again."""

from itertools import pairwise

import pytest
import torch

from dremeta_lite.inner.monte_carlo import MonteCarlo, returns_by_cell, returns_to_go, walk
from dremeta_lite.lab.views.temperature import TemperatureHyper, TemperatureView
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


def test_a_pit_below_the_start_makes_every_cell_worth_less() -> None:
    """Reveal of the live panel, 4."""
    world = GridWorld()
    before = policy_evaluation(P, R, uniform(R), 0.9)
    world.build(GRID.start + 6, "x")
    after = policy_evaluation(world.transition_matrix(), world.reward_matrix(), uniform(R), 0.9)
    assert (round(before[GRID.start].item(), 2), round(after[GRID.start].item(), 2)) == (-0.48, -0.74)
    changed = (before - after)[[cell for cell in FREE if cell != GRID.start + 6]]
    assert changed.min() > 0 and changed.argmax() == 12 and round((before - after)[4].item(), 3) == 0.001


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
    for discount in (0.9, 0.5):  # and these two alone are worth more than 0
        assert (policy_evaluation(P, R, uniform(R), discount) > 0).nonzero().flatten().tolist() == [4, 11]


def test_walking_on_after_thirty_wasted_steps_is_better_than_a_pit_and_wandering_until_time_is_up_is_not() -> None:
    """From everywhere: 30 steps cost 1.2, the longest way brings 0.64; a pit costs 1 at least. Fifty steps cost 2."""
    V = value_iteration(P, R, 1.0).V
    wasted = 30 * 0.04
    assert V[GRID.start].item() - wasted == pytest.approx(-0.48)
    assert (V[FREE] - wasted > -1).all() and value_to_the_pit() > -50 * 0.04


def test_three_rewards_tell_where_the_goal_of_the_plane_is_and_two_do_not() -> None:
    """Up, up, left: the rewards are minus the distances from three places that are not on one line."""
    plane, goal = Navigation2D(), torch.tensor([-0.3, 0.2])
    place, places, distances = plane.initial(None, NavigationTask(goal)), [], []
    for move in ((0, 1), (0, 1), (-1, 0)):
        action = torch.tensor(move).float()
        following = plane.transition(place, action, None, NavigationTask(goal))
        distances.append(-plane.reward(place, action, following, None, NavigationTask(goal)))
        places.append(following)
        place = following
    at, d = torch.stack(places).double(), torch.stack(distances).double()
    # |g - p_i|² = d_i² minus the first of these equations: two linear ones
    right = (at[1:].square().sum(1) - at[0].square().sum() - d[1:].square() + d[0].square()) / 2
    found = torch.linalg.solve(at[1:] - at[0], right)
    torch.testing.assert_close(found, goal.double(), atol=1e-4, rtol=0)
    mirrored = goal * torch.tensor([-1.0, 1.0])  # on the other side of the line through the first two places
    torch.testing.assert_close((at[:2] - mirrored).norm(dim=1), d[:2], atol=1e-4, rtol=0)


def test_the_averages_of_the_panel() -> None:
    """100 iterations of one episode. Measured in five seeds: the error over all cells lies above that of S in every one ("mostly"), and it
    jumps up by a third or more one to three times. Two of the seeds are run here."""
    for seed in range(2):
        learner = MonteCarlo(GRID, seed)
        rows = [learner.step() for _ in range(100)]
        assert sum(row["error_rms"] > row["error_start"] for row in rows) > 80
        assert any(after["error_rms"] > before["error_rms"] for before, after in pairwise(rows))


def test_which_cells_are_off_for_longest() -> None:
    """20 learners of 300 episodes. Measured over 40 of 500: off by 0.14 and 0.11 below the star and to the left of that cell, by 0.006 at S
    and by 0.004 and 0.006 above and below S."""
    square, learners = torch.zeros(30, dtype=torch.float64), 20
    for seed in range(learners):
        learner = MonteCarlo(GRID, seed, episodes=100)
        for _ in range(3):
            learner.step()
        square += (learner.V - learner.exact()).square().nan_to_num(0.0)
    error = (square / learners).sqrt()
    assert min(error[10], error[11]) > 4 * max(error[GRID.start], error[12], error[24])


def test_many_returns_are_near_what_a_long_walk_costs() -> None:
    """5000 walks. Measured: 42 % lie within 0.02 of -0.4, and 67 % within 0.1."""
    walks = walk(GRID, GRID.default_params, uniform(R), 5000, generator(1))
    returns = returns_to_go((walks.reward * walks.mask).double(), 0.9)[:, 0]
    assert ((returns + 0.4).abs() < 0.02).double().mean() > 0.35
