"""Exercise 12.4 · how long a belief clings to what used to be true · 10 minutes, ★★☆

1. Two things happen to a belief in a step: the motor may have been reversed since, and something is seen. Which comes first?
2. p ← p (1 - ρ) + (1 - p) ρ; then Bayes: odds ← p / (1 - p) · likelihood ratio. Here as probabilities: p r / (p r + 1 - p).
3. for r in ratios: p ← p (1 - ρ) + (1 - p) ρ;  p ← p r / (p r + 1 - p);  keep p

With ρ = 0 evidence adds up without end, and a hundred steps have to be outvoted by a hundred others. With ρ > 0 no belief is ever surer
than a step can undo: the odds stay below (1 - ρ) / ρ before each look.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def belief_after(ratios: Tensor, chance: float, start: float) -> Tensor:
    p, found = torch.tensor(start), []
    for r in ratios:
        p = p * (1 - chance) + (1 - p) * chance
        p = p * r / (p * r + 1 - p)
        found.append(p)
    return torch.stack(found)


def cases() -> Cases:
    for words, ratios, chance, start, expected in (
        ("fixed motors: odds multiply", [3.0, 3.0, 0.5], 0.0, 0.5, [3 / 4, 9 / 10, 4.5 / 5.5]),
        ("a chance of 0.2", [3.0, 1 / 3], 0.2, 0.5, [3 / 4, 13 / 34]),
        ("fourteen looks at a motor that stays", [2.0] * 14, 0.0, 0.5, [1 / (1 + 2.0**-k) for k in range(1, 15)]),
        ("it begins nearly sure", [1.0], 0.1, 0.95, [0.95 * 0.9 + 0.05 * 0.1]),
        ("without a doubt, and motors that are never reversed", [0.5, 3.0], 0.0, 1.0, [1.0, 1.0]),
        ("seen is nothing, reversed is always", [1.0, 1.0], 1.0, 0.8, [0.2, 0.8]),
    ):
        yield case(words, ratios, chance, start, expected=expected)


MISTAKES = """
# Bayes comes second: first the motor may have been reversed, and then something is seen of the motor as it is now.
    p = p * (1 - chance) + (1 - p) * chance → q = p * r / (p * r + 1 - p)
    p = p * r / (p * r + 1 - p) → p = q * (1 - chance) + (1 - q) * chance
p * (1 - chance) + (1 - p) * chance → p * (1 - chance)  # Where it was reversed before it may be right now: (1 - p) ρ is missing.
p = p * (1 - chance) + (1 - p) * chance → p = p  # The motor may be reversed at any step: the chance of that is not looked at.
(p * r + 1 - p) → (p * r + 1)  # The two chances have to sum to 1: divide by p r + (1 - p).
# Odds are ∞ where p is 1, and ∞ / ∞ is no number. As p r / (p r + 1 - p) the same belief stays finite.
    p = p * r / (p * r + 1 - p) → odds = p / (1 - p) * r; p = odds / (1 + odds)
p * r / (p * r + 1 - p) → p * r  # p r is no probability: divide it by p r + (1 - p).
p * r / (p * r + 1 - p) → (p * r).clamp(max=1)  # A probability that is cut at 1 is none: divide p r by p r + (1 - p).
# You keep p before the look. Asked for is what is believed after the step, look and all.
    found.append(p) → pass
    p = p * (1 - chance) + (1 - p) * chance → p = p * (1 - chance) + (1 - p) * chance; found.append(p)
# You keep p before the step: the first is the start. Asked for is what is believed after each step.
    found.append(p) → pass
    p = p * (1 - chance) + (1 - p) * chance → found.append(p); p = p * (1 - chance) + (1 - p) * chance
p * r / (p * r + 1 - p) → p / (p + (1 - p) * r)  # The ratio speaks for the motor that p is about: it multiplies p, not 1 - p.
torch.stack(found) → found[-1]  # The belief after each step is asked for, not only the last.
"""

EXERCISE = exercise(belief_after, cases, MISTAKES, survivors={"gradient": "nothing differentiates the belief"})
