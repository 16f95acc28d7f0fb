"""Exercise 04.best_baseline: the best baseline."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def best_baseline(logits: Tensor, rewards: Tensor) -> Tensor:
    p = logits.softmax(-1)
    scores = torch.eye(len(p)) - p
    squared = scores.square().sum(dim=1)
    return (p * squared * rewards).sum() / (p * squared).sum()


def expected_reward(logits: Tensor, rewards: Tensor) -> Tensor:
    return (logits.softmax(-1) * rewards).sum()


def average_reward(logits: Tensor, rewards: Tensor) -> Tensor:
    return rewards.mean()


def weighted_without_probabilities(logits: Tensor, rewards: Tensor) -> Tensor:
    squared = (torch.eye(len(logits)) - logits.softmax(-1)).square().sum(-1)
    return (squared * rewards).sum() / squared.sum()


def weighted_by_lengths(logits: Tensor, rewards: Tensor) -> Tensor:
    p = logits.softmax(-1)
    length = (torch.eye(len(p)) - p).square().sum(-1).sqrt()
    return (p * length * rewards).sum() / (p * length).sum()


def own_logit_alone(logits: Tensor, rewards: Tensor) -> Tensor:
    weights = logits.softmax(-1) * (1 - logits.softmax(-1)).square()
    return (weights * rewards).sum() / weights.sum()


def one_for_each_logit(logits: Tensor, rewards: Tensor) -> Tensor:
    weights = logits.softmax(-1)[:, None] * (torch.eye(len(logits)) - logits.softmax(-1)).square()
    return (weights * rewards[:, None]).sum(0) / weights.sum(0)


def not_divided(logits: Tensor, rewards: Tensor) -> Tensor:
    p = logits.softmax(-1)
    return (p * (torch.eye(len(p)) - p).square().sum(-1) * rewards).sum()


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


def baseline_cases() -> Iterator[Case]:
    """The variance is a parabola in b: three of its points tell where the lowest one is."""
    for logits, rewards in (
        ([0.5, -0.8, 0.1], [1.3, 4.0, -2.4]),
        ([100.2, 99.0, 100.5], [1.0, 4.0, 2.5]),
        ([1.5, 0.0], [1.0, 3.0]),
        ([0.2, 0.9, -0.5, 0.4], [-3.0, -1.0, -2.0, -5.0]),
    ):
        low, middle, high = (gradient_variance(logits, rewards, b) for b in (-1.0, 0.0, 1.0))
        lowest = (low - high) / (2 * (low - 2 * middle + high))
        words = f"logits {logits}, rewards {rewards}"
        yield Case(words, (torch.tensor(logits), torch.tensor(rewards)), expected=torch.tensor(lowest), tolerance=1e-4)


EXERCISE = Exercise(
    id="04.best_baseline",
    title="the best baseline",
    minutes=12,
    stars=3,
    reference=best_baseline,
    cases=baseline_cases,
    mistakes=(
        Mistake(expected_reward, "That is the expected reward: a good baseline, and not the one with the least variance."),
        Mistake(average_reward, "That is the average over the arms, as if each were chosen equally often."),
        Mistake(weighted_without_probabilities, "The expectations are taken under π: where are its probabilities?"),
        Mistake(weighted_by_lengths, "The weight of an arm is the *square* of the length of its score."),
        Mistake(own_logit_alone, "The score has an entry for every logit, not only for the arm's own: add up the squares of all of them."),
        Mistake(one_for_each_logit, "A b for each logit is another task: here it is one number. Add up over the logits before you divide."),
        Mistake(not_divided, "Weights must add up to 1: divide by the sum of the weights."),
    ),
    hints=(
        "The variance is the mean square minus the square of the mean. Which of the two depends on b?",
        "Write E[|∇log π|² (r - b)²], set its slope by b to 0, and solve for b. The rows of `torch.eye(n) - p` are the scores.",
        "squared[a] ← Σ_b (1[a=b] - p_b)²;  return Σ p·squared·r / Σ p·squared",
    ),
    why=(
        "An average of the rewards, weighted by the squared length of the score: arms that would move θ far count more. In practice "
        "one mostly uses the expected reward, since a critic can learn it: not the best, and good."
    ),
    survivors={
        "gradient": "a baseline is a constant",
        "scores = torch.eye(len(p)) - p → scores = p - torch.eye(len(p))": "only the squares of the scores count",
        "squared = scores.square().sum(dim=1) → squared = scores.square().mean(dim=1)": "a factor that all arms share cancels",
    },
)
