"""Exercise 10.4 · an interval over seeds · 10 minutes, ★★☆

1. If other seeds had been drawn, which mean would have come out? We have only these: draw from them, again and again.
2. `values[picks]` has the shape of `picks`: each row is one draw. `torch.quantile(x, 0.05)` has 5 % of x below it.
3. means ← mean of each row of values[picks];  tail ← (1 - level) / 2;  quantiles of the means at tail and at 1 - tail

The bootstrap asks the data how much the mean would wobble, and assumes no bell curve. It cannot invent what it has not seen: with five
seeds of which none has failed it knows nothing of failures, and with few seeds it is too narrow. So say how many there were.
"""

import math
import random

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def bootstrap_interval(values: Tensor, picks: Tensor, level: float) -> tuple[Tensor, Tensor]:
    means = values[picks].mean(1)
    tail = (1 - level) / 2
    return torch.quantile(means, tail), torch.quantile(means, 1 - tail)


def by_hand(values: list[float], picks: list[list[int]], level: float) -> tuple[float, float]:
    """Sort the means, and interpolate between neighbours."""
    means = sorted(sum(values[i] for i in row) / len(row) for row in picks)

    def at(place: float) -> float:
        below = math.floor(place)
        above = min(below + 1, len(means) - 1)
        return means[below] + (place - below) * (means[above] - means[below])

    outside = (len(means) - 1) * (1 - level) / 2
    return at(outside), at(len(means) - 1 - outside)


def cases() -> Cases:
    few = [[0, 0, 1], [2, 1, 0], [2, 2, 2], [1, 1, 2], [0, 1, 1]]
    rng = random.Random(1)
    many = [rng.choices(range(5), k=5) for _ in range(60)]
    skewed = [36.1, 35.7, 36.4, 12.0, 36.2]  # one of the five runs has failed
    for words, values, picks, level in (
        ("three seeds, five draws, level 0.5", [1.0, 4.0, 10.0], few, 0.5),
        ("five seeds of which one has failed, 60 draws, level 0.9", skewed, many, 0.9),
        ("the same, level 0.8", skewed, many, 0.8),
        ("level 1: from the smallest mean to the largest", [1.0, 4.0, 10.0], few, 1.0),
        ("two seeds, four draws, level 0.6", [-3.0, 2.0], [[0, 1], [1, 1], [0, 0], [1, 0]], 0.6),
    ):
        yield case(words, values, picks, level, by=by_hand)


MISTAKES = """
values[picks].mean(1) → values  # Those are quantiles of the runs themselves: where *one* run lies. Wanted is where their *mean* lies.
.mean(1) → .flatten()  # All picked values went into one pot. Each row of `picks` is a draw of its own, with a mean of its own.
mean(1) → mean(0)  # You took the mean over the draws. Each row of `picks` is one draw: average along the row, axis 1.
.mean(1) → .quantile(0.5, dim=1)  # You took the median of each draw. The interval asked for is that of the mean.
mean(1) → sum(1)  # You added the values of each draw up. The interval asked for is that of their mean.
(1 - level) / 2 → 1 - level  # Your interval leaves out 1 - level on *each* side. Together it should be 1 - level: half of it on each.
# Mean ± standard error is another interval: its level is fixed (and for a few, skewed runs not what it promises). Use `picks`.
    values.mean() - values.std() / len(values) ** 0.5, values.mean() + values.std() / len(values) ** 0.5
# The spread of the means is a standard error. Take their quantiles: they can be skewed, and `level` counts.
    torch.quantile(means, tail), torch.quantile(means, 1 - tail) → means.mean() - means.std(), means.mean() + means.std()
(1 - level) / 2 → (1 + level) / 2  # The two ends are in the wrong order: first the low one.
# You take one of the means as it is. The text's quantile lies between two of them, in proportion: `torch.quantile` does that.
    mean(1) → mean(1).sort().values
    torch.quantile(means, tail), torch.quantile(means, 1 - tail) → means[int(tail * len(means))], means[-1 - int(tail * len(means))]
bootstrap_interval(values, picks, 1.0)  # You give the smallest and the largest mean. Leave out (1 - level) / 2 of them on each side.
"""

SURVIVORS = {
    "`picks` in reverse along axis 0": "draws have no order",
    "`picks` in reverse along axis 1": "what is picked has no order",
    "gradient": "it is read, and not trained",
}
EXERCISE = exercise(bootstrap_interval, cases, MISTAKES, survivors=SURVIVORS)
