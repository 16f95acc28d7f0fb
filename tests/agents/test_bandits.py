"""Agents for bandits: their scores against formulas worked out by hand, and what they collect against exact values."""

import math
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from dremeta_lite.agents import bandits
from dremeta_lite.agents.bandits import CountingAgent
from dremeta_lite.agents.yardsticks import Oracle
from dremeta_lite.tasks.bandit import Bandit
from dremeta_lite.trials import Seen, play_trial
from dremeta_lite.world.bayes_bandit import BayesBandit, best_arm
from tests.conftest import seeded

NOTHING = torch.zeros(1, dtype=torch.long)


def after(agent: CountingAgent, successes: Sequence[float], failures: Sequence[float], n: int = 1) -> CountingAgent:
    """The agent, n times the same, having seen this."""
    agent.begin(n, seeded(0))
    agent.successes, agent.failures = (torch.tensor(x).double().expand(n, -1).clone() for x in (successes, failures))
    return agent


def seen(action: list[int], reward: list[float], counts: list[bool]) -> Seen:
    nothing = torch.zeros(len(action), dtype=torch.long)
    return Seen(nothing, torch.tensor(action), torch.tensor(reward), nothing, torch.tensor(counts), torch.tensor(counts))


def test_it_counts_what_happened_and_only_that() -> None:
    agent = bandits.Greedy(3)
    agent.begin(3, seeded(0))
    agent.see(seen([0, 2, 1], [1.0, 0.0, 1.0], [True, True, False]))
    agent.see(seen([0, 2, 1], [0.0, 0.0, 1.0], [True, True, True]))
    assert agent.successes.tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert agent.failures.tolist() == [[1, 0, 0], [0, 0, 2], [0, 0, 0]]
    agent.begin(2, seeded(0))
    assert agent.successes.tolist() == agent.failures.tolist() == [[0, 0, 0], [0, 0, 0]]


def test_greedy_takes_the_best_posterior_mean() -> None:
    """Means (1 + s) / (2 + n): 4/7, 3/5, 1/2. And the arm of which nothing is known wins over one with 1 of 3."""
    agent = after(bandits.Greedy(3), [3, 2, 0], [2, 1, 0])
    assert agent.scores()[0].tolist() == pytest.approx([4 / 7, 3 / 5, 1 / 2]) and agent.act(NOTHING).item() == 1
    assert after(bandits.Greedy(2), [1, 0], [2, 0]).act(NOTHING).item() == 1
    assert after(bandits.Greedy(2, imagined=0), [2, 0], [3, 0]).mean[0].tolist() == pytest.approx([2 / 5, 1 / 2])
    assert after(bandits.Greedy(2, imagined=1), [2, 0], [3, 0]).mean[0].tolist() == pytest.approx([2.5 / 6, 1 / 2])


def test_ucb1_in_the_textbooks_form() -> None:
    """An arm that was never pulled comes first; else mean + c √(2 ln t / T), with t = 10 here."""
    assert after(bandits.UCB1(3), [5, 1, 0], [0, 1, 0]).act(NOTHING).item() == 2
    agent = after(bandits.UCB1(2, 0.3), [5, 1], [3, 1])
    width = lambda T: 0.3 * math.sqrt(2 * math.log(10) / T)
    assert agent.scores()[0].tolist() == pytest.approx([5 / 8 + width(8), 1 / 2 + width(2)])
    imagined = after(bandits.UCB1(2, 0.3, imagined=1), [5, 1], [3, 1])
    assert imagined.scores()[0].tolist() == pytest.approx([5.5 / 9 + width(9), 1.5 / 3 + width(3)])
    assert after(bandits.UCB1(3, imagined=1), [0, 0, 0], [0, 0, 0]).scores()[0].tolist() == [0.5] * 3


def shares(agent: CountingAgent) -> Tensor:
    """How often each arm is pulled, in the one situation of all tasks."""
    arms = agent.act(torch.zeros(len(agent.successes), dtype=torch.long))
    return torch.bincount(arms, minlength=agent.arms) / len(arms)


