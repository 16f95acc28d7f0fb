"""The Bayes-optimal value of bandits: against brute force in fractions, which knows no symmetry, and in closed form."""

from fractions import Fraction

import pytest

from dremeta_lite.world.bayes_bandit import BayesBandit, best_arm, states

Pairs = tuple[tuple[int, int], ...]


def expectimax(counts: Pairs, left: int) -> Fraction:
    """Try everything, from the definition: every arm, every outcome, every order."""
    return max(pull(counts, arm, left) for arm in range(len(counts))) if left else Fraction(0)


def pull(counts: Pairs, arm: int, left: int) -> Fraction:
    s, f = counts[arm]
    p = Fraction(1 + s, 2 + s + f)
    after = lambda pair: expectimax((*counts[:arm], pair, *counts[arm + 1 :]), left - 1)
    return p * (1 + after((s + 1, f))) + (1 - p) * after((s, f + 1))


@pytest.mark.parametrize(("arms", "pulls"), [(1, 5), (2, 1), (2, 2), (2, 3), (2, 6), (3, 4), (4, 3), (5, 3)])
def test_it_is_what_brute_force_finds(arms: int, pulls: int) -> None:
    fresh: Pairs = ((0, 0),) * arms
    solved = BayesBandit(arms, pulls)
    assert solved.value() == pytest.approx(float(expectimax(fresh, pulls)), abs=1e-12)
    assert solved.action_values(fresh) == pytest.approx([float(pull(fresh, arm, pulls)) for arm in range(arms)], abs=1e-12)


def test_it_is_what_brute_force_finds_in_the_middle_of_a_trial() -> None:
    counts: Pairs = ((1, 2), (0, 0), (2, 0))
    solved = BayesBandit(3, 9)
    assert solved.value(counts) == pytest.approx(float(expectimax(counts, 4)), abs=1e-12)
    values = solved.action_values(counts)
    assert values == pytest.approx([float(pull(counts, arm, 4)) for arm in range(3)], abs=1e-12)
    assert values[2] == max(values) and len({*values}) == 3


@pytest.mark.parametrize("pulls", [1, 2, 7])
def test_one_arm_pays_half_of_the_time(pulls: int) -> None:
    assert BayesBandit(1, pulls).value() == pytest.approx(pulls / 2)


@pytest.mark.parametrize("arms", [2, 3, 50])
def test_two_pulls_in_closed_form(arms: int) -> None:
    """1/2, then after a success 2/3 with the same arm, after a failure 1/2 with another: 1/2 + (2/3 + 1/2) / 2 = 13/12."""
    assert BayesBandit(arms, 2).value() == pytest.approx(13 / 12)
    assert BayesBandit(arms, 1).value() == pytest.approx(1 / 2) and BayesBandit(arms, 0).value() == 0


def test_more_arms_than_pulls_are_no_use() -> None:
    assert BayesBandit(10, 10).value() == BayesBandit(50, 10).value() > BayesBandit(9, 10).value() > BayesBandit(5, 10).value()


def test_it_lies_between_chance_and_the_oracle() -> None:
    value = BayesBandit(5, 10).value()
    assert value == pytest.approx(6.66, abs=0.005) and best_arm(5, 10) == pytest.approx(10 * 5 / 6)


@pytest.mark.parametrize(("arms", "pulls"), [(1, 6), (2, 9), (3, 6), (5, 7), (9, 6)])
def test_states_are_counted_before_they_are_visited(arms: int, pulls: int) -> None:
    solved = BayesBandit(arms, pulls)
    solved.value()
    assert len(solved._values) == states(arms, pulls)


def test_what_cannot_be_computed_says_so() -> None:
    with pytest.raises(ValueError, match=r"5 arms and 40 pulls have .* states, .* world\.gittins"):
        BayesBandit(5, 40)
    with pytest.raises(ValueError, match="at most 80 pulls, got 1000"):
        BayesBandit(1, 1000)
    with pytest.raises(ValueError, match="arms=0"):
        BayesBandit(0, 3)
    with pytest.raises(ValueError, match="each of the 2 arms, got 1 pairs"):
        BayesBandit(2, 3).action_values(((0, 0),))
    assert BayesBandit(1, 80).value() == pytest.approx(40)  # the deepest recursion there is
