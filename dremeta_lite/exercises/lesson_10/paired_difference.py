"""Exercise 10.paired_difference: is one agent better than the other, if both met the same tasks?"""

import statistics
from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def paired_difference(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    difference = a - b
    return difference.mean(), difference.std() / len(difference) ** 0.5


def unpaired(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return a.mean() - b.mean(), ((a.var() + b.var()) / len(a)) ** 0.5


def errors_subtracted(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return a.mean() - b.mean(), (a.std() - b.std()) / len(a) ** 0.5


def biased(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return (a - b).mean(), (a - b).std(unbiased=False) / len(a) ** 0.5


def corrected_twice(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return (a - b).mean(), (a - b).std() / (len(a) - 1) ** 0.5


def spread_of_one_task(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return (a - b).mean(), (a - b).std()


def divided_by_n(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return (a - b).mean(), (a - b).std() / len(a)


def the_other_way_round(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return paired_difference(b, a)


def distance(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    d = (a - b).abs()
    return d.mean(), d.std() / len(a) ** 0.5


def variance_over_n(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return (a - b).mean(), (a - b).var() / len(a)


def variance_over_root_n(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return (a - b).mean(), (a - b).var() / len(a) ** 0.5


def half_an_interval(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    mean, error = paired_difference(a, b)
    return mean, 1.96 * error


def cases() -> Iterator[Case]:
    for words, a, b in (
        (
            "five tasks, easy and hard ones, the first agent 1 to 3 better in each",
            [5.0, 34.0, 14.5, 23.5, 10.0],
            [4.0, 31.0, 12.5, 22.0, 7.5],
        ),
        ("three tasks, the second agent better", [1.3, -2.0, 4.0], [3.0, 1.5, 4.5]),
        ("two tasks", [2.0, 7.0], [1.0, 4.5]),
        ("four tasks, now one agent better, now the other", [5.0, 1.0, 3.0, 2.0], [2.0, 6.0, 2.5, 2.0]),
        ("the first agent better by about 5000", [5007.25, 5001.5, 5003.0, 5010.75], [1.5, 0.25, -2.0, 3.5]),
        ("the first agent better by 2 in every task", [3.0, 9.0, 27.0], [1.0, 7.0, 25.0]),
    ):
        d = [x - y for x, y in zip(a, b, strict=True)]
        error = statistics.stdev(d) / len(d) ** 0.5
        yield Case(words, (torch.tensor(a), torch.tensor(b)), expected=(statistics.fmean(d), error))


EXERCISE = Exercise(
    id="10.paired_difference",
    title="the same tasks for both",
    minutes=10,
    stars=2,
    reference=paired_difference,
    cases=cases,
    mistakes=(
        Mistake(
            unpaired,
            "That is the error for two *different* sets of tasks. Here hard tasks are hard for both: take the difference in each task "
            "first, and then its spread.",
        ),
        Mistake(errors_subtracted, "Errors cannot be subtracted. Take the difference in each task first, and then its spread."),
        Mistake(biased, "The spread was estimated with n: that is too small for few tasks. Use n - 1, as `std()` does by itself."),
        Mistake(corrected_twice, "The n - 1 belongs into the spread (`std()` has it already); then divide by the root of n itself."),
        Mistake(
            spread_of_one_task, "That is how much a *single* task varies. The error of a mean of n tasks is smaller, by the root of n."
        ),
        Mistake(divided_by_n, "You divide by n: that is too sure. Four times as many tasks halve the error: divide by the root of n."),
        Mistake(the_other_way_round, "The sign: a - b is positive where the first agent is better."),
        Mistake(distance, "Leave the signs of the differences: taken absolutely, even two equal agents with noise would seem to differ."),
        Mistake(variance_over_n, "That is the square of the error: take the root, so that it has the unit of a return."),
        Mistake(variance_over_root_n, "You have put in the variance. The standard error is the standard *deviation* over the root of n."),
        Mistake(half_an_interval, "That is half the width of a 95 % interval. Here the standard error itself is wanted."),
    ),
    hints=(
        "A hard task is hard for both agents. In which number does that not show at all?",
        "Make one number of each task: `a - b`. `x.std()` estimates its spread, with n - 1.",
        "d ← a - b;  return mean of d, (standard deviation of d) / √n",
    ),
    why=(
        "Much of the spread of returns comes from the tasks: some are easy, some hard. As far as that is the same for both agents, it "
        "drops out of the difference. Two agents that do nearly the same gain most; where they find other tasks hard, it gains little. "
        "It asks for the *same* tasks for all, which is why the bench keeps a fixed set. And mind what this error leaves out: another "
        "training run, another seed."
    ),
    survivors={
        "gradient": "it is read, and not trained",
    },
)
