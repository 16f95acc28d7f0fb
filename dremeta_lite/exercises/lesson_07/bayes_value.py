"""Exercise 07.3 · the best that any agent can do · 15 minutes, ★★★

1. If you pull arm a now, which two things can happen, how likely is each, and what do you know afterwards?
2. For each arm: with p the reward is 1 and its successes grow by one, with 1 - p its failures do. What is left is the same problem.
3. no pulls left: 0.  Else: max over arms of  p·(1 + V(one success more, n-1)) + (1-p)·V(one failure more, n-1),  p = (1+s)/(2+s+f)

What is known has become a state, and learning a transition between states. Exploring is no extra: the plan contains it.
"""

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.world.bayes_bandit import BayesBandit


def bayes_value(successes: tuple[int, ...], failures: tuple[int, ...], pulls: int) -> float:
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


def cases() -> Cases:
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
        yield case(words, successes, failures, pulls, expected=expected)


MISTAKES = """
# Nothing comes of what is learned here: after each pull the counts are new, and the arm is chosen again.
    (*successes[:arm], s + 1, *successes[arm + 1 :]) → successes
    (*failures[:arm], f + 1, *failures[arm + 1 :]) → failures
max(values) → sum(values) / len(values)  # You took the mean over the arms. The agent chooses: take the best.
# You follow the arm with the best chance *now*. A pull that pays less now may tell more: compare what follows, too.
    max(values) → values[max(range(len(values)), key=lambda arm: (1 + successes[arm]) / (2 + successes[arm] + failures[arm]))]
(*failures[:arm], f + 1, *failures[arm + 1 :]) → failures  # Here a pull that does not pay leaves the counts as they were. It is news, too.
# A pull that does not pay is not the end: with 1 - p the plan goes on, with one failure more.
    + (1 - p) * bayes_value(successes, unpaid, pulls - 1) →
(1 + bayes_value → (bayes_value  # The reward of the pull itself is missing: 1, with probability p.
# With the uniform prior an arm pays next time with probability (1 + s) / (2 + s + f), not s / (s + f).
    (1 + s) / (2 + s + f) → s / (s + f) if s + f else 0.5
"""

EXERCISE = exercise(bayes_value, cases, MISTAKES)
