"""Exercise 10.1 · how much of the gap is closed? · 5 minutes, ★☆☆

1. Which number should come out for a return at the floor? At the optimum? Half-way between?
2. How far has it come from the floor, and how far is it from the floor to the optimum? A tensor [seed] broadcasts by itself.
3. (what was gained over the floor) / (what could be gained over the floor)

Two yardsticks make returns of different worlds comparable: 0 is as good as acting at random, 1 as good as anybody can be. A share of the
optimum alone means nothing: add 100 to every return, and all learners look alike. And only an optimum that is *known* makes a true 1; with
an oracle that knows the task, 1 may be out of everyone's reach.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def gap_closed(returns: Tensor, floor: float | Tensor, optimum: float | Tensor) -> Tensor:
    return (returns - floor) / (optimum - floor)


def cases() -> Cases:
    """The shares are chosen first, and the returns made from them: share s lies at (1 - s) · floor + s · optimum."""
    half, seeds = [[0.5, 0.3125]], [[0.9, 0.8, 0.95], [-0.1, 0.0, 0.2]]
    for words, shares, floor, optimum in (
        ("a floor of 0 and an optimum of 8", half, 0.0, 8.0),
        ("hidden goals: floor -4.5, optimum 37.2; two learners, three seeds", seeds, -4.5, 37.2),
        ("navigation: floor -61, optimum -0.5", [[0.75, 0.5], [1.0, 0.1]], -61.0, -0.5),
        ("one learner below the floor, one above an optimum that was only estimated", [[-0.5], [1.25]], 2.0, 10.0),
        ("a floor and an optimum for each seed", [[0.2, 0.4, 0.9], [0.6, 0.1, 0.3]], [1.0, 2.0, -4.0], [3.0, 12.0, -1.0]),
    ):
        share, low, high = (torch.tensor(x) for x in (shares, floor, optimum))
        given = (low, high) if isinstance(floor, list) else (floor, optimum)
        yield case(words, (1 - share) * low + share * high, *given, expected=share)


MISTAKES = """
returns / optimum  # A share of the optimum says nothing where the floor is not 0: at the floor your number is not 0.
(returns - floor) / optimum  # The way to go is from the *floor* to the optimum: at the optimum your number is not 1.
returns / (optimum - floor)  # Subtract the floor from the returns, too: at the floor your number is not 0.
# You have clipped the share to [0, 1]. Less than 0 (worse than the floor) is news, and so is more than 1.
    gap_closed(returns, floor, optimum).clamp(0, 1)
returns - floor → floor - returns  # The sign: who is above the floor has closed something of the gap, and the share is positive.
returns - floor → optimum - returns  # That is the share of the gap which is still open. Measure from the floor.
# Returns may be negative, and -0.5 is better than -61. Differences take care of that; leave the signs alone.
    (returns.abs() - abs(floor)) / (abs(optimum) - abs(floor))
returns - floor  # That is the gain in units of return. Divide by how much there is to gain.
100 * gap_closed(returns, floor, optimum)  # That is the share in per cent. Leave it as a number: 1 at the optimum.
# Keep one number for each learner and each seed: how the seeds differ is what the interval is made of.
    gap_closed(returns, floor, optimum).mean(-1)
# Where each seed has a floor and an optimum of its own, measure it with its own, not with their means.
    gap_closed(returns, torch.as_tensor(floor).mean(), torch.as_tensor(optimum).mean())
# You measure between the worst and the best run of this table. One more learner would change everybody's number.
    (returns - returns.min()) / (returns.max() - returns.min())
"""

EXERCISE = exercise(gap_closed, cases, MISTAKES, survivors={"gradient": "it is read, and not trained"})
