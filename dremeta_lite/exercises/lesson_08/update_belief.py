"""Exercise 08.1 · Bayes' rule on the grid · 8 minutes, ★★☆

1. How likely is what was seen (pay, or no pay, in this cell) if the goal is cell g? There are only two answers, 0 and 1.
2. `torch.nn.functional.one_hot(cell, n)` is 1 at the cell that was entered. `torch.where(paid[:, None], …, …)` chooses row by row.
3. likelihood ← here if paid else 1 - here;  joint ← likelihood · belief;  return joint / (its sum over the cells)

Multiply by the likelihood, divide by the sum. Rewards without noise make likelihoods of 0 and 1, and so the rule only strikes out; with
noise the same three lines would shift weight instead.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def update_belief(belief: Tensor, cell: Tensor, paid: Tensor) -> Tensor:
    here = torch.nn.functional.one_hot(cell, belief.shape[-1])
    likelihood = torch.where(paid[:, None], here, 1 - here)
    joint = likelihood * belief
    return joint / joint.sum(-1, keepdim=True)


def by_hand(belief: list[float], cell: int, paid: bool) -> list[float]:
    """Bayes' rule, one goal at a time."""
    weights = [p * float((goal == cell) == paid) for goal, p in enumerate(belief)]
    return [w / sum(weights) for w in weights]


def cases() -> Cases:
    six = [
        ([0.0, 1.0, 0.0], 0, False),
        ([0.2, 0.3, 0.5], 0, False),
        ([0.1, 0.6, 0.3], 0, True),
        ([0.5, 0.2, 0.3], 2, False),
        ([0.0, 0.7, 0.3], 1, True),
        ([0.999999, 0.000001, 0.0], 1, True),
    ]
    for words, rows in (
        ("one trial, no pay in cell 1", [([0.5, 0.25, 0.0, 0.25], 1, False)]),
        ("one trial, pay in cell 3", [([0.5, 0.25, 0.0, 0.25], 3, True)]),
        ("no pay in a cell that was struck out before", [([0.2, 0.0, 0.7, 0.1], 1, False)]),
        ("six trials side by side, in the first the goal is known, in the last hardly believed in", six),
    ):
        yield case(words, *map(list, zip(*rows, strict=True)), expected=[by_hand(*row) for row in rows])


MISTAKES = """
joint / joint.sum(-1, keepdim=True) → joint  # The rows do not add up to 1: Bayes' rule divides by the evidence, the sum over all goals.
# `paid` is not used: you strike out the cell that was entered, also where it paid. Then it strikes out every *other* cell.
    torch.where(paid[:, None], here, 1 - here) → 1 - here
here, 1 - here → 1, 1 - here  # A step that paid leaves your belief as it was. It says everything: the goal is the cell that was entered.
# You take every step for one that paid. Where `paid` is False the goal is *not* in the cell that was entered.
    torch.where(paid[:, None], here, 1 - here) → here
update_belief(belief, cell, ~paid)  # It is the other way round: a cell that did not pay cannot be the goal, and one that paid must be.
likelihood * belief → likelihood.float()  # You have normalised the likelihood alone. What was known before has to be multiplied in.
# Cells that stay possible keep their proportions: Bayes' rule multiplies the old belief, it does not start again.
    likelihood * belief → (likelihood * belief > 0).float()
joint.sum(-1, keepdim=True) → joint.sum()  # Each row is a trial of its own, and adds up to 1 by itself: sum over the cells, with keepdim.
# A softmax gives struck-out cells some probability again. Divide by the sum instead.
    joint / joint.sum(-1, keepdim=True) → joint.softmax(-1)
"""

SURVIVORS = {
    "`belief` negative": "the sign of a whole row cancels",
    "gradient": "a belief is counted, not trained",
    "shape[-1] → shape[+1]": "the last axis of two is axis 1",
    "1 - here → here - 1": "a factor of a whole row cancels",
    "sum(-1, → sum(+1,": "the last axis of two is axis 1",
}
EXERCISE = exercise(update_belief, cases, MISTAKES, survivors=SURVIVORS)
