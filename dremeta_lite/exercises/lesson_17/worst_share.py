"""Exercise 17.2 · what the mean hides · 8 minutes, ★★☆

1. Ten tasks, and the worst fifth of them: how many tasks are that? And of eleven tasks?
2. `values, _ = returns.sort()` puts the smallest first. Half a task cannot be taken: `math.ceil` rounds up.
3. k ← share · n, rounded up;  return the mean of the k smallest

The mean over the worst share of cases is called *conditional value at risk*. It asks what a mean cannot tell: how bad is it, when it is
bad? One that falls while the mean rises says that others pay for the gain.
"""

import math

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def worst_share(returns: Tensor, share: float) -> Tensor:
    k = math.ceil(share * len(returns))
    return returns.sort().values[:k].mean()


def by_hand(returns: list[float], k: int) -> float:
    """Takes away the smallest that is left, k times."""
    left, taken = list(returns), []
    for _ in range(k):
        taken.append(min(left))
        left.remove(taken[-1])
    return math.fsum(taken) / k


def cases() -> Cases:
    rising = [-9.0, -3.0, -2.5, -1.0, 0.0, 1.0, 2.0, 4.0, 8.0, 16.0]
    for words, returns, share, k in (
        ("ten tasks in order, the worst fifth", rising, 0.2, 2),
        ("the same tasks from best to worst, the worst half", rising[::-1], 0.5, 5),
        ("eight tasks, a tenth of them: one", [3.0, -7.0, 5.0, 2.0, 9.0, 1.0, 4.0, 6.0], 0.1, 1),
        ("seven tasks, a quarter of them: two", [3.0, -7.0, 5.0, 2.0, -9.0, 1.0, 4.0], 0.25, 2),
        ("seven tasks, three tenths of them: three", [3.0, -7.0, 5.0, 2.0, -9.0, 1.0, 4.0], 0.3, 3),
        ("four tasks, 0.65 of them: three", [4.0, -6.0, 1.0, 2.0], 0.65, 3),
        ("seven tasks, all of them", [3.0, -7.0, 5.0, 2.0, -9.0, 1.0, 4.0], 1.0, 7),
        ("two tasks alike, of which one is among the worst half", [1.0, -5.0, 2.0, 1.0], 0.5, 2),
        ("the worst return twice", [-5.0, 1.0, -5.0, 2.0], 0.5, 2),
    ):
        yield case(words, returns, share, expected=by_hand(returns, k))


MISTAKES = """
returns.sort() → returns.sort(descending=True)  # Those are the best tasks. The worst have the smallest returns.
.sort().values →  # You take the first tasks of the list, whichever they are. Sort the returns first.
# That is one return, the best of the worst ones: the *value at risk*. Asked is the mean of all that are as bad or worse.
    [:k].mean() → [k - 1]
# You have rounded down. Of eight tasks a tenth would be none, and the mean of nothing is nan.
    math.ceil(share * len(returns)) → int(share * len(returns))
# You have rounded to the nearest whole number. Three tenths of seven tasks are 2.1: that is three tasks, as the text rounds *up*.
    math.ceil(share * len(returns)) → max(1, round(share * len(returns)))
# Where the share is a whole number of tasks, you take one too many: `math.ceil` leaves whole numbers as they are.
    math.ceil(share * len(returns)) → int(share * len(returns)) + 1
# A quantile lies between two tasks, so one task can be missing: sort, and take as many as the text says, rounded up.
    returns[returns <= returns.quantile(share)].mean()
# Of tasks with equal returns you take all, and so more than the share: sort, and take the first k.
    returns.sort().values[:k].mean() → returns[returns <= returns.sort().values[k - 1]].mean()
.mean() → .sum()  # That is the sum over the worst tasks: the mean does not grow with their number.
[:k].mean() → .mean()  # That is the mean over all tasks. Only the worst share of them is asked for.
returns.sort().values[:k].mean() → returns.min()  # That is the single worst task. A share of tasks is asked for.
"""

EXERCISE = exercise(worst_share, cases, MISTAKES, survivors={"gradient": "it is read, and not trained"})
