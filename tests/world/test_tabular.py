"""Values by dynamic programming, against closed forms, against brute force over all policies, and against each other."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dremeta_lite.tasks.grid import GridTask, GridWorld
from dremeta_lite.world.tabular import (
    action_values,
    greedy,
    policy_evaluation,
    policy_iteration,
    terminal_states,
    uniform,
    value_iteration,
)

CORRIDOR = "S....G"
TINY = "S.\nxG"


def tables(layout: str, slip: float = 0.0, step_reward: float = -0.04) -> tuple[torch.Tensor, torch.Tensor]:
    family = GridWorld(layout, slip=slip, step_reward=step_reward)
    return family.transition_matrix(), family.reward_matrix()


def always(action: int, n: int) -> torch.Tensor:
    return torch.eye(4, dtype=torch.float64)[action].expand(n, 4)


def random_world(seed: int, states: int = 5, actions: int = 3) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Tables and a policy without any structure; no state is terminal."""
    rng = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.rand(*shape, generator=rng, dtype=torch.float64) + 0.01
    P, policy = draw(states, actions, states), draw(states, actions)
    return P / P.sum(-1, keepdim=True), draw(states, actions) - 0.5, policy / policy.sum(-1, keepdim=True)


@pytest.mark.parametrize("discount", [0.0, 0.5, 0.9, 1.0])
def test_the_corridor_in_closed_form(discount: float) -> None:
    """k steps from the goal: k - 1 steps of -0.04 and then +1, discounted."""
    P, R = tables(CORRIDOR)
    expected = [sum(discount**t * -0.04 for t in range(k - 1)) + discount ** (k - 1) for k in range(5, 0, -1)] + [0.0]
    assert policy_evaluation(P, R, always(1, 6), discount).tolist() == pytest.approx(expected)
    assert value_iteration(P, R, discount).V.tolist() == pytest.approx(expected, abs=1e-9)
    assert policy_iteration(P, R, discount).V.tolist() == pytest.approx(expected)


def test_a_symmetric_walk_in_closed_form() -> None:
    """The random walk of Sutton and Barto, example 6.2: from five cells, +1 at the right end, 0 at the left: values 1/6 … 5/6."""
    n = 7
    P, R = torch.zeros(n, 2, n, dtype=torch.float64), torch.zeros(n, 2, dtype=torch.float64)
    for s in range(1, n - 1):
        P[s, 0, s - 1] = P[s, 1, s + 1] = 1
    P[0, :, 0] = P[n - 1, :, n - 1] = 1
    R[n - 2, 1] = 1
    V = policy_evaluation(P, R, uniform(R), 1.0)
    assert V.tolist() == pytest.approx([0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 0])
    assert terminal_states(P, R).tolist() == [True, *[False] * 5, True]


def test_a_reward_for_ever() -> None:
    """Staying brings 2 each time: 2 / (1 - γ). It stays, but it is no end; with γ = 1 there is no value."""
    P, R = torch.ones(1, 1, 1, dtype=torch.float64), torch.full((1, 1), 2.0, dtype=torch.float64)
    policy = torch.ones(1, 1, dtype=torch.float64)
    assert policy_evaluation(P, R, policy, 0.75).tolist() == pytest.approx([8])
    assert value_iteration(P, R, 0.75).V.tolist() == pytest.approx([8])
    with pytest.raises(ValueError, match="with discount 1 this policy has no value: from state 0"):
        policy_evaluation(P, R, policy, 1.0)
    with pytest.raises(ValueError, match="still move by 2 after 50 sweeps"):
        value_iteration(P, R, 1.0, max_sweeps=50)


@given(st.integers(0, 1000), st.floats(0, 0.97))
@settings(max_examples=30)
def test_the_value_is_the_sum_of_discounted_rewards(seed: int, discount: float) -> None:
    """Σ_t γ^t P_π^t R_π, summed until nothing is left (0.97^2000 < 1e-26), and the Bellman equation itself."""
    P, R, policy = random_world(seed)
    chain, reward = torch.einsum("sa,san->sn", policy, P), (policy * R).sum(-1)
    total, term = torch.zeros(5, dtype=torch.float64), reward
    for _ in range(2000):
        total, term = total + term, discount * chain @ term
    V = policy_evaluation(P, R, policy, discount)
    torch.testing.assert_close(V, total)
    torch.testing.assert_close(V, (policy * action_values(P, R, V, discount)).sum(-1))


