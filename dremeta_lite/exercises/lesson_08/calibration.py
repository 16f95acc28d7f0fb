"""Exercise 08.3 · is 30 % what happens in 30 % of the cases? · 12 minutes, ★★☆

1. Which bin does a forecast p belong to, if there are n bins of equal width? And p = 1?
2. `(said * bins).long()` is the number of the bin. `torch.zeros(bins).index_add(0, which, values)` adds the values up, bin by bin.
3. which ← (said · bins) as whole numbers, at most bins - 1;  count, Σ said, Σ happened of each bin;  return both sums / count

On the diagonal the belief means what it says. Calibrated is not yet sharp: who always says 1/21 is calibrated too, and has learned
nothing. So look at the cross-entropy as well.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def calibration(said: Tensor, happened: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    which = (said * bins).long().clamp(max=bins - 1)
    zero = said.new_zeros(bins)
    count = zero.index_add(0, which, torch.ones_like(said))
    sum_said = zero.index_add(0, which, said)
    sum_happened = zero.index_add(0, which, happened.to(said.dtype))
    return sum_said / count, sum_happened / count


def by_hand(said: list[float], happened: list[bool], bins: int) -> tuple[list[float], list[float]]:
    """Bin by bin, with lists."""
    means: tuple[list[float], list[float]] = ([], [])
    for i in range(bins):
        inside = [j for j, p in enumerate(said) if i / bins <= p < (i + 1) / bins or (p == 1 and i == bins - 1)]
        for mean, values in zip(means, (said, happened), strict=True):
            mean.append(sum(values[j] for j in inside) / len(inside) if inside else torch.nan)
    return means


def cases() -> Cases:
    for words, said, happened, bins in (
        ("four forecasts, two bins", [0.1, 0.3, 0.6, 0.85], [False, True, True, True], 2),
        ("a bin without any forecast", [0.05, 0.12, 0.9, 0.7, 0.95], [False, True, True, False, True], 3),
        ("certainty: 0 and 1 are forecasts too", [0.0, 1.0, 1.0, 0.55, 0.2], [False, True, False, False, True], 4),
        ("all in the middle one of three bins", [0.35, 0.42, 0.4, 0.6], [True, False, False, True], 3),
        ("one bin for all", [0.2, 0.4, 0.9], [True, False, False], 1),
    ):
        yield case(words, said, happened, bins, by=by_hand)


MISTAKES = """
# Divide by how many forecasts are in the *bin*, not by how many there are in all.
    sum_said / count, sum_happened / count → sum_said / len(said), sum_happened / len(said)
# The two results are in the wrong order: first what was said, then what happened.
    sum_said / count, sum_happened / count → sum_happened / count, sum_said / count
# You give the middle of each bin. Forecasts may lie anywhere in it: give their mean.
    sum_said / count → torch.where(count > 0, (torch.arange(bins) + 0.5) / bins, torch.nan)
# A bin without forecasts has no mean: give nan there, or the diagram invents points at 0.
    sum_said / count, sum_happened / count → sum_said / count.clamp(min=1), sum_happened / count.clamp(min=1)
calibration(said[said < 1], happened[said < 1], bins)  # Forecasts of exactly 1 were dropped. They belong to the last bin.
calibration(said[said > 0], happened[said > 0], bins)  # Forecasts of exactly 0 were dropped. They belong to the first bin.
.clamp(max=bins - 1) →  # A forecast of exactly 1 falls behind the last bin: put it into the last.
# Your bins lie between the smallest and the largest forecast. They go from 0 to 1.
    said * bins → (said - said.min()) / (said.max() - said.min()) * bins
sum_happened / count → sum_happened / sum_happened.sum()  # The second result is a share of the bin's forecasts, not of all that happened.
"""

EXERCISE = exercise(calibration, cases, MISTAKES, survivors={"gradient": "what is measured is shown, and not trained"})
