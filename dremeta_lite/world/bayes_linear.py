"""Bayesian linear regression: what a few points say of some weights, exactly, and how sure one may be of it.

    y = φᵀw + ε,    ε ~ N(0, σ²),    w ~ N(m, P⁻¹)                    what is believed beforehand
    Λ = P + ΦᵀΦ/σ²,    w̄ = Λ⁻¹ (P m + Φᵀy/σ²)                         after points (Φ, y):  w ~ N(w̄, Λ⁻¹)
    φᵀw ~ N(φᵀw̄, φᵀΛ⁻¹φ)                                              what is believed at another φ

Source: Bishop 2006, *Pattern Recognition and Machine Learning*, section 3.3, eq. 3.50, 3.51 and 3.59. Gradients run through all of it, so
that the features φ, m, P and σ can be learned. It computes in float64: with little noise Λ has numbers of very different sizes in it.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor


class Weights(NamedTuple):
    """A normal distribution of weights, one for each task."""

    mean: Float[Tensor, "*task k"]
    factor: Float[Tensor, "*task k k"]
    """L, lower triangular, of the precision Λ = L Lᵀ."""

    def at(self, features: Float[Tensor, "*task n k"]) -> tuple[Float[Tensor, "*task n"], Float[Tensor, "*task n"]]:
        """Mean and variance of φᵀw at some φ. The noise of a single y is not in it."""
        phi = features.to(self.mean)
        whitened = torch.linalg.solve_triangular(self.factor, phi.mT, upper=False)  # φᵀΛ⁻¹φ = |L⁻¹φ|²
        return (phi @ self.mean[..., None])[..., 0], whitened.square().sum(-2)


def posterior(
    features: Float[Tensor, "*task n k"],
    y: Float[Tensor, "*task n"],
    counts: Float[Tensor, "*task n"],
    prior_mean: Float[Tensor, "k"],
    prior_precision: Float[Tensor, "k k"],
    noise: Float[Tensor, ""] | float,
) -> Weights:
    """What is believed after some points; with none of them, n = 0, what was believed before.

    Args:
        features: φ of each point.
        y: what was measured there.
        counts: 1 for a point that counts, 0 for one that does not.
        prior_mean, prior_precision: m and P; P is positive definite.
        noise: σ², the variance of ε.
    """
    phi, mean, precision = features.double(), prior_mean.double(), prior_precision.double()
    counted = (phi * counts.double()[..., None]).mT / noise
    factor = torch.linalg.cholesky(precision + counted @ phi)
    right = (precision @ mean)[..., None] + counted @ y.double()[..., None]
    return Weights(torch.cholesky_solve(right, factor)[..., 0], factor)
