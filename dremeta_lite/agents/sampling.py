"""Draws from the posteriors that counting agents hold: gamma, beta and Dirichlet, each from an explicit generator.

torch's own distributions draw from the global generator only.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def gamma(shape: Float[Tensor, "*batch"], rng: torch.Generator) -> Float[Tensor, "*batch"]:
    """Gamma-distributed numbers with scale 1, one for each entry of `shape`, in float64.

    With d = shape - 1/3 and x normal, d (1 + x / √(9d))³ has almost the right density; a proposal is kept with the probability that makes
    it exactly right, and the few that are not kept are drawn again. Source: Marsaglia and Tsang, A simple method for generating gamma
    variables, ACM Transactions on Mathematical Software, 2000.

    Raises:
        ValueError: a shape is below 1, where this method does not hold.
    """
    if (shape < 1).any():
        raise ValueError(f"the shape of a gamma distribution must be at least 1 here, got {shape.min().item():g}")
    d = shape.double().flatten() - 1 / 3
    drawn, missing = torch.empty_like(d), torch.arange(len(d), device=d.device)
    while len(missing):
        scale = d[missing]
        x = torch.randn(len(missing), generator=rng, device=rng.device, dtype=torch.float64).to(d.device)
        u = torch.rand(len(missing), generator=rng, device=rng.device, dtype=torch.float64).to(d.device)
        v = (1 + x / (9 * scale).sqrt()) ** 3
        kept = (v > 0) & (u.log() < x**2 / 2 + scale * (1 - v + v.clamp(min=1e-300).log()))
        drawn[missing[kept]] = (scale * v)[kept]
        missing = missing[~kept]
    return drawn.view(shape.shape)


def beta(a: Float[Tensor, "*batch"], b: Float[Tensor, "*batch"], rng: torch.Generator) -> Float[Tensor, "*batch"]:
    """Beta(a, b)-distributed numbers in float64: X / (X + Y) of gamma-distributed X and Y with shapes a and b, at least 1."""
    x, y = gamma(torch.stack([a, b]), rng)
    return x / (x + y)


def dirichlet(concentration: Float[Tensor, "*batch n"], rng: torch.Generator) -> Float[Tensor, "*batch n"]:
    """Dirichlet-distributed probabilities in float64: independent gamma-distributed numbers, divided by their sum."""
    x = gamma(concentration, rng)
    return x / x.sum(-1, keepdim=True)
