"""Exercise 10.at_budget: what a run had learned when the time was up."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def at_budget(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    result = torch.full(seconds.shape[:1], torch.nan)
    for k in range(seconds.shape[1]):
        result = torch.where(seconds[:, k] <= budget, returns[:, k], result)
    return result


def or_nan(result: Tensor, seconds: Tensor, budget: float) -> Tensor:
    return torch.where(seconds[:, 0] <= budget, result, torch.nan)


def nearest(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    k = (seconds - budget).abs().argmin(1)
    return returns.gather(1, k[:, None])[:, 0]


def best_so_far(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    result = returns.masked_fill(seconds > budget, -torch.inf).amax(1)
    return or_nan(result, seconds, budget)


def best_so_far_or_minus_infinity(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    return returns.masked_fill(seconds > budget, -torch.inf).amax(1)


def best_so_far_by_rows(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    return torch.stack([row[when <= budget].max() for when, row in zip(seconds, returns, strict=True)])


def last_by_rows(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    return torch.stack([row[when <= budget][-1] for when, row in zip(seconds, returns, strict=True)])


def mean_so_far(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    in_time = seconds <= budget
    return (returns * in_time).sum(1) / in_time.sum(1)


def interpolated(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    rows = []
    for t, x in zip(seconds, returns, strict=True):
        k = int((t <= budget).sum())
        if k == 0 or k == len(t):
            rows.append(x[-1] if k else torch.tensor(torch.nan))
        else:
            rows.append(x[k - 1] + (budget - t[k - 1]) / (t[k] - t[k - 1]) * (x[k] - x[k - 1]))
    return torch.stack(rows)


def at_the_end(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    return returns[:, -1]


def at_the_end_if_in_time(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    return torch.where(seconds[:, -1] <= budget, returns[:, -1], torch.nan)


def strictly_before(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    result = torch.full(seconds.shape[:1], torch.nan)
    for k in range(seconds.shape[1]):
        result = torch.where(seconds[:, k] < budget, returns[:, k], result)
    return result


def first_if_none(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    found = at_budget(seconds, returns, budget)
    return torch.where(found.isnan(), returns[:, 0], found)


def last_if_none(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    found = at_budget(seconds, returns, budget)
    return torch.where(found.isnan(), returns[:, -1], found)


def zero_if_none(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    return at_budget(seconds, returns, budget).nan_to_num(0.0)


def next_one(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    k = (seconds < budget).sum(1).clamp(max=seconds.shape[1] - 1)
    return returns.gather(1, k[:, None])[:, 0]


def same_checkpoint_for_all(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    k = int((seconds.mean(0) <= budget).sum())
    return returns[:, k - 1] if k else torch.full((len(returns),), torch.nan)


def by_hand(seconds: list[list[float]], returns: list[list[float]], budget: float) -> list[float]:
    """From the end backwards, until one is in time."""
    result = []
    for times, values in zip(seconds, returns, strict=True):
        k = len(times) - 1
        while k >= 0 and times[k] > budget:
            k -= 1
        result.append(values[k] if k >= 0 else math.nan)
    return result


def cases() -> Iterator[Case]:
    seconds = [[0.0, 4.0, 8.0, 12.5], [0.5, 10.0, 19.0, 31.0], [2.0, 3.0, 6.5, 9.0]]
    returns = [[-3.0, 20.0, 17.0, 35.0], [-2.5, 8.0, 30.0, 36.0], [-4.0, 25.0, 11.0, 5.0]]
    for words, budget in (
        ("three runs of four checkpoints, a budget of 9.5 seconds", 9.5),
        ("a budget of 8 seconds: one run has a checkpoint just then", 8.0),
        ("a budget of 1 second: one run has no checkpoint by then", 1.0),
        ("a budget of 100 seconds: more than any run has taken", 100.0),
        ("a budget of 3.5 seconds", 3.5),
        ("a budget of 0.4 seconds", 0.4),
    ):
        yield Case(words, (torch.tensor(seconds), torch.tensor(returns), budget), expected=torch.tensor(by_hand(seconds, returns, budget)))
    many = [[k / 4 for k in range(12)]], [[float(k * (12 - k)) for k in range(12)]]
    yield Case("one run of twelve checkpoints", (*map(torch.tensor, many), 2.6), expected=torch.tensor(by_hand(*many, 2.6)))
    one = [[1.0, 2.0, 4.0]], [[5.0, 9.0, 7.0]]
    yield Case("one run, a budget of 4 seconds: just enough", (*map(torch.tensor, one), 4.0), expected=torch.tensor(by_hand(*one, 4.0)))


EXERCISE = Exercise(
    id="10.at_budget",
    title="when the time is up",
    minutes=12,
    stars=3,
    reference=at_budget,
    cases=cases,
    mistakes=(
        Mistake(nearest, "The nearest checkpoint can lie *after* the budget: that is a look into the future, paid for by nobody."),
        Mistake(
            best_so_far,
            "You take the best checkpoint so far. It was chosen by the very returns that it is judged by: the luckiest wins. (Fair, with "
            "other tasks for choosing than for judging.)",
        ),
        Mistake(
            best_so_far_or_minus_infinity,
            "You take the best checkpoint so far (and minus infinity where there is none, which should be nan). Whatever was best by luck "
            "would be reported: take the last one.",
        ),
        Mistake(
            best_so_far_by_rows,
            "You take the largest return in time. But the last is asked for, not the best; and where none is in time, nan.",
        ),
        Mistake(last_by_rows, "Where no checkpoint is in time there is no last one to take: give nan for such a run."),
        Mistake(mean_so_far, "That is the mean of all checkpoints in time. What counts is the agent there is when the time is up."),
        Mistake(interpolated, "You interpolate towards a checkpoint after the budget. Nobody had that agent in time, nor one in between."),
        Mistake(at_the_end, "You take the end of each run, whatever it has cost. Only checkpoints within the budget count."),
        Mistake(
            at_the_end_if_in_time, "A run that goes on after the budget is not lost: it had checkpoints before. Take its last one in time."
        ),
        Mistake(strictly_before, "A checkpoint exactly at the budget is in time: `<=`."),
        Mistake(first_if_none, "A run without a checkpoint in time has nothing to show: nan, not its first one."),
        Mistake(
            last_if_none, "A run without a checkpoint in time has nothing to show: nan. (Index -1 is the *last* checkpoint, here as well.)"
        ),
        Mistake(zero_if_none, "A run without a checkpoint in time has nothing to show: nan. A 0 is a return, and here a good one."),
        Mistake(next_one, "You take the first checkpoint *after* the budget. Wanted is the last one not later than it."),
        Mistake(
            same_checkpoint_for_all,
            "You take the same checkpoint for all runs. That is the same number of iterations, and some are slower than others: look at "
            "each run's own clock.",
        ),
    ),
    hints=(
        "The time is up. Which parameters are on the disk: the nearest in time, the best, or the last that were written?",
        "Go through the checkpoints in order: `torch.where(seconds[:, k] <= budget, …, …)` decides for all runs at once.",
        "result ← nan for each run;  for each checkpoint k: result ← returns[:, k] where it is in time, else result as it was",
    ),
    why=(
        "Equal iterations are no equal budget: an iteration of one learner costs ten of another. Read the curve at the same *price* for "
        "all, and take what was there, not what came later or was best in hindsight. What the price is (seconds of this machine, steps in "
        "the world, tasks) is a choice, and can turn the order round."
    ),
    survivors={
        "`seconds` is quiet where it does not count": "the clock only goes forward",
        "gradient": "it is read, and not trained",
    },
)
