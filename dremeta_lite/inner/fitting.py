"""Fitting: from a few points of ONE function to better parameters for that function. The inner loop, where no agent has to act."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad

from dremeta_lite.networks import MLP, Params
from dremeta_lite.tasks.sinusoid import Points


def mse(network: MLP, params: Params, points: Points) -> Float[Tensor, "*task"]:
    """L(θ): the mean squared error, 1/n Σ (f(x; θ) - y)². Source: Finn et al. 2017, eq. 2 (there a sum)."""
    return (network.forward(params, points.x) - points.y).square().mean((-2, -1))


def descend(network: MLP, theta: Params, support: Points, rates: Params, steps: int = 1, second_order: bool = True) -> Params:
    """The inner loop in ONE task: `steps` times φ ← φ - α ∘ ∇L(φ), downhill on the loss.

    Args:
        rates: α, by the names of θ: a number for each tensor of parameters, or (Meta-SGD) a number for each parameter.
        second_order: off, the gradients count as constants when φ is differentiated by θ.
    """
    phi = theta
    for _ in range(steps):
        gradient = grad(lambda p: mse(network, p, support))(phi)
        if not second_order:
            gradient = {name: g.detach() for name, g in gradient.items()}
        phi = {name: p - rates[name] * gradient[name] for name, p in phi.items()}
    return phi


def one_rate(theta: Params, inner_lr: float) -> Params:
    """The same α for all parameters."""
    return {name: torch.tensor(inner_lr, dtype=p.dtype, device=p.device) for name, p in theta.items()}
