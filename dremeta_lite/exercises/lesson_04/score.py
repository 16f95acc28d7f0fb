"""Exercise 04.1 · the score of a softmax · 8 minutes, ★★☆

1. log π(a) is the chosen logit minus a logarithm of a sum. What are the slopes of the two, by each of the logits?
2. The slope of the logarithm of the sum, by logit b, is π(b). Look at section 1.
3. a vector with 1 at the action and 0 elsewhere, minus softmax(logits)

1[a = b] - π(b): the surer the policy is of an action, the less it learns from taking it. On average over π the score is 0.
"""

import math

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def log_softmax_by_hand(logits: list[float], action: int) -> float:
    return logits[action] - math.log(sum(math.exp(x) for x in logits))


def score(logits: Tensor, action: int) -> Tensor:
    chosen = torch.zeros_like(logits)
    chosen[action] = 1
    return chosen - logits.softmax(-1)


def slopes(logits: list[float], action: int) -> list[float]:
    """Of log π, by central differences."""
    at = lambda i, h: log_softmax_by_hand([x + h * (i == j) for j, x in enumerate(logits)], action)
    return [(at(i, 1e-5) - at(i, -1e-5)) / 2e-5 for i in range(len(logits))]


def cases() -> Cases:
    for logits, action in (([0.3, -1.2, 0.8], 1), ([2.0, 0.0], 0), ([0.1, 0.4, -0.2, 1.1], 3)):
        yield case(f"logits {logits}, action {action}", logits, action, by=slopes)
    yield case("logits of 120, 0 and -120, action 1", [120.0, 0.0, -120.0], 1, expected=[-1.0, 1.0, 0.0])


MISTAKES = """
-score(logits, action)  # The sign is turned round: making the chosen logit larger must make the chosen action more likely.
chosen - logits.softmax(-1) → chosen  # You have left out the sum in the softmax: it contains every logit, so it has a slope.
# The slope by the chosen logit is right. The other logits have slopes as well: they are in the sum.
    chosen - logits.softmax(-1) → chosen * (1 - logits.softmax(-1))
logits.softmax(-1)[action] * score(logits, action)  # That is the gradient of π. The score is the gradient of log π: divide by π.
# exp(120) is infinite in float32, and infinity by infinity is nan. `softmax` subtracts the largest logit first.
    logits.softmax(-1) → logits.exp() / logits.exp().sum()
1 - logits.softmax(-1)  # The 1 belongs to the action that was taken. For every other logit it is 0.
logits.softmax(-1) → torch.sigmoid(logits)  # Each logit got a probability of its own. A softmax shares one probability among all actions.
"""

EXERCISE = exercise(score, cases, MISTAKES, survivors={"gradient": "it is a gradient already"})
