"""Tabular Q-learning, against hand-computed numbers and against value iteration."""

from typing import Any

import pytest
import torch
from traitlets import TraitError

from dremeta_lite.inner.q_learning import QLearning, agreement, epsilon_greedy, greedy_return, next_worth, td_target
from dremeta_lite.learner import generator
from dremeta_lite.tasks.grid import GridTask, GridWorld
from dremeta_lite.world.tabular import greedy, policy_evaluation, value_iteration

CORRIDOR = "S.G"
DEAD_END = """
S..
#.#
x.G
"""
ROOMS = """
S..#...
...#...
.......
.x.#..G
"""


def walk_everywhere(family: GridWorld, steps: int, seed: int = 0, **hyper: Any) -> QLearning:
    """Ten agents that act at random from random starts: every entry of every table is visited often."""
    learner = QLearning(family, seed, exploration=1.0, random_starts=True, steps=100, **hyper)
    for _ in range(steps // 100):
        learner.step()
    return learner


def test_target_by_hand_bootstraps_unless_terminated() -> None:
    target = td_target(torch.tensor([1.0, 2.0, -3.0]), torch.tensor([10.0, 10.0, 5.0]), torch.tensor([False, True, False]), 0.9)
    assert target.tolist() == pytest.approx([10.0, 2.0, 1.5])


def test_a_terminal_value_that_is_not_finite_does_no_harm() -> None:
    assert td_target(torch.ones(1), torch.tensor([torch.inf]), torch.tensor([True]), 0.9).item() == 1


def test_epsilon_greedy_takes_the_frequencies_of_its_definition() -> None:
    """ε/4 for each action, and 1 - ε shared by the two that tie; 5 standard deviations of 100 000 draws are 0.008."""
    Q = torch.tensor([1.0, 3.0, 0.0, 3.0]).expand(100_000, 4)
    counts = torch.bincount(epsilon_greedy(Q, 0.2, generator(0)), minlength=4) / len(Q)
    assert counts.tolist() == pytest.approx([0.05, 0.45, 0.05, 0.45], abs=0.008)


def test_epsilon_greedy_without_exploration_is_greedy() -> None:
    Q = torch.randn(1000, 5, generator=generator(1))
    assert torch.equal(epsilon_greedy(Q, 0.0, generator(0)), Q.argmax(-1))


def test_worth_of_the_next_state_off_and_on_policy() -> None:
    Q = torch.tensor([[1.0, 4.0, -2.0, 1.0]])
    assert next_worth(Q, 0.2, on_policy=False).item() == 4
    assert next_worth(Q, 0.2, on_policy=True).item() == pytest.approx(0.8 * 4 + 0.2 * 1)


def test_greedy_return_is_that_of_policy_evaluation() -> None:
    family = GridWorld(slip=0.3)
    P, R = family.transition_matrix(), family.reward_matrix()
    Q = value_iteration(P, R, 0.95).Q
    endless = policy_evaluation(P, R, greedy(Q), 1.0)[family.start]
    assert greedy_return(P, R, Q[None], 2000, family.start).item() == pytest.approx(endless.item(), abs=1e-6)
    assert greedy_return(P, R, Q[None], 1, family.start).item() == pytest.approx(-0.04)


def test_greedy_return_stops_at_the_horizon() -> None:
    family = GridWorld(CORRIDOR)
    left = torch.zeros(1, 3, 4, dtype=torch.float64)
    left[..., 3] = 1  # always to the left: 50 steps against the wall
    assert greedy_return(family.transition_matrix(), family.reward_matrix(), left, 50, family.start).item() == pytest.approx(-2.0)


def test_agreement_counts_tied_actions_as_right() -> None:
    exact = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 2.0, 1.0, 0.0]])
    Q = torch.tensor([[[0.0, 9.0, 1.0, 1.0], [5.0, 0.0, 0.0, 0.0]], [[9.0, 0.0, 1.0, 1.0], [0.0, 5.0, 0.0, 0.0]]])
    assert agreement(Q, exact).tolist() == [[True, False], [True, True]]


@pytest.mark.parametrize("layout", [None, DEAD_END, ROOMS])
def test_finds_the_policy_and_the_values_of_value_iteration(layout: str | None) -> None:
    """Ten agents with seeds of their own. In a deterministic world α = 1 copies targets, so Q is exact once the news has spread."""
    family = GridWorld() if layout is None else GridWorld(layout)
    learner = walk_everywhere(family, 5000, learning_rate=1.0)
    exact = value_iteration(family.transition_matrix(), family.reward_matrix(), 0.95).Q
    assert agreement(learner.Q, exact)[:, learner.playable].all()
    assert (learner.Q - exact).abs()[:, learner.playable].max() < 1e-5


def test_with_a_decreasing_step_size_the_values_converge_on_slippery_ground() -> None:
    """Measured with seeds 0 to 2: the mean error over the table falls from 0.23–0.26 (500 steps) to 0.04–0.06 (4000)."""
    family = GridWorld(DEAD_END, slip=0.2)
    early, late = (
        (learner := walk_everywhere(family, steps, learning_rate=1.0, decay=0.7)).Q.sub(learner.exact).abs()[:, learner.playable].mean()
        for steps in (500, 4000)
    )
    assert late < 0.5 * early
    assert late < 0.1