def test_epsilon_greedy_explores_as_often_as_it_says() -> None:
    """Best arm: 1 - ε + ε/3. Four standard errors of 40 000 draws."""
    found = shares(after(bandits.EpsilonGreedy(3, 0.3), [4, 0, 0], [0, 2, 2], n=40_000))
    assert found.tolist() == pytest.approx([0.8, 0.1, 0.1], abs=4 * math.sqrt(0.2 * 0.8 / 40_000))
    assert shares(after(bandits.EpsilonGreedy(3, 0.0), [4, 0, 0], [0, 2, 2], n=50)).tolist() == [1, 0, 0]
    assert shares(after(bandits.RandomArm(4), [4, 0, 0, 0], [0] * 4, n=40_000)).tolist() == pytest.approx([0.25] * 4, abs=0.009)


def test_thompson_pulls_an_arm_as_often_as_it_is_believed_to_be_the_best() -> None:
    """Beta(2, 1) beats Beta(1, 1) with probability ∫ 2x · x dx = 2/3."""
    found = shares(after(bandits.Thompson(2), [1, 0], [0, 0], n=40_000))
    assert found[0].item() == pytest.approx(2 / 3, abs=4 * math.sqrt(2 / 9 / 40_000))


def test_the_likeliest_to_be_best_are_believed_to_be_as_thompson_draws_them() -> None:
    """Beta(2, 1) against Beta(1, 1): 2/3 and 1/3. Of five, each pulled differently: as often as draws are best."""
    found = after(bandits.LikeliestBest(2), [1, 0], [0, 0]).scores()[0]
    assert found.tolist() == pytest.approx([2 / 3, 1 / 3], abs=1e-4)
    counts = [30, 3, 1, 0, 50], [20, 1, 0, 0, 40]
    exact, drawn = after(bandits.LikeliestBest(5), *counts).scores()[0], shares(after(bandits.Thompson(5), *counts, n=40_000))
    assert exact.sum().item() == pytest.approx(1, abs=1e-3) and drawn.tolist() == pytest.approx(exact.tolist(), abs=0.01)


def test_an_optimistic_draw_is_never_below_the_mean() -> None:
    """x from Beta(2, 1) raised to at least 2/3, against y from Beta(1, 1) raised to at least 1/2: the first wins if x > y or y < 2/3. The
    chance of neither is ∫ over y > 2/3 of P(x < y) = ∫ y² dy = (1 - 8/27) / 3."""
    agent = after(bandits.OptimisticThompson(2), [1, 0], [0, 0], n=40_000)
    assert (agent.scores() >= agent.mean).all()
    wins = 1 - (1 - 8 / 27) / 3
    assert shares(agent)[0].item() == pytest.approx(wins, abs=4 * math.sqrt(wins * (1 - wins) / 40_000))


def test_several_draws_lead_to_the_likeliest() -> None:
    """Beta(9, 1) against Beta(1, 9): of many draws the chosen one is near the mode, since the density x^8 (1 - y)^8 is largest at (1, 0).
    With one draw it is Thompson sampling, to the digit."""
    one, plain = (after(make, [8, 0], [0, 8], n=100) for make in (bandits.LikelyThompson(2, 1), bandits.Thompson(2)))
    assert torch.equal(one.scores(), plain.scores())
    many = after(bandits.LikelyThompson(2, 50), [8, 0], [0, 8], n=100).scores()
    likelihood = lambda x: x[:, 0] ** 8 * (1 - x[:, 1]) ** 8
    assert likelihood(many).min() > 0.4 > likelihood(plain.scores()).mean()


def test_gittins_stays_with_a_winner_and_tries_what_it_does_not_know() -> None:
    """γ = 0.9: 0.7029 for an arm never tried, 0.8001 after a success, 0.6010 after 2 of 4."""
    assert after(bandits.Gittins(2, 9, 0.9), [1, 0], [0, 0]).act(NOTHING).item() == 0
    unknown = after(bandits.Gittins(2, 9, 0.9), [2, 0], [2, 0])
    assert unknown.scores()[0].tolist() == pytest.approx([0.6010, 0.7029], abs=1e-4) and unknown.act(NOTHING).item() == 1


def test_the_last_pull_of_finite_gittins_is_greedy() -> None:
    counts = [2, 0, 1], [2, 0, 1]
    assert after(bandits.FiniteGittins(3, 7), *counts).scores()[0].tolist() == pytest.approx([1 / 2] * 3, abs=1e-6)
    early = after(bandits.FiniteGittins(3, 20), *counts)
    assert early.act(NOTHING).item() == 1 and (early.scores() > early.mean).all()


