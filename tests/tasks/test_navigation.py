"""Navigation2D is exactly what its page says, and what the paper's code has."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dremeta_lite.meta.evaluation import standing_still
from dremeta_lite.tasks.family import pick, with_axes
from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask

FAMILY = Navigation2D()
coordinate = st.floats(-3, 3, width=32)
point = st.tuples(coordinate, coordinate).map(lambda p: torch.tensor(p))


def task(x: float, y: float) -> NavigationTask:
    return NavigationTask(torch.tensor([x, y]))


def test_an_episode_starts_at_the_origin(rng: torch.Generator) -> None:
    tasks = FAMILY.sample_tasks(5, rng)
    assert torch.equal(FAMILY.initial(rng, tasks), torch.zeros(5, 2))
    assert torch.equal(FAMILY.initial(rng, pick(tasks, 2)), torch.zeros(2))


def test_goals_are_uniform_in_the_square(rng: torch.Generator) -> None:
    n = 40_000
    goals = FAMILY.sample_tasks(n, rng).goal.double()
    assert goals.shape == (n, 2) and goals.abs().max() <= 0.5
    # Uniform on [-1/2, 1/2]: mean 0, E x² = 1/12, E x⁴ = 1/80, E xy = 0. Four standard errors of each; the draw is fixed by its seed.
    for values, expected, variance in (
        (goals, 0.0, 1 / 12),
        (goals**2, 1 / 12, 1 / 80 - 1 / 144),
        (goals**4, 1 / 80, 1 / 2304 - 1 / 6400),
        (goals.prod(-1, keepdim=True), 0.0, 1 / 144),
    ):
        assert (values.mean(0) - expected).abs().max() < 4 * math.sqrt(variance / n)
    # Ten equal bins on each axis: chi-squared with 9 degrees of freedom has mean 9 and variance 18; 40 is beyond 1 in 100 000.
    for axis in range(2):
        counts = torch.histc(goals[:, axis], 10, -0.5, 0.5)
        assert ((counts - n / 10) ** 2 / (n / 10)).sum() < 40


def test_tasks_follow_the_seed() -> None:
    draw = lambda seed: FAMILY.sample_tasks(6, torch.Generator().manual_seed(seed)).goal
    assert torch.equal(draw(1), draw(1)) and not torch.equal(draw(1), draw(2))


def test_held_out_tasks_are_the_same_on_every_call() -> None:
    first = FAMILY.held_out_tasks(100).goal
    torch.rand(3)  # the global stream has no part in it
    assert torch.equal(first, Navigation2D().held_out_tasks(100).goal)
    assert torch.equal(first[:20], FAMILY.held_out_tasks(20).goal)
    # On every machine, too: torch's CPU generator is the same everywhere. These are the numbers of the published tables.
    assert first[0].tolist() == pytest.approx(FIRST_HELD_OUT_GOAL, abs=1e-6)


FIRST_HELD_OUT_GOAL = [0.0019169, 0.1345107]


@given(point, point)
def test_transition_reward_and_end(state: torch.Tensor, action: torch.Tensor) -> None:
    """Against arithmetic on plain Python floats; 1e-6 is a few float32 roundings of numbers up to 5."""
    goal = task(0.2, -0.3)
    following = FAMILY.transition(state, action, None, goal)
    by_hand = [s + 0.1 * min(1.0, max(-1.0, a)) for s, a in zip(state.tolist(), action.tolist(), strict=True)]
    assert following.tolist() == pytest.approx(by_hand, abs=1e-6)
    reward = FAMILY.reward(state, action, following, None, goal)
    assert reward.item() == pytest.approx(-math.dist(following.tolist(), goal.goal.tolist()), abs=1e-6)


def test_a_full_step_is_a_tenth_and_more_is_clipped() -> None:
    zero = torch.zeros(2)
    for action, moved in (([1, -1], [0.1, -0.1]), ([7, -1e6], [0.1, -0.1]), ([0.5, 0.0], [0.05, 0.0])):
        assert FAMILY.transition(zero, torch.tensor(action).float()).tolist() == pytest.approx(moved)


def test_the_reward_is_the_plain_distance_after_the_step() -> None:
    """3-4-5: the distance is 0.5, its square would be 0.25; and the place before the step does not count."""
    far = torch.tensor([9.0, 9.0])
    assert FAMILY.reward(far, far, torch.zeros(2), None, task(0.3, 0.4)).item() == pytest.approx(-0.5)


@pytest.mark.parametrize(
    ("dx", "dy", "ended"),
    [(0, 0, True), (0.009, -0.009, True), (0.009, 0.011, False), (-0.011, 0.009, False), (0.011, 0.011, False), (0.0099, 0.0099, True)],
)
def test_an_episode_ends_within_a_hundredth_on_both_axes(dx: float, dy: float, ended: bool) -> None:
    """(0.0099, 0.0099) is 0.014 away: a box, not a disc."""
    assert FAMILY.terminal(torch.tensor([0.2 + dx, -0.1 + dy]), None, task(0.2, -0.1)).item() is ended


def test_all_functions_broadcast(rng: torch.Generator) -> None:
    """[task, trajectory, time] at once equals one state at a time, exactly: the same float32 operations on the same numbers."""
    tasks = FAMILY.sample_tasks(3, rng)
    state, action = torch.randn(2, 3, 4, 5, 2, generator=rng) * 0.3
    wide = with_axes(tasks, 2)
    following = FAMILY.transition(state, action, rng, wide)
    reward, ended = FAMILY.reward(state, action, following, rng, wide), FAMILY.terminal(state, rng, wide)
    assert reward.shape == ended.shape == (3, 4, 5)
    for i, j, k in np.ndindex(3, 4, 5):
        one = pick(tasks, i)
        assert torch.equal(FAMILY.transition(state[i, j, k], action[i, j, k], rng, one), following[i, j, k])
        assert torch.equal(FAMILY.reward(state[i, j, k], action[i, j, k], following[i, j, k], rng, one), reward[i, j, k])
        assert torch.equal(FAMILY.terminal(state[i, j, k], rng, one), ended[i, j, k])


def test_standing_still_in_closed_form(rng: torch.Generator) -> None:
    goals = FAMILY.sample_tasks(50_000, rng).goal
    goals = goals[(goals.abs() >= 0.01).any(-1)]  # else the episode ends at once
    returns = standing_still(FAMILY, NavigationTask(goals)).double()
    # A hundred float32 additions of about -0.4: relative error below 100 · 6e-8.
    torch.testing.assert_close(returns, -100 * goals.double().norm(dim=-1), rtol=1e-5, atol=0)
    # The mean distance to the centre of the unit square is (√2 + asinh 1) / 6 = 0.3826; four standard errors of 50 000 draws (sd 14.2).
    expected = -100 * (math.sqrt(2) + math.asinh(1)) / 6
    assert expected == pytest.approx(-38.26, abs=0.005)
    assert returns.mean().item() == pytest.approx(expected, abs=4 * 14.2 / math.sqrt(50_000))


def test_the_held_out_tasks_are_typical_as_their_page_says() -> None:
    assert standing_still(FAMILY, FAMILY.held_out_tasks(100)).mean().item() == pytest.approx(-38.2, abs=0.05)


def test_spaces_and_sizes() -> None:
    assert FAMILY.horizon == 100 and FAMILY.observation_size == FAMILY.action_size == 2
    assert np.array_equal(FAMILY.action_space.high, [1, 1]) and np.array_equal(FAMILY.action_space.low, [-1, -1])
    assert FAMILY.observation_space.high.tolist() == [10, 10] == (-FAMILY.observation_space.low).tolist()
    goal = FAMILY.default_params.goal
    assert goal.norm().item() == pytest.approx(0.5)
