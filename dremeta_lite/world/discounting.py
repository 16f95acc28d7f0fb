"""Returns, and which of two rewards is worth more under a discount γ."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def discounted_return(reward: Float[Tensor, "*batch time"], discount: float) -> Float[Tensor, "*batch"]:
    """G_0 = r_0 + γ r_1 + γ² r_2 + … (Sutton and Barto, eq. 3.8; the reward of step t is R_{t+1} there and r_t here).

    With γ = 1 it is the return, the plain sum of the rewards (eq. 3.7).
    """
    weights = discount ** torch.arange(reward.shape[-1], dtype=reward.dtype, device=reward.device)
    return (reward * weights).sum(-1)


def break_even_discount(near: tuple[float, int], far: tuple[float, int]) -> float:
    """The γ at which a small reward soon and a large one later are worth the same.

    A reward r that comes in step n (the first is step 1), with nothing before it, is worth γ^(n-1) r. Both are equal where
    γ^(n_far - n_near) = r_near / r_far. Below that γ the near one is better, above it the far one.

    Args:
        near, far: (reward, steps).

    Raises:
        ValueError: the rewards are not positive, or `far` is not both larger and later: then one of them is better under every γ.
    """
    (small, soon), (large, late) = near, far
    if not (0 < small < large and 0 < soon < late):
        raise ValueError(f"no γ makes them equal: far {far} must be larger and later than near {near}, and both rewards positive")
    return math.exp(math.log(small / large) / (late - soon))
