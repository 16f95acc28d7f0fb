"""Exercise 04.2 · the best baseline · 12 minutes, ★★★

1. The variance is the mean square minus the square of the mean. Which of the two depends on b?
2. Write E[|∇log π|² (r - b)²], set its slope by b to 0, and solve for b. The rows of `torch.eye(n) - p` are the scores.
3. squared[a] ← Σ_b (1[a=b] - p_b)²;  return Σ p·squared·r / Σ p·squared

An average of the rewards, weighted by the squared length of the score: arms that would move θ far count more. In practice one mostly uses
the expected reward, since a critic can learn it: not the best, and good.
"""

import math

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def best_baseline(logits: Tensor, rewards: Tensor) -> Tensor:
    p = logits.softmax(-1)
    scores = torch.eye(len(p)) - p
    squared = scores.square().sum(dim=1)
    return (p * squared * rewards).sum() / (p * squared).sum()


def gradient_variance(logits: list[float], rewards: list[float], baseline: float) -> float:
    """Of ∇log π(a) (r(a) - b), summed over the logits: by enumeration, in plain numbers."""
    total = sum(math.exp(x) for x in logits)
    p = [math.exp(x) / total for x in logits]
    variance = 0.0
    for i in range(len(p)):
        samples = [((a == i) - p[i]) * (rewards[a] - baseline) for a in range(len(p))]
        mean = sum(q * x for q, x in zip(p, samples, strict=True))
        variance += sum(q * (x - mean) ** 2 for q, x in zip(p, samples, strict=True))
    return variance


def cases() -> Cases:
    """The variance is a parabola in b: three of its points tell where the lowest one is."""
    for logits, rewards in (
        ([0.5, -0.8, 0.1], [1.3, 4.0, -2.4]),
        ([100.2, 99.0, 100.5], [1.0, 4.0, 2.5]),
        ([1.5, 0.0], [1.0, 3.0]),
        ([0.2, 0.9, -0.5, 0.4], [-3.0, -1.0, -2.0, -5.0]),
    ):
        low, middle, high = (gradient_variance(logits, rewards, b) for b in (-1.0, 0.0, 1.0))
        lowest = (low - high) / (2 * (low - 2 * middle + high))
        yield case(f"logits {logits}, rewards {rewards}", logits, rewards, expected=lowest, tolerance=1e-4)


MISTAKES = """
(logits.softmax(-1) * rewards).sum()  # That is the expected reward: a good baseline, and not the one with the least variance.
rewards.mean()  # That is the average over the arms, as if each were chosen equally often.
# The expectations are taken under π: where are its probabilities?
    (p * squared * rewards) → (squared * rewards)
    (p * squared).sum() → squared.sum()
scores.square().sum(dim=1) → scores.square().sum(dim=1).sqrt()  # The weight of an arm is the *square* of the length of its score.
# The score has an entry for every logit, not only for the arm's own: add up the squares of all of them.
    scores.square().sum(dim=1) → (1 - p).square()
# A b for each logit is another task: here it is one number. Add up over the logits before you divide.
    scores.square().sum(dim=1) → scores.square().T
    rewards).sum() → rewards).sum(1)
    squared).sum() → squared).sum(1)
/ (p * squared).sum() →  # Weights must add up to 1: divide by the sum of the weights.
"""

SURVIVORS = {
    "gradient": "a baseline is a constant",
    "scores = torch.eye(len(p)) - p → scores = p - torch.eye(len(p))": "only the squares of the scores count",
    "squared = scores.square().sum(dim=1) → squared = scores.square().mean(dim=1)": "a factor that all arms share cancels",
}
EXERCISE = exercise(best_baseline, cases, MISTAKES, survivors=SURVIVORS)
