"""Exercise 07.bayes_value: the most that any agent can collect, by dynamic programming on counts."""

from collections.abc import Callable, Iterator

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake
from dremeta_lite.world.bayes_bandit import BayesBandit

Counts = tuple[int, ...]


def bayes_value(successes: Counts, failures: Counts, pulls: int) -> float:
    if pulls == 0:
        return 0.0
    values = []
    for arm in range(len(successes)):
        s, f = successes[arm], failures[arm]
        p = (1 + s) / (2 + s + f)
        paid = (*successes[:arm], s + 1, *successes[arm + 1 :])
        unpaid = (*failures[:arm], f + 1, *failures[arm + 1 :])
        values.append(p * (1 + bayes_value(paid, failures, pulls - 1)) + (1 - p) * bayes_value(successes, unpaid, pulls - 1))
    return max(values)


def plan(successes: Counts, failures: Counts, pulls: int, rule: Callable[[list[float], list[float]], float], keep: str = "") -> float:
    """The recursion with something changed: `rule` makes a value from those of the arms and their chances; `keep` is not counted on."""
    if pulls == 0:
        return 0.0
    values, chances = [], []
    for arm in range(len(successes)):
        s, f = successes[arm], failures[arm]
        p = (1 + s) / (2 + s + f)
        paid = successes if "successes" in keep else (*successes[:arm], s + 1, *successes[arm + 1 :])
        unpaid = failures if "failures" in keep else (*failures[:arm], f + 1, *failures[arm + 1 :])
        won, lost = plan(paid, failures, pulls - 1, rule, keep), plan(successes, unpaid, pulls - 1, rule, keep)
        values.append(p * (("no reward" not in keep) + won) + (1 - p) * lost)
        chances.append(p)
    return rule(values, chances)


def best(values: list[float], chances: list[float]) -> float:
    return max(values)


def without_learning(successes: Counts, failures: Counts, pulls: int) -> float:
    return plan(successes, failures, pulls, best, keep="successes failures")


def the_average_arm(successes: Counts, failures: Counts, pulls: int) -> float:
    return plan(successes, failures, pulls, lambda values, chances: sum(values) / len(values))


def the_greedy_arm(successes: Counts, failures: Counts, pulls: int) -> float:
    return plan(successes, failures, pulls, lambda values, chances: values[chances.index(max(chances))])


def no_learning_from_failure(successes: Counts, failures: Counts, pulls: int) -> float:
    return plan(successes, failures, pulls, best, keep="failures")


def no_reward(successes: Counts, failures: Counts, pulls: int) -> float:
    return plan(successes, failures, pulls, best, keep="no reward")


def nothing_after_a_failure(successes: Counts, failures: Counts, pulls: int) -> float:
    if pulls == 0:
        return 0.0
    values = []
    for arm in range(len(successes)):
        s, f = successes[arm], failures[arm]
        paid = (*successes[:arm], s + 1, *successes[arm + 1 :])
        values.append((1 + s) / (2 + s + f) * (1 + nothing_after_a_failure(paid, failures, pulls - 1)))
    return max(values)


def shares_without_a_prior(successes: Counts, failures: Counts, pulls: int) -> float:
    if pulls == 0:
        return 0.0
    values = []
    for arm in range(len(successes)):
        s, f = successes[arm], failures[arm]
        p = s / (s + f) if s + f else 0.5
        paid, unpaid = (*successes[:arm], s + 1, *successes[arm + 1 :]), (*failures[:arm], f + 1, *failures[arm + 1 :])
        values.append(
            p * (1 + shares_without_a_prior(paid, failures, pulls - 1)) + (1 - p) * shares_without_a_prior(successes, unpaid, pulls - 1)
        )
    return max(values)


def value_cases() -> Iterator[Case]:
    for words, successes, failures, pulls in (
        ("two new arms, no pull left", (0, 0), (0, 0), 0),
        ("one new arm, one pull: 1/2", (0,), (0,), 1),
        ("two new arms, two pulls: 13/12", (0, 0), (0, 0), 2),
        ("three new arms, four pulls", (0, 0, 0), (0, 0, 0), 4),
        ("one arm paid once of three times, the other is new; three pulls", (1, 0), (2, 0), 3),
        ("ten arms, of which the last is known to be good; two pulls", (0,) * 9 + (8,), (0,) * 10, 2),
        ("three arms with a past, three pulls", (2, 0, 1), (1, 0, 2), 3),
        ("one arm is surer, the other may be better; five pulls", (5, 1), (4, 1), 5),
    ):
        n = pulls + sum(successes) + sum(failures)
        expected = BayesBandit(len(successes), n).value(tuple(zip(successes, failures, strict=True)))
        yield Case(words, (successes, failures, pulls), expected=expected)


EXERCISE = Exercise(
    id="07.bayes_value",
    title="the best that any agent can do",
    minutes=15,
    stars=3,
    reference=bayes_value,
    cases=value_cases,
    mistakes=(
        Mistake(without_learning, "Nothing comes of what is learned here: after each pull the counts are new, and the arm is chosen anew."),
        Mistake(the_average_arm, "You took the mean over the arms. The agent chooses: take the best."),
        Mistake(
            the_greedy_arm,
            "You follow the arm with the best chance *now*. A pull that pays less now may tell more: compare what follows, too.",
        ),
        Mistake(no_learning_from_failure, "Here a pull that does not pay leaves the counts as they were. It is news, too."),
        Mistake(nothing_after_a_failure, "A pull that does not pay is not the end: with 1 - p the plan goes on, with one failure more."),
        Mistake(no_reward, "The reward of the pull itself is missing: 1, with probability p."),
        Mistake(
            shares_without_a_prior, "With the uniform prior an arm pays next time with probability (1 + s) / (2 + s + f), not s / (s + f)."
        ),
    ),
    hints=(
        "If you pull arm a now, which two things can happen, how likely is each, and what do you know afterwards?",
        "For each arm: with p the reward is 1 and its successes grow by one, with 1 - p its failures do. What is left is the same problem.",
        "no pulls left: 0.  Else: max over arms of  p·(1 + V(one success more, n-1)) + (1-p)·V(one failure more, n-1),  p = (1+s)/(2+s+f)",
    ),
    why="What is known has become a state, and learning a transition between states. Exploring is no extra: the plan contains it.",
)
