"""Exercise 15.5 · what a description is worth · 10 minutes, ★★☆

1. A goal is drawn, and its description is read out. How often is each description heard? And what is it worth to have heard it?
2. A description that fits several goals is heard as often as one of them is drawn: its share of the goals. `labels == label` finds them.
3. total ← 0;  for each label: total ← total + (share of the goals that have it) · (worth of it);  return total minus the worth of none

Nothing is asked about how the sentence is put. It is worth what it lets the listener do, and that can be counted.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def description_value(labels: Tensor, worth: Tensor, untold: float) -> Tensor:
    told = torch.tensor(0.0)
    for label in range(len(worth)):
        share = (labels == label).float().mean()
        told = told + share * worth[label]
    return told - untold


def by_hand(labels: list[int], worth: list[float], untold: float) -> float:
    """Goal by goal: each is as likely, and its description is read out."""
    return sum(worth[label] for label in labels) / len(labels) - untold


def cases() -> Cases:
    for words, labels, worth, untold in (
        ("two halves", [0, 0, 1, 1], [3.0, 5.0], 2.5),
        ("descriptions that fit one, two and four goals", [2, 1, 2, 0, 2, 1, 2], [9.5, 6.25, 4.0], 3.25),
        ("five goals, and a description that fits none of them", [0, 0, 2, 2, 2], [1.0, 50.0, 2.0], 1.5),
        ("ten rows", [*range(10), 3, 9, 9], [0.5 * i for i in range(10)], 1.0),
        ("one description for all", [0, 0, 0], [4.0], 4.0),
        ("a misleading one is worth less than none", [0, 1, 1], [-2.0, 1.0], 3.0),
    ):
        yield case(words, labels, worth, untold, by=by_hand)


MISTAKES = """
# Each description counts the same in your mean. One that fits more goals is heard more often: weigh it with its share.
    told = worth.mean()
    return told - untold
told - untold → told  # That is what one earns who has heard it. What it is *worth* is the difference to one who has heard nothing.
share * worth[label] → (labels == label).sum() * worth[label]  # A count is no share: divide by the number of goals.
told - untold → untold - told  # The sign: what is earned with a description, minus what is earned without one.
told + share * worth[label] → torch.maximum(told, worth[label])  # That is the best of the descriptions. Nobody can choose which is heard.
"""

SURVIVORS = {
    "gradient": "it is counted, and nothing is trained",
    "`labels` in reverse along axis 0": "in which order the goals stand does not matter",
}
EXERCISE = exercise(description_value, cases, MISTAKES, survivors=SURVIVORS)
