"""Agents that plan in what they believe of a random MDP: posteriors, plans and bounds against brute force and closed forms."""

import math

import pytest
import torch
from torch import Tensor

from dremeta_lite.agents.optimism import UCRL2, BonusToGo, ExplorationBonus, OptimisticPSRL, best_expectation
from dremeta_lite.agents.psrl import PSRL
from dremeta_lite.agents.tabular_model import EpsilonGreedyModel, GreedyModel, MDPOracle, ModelAgent, Prior, RandomAction
from dremeta_lite.tasks.random_mdp import RandomMDP, RandomMDPTask
from dremeta_lite.trials import Seen, play_trial
from dremeta_lite.world.finite_horizon import backward_induction
from tests.conftest import seeded

SMALL = RandomMDP(states=3, actions=2, episodes=4)


def started(agent: ModelAgent, n: int = 1) -> ModelAgent:
    agent.begin(n, seeded(0))
    agent.begin_episode()
    return agent


def step(state: list[int], action: list[int], reward: list[float], following: list[int], counts: list[bool]) -> Seen:
    return Seen(
        torch.tensor(state), torch.tensor(action), torch.tensor(reward), torch.tensor(following), torch.tensor(counts), torch.tensor(counts)
    )


def test_the_posterior_is_that_of_the_textbook() -> None:
    """Two rewards 3 and 4 with noise 1 and prior N(1, 1): mean (1 + 3 + 4) / 3, variance 1/3. Transitions: (1 + counts) / (3 + 2)."""
    agent = started(GreedyModel(SMALL), 2)
    agent.see(step([0, 1], [1, 0], [3.0, 9.0], [2, 0], [True, False]))
    agent.see(step([0, 1], [1, 0], [4.0, 5.0], [1, 2], [True, True]))
    assert agent.mean_reward[0, 0, 1].item() == pytest.approx(8 / 3) and agent.reward_precision[0, 0, 1] == 3
    assert agent.mean_transition[0, 0, 1].tolist() == pytest.approx([1 / 5, 2 / 5, 2 / 5])
    assert agent.mean_reward[1, 1, 0].item() == pytest.approx((1 + 5) / 2) and agent.visits[1].sum() == 1, (
        "what did not happen does not count"
    )
    assert agent.mean_reward[0, 2, 0] == 1 and agent.mean_transition[0, 2, 0].tolist() == pytest.approx([1 / 3] * 3)


def test_a_wrong_prior_is_believed_as_long_as_nothing_is_seen() -> None:
    agent = started(GreedyModel(SMALL, prior=Prior(mean=-2.0, precision=1e-6, concentration=1e-6)))
    assert agent.mean_reward.unique().tolist() == pytest.approx([-2.0])
    agent.see(step([0], [1], [3.0], [2], [True]))
    assert agent.mean_reward[0, 0, 1].item() == pytest.approx(3, abs=1e-4) and agent.mean_transition[0, 0, 1, 2].item() == pytest.approx(
        1, abs=1e-5
    )


def test_it_follows_its_plan_step_by_step() -> None:
    agent = started(GreedyModel(SMALL), 2)
    agent.Q = torch.tensor([0.5, 0.0], dtype=torch.float64).repeat(2, 10, 3, 1)
    agent.Q[0, 0, 1, 1] = agent.Q[1, 1, 2, 1] = 1.0
    state = torch.tensor([1, 2])
    assert agent.act(state).tolist() == [1, 0]
    agent.see(step([1, 2], [1, 0], [0.0, 0.0], [1, 2], [True, True]))
    assert agent.act(state).tolist() == [0, 1]
    agent.begin_episode()
    assert agent.t == 0