def test_behind_the_goal_there_is_nothing_and_behind_the_horizon_there_is() -> None:
    """Two cells, horizon 1: stepping to the left is always truncated, and yet worth what lies behind it."""
    family = GridWorld("SG", step_reward=-0.1)
    family.horizon = 1
    learner = QLearning(family, learning_rate=1.0, discount=0.5, exploration=1.0, steps=100)
    learner.step()
    assert learner.Q[:, 0, 1].tolist() == pytest.approx([1.0] * 10)  # r = 1, and nothing after it
    assert learner.Q[:, 0, 3].tolist() == pytest.approx([-0.1 + 0.5 * 1.0] * 10)


def test_without_the_termination_mask_the_goal_is_worth_what_the_table_began_with() -> None:
    """With zeros in the table the bug hides: nobody ever writes to the goal's row. With ones it does not: 1 + γ · 1."""
    for initial, worth in ((0.0, 1.0), (1.0, 1.5)):
        learner = QLearning(
            GridWorld("SG"), learning_rate=1.0, discount=0.5, exploration=1.0, initial=initial, termination_mask=False, steps=100
        )
        learner.step()
        assert learner.Q[:, 0, 1].tolist() == pytest.approx([worth] * 10)


def test_on_policy_values_are_those_of_the_exploring_policy() -> None:
    """Expected Sarsa with ε = 1 learns the value of the random policy (policy evaluation is the oracle), without any noise."""
    family = GridWorld(DEAD_END)
    learner = walk_everywhere(family, 5000, learning_rate=1.0, on_policy=True)
    P, R = family.transition_matrix(), family.reward_matrix()
    V = policy_evaluation(P, R, torch.full_like(R, 0.25), 0.95)
    exact = R + 0.95 * P @ V
    assert (learner.Q - exact).abs()[:, learner.playable].max() < 1e-3


def test_the_first_values_and_the_slip_follow_the_hyperparameters() -> None:
    learner = QLearning(GridWorld(CORRIDOR, slip=0.1))
    assert learner.hyper.slip == pytest.approx(0.1)
    learner.hyper.initial, learner.hyper.slip = 2.0, 0.0
    learner.hyper.steps = 1
    learner.step()
    assert (learner.Q == 2).sum() == learner.Q.numel() - 10  # one entry an agent has moved
    assert torch.equal(learner.exact, value_iteration(*tables(GridWorld(CORRIDOR)), 0.95).Q)


def tables(family: GridWorld, task: GridTask | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    return family.transition_matrix(task), family.reward_matrix(task)


def test_a_state_can_be_kept_and_brought_back() -> None:
    learner, other = (QLearning(GridWorld(), seed) for seed in (0, 1))
    learner.step()
    other.load_state_dict(learner.state_dict())
    assert learner.step() == other.step()
    assert torch.equal(learner.Q, other.Q)


def test_same_seed_same_run() -> None:
    runs = [[QLearning(GridWorld(), 5).step() for _ in range(1)] for _ in range(2)]
    assert runs[0] == runs[1]


def test_refuses_what_a_table_cannot_hold() -> None:
    with pytest.raises(ValueError, match="needs the number of the cell"):
        QLearning(GridWorld(observe="image"))
    with pytest.raises(TraitError, match="exploration"):
        QLearning(GridWorld(), exploration=1.2)


def test_at_the_cliff_the_on_policy_learner_earns_more_while_exploring_and_less_greedily() -> None:
    """Notebook 03's figures. Seeds 0 to 2, 20 agents: exploring 0.06–0.11 against 0.21–0.25, greedy 0.49–0.50 against 0.44."""
    cliff = GridWorld("............ ............ ............ SxxxxxxxxxxG")
    exploring, greedily = [], []
    for on_policy in (False, True):
        learner = QLearning(cliff, runs=20, on_policy=on_policy, exploration=0.1, discount=0.99, steps=100)
        rows = [learner.step() for _ in range(45)]
        exploring.append(sum(row["return"] for row in rows[-20:]) / 20)
        greedily.append(rows[-1]["greedy_return"])
    assert exploring[1] > exploring[0] + 0.05
    assert greedily[0] > greedily[1] + 0.02


def test_zeros_are_optimistic_where_every_step_costs() -> None:
    """Without exploration the agents find the goal from a table of zeros, and never from one of -1 (notebook 03)."""
    zeros, ones = (QLearning(GridWorld(), exploration=0.0, initial=initial, steps=500) for initial in (0.0, -1.0))
    for _ in range(5):
        best, worst = zeros.step()["greedy_return_high"], ones.step()["greedy_return_high"]
    assert best == pytest.approx(0.72)
    assert worst == pytest.approx(-2.0)


def test_a_table_of_zeros_hides_the_missing_mask_to_the_last_bit() -> None:
    """Nobody acts from the goal, so its row keeps its first value (notebook 03)."""
    tables = []
    for mask in (True, False):
        learner = QLearning(GridWorld(), termination_mask=mask, exploration=0.5, random_starts=True, steps=300)
        learner.step()
        tables.append(learner.Q)
    assert torch.equal(*tables) and tables[0].any()
