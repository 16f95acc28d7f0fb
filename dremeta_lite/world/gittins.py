"""Gittins indices of a Bernoulli arm: what an arm with s successes and f failures is worth, everything that could yet be learned included.

The index is calibrated: imagine that beside the arm a *known* one pays λ at every pull. The index is the λ at which it makes no difference
whether the unknown arm is pulled once more (and then left for good as soon as the known one is better) or left at once. It lies above the
posterior mean, the more so the less is known. Priors are uniform, so that after s and f the arm pays with probability Beta(1 + s, 1 + f).

Two versions, for two questions:

- `discounted_index`: an infinite number of pulls, the reward of pull t counting γ^t. Pulling the arm with the largest index is then
  *optimal* (Gittins and Jones 1974). Gittins, Glazebrook and Weber (2011) tabulate these indices.
- `finite_index`: m pulls are left, all count the same. Pulling the largest index is then not exactly optimal, but close to it.
"""

import torch
from jaxtyping import Float
from torch import Tensor

GRID = 1000
"""Values of λ. Between them the advantage is interpolated: with BEYOND, errors stay below 2e-4 for γ up to 0.995 (see the tests)."""
BEYOND = 200  # an arm that was pulled so many times more than the table holds counts as known


def discounted_index(discount: float, pulls: int, depth: int | None = None, grid: int = GRID) -> Float[Tensor, "successes failures"]:
    """The indices for a discount γ and an infinite horizon, of all arms that were pulled up to `pulls` times.

    The value of the arm with the right to retire to the known one is, in units of (1 - γ) rewards,

        V(s, f) = max(λ, (1 - γ) p + γ [p V(s+1, f) + (1 - p) V(s, f+1)]),     p = (1 + s) / (2 + s + f)

    and the index is the λ at which both are equal. Source: Gittins, Glazebrook and Weber, Multi-armed Bandit Allocation Indices, 2011, the
    chapter on computing indices; Whittle (1980) for the retirement.

    Args:
        discount: γ, in [0, 1).
        pulls: the table holds the arms with s + f up to this.
        depth: an arm that was pulled so often counts as known: V = max(λ, p). By default 200 more than `pulls`.

    Returns:
        index[s, f]; NaN where s + f exceeds `pulls`.

    Raises:
        ValueError: `discount` is outside [0, 1).
    """
    if not 0 <= discount < 1:
        raise ValueError(f"discount (γ) of the infinite horizon must be in [0, 1), got {discount}")
    depth = depth or pulls + BEYOND
    charge = torch.linspace(0, 1, grid, dtype=torch.float64, device="cpu").unsqueeze(-1)  # [λ, successes]
    index = torch.full((pulls + 1, pulls + 1), torch.nan, dtype=torch.float64, device="cpu")
    V = torch.maximum(charge, mean(depth))
    for n in range(depth - 1, -1, -1):  # the arms that were pulled n times: s = 0 … n
        p = mean(n)
        going_on = (1 - discount) * p + discount * (p * V[:, 1:] + (1 - p) * V[:, :-1])
        if n <= pulls:
            s = torch.arange(n + 1, device="cpu")
            index[s, n - s] = crossing(going_on - charge, charge)
        V = torch.maximum(charge, going_on)
    return index


def finite_index(pulls: int, grid: int = GRID) -> Float[Tensor, "left successes failures"]:
    """The indices when only so many pulls are left, undiscounted: ν_m(s, f) = max over stopping times τ ≤ m of E[reward until τ] / E[τ].

    W_m is what can be won by pulling the arm up to m times at a charge of λ a pull, and index ν_m the λ at which the first pull is free:

        W_m(s, f) = max(0, p - λ + p W_{m-1}(s+1, f) + (1 - p) W_{m-1}(s, f+1)),     W_0 = 0

    Source: the finite-horizon index of Bradt, Johnson and Karlin (1956); Lattimore, Regret Analysis of the Finite-Horizon Gittins Index
    Strategy for Multi-Armed Bandits, COLT 2016.

    Returns:
        index[m, s, f] for m pulls left, of arms that can be met then: s + f ≤ n - m. NaN elsewhere, and for m = 0.
    """
    charge = torch.linspace(0, 1, grid, dtype=torch.float64, device="cpu").unsqueeze(-1)  # [λ, arm]
    index = torch.full((pulls + 1, pulls + 1, pulls + 1), torch.nan, dtype=torch.float64, device="cpu")
    W = [torch.zeros(grid, n + 1, dtype=torch.float64, device="cpu") for n in range(pulls + 1)]  # W[n][λ, s] of the arms pulled n times
    for m in range(1, pulls + 1):
        for n in range(pulls - m + 1):
            p, s = mean(n), torch.arange(n + 1, device="cpu")
            going_on = p - charge + p * W[n + 1][:, 1:] + (1 - p) * W[n + 1][:, :-1]
            index[m, s, n - s] = crossing(going_on, charge)
            W[n] = going_on.clamp(min=0)  # W[n + 1] is still that of m - 1
    return index


def mean(n: int) -> Float[Tensor, " n1"]:
    """The posterior means of an arm that was pulled n times, with s = 0 … n successes: (1 + s) / (2 + n)."""
    return torch.arange(1, n + 2, dtype=torch.float64, device="cpu") / (n + 2)


def crossing(advantage: Float[Tensor, "grid n"], charge: Float[Tensor, "grid 1"]) -> Float[Tensor, " n"]:
    """Where the advantage of going on, which falls with λ, passes through 0: linear between two neighbours of the grid."""
    above = ((advantage > 0).sum(0) - 1).clamp(0, len(charge) - 2).unsqueeze(0)
    high, low = advantage.gather(0, above)[0], advantage.gather(0, above + 1)[0]
    step = charge[1, 0] - charge[0, 0]
    return step * (above[0] + high / (high - low))
