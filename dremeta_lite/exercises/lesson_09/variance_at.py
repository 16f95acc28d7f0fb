"""Exercise 09.3 · how sure is it? · 8 minutes, ★★☆

1. What can be wrong about a prediction φᵀw̄: only w, or is there something else?
2. `torch.linalg.solve(precision, features.T)` is Λ⁻¹φ for all φ at once, [k, n]. Each φ meets its own column.
3. solved ← solve(Λ, featuresᵀ)ᵀ;  return σ² + sum over k of features · solved

Where φ points in a direction that no transition has shown, Λ⁻¹ is large, and so is the variance. No ensemble was needed for that.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def variance_at(features: Tensor, precision: Tensor, noise: float) -> Tensor:
    return noise + (features * torch.linalg.solve(precision, features.T).T).sum(-1)


def cases() -> Cases:
    yield case("one weight: φ = 2, Λ = 8, σ² = 0.25", [[2.0]], [[8.0]], 0.25, expected=[0.75])
    phi, precision = [[1.5, 0.0], [0.0, 1.0], [1.0, 2.0]], [[2.5, 1.0], [1.0, 2.4]]  # its inverse: 2.4, -1; -1, 2.5, all by 5
    yield case("two weights, three places, σ² = 0.1", phi, precision, 0.1, expected=[1.18, 0.6, 1.78])
    phi, precision = [[1.0, 2.0], [30.0, -1.0]], [[4e6, 0.0], [0.0, 1.0]]
    yield case("one weight is known, the other is not", phi, precision, 1e-3, expected=[4.001 + 2.5e-7, 1.001 + 2.25e-4])


MISTAKES = """
noise + (features → (features  # σ² is missing. Even if w were known, a single y would still be scattered by σ².
# You multiply by Λ. It is the precision: the larger it is, the smaller the variance. Λ⁻¹ is needed.
    torch.linalg.solve(precision, features.T).T → (features @ precision)
# You invert the diagonal alone: a precision with numbers beside it is inverted as a whole.
    torch.linalg.solve(precision, features.T).T → (features / precision.diagonal())
variance_at(features, precision, noise).sqrt()  # That is the standard deviation. Asked for is its square, the variance.
# That is a covariance between every two places. Each place alone has a variance: the diagonal.
    noise + features @ torch.linalg.inv(precision) @ features.T
noise + → noise**0.5 +  # `noise` is σ² already, not σ.
"""

SURVIVORS = {
    "`features` negative": "the variance is a square in φ",
    "`precision` with axes 0 and 1 swapped": "it is symmetric",
    "sum(-1) → sum(+1)": "the last axis is axis 1",
}
EXERCISE = exercise(variance_at, cases, MISTAKES, flows="features precision", survivors=SURVIVORS)