def test_psrl_draws_from_the_posterior() -> None:
    """20 000 tasks in the same situation: means and variances of rewards and transitions, within four standard errors."""
    n = 20_000
    agent = started(PSRL(SMALL), n)
    assert isinstance(agent, PSRL)
    agent.followed[:, 0, 1, 2] = 4
    agent.paid[:, 0, 1] = 10
    P, R = agent.draw()
    assert R[:, 0, 1].mean().item() == pytest.approx(11 / 5, abs=4 * math.sqrt(1 / 5 / n)) and R[:, 0, 1].var().item() == pytest.approx(
        1 / 5, rel=0.05
    )
    mean, variance = 5 / 7, 5 * 2 / (49 * 8)
    assert P[:, 0, 1, 2].mean().item() == pytest.approx(mean, abs=4 * math.sqrt(variance / n)) and P[
        :, 0, 1, 2
    ].var().item() == pytest.approx(variance, rel=0.05)
    torch.testing.assert_close(agent.solve(P, R), backward_induction(P, R, 10))


def test_several_draws_are_only_better() -> None:
    """The same generator: the first of several draws is that of PSRL, and none of the others can make an action look worse."""
    one, many = started(PSRL(SMALL), 50), started(OptimisticPSRL(SMALL, 4), 50)
    assert (many.Q >= one.Q - 1e-12).all() and many.Q.sum() > one.Q.sum()
    torch.testing.assert_close(started(OptimisticPSRL(SMALL, 1), 50).Q, one.Q)


def test_a_bonus_makes_what_was_not_tried_attractive() -> None:
    """All alike but one action that was taken three times and paid what was expected: without a bonus all tie, with one it loses."""
    for bonus, share in ((0.0, 0.5), (0.5, 1.0)):
        agent = started(ExplorationBonus(SMALL, bonus, count_prior=False), 4000)
        agent.followed[:, :, 0, :] = 1
        agent.paid[:, :, 0] = 3.0
        agent.begin_episode()
        assert agent.act(torch.zeros(4000, dtype=torch.long)).double().mean().item() == pytest.approx(share, abs=4 * 0.5 / math.sqrt(4000))
        assert (agent.Q[0, -1, 0, 1] - agent.Q[0, -1, 0, 0]).item() == pytest.approx(bonus * (1 - 1 / 4))


def test_the_prior_counts_in_kolter_and_ngs_bonus_and_the_published_code_pays_it_for_every_step_left() -> None:
    """Three next states, so the prior counts for 3: β / (1 + 3) before any visit, β / (1 + 3 + 2) after two. With prior N(0, 1) the code
    adds 1 / (1 + 1) to a reward that is not known; its bonus comes once for each step after the present one, of ten in an episode."""
    kolter, code = (started(kind(SMALL, 2.0, prior=Prior(mean=0.0))) for kind in (ExplorationBonus, BonusToGo))
    assert kolter.Q[0, -1].unique().tolist() == pytest.approx([2 / 4]) and code.Q[0, -1].unique().tolist() == pytest.approx([1 / 2])
    assert code.Q[0, -3].unique().tolist() == pytest.approx([3 / 2 + (2 + 1) * 2 / 4])
    kolter.followed[0, 1, 0, 2] = 2
    kolter.begin_episode()
    assert (kolter.Q[0, -1, 1, 1] - kolter.Q[0, -1, 1, 0]).item() == pytest.approx(2 / 4 - 2 / 6)


def brute(p: Tensor, V: Tensor, reach: float, grid: int = 60) -> float:
    """The best of all probabilities of three states on a fine grid that are near enough."""
    found = -math.inf
    for i in range(grid + 1):
        for j in range(grid + 1 - i):
            q = torch.tensor([i / grid, j / grid, 1 - (i + j) / grid], dtype=torch.float64)
            if (q - p).abs().sum() <= reach + 1e-9:
                found = max(found, (q @ V).item())
    return found


