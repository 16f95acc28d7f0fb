"""Exercise 01.2 · preferences become probabilities · 8 minutes, ★★☆

1. What must the probabilities of one state add up to? And what happens to exp(x) when x is 1000?
2. exp(x - c) / Σ exp(x - c) is the same for every c, so choose c as the largest x of the state. `keepdim=True` keeps the axis.
3. x ← preference / temperature;  w ← exp(x - largest x of each row);  return w / (sum of w over the last axis)

Equal preferences give equal probabilities, a low temperature nearly the greedy policy, a high one nearly the uniform policy.
`torch.softmax(preference / temperature, -1)` does the same; the subtraction is what it does inside. Sutton and Barto have it as eq. 13.2
(with temperature 1).
"""

import math

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def softmax_policy(preference: Tensor, temperature: float) -> Tensor:
    scaled = preference / temperature
    weight = torch.exp(scaled - scaled.amax(-1, keepdim=True))
    return weight / weight.sum(-1, keepdim=True)


def cases() -> Cases:
    a, b, sure = math.log(2.0), math.log(5.0), 1 / (1 + math.exp(-1))
    yield case("log 2, log 5 and 0 at temperature 1", [a, b, 0.0], 1.0, expected=[2 / 8, 5 / 8, 1 / 8])
    yield case("log 2, log 5 and 0 at temperature 0.5", [a, b, 0.0], 0.5, expected=[4 / 30, 25 / 30, 1 / 30])
    table, chances = [[a, 0.0, a], [0.0, 3 * a, b]], [[2 / 5, 1 / 5, 2 / 5], [1 / 14, 8 / 14, 5 / 14]]
    yield case("two states with three actions each", table, 1.0, expected=chances)
    huge, nearly = [1000.0, 999.0, -1000.0], [sure, 1 - sure, 0.0]
    yield case("preferences of 1000, 999 and -1000", huge, 1.0, expected=nearly, tolerance=1e-4)
    cool = [math.exp(k) / (math.e**2 + math.e + 1) for k in (2, 1, 0)]
    yield case("preferences of 1000, 0 and -1000 at temperature 1000", [1000.0, 0.0, -1000.0], 1000.0, expected=cool)
    both, expected = [huge, [0.0] * 3], [nearly, [1 / 3] * 3]
    yield case("the same beside a state whose preferences are all 0", both, 1.0, expected=expected, tolerance=1e-4)


MISTAKES = """
softmax_policy(preference, 1.0)  # The temperature changes nothing. Divide the preferences by it first.
/ temperature → * temperature  # The temperature is upside down: a low one must make the best action surer. Divide, do not multiply.
# exp(1000) is infinite, and infinity by infinity is nan. Subtract the largest preference of each state first.
    - scaled.amax(-1, keepdim=True) →
# All states share one sum. Each state's own probabilities must add up to 1: sum over the last axis.
    scaled.amax(-1, keepdim=True) → scaled.amax()
    weight.sum(-1, keepdim=True) → weight.sum()
# Each column adds up to 1: you sum over the states. Sum over the last axis, the actions of one state.
    torch.softmax(preference / temperature, 0)
# You subtract the largest preference of all states. In the other state every exp is then 0, and 0 by 0 is nan. Each row needs a largest of
# its own.
    scaled.amax(-1, keepdim=True) → scaled.amax()
"""

EXERCISE = exercise(softmax_policy, cases, MISTAKES, survivors={"gradient": "the cells below draw from it, and train nothing"})
