"""Agents that rule out: what they earn is what closed forms and dynamic programming say, and each does what it takes for granted."""

import itertools
import math
from typing import Any

import pytest
import torch

from dremeta_lite.agents import BayesGreedy, Elimination, MutualExclusivity
from dremeta_lite.tasks import HiddenGrammar, HiddenLanguage, LanguageTask
from dremeta_lite.trials import Seen, play_trial
from dremeta_lite.world import BayesLanguage
from tests.conftest import seeded

FAMILY = HiddenLanguage()


def earned(agent: Any, family: Any = FAMILY, n: int = 4000) -> tuple[float, float]:
    """The mean over n languages of what a trial returns, and its standard error."""
    each = play_trial(family, family.sample_tasks(n, seeded(1)), agent, seeded(2)).returns().sum(1)
    return each.mean().item(), each.std().item() / math.sqrt(n)


def best_by_brute_force(k: int, tries: int, seen: tuple[tuple[int, int, bool], ...] = ()) -> float:
    """Over histories, without sets or a cache: every language is held against everything that was seen."""
    left = [x for x in itertools.permutations(range(k)) if all((x[w] == a) == paid for w, a, paid in seen)]
    if tries == 0:
        return 0.0
    total = 0.0
    for w in range(k):
        values = []
        for a in range(k):
            p = sum(x[w] == a for x in left) / len(left)
            outcomes = [(p, 1, True), (1 - p, 0, False)]
            values.append(sum(q * (r + best_by_brute_force(k, tries - 1, (*seen, (w, a, paid)))) for q, r, paid in outcomes if q))
        total += max(values) / k
    return total


@pytest.mark.parametrize(("words", "tries"), [(2, 5), (3, 3), (4, 2)])
def test_dynamic_programming_agrees_with_brute_force(words: int, tries: int) -> None:
    assert BayesLanguage(words)(tries) == pytest.approx(best_by_brute_force(words, tries), abs=1e-12)


def test_the_best_of_twenty_tries_and_the_likeliest_meaning_is_as_good() -> None:
    """With two words and n tries: the first one is a guess, and then everything is known."""
    assert BayesLanguage(4)(20) == pytest.approx(17.000016, abs=1e-6)
    assert BayesLanguage(4)(8) == pytest.approx(BayesLanguage(4, greedy=True)(8), abs=1e-12)
    assert BayesLanguage(2)(7) == pytest.approx(6.5)
    mean, error = earned(BayesGreedy(FAMILY))
    assert mean == pytest.approx(17.000016, abs=4 * error)


def test_elimination_earns_what_counting_says() -> None:
    """A word that was heard j times before is known with chance min(j + 1, 4) / 4: sum over tries of a binomial mean. That is 14.14."""
    chance = lambda t, j: math.comb(t, j) * 0.25**j * 0.75 ** (t - j)
    expected = sum(chance(t, j) * min(j + 1, 4) / 4 for t in range(20) for j in range(t + 1))
    mean, error = earned(Elimination(FAMILY))
    assert expected == pytest.approx(14.14, abs=0.01) and mean == pytest.approx(expected, abs=4 * error)


def test_mutual_exclusivity_lies_between() -> None:
    """Measured on 20,000 languages: 16.20 ± 0.02."""
    mean, error = earned(MutualExclusivity(FAMILY))
    assert mean == pytest.approx(16.2, abs=0.02 + 4 * error)


def step(word: int, action: int, paid: float) -> Seen:
    one = torch.ones(1, dtype=torch.bool)
    return Seen(torch.tensor([word]), torch.tensor([action]), torch.tensor([paid]), torch.tensor([word]), one, one)


def test_what_each_concludes_from_the_same_tries() -> None:
    """The first word does not mean 2 or 3, the second one means 1: what may the third mean?"""
    family, third = HiddenLanguage(), torch.tensor([2])
    bayes, elimination, exclusive = BayesGreedy(family), Elimination(family), MutualExclusivity(family)
    for agent in (bayes, elimination, exclusive):
        agent.begin(1, seeded(0))
        for each in (step(0, 2, 0), step(0, 3, 0), step(1, 1, 1)):
            agent.see(each)
    assert elimination.probabilities_right(third)[0].tolist() == [0.25] * 4
    assert bayes.probabilities_right(third)[0].tolist() == [0.0, 0.0, 0.5, 0.5]
    assert {int(exclusive.act(third)) for _ in range(60)} == {0, 2, 3}


def test_steps_that_do_not_count_change_nothing_and_contradictions_are_named() -> None:
    agent = BayesGreedy(FAMILY)
    agent.begin(1, seeded(0))
    agent.see(step(0, 2, 1)._replace(counts=torch.zeros(1, dtype=torch.bool)))
    assert agent.possible.all()
    agent.see(step(0, 2, 1))
    with pytest.raises(ValueError, match="impossible in all of the 24 languages"):
        agent.see(step(0, 2, 0))
    with pytest.raises(ValueError, match="got words=5"):
        BayesLanguage(5)
    with pytest.raises(ValueError, match="got -1"):
        BayesLanguage(3)(-1)


def test_a_grammar_is_found_within_a_few_tries() -> None:
    """Measured on 1,000 languages: 21.97 of 24; from the tenth try on, all is known in 99 of 100."""
    family = HiddenGrammar()
    tasks = family.sample_tasks(100, seeded(1))
    each = play_trial(family, tasks, BayesGreedy(family), seeded(2)).returns()
    assert each.sum(1).mean().item() == pytest.approx(21.97, abs=0.02 + 4 * each.sum(1).std().item() / 10) and each[:, 12:].mean() > 0.99


def test_a_language_of_two_words_with_one_meaning_is_found_by_elimination_alone() -> None:
    odd = LanguageTask(torch.tensor([[1, 1, 0, 2]]))
    assert play_trial(FAMILY, odd, Elimination(FAMILY), seeded(0), 60).returns()[0, -10:].mean() == 1
    with pytest.raises(ValueError, match="impossible"):
        play_trial(FAMILY, odd, BayesGreedy(FAMILY), seeded(0), 60)
