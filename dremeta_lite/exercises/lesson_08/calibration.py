"""Exercise 08.calibration: does what is said to happen in 30 % of the cases happen in 30 % of the cases?"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def calibration(said: Tensor, happened: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    which = (said * bins).long().clamp(max=bins - 1)
    zero = said.new_zeros(bins)
    count = zero.index_add(0, which, torch.ones_like(said))
    sum_said = zero.index_add(0, which, said)
    sum_happened = zero.index_add(0, which, happened.to(said.dtype))
    return sum_said / count, sum_happened / count


def sums(said: Tensor, happened: Tensor, bins: int) -> tuple[Tensor, Tensor, Tensor]:
    which = (said * bins).long().clamp(max=bins - 1)
    zero = said.new_zeros(bins)
    return (
        zero.index_add(0, which, torch.ones_like(said)),
        zero.index_add(0, which, said),
        zero.index_add(0, which, happened.to(said.dtype)),
    )


def shares_of_all(said: Tensor, happened: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    _, a, b = sums(said, happened, bins)
    return a / len(said), b / len(said)


def the_other_way_round(said: Tensor, happened: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    said_then, happened_then = calibration(said, happened, bins)
    return happened_then, said_then


def middles_of_the_bins(said: Tensor, happened: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    count, _, b = sums(said, happened, bins)
    return torch.where(count > 0, (torch.arange(bins) + 0.5) / bins, torch.nan), b / count


def empty_bins_are_zero(said: Tensor, happened: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    count, a, b = sums(said, happened, bins)
    return a / count.clamp(min=1), b / count.clamp(min=1)


def certainty_left_out(said: Tensor, happened: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    return calibration(said[said < 1], happened[said < 1], bins)


def zero_left_out(said: Tensor, happened: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    return calibration(said[said > 0], happened[said > 0], bins)


def certainty_out_of_range(said: Tensor, happened: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    which = (said * bins).long()
    zero = said.new_zeros(bins)
    count = zero.index_add(0, which, torch.ones_like(said))
    return zero.index_add(0, which, said) / count, zero.index_add(0, which, happened.to(said.dtype)) / count


def bins_between_extremes(said: Tensor, happened: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    low, width = said.min(), said.max() - said.min()
    place, share = calibration((said - low) / width, happened, bins)
    return low + width * place, share


def share_of_what_happened(said: Tensor, happened: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    count, a, b = sums(said, happened, bins)
    return a / count, b / b.sum()


def by_hand(said: list[float], happened: list[bool], bins: int) -> tuple[Tensor, Tensor]:
    """Bin by bin, with lists."""
    means: tuple[list[float], list[float]] = ([], [])
    for i in range(bins):
        inside = [j for j, p in enumerate(said) if i / bins <= p < (i + 1) / bins or (p == 1 and i == bins - 1)]
        for mean, values in zip(means, (said, happened), strict=True):
            mean.append(sum(float(values[j]) for j in inside) / len(inside) if inside else math.nan)
    return torch.tensor(means[0]), torch.tensor(means[1])


def cases() -> Iterator[Case]:
    for words, said, happened, bins in (
        ("four forecasts, two bins", [0.1, 0.3, 0.6, 0.85], [False, True, True, True], 2),
        ("a bin without any forecast", [0.05, 0.12, 0.9, 0.7, 0.95], [False, True, True, False, True], 3),
        ("certainty: 0 and 1 are forecasts too", [0.0, 1.0, 1.0, 0.55, 0.2], [False, True, False, False, True], 4),
        ("all in the middle one of three bins", [0.35, 0.42, 0.4, 0.6], [True, False, False, True], 3),
        ("one bin for all", [0.2, 0.4, 0.9], [True, False, False], 1),
    ):
        yield Case(words, (torch.tensor(said), torch.tensor(happened), bins), expected=by_hand(said, happened, bins))


EXERCISE = Exercise(
    id="08.calibration",
    title="is 30 % what happens in 30 % of the cases?",
    minutes=12,
    stars=2,
    reference=calibration,
    cases=cases,
    mistakes=(
        Mistake(shares_of_all, "Divide by how many forecasts are in the *bin*, not by how many there are in all."),
        Mistake(the_other_way_round, "The two results are in the wrong order: first what was said, then what happened."),
        Mistake(middles_of_the_bins, "You give the middle of each bin. Forecasts may lie anywhere in it: give their mean."),
        Mistake(empty_bins_are_zero, "A bin without forecasts has no mean: give nan there, or the diagram invents points at 0."),
        Mistake(certainty_left_out, "Forecasts of exactly 1 were dropped. They belong to the last bin."),
        Mistake(zero_left_out, "Forecasts of exactly 0 were dropped. They belong to the first bin."),
        Mistake(certainty_out_of_range, "A forecast of exactly 1 falls behind the last bin: put it into the last."),
        Mistake(bins_between_extremes, "Your bins lie between the smallest and the largest forecast. They go from 0 to 1."),
        Mistake(share_of_what_happened, "The second result is a share of the bin's forecasts, not of all that happened."),
    ),
    hints=(
        "Which bin does a forecast p belong to, if there are n bins of equal width? And p = 1?",
        "`(said * bins).long()` is the number of the bin. `torch.zeros(bins).index_add(0, which, values)` adds the values up, bin by bin.",
        "which ← (said · bins) as whole numbers, at most bins - 1;  count, Σ said, Σ happened of each bin;  return both sums / count",
    ),
    why=(
        "On the diagonal the belief means what it says. Calibrated is not yet sharp: who always says 1/21 is calibrated too, and has "
        "learned nothing. So look at the cross-entropy as well."
    ),
    survivors={
        "gradient": "what is measured is shown, and not trained",
    },
)
