"""Exercise 09.2 · what a few transitions say of the weights · 12 minutes, ★★★

1. Which two sources tell of w, and how much does each count? What does the posterior look like if no transition counts?
2. Λ is `torch.eye(k)` plus `counted.T @ features / noise`; `torch.linalg.solve(Λ, …)` is Λ⁻¹ times something, without an inverse.
3. counted ← features · counts;  Λ ← 1 + countedᵀ features / σ²;  w̄ ← solve(Λ, m + countedᵀ y / σ²);  return w̄ and Λ

This is the whole inner loop: no step size, no number of steps. Because it is a formula, the outer loop can differentiate it.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def weights_after(features: Tensor, y: Tensor, counts: Tensor, prior_mean: Tensor, noise: float) -> tuple[Tensor, Tensor]:
    counted = features * counts[:, None]
    precision = torch.eye(len(prior_mean)).to(features) + counted.T @ features / noise
    return torch.linalg.solve(precision, prior_mean + counted.T @ y / noise), precision


def conditioned(features: Tensor, y: Tensor, counts: Tensor, prior_mean: Tensor, noise: float) -> tuple[Tensor, Tensor]:
    """From the joint normal distribution of w and y, which has another matrix in it."""
    phi, seen = (x[counts > 0].double() for x in (features, y))
    m = prior_mean.double()
    covariance = phi @ phi.T + noise * torch.eye(len(phi), dtype=torch.float64)
    mean = m + phi.T @ torch.linalg.inv(covariance) @ (seen - phi @ m)
    left = torch.eye(len(m), dtype=torch.float64) - phi.T @ torch.linalg.inv(covariance) @ phi
    return mean.to(features), torch.linalg.inv(left).to(features)


def cases() -> Cases:
    words = "one weight, one transition: φ = 2, y = 6, σ² = 2"
    yield case(words, [[2.0]], [6.0], [1.0], [1.0], 2.0, expected=([7 / 3], [[3.0]]))
    phi = torch.tensor([[1.0, 0.5, -1.0], [-0.5, 2.0, 0.3], [0.2, 0.4, 1.5], [1.0, -1.0, 0.0]])
    y, m = torch.tensor([0.5, -1.0, 2.0, 0.3]), torch.tensor([0.4, -0.2, 1.0])
    yield case("three weights, four transitions, σ² = 0.25", phi, y, torch.ones(4), m, 0.25, by=conditioned)
    yield case("none of them counts", phi, y, torch.zeros(4), m, 0.25, expected=(m, torch.eye(3)))
    loud = torch.cat([torch.full((1, 3), 40.0), phi[:2]]), torch.tensor([-90.0, 0.5, -1.0]), torch.tensor([0.0, 1.0, 1.0])
    yield case("the first of three was stopped at the limit, and does not count", *loud, m, 0.5, by=conditioned)


MISTAKES = """
prior_mean + counted.T @ y → counted.T @ y  # The prior's mean is missing: where nothing counts, you say 0 and not m.
# The prior's precision is missing. With few transitions that matrix says nothing of some weights, and cannot be inverted.
    torch.eye(len(prior_mean)).to(features) + → 1e-4 * torch.eye(len(prior_mean)).to(features) +
counted.T @ features / noise → counted.T @ features  # σ² is missing in Λ: the less noise, the more a transition counts.
counted.T @ y / noise → counted.T @ y  # σ² is missing beside y: the less noise, the more a transition counts.
counted.T @ features / noise → counted.T @ features * noise  # You multiply by σ². The less noise, the more a transition counts: divide.
features * counts[:, None] → features  # Transitions that do not count are counted. Their speed was stopped: they say nothing of w.
# The sum of prior and data is not yet the mean: it has to be multiplied by Λ⁻¹.
    torch.linalg.solve(precision, prior_mean + counted.T @ y / noise), → prior_mean + counted.T @ y / noise,
noise), precision → noise), torch.linalg.inv(precision)  # That is the covariance Λ⁻¹. Asked for is the precision Λ.
"""

SURVIVORS = {"the result with axes 0 and 1 swapped": "Λ is symmetric", "(features) → (cut(features))": "its type is not differentiated"}
EXERCISE = exercise(weights_after, cases, MISTAKES, flows="features prior_mean", survivors=SURVIVORS)