@pytest.mark.parametrize("discount", [0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("slip", [0.0, 0.3])
def test_the_best_value_against_all_deterministic_policies(discount: float, slip: float) -> None:
    """Four cells, of which two can act: 16 policies. The best value is the largest in every state at once."""
    P, R = tables(TINY, slip)
    best = torch.full((4,), -torch.inf, dtype=torch.float64)
    for choice in itertools.product(range(4), repeat=2):
        policy = uniform(R)
        policy[:2] = torch.eye(4, dtype=torch.float64)[list(choice)]
        try:
            best = best.maximum(policy_evaluation(P, R, policy, discount))
        except ValueError:
            assert discount == 1 and slip == 0  # it walks into a wall for ever: -0.04 without end
    torch.testing.assert_close(value_iteration(P, R, discount).V, best, rtol=0, atol=1e-8)
    torch.testing.assert_close(policy_iteration(P, R, discount).V, best)


@given(st.integers(0, 1000), st.floats(0, 0.9))
@settings(max_examples=25)
def test_value_iteration_and_policy_iteration_agree(seed: int, discount: float) -> None:
    P, R, _ = random_world(seed)
    sweeps, improved = value_iteration(P, R, discount), policy_iteration(P, R, discount)
    # tolerance · γ / (1 - γ) ≤ 9e-10
    torch.testing.assert_close(sweeps.V, improved.V, rtol=0, atol=1e-9)
    torch.testing.assert_close(sweeps.Q, improved.Q, rtol=0, atol=1e-9)
    torch.testing.assert_close(policy_evaluation(P, R, greedy(sweeps.Q), discount), improved.V, rtol=0, atol=1e-8)
    assert ((improved.policy == 0) | (improved.policy == 1)).all() and (improved.policy.sum(-1) == 1).all()


@pytest.mark.parametrize("slip", [0.0, 0.2])
@pytest.mark.parametrize("discount", [0.9, 1.0])
def test_the_default_map(slip: float, discount: float) -> None:
    family = GridWorld(slip=slip)
    P, R = family.transition_matrix(), family.reward_matrix()
    swept, improved = value_iteration(P, R, discount), policy_iteration(P, R, discount)
    torch.testing.assert_close(swept.V, improved.V, rtol=0, atol=1e-8)
    assert swept.V[5] == 0 and swept.V[family.walls].abs().max() == 0
    torch.testing.assert_close(policy_evaluation(P, R, improved.policy, discount), improved.V)
    if slip == 0 and discount == 1:
        assert swept.V[family.start].item() == pytest.approx(1 - 7 * 0.04)  # eight steps to the goal


def test_the_number_of_sweeps() -> None:
    """The value spreads from the goal by one cell a sweep; the corridor's five cells settle after five, and the sixth moves nothing."""
    P, R = tables(CORRIDOR)
    assert value_iteration(P, R, 0.9).sweeps == 6
    assert action_values(P, R, torch.zeros(6, dtype=P.dtype), 0.9).amax(-1).tolist() == pytest.approx([-0.04] * 4 + [1, 0])


def test_the_error_of_value_iteration_is_bounded_as_its_page_says() -> None:
    P, R, _ = random_world(3)
    exact = policy_iteration(P, R, 0.95).V
    for tolerance in (1e-1, 1e-3, 1e-6):
        assert (value_iteration(P, R, 0.95, tolerance).V - exact).abs().max() <= tolerance * 0.95 / 0.05


def test_many_worlds_at_once() -> None:
    family = GridWorld("S..\n.#x\n...")
    tasks = GridTask(torch.tensor([8, 2, 6]), torch.tensor([0.0, 0.1, 0.6]))
    P, R = family.transition_matrix(tasks), family.reward_matrix(tasks)
    V, best, improved = policy_evaluation(P, R, uniform(R), 1.0), value_iteration(P, R, 0.9), policy_iteration(P, R, 0.9)
    for i in range(3):
        torch.testing.assert_close(V[i], policy_evaluation(P[i], R[i], uniform(R[i]), 1.0))
        torch.testing.assert_close(best.V[i], value_iteration(P[i], R[i], 0.9).V, rtol=0, atol=1e-8)
        torch.testing.assert_close(improved.V[i], policy_iteration(P[i], R[i], 0.9).V)


def test_greedy_takes_the_first_of_the_best() -> None:
    assert greedy(torch.tensor([[0.0, 2.0, 2.0], [3.0, 1.0, 3.0]])).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_an_episode_that_never_ends_has_no_value_at_discount_one() -> None:
    P, R = tables(CORRIDOR)
    with pytest.raises(ValueError, match="from state 0 it never reaches a terminal state"):
        policy_evaluation(P, R, always(3, 6), 1.0)
    assert policy_evaluation(P, R, always(3, 6), 0.9).tolist() == pytest.approx([-0.4] * 5 + [0])
    P, R = tables("S#G")
    with pytest.raises(ValueError, match="With discount 1 they never settle"):
        value_iteration(P, R, 1.0, max_sweeps=100)
    with pytest.raises(ValueError, match="with discount 1 this policy has no value"):
        policy_iteration(P, R, 1.0)


def test_bad_input_is_refused() -> None:
    P, R, policy = random_world(0)
    for discount in (-0.1, 1.01, float("nan")):
        with pytest.raises(ValueError, match=r"discount \(γ\) must be in \[0, 1\], got"):
            policy_evaluation(P, R, policy, discount)
    with pytest.raises(ValueError, match="the last axis of P must hold probabilities"):
        value_iteration(2 * P, R, 0.9)
    with pytest.raises(ValueError, match="the last axis of policy must hold probabilities"):
        policy_evaluation(P, R, 2 * policy, 0.9)
    with pytest.raises(ValueError, match="the last axis of policy"):
        policy_evaluation(P, R, torch.tensor([[2.0, -1.0, 0.0]], dtype=torch.float64).expand(5, 3), 0.9)
    with pytest.raises(ValueError, match="tolerance must be a positive number, got 0"):
        value_iteration(P, R, 0.9, tolerance=0)
