"""Exercise 10.3 · the same tasks for both · 10 minutes, ★★☆

1. A hard task is hard for both agents. In which number does that not show at all?
2. Make one number of each task: `a - b`. `x.std()` estimates its spread, with n - 1.
3. d ← a - b;  return mean of d, (standard deviation of d) / √n

Much of the spread of returns comes from the tasks: some are easy, some hard. As far as that is the same for both agents, it drops out of
the difference. Two agents that do nearly the same gain most; where they find other tasks hard, it gains little. It asks for the *same*
tasks for all, which is why the bench keeps a fixed set. And mind what this error leaves out: another training run, another seed.
"""

import statistics

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def paired_difference(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    difference = a - b
    return difference.mean(), difference.std() / len(difference) ** 0.5


def cases() -> Cases:
    for words, a, b in (
        ("five tasks, easy and hard ones, the first agent 1 to 3 better in each", [5, 34, 14.5, 23.5, 10], [4, 31, 12.5, 22, 7.5]),
        ("three tasks, the second agent better", [1.3, -2.0, 4.0], [3.0, 1.5, 4.5]),
        ("two tasks", [2.0, 7.0], [1.0, 4.5]),
        ("four tasks, now one agent better, now the other", [5.0, 1.0, 3.0, 2.0], [2.0, 6.0, 2.5, 2.0]),
        ("the first agent better by about 5000", [5007.25, 5001.5, 5003.0, 5010.75], [1.5, 0.25, -2.0, 3.5]),
        ("the first agent better by 2 in every task", [3.0, 9.0, 27.0], [1.0, 7.0, 25.0]),
    ):
        d = [x - y for x, y in zip(a, b, strict=True)]
        yield case(words, a, b, expected=(statistics.fmean(d), statistics.stdev(d) / len(d) ** 0.5))


MISTAKES = """
# That is the error for two *different* sets of tasks. Here hard tasks are hard for both: take the difference in each task first, and then
# its spread.
    a.mean() - b.mean(), ((a.var() + b.var()) / len(a)) ** 0.5
# Errors cannot be subtracted. Take the difference in each task first, and then its spread.
    a.mean() - b.mean(), (a.std() - b.std()) / len(a) ** 0.5
std() → std(unbiased=False)  # The spread was estimated with n: that is too small for few tasks. Use n - 1, as `std()` does by itself.
# The n - 1 belongs into the spread (`std()` has it already); then divide by the root of n itself.
    len(difference) ** 0.5 → (len(difference) - 1) ** 0.5
/ len(difference) ** 0.5 →  # That is how much a *single* task varies. The error of a mean of n tasks is smaller, by the root of n.
** 0.5 →  # You divide by n: that is too sure. Four times as many tasks halve the error: divide by the root of n.
paired_difference(b, a)  # The sign: a - b is positive where the first agent is better.
a - b → (a - b).abs()  # Leave the signs of the differences: taken absolutely, even two equal agents with noise would seem to differ.
# That is the square of the error: take the root, so that it has the unit of a return.
    std() / len(difference) ** 0.5 → var() / len(difference)
std() → var()  # You have put in the variance. The standard error is the standard *deviation* over the root of n.
difference.std() → 1.96 * difference.std()  # That is half the width of a 95 % interval. Here the standard error itself is wanted.
"""

EXERCISE = exercise(paired_difference, cases, MISTAKES, survivors={"gradient": "it is read, and not trained"})
