"""Exercise 10.5 · when the time is up · 12 minutes, ★★★

1. The time is up. Which parameters are on the disk: the nearest in time, the best, or the last that were written?
2. Go through the checkpoints in order: `torch.where(seconds[:, k] <= budget, …, …)` decides for all runs at once.
3. result ← nan for each run;  for each checkpoint k: result ← returns[:, k] where it is in time, else result as it was

Equal iterations are no equal budget: an iteration of one learner costs ten of another. Read the curve at the same *price* for all, and
take what was there, not what came later or was best in hindsight. What the price is (seconds of this machine, steps in the world, tasks)
is a choice, and can turn the order round.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def at_budget(seconds: Tensor, returns: Tensor, budget: float) -> Tensor:
    result = torch.full(seconds.shape[:1], torch.nan)
    for k in range(seconds.shape[1]):
        result = torch.where(seconds[:, k] <= budget, returns[:, k], result)
    return result


def last_in_time(seconds: list[list[float]], returns: list[list[float]], budget: float) -> list[float]:
    """Of each run the last of what is in time, behind a nan."""
    runs = zip(seconds, returns, strict=True)
    return [[torch.nan, *(value for when, value in zip(*run, strict=True) if when <= budget)][-1] for run in runs]


def cases() -> Cases:
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
        yield case(words, seconds, returns, budget, by=last_in_time)
    yield case("one run of twelve checkpoints", [[k / 4 for k in range(12)]], [[k * (12.0 - k) for k in range(12)]], 2.6, by=last_in_time)
    yield case("one run, a budget of 4 seconds: just enough", [[1.0, 2.0, 4.0]], [[5.0, 9.0, 7.0]], 4.0, by=last_in_time)


MISTAKES = """
# The nearest checkpoint can lie *after* the budget: that is a look into the future, paid for by nobody.
    returns.gather(1, (seconds - budget).abs().argmin(1, keepdim=True))[:, 0]
# You take the best checkpoint so far. It was chosen by the very returns that it is judged by: the luckiest wins. (Fair, with other tasks
# for choosing than for judging.)
    returns[:, k], result → returns[:, k].fmax(result), result
# You take the best checkpoint so far (and minus infinity where there is none, which should be nan). Whatever was best by luck would be
# reported: take the last one.
    returns.masked_fill(seconds > budget, -torch.inf).amax(1)
# You take the largest return in time. But the last is asked for, not the best; and where none is in time, nan.
    torch.stack([row[when <= budget].max() for when, row in zip(seconds, returns, strict=True)])
# Where no checkpoint is in time there is no last one to take: give nan for such a run.
    torch.stack([row[when <= budget][-1] for when, row in zip(seconds, returns, strict=True)])
# That is the mean of all checkpoints in time. What counts is the agent there is when the time is up.
    (returns * (seconds <= budget)).sum(1) / (seconds <= budget).sum(1)
# You interpolate towards a checkpoint after the budget. Nobody had that agent in time, nor one in between.
    torch.tensor([np.interp(budget, t, x, left=np.nan) for t, x in zip(seconds, returns)])
returns[:, -1]  # You take the end of each run, whatever it has cost. Only checkpoints within the budget count.
# A run that goes on after the budget is not lost: it had checkpoints before. Take its last one in time.
    torch.where(seconds[:, -1] <= budget, returns[:, -1], torch.nan)
<= budget → < budget  # A checkpoint exactly at the budget is in time: `<=`.
torch.full(seconds.shape[:1], torch.nan) → returns[:, 0]  # A run without a checkpoint in time has nothing to show: nan, not its first one.
# A run without a checkpoint in time has nothing to show: nan. (Index -1 is the *last* checkpoint, here as well.)
    torch.full(seconds.shape[:1], torch.nan) → returns[:, -1]
torch.nan → 0.0  # A run without a checkpoint in time has nothing to show: nan. A 0 is a return, and here a good one.
# You take the first checkpoint *after* the budget. Wanted is the last one not later than it.
    returns.gather(1, (seconds < budget).sum(1, keepdim=True).clamp(max=seconds.shape[1] - 1))[:, 0]
# You take the same checkpoint for all runs. That is the same number of iterations, and some are slower than others: look at each run's own
# clock.
    seconds[:, k] <= budget → seconds[:, k].mean() <= budget
"""

SURVIVORS = {"`seconds` is quiet where it does not count": "the clock only goes forward", "gradient": "it is read, and not trained"}
EXERCISE = exercise(at_budget, cases, MISTAKES, survivors=SURVIVORS)