@pytest.mark.parametrize("reach", [0.0, 0.3, 0.9, 1.7, 5.0])
def test_the_best_world_within_bounds_is_found(reach: float) -> None:
    """The probabilities lie on the grid, and so does what can be moved for these reaches: the grid has the exact answer."""
    for p, V in (([0.5, 0.3, 0.2], [1.0, -2.0, 4.0]), ([0.1, 0.1, 0.8], [3.0, 3.0, 1.0]), ([0.0, 1.0, 0.0], [0.0, 1.0, 2.0])):
        row, values = torch.tensor(p, dtype=torch.float64), torch.tensor(V, dtype=torch.float64)
        found = best_expectation(row.expand(1, 3, 2, 3), values.expand(1, 3), torch.full((1, 3, 2), reach, dtype=torch.float64))
        assert found.shape == (1, 3, 2) and found[0, 1, 1].item() == pytest.approx(brute(row, values, reach), abs=1e-9)


def test_ucrl2_without_width_is_greedy_and_with_it_hopes_for_more() -> None:
    play = lambda agent: play_trial(SMALL, SMALL.sample_tasks(30, seeded(1)), agent, seeded(2)).action
    assert torch.equal(play(UCRL2(SMALL, 0.0)), play(GreedyModel(SMALL)))
    assert (started(UCRL2(SMALL, 0.5), 3).Q > started(GreedyModel(SMALL), 3).Q).all()


def test_epsilon_is_how_often_any_action_is_taken() -> None:
    agent = started(EpsilonGreedyModel(SMALL, 0.4), 40_000)
    agent.Q[..., 1] += 1
    share = (agent.act(torch.zeros(40_000, dtype=torch.long)) == 1).float().mean().item()
    assert share == pytest.approx(0.8, abs=4 * math.sqrt(0.2 * 0.8 / 40_000))


def test_the_oracle_and_chance_collect_what_theory_says() -> None:
    """Four standard errors over 1000 tasks. The oracle: V of its own plan, exact for each task. Chance: mean 1 a step."""
    family = RandomMDP(states=4, actions=3, episodes=5)
    tasks = family.sample_tasks(1000, seeded(3))
    oracle = play_trial(family, tasks, MDPOracle(family, tasks), seeded(4)).returns()
    promised = backward_induction(tasks.transition.double(), tasks.reward.double(), 10)[:, 0, 0].amax(-1)
    gap = oracle.double().mean(-1) - promised
    assert gap.mean().item() == pytest.approx(0, abs=4 * gap.std().item() / math.sqrt(1000))
    chance = play_trial(family, tasks, RandomAction(family), seeded(5)).returns().sum(-1)
    assert chance.mean().item() == pytest.approx(50, abs=4 * chance.std().item() / math.sqrt(1000))


def test_learners_lie_between_chance_and_the_oracle_and_improve() -> None:
    """Last episode above the first by ten standard errors, for every agent that learns: measured gaps are 4 to 8 of about 0.2."""
    family = RandomMDP(episodes=12)
    tasks = family.sample_tasks(300, seeded(6))
    best = backward_induction(tasks.transition.double(), tasks.reward.double(), 10)[:, 0, 0].amax(-1).mean().item()
    for agent in (GreedyModel(family), PSRL(family), OptimisticPSRL(family, 3), UCRL2(family), ExplorationBonus(family, 0.3)):
        returns = play_trial(family, tasks, agent, seeded(7)).returns()
        gain = returns[:, -1] - returns[:, 0]
        assert gain.mean() > 5 * gain.std() / math.sqrt(300) and 10 < returns[:, -1].mean() < best, type(agent).__name__


def test_what_cannot_be_is_refused() -> None:
    for call, message in (
        (lambda: EpsilonGreedyModel(SMALL, -0.1), "got -0.1"),
        (lambda: OptimisticPSRL(SMALL, 0), "got 0"),
        (lambda: ExplorationBonus(SMALL, -1), "got -1"),
        (lambda: UCRL2(SMALL, -1), "got -1"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    task = RandomMDPTask(*(x[None] for x in SMALL.default_params))
    assert play_trial(SMALL, task, MDPOracle(SMALL, task), seeded(0)).action.max() == 0, "action 0 pays"