def make(family: Bandit) -> dict[str, CountingAgent]:
    k, n = family.arms, family.pulls
    return {
        "random": bandits.RandomArm(k),
        "greedy": bandits.Greedy(k),
        "ε-greedy": bandits.EpsilonGreedy(k, 0.1),
        "UCB1": bandits.UCB1(k, 0.2, imagined=1),
        "Thompson": bandits.Thompson(k),
        "OTS": bandits.OptimisticThompson(k),
        "likely Thompson": bandits.LikelyThompson(k),
        "likeliest": bandits.LikeliestBest(k),
        "Gittins": bandits.Gittins(k, n, 0.9),
        "finite Gittins": bandits.FiniteGittins(k, n),
        "Bayes-optimal": bandits.BayesOptimal(k, n),
    }


def exact_value(agent: CountingAgent, pulls: int) -> float:
    """What an agent without chance in it collects on average: every outcome, weighed by its posterior probability."""
    if not pulls:
        return 0.0
    arm = int(agent.act(NOTHING))
    counts = agent.successes.clone(), agent.failures.clone()
    p, total = (1 + counts[0][0, arm].item()) / (2 + counts[0][0, arm].item() + counts[1][0, arm].item()), 0.0
    for chance, reward in ((p, 1.0), (1 - p, 0.0)):
        agent.successes, agent.failures = (x.clone() for x in counts)
        agent.see(seen([arm], [reward], [True]))
        total += chance * (reward + exact_value(agent, pulls - 1))
    return total


@pytest.mark.parametrize(("arms", "pulls"), [(2, 7), (4, 6)])
def test_nobody_is_better_than_the_bayes_optimal_agent(arms: int, pulls: int) -> None:
    best = BayesBandit(arms, pulls).value()
    found = {}
    for name, agent in make(Bandit(arms, pulls)).items():
        if name not in ("random", "ε-greedy", "Thompson", "OTS", "likely Thompson"):
            agent.begin(1, seeded(0))
            found[name] = exact_value(agent, pulls)
    assert found["Bayes-optimal"] == pytest.approx(best, abs=1e-12) and max(found.values()) <= best + 1e-12
    assert found["finite Gittins"] > 0.999 * best and found["UCB1"] < found["Gittins"] < best + 1e-12


def test_what_agents_collect_in_trials_is_what_theory_says() -> None:
    """Random, oracle and Bayes-optimal agents: within four standard errors of their exact values, on 4000 tasks. And Greedy is, in a trial
    that goes through all of `play_trial`, what `exact_value` says."""
    family = Bandit(3, pulls=8)
    tasks = family.sample_tasks(4000, seeded(3))
    agents = {**make(family), "oracle": Oracle(family, tasks)}
    greedy = bandits.Greedy(3)
    greedy.begin(1, seeded(0))
    expected = {
        "random": 8 / 2,
        "oracle": best_arm(3, 8),
        "Bayes-optimal": BayesBandit(3, 8).value(),
        "greedy": exact_value(greedy, 8),
    }
    for name, value in expected.items():
        total = play_trial(family, tasks, agents[name], seeded(5)).returns().sum(-1)
        assert total.mean().item() == pytest.approx(value, abs=4 * total.std().item() / math.sqrt(4000)), name


def test_the_same_seed_plays_the_same_trial() -> None:
    family = Bandit(3, pulls=5)
    tasks = family.sample_tasks(20, seeded(0))
    for name, agent in make(family).items():
        first, second = (play_trial(family, tasks, agent, seeded(1)).action for _ in range(2))
        assert torch.equal(first, second), name


def test_what_cannot_be_is_refused() -> None:
    for call, message in (
        (lambda: bandits.Greedy(0), "arms=0"),
        (lambda: bandits.Greedy(2, imagined=-1), "imagined=-1"),
        (lambda: bandits.EpsilonGreedy(2, 1.5), "got 1.5"),
        (lambda: bandits.UCB1(2, -1), "got -1"),
        (lambda: bandits.LikelyThompson(2, 0), "got 0"),
        (lambda: bandits.FiniteGittins(2, 500), "at most 150 pulls, got 500"),
        (lambda: bandits.BayesOptimal(5, 40), "states"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    family = Bandit(2, pulls=4)
    for agent in (bandits.Gittins(2, 3), bandits.FiniteGittins(2, 3), bandits.BayesOptimal(2, 3)):
        with pytest.raises(ValueError, match="made for 3 pulls"):
            play_trial(family, family.sample_tasks(2, seeded(0)), agent, seeded(0))
