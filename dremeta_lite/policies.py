"""Policies as functions of their parameters: π(action | observation; θ) with θ in plain sight.

Parameters are a flat dict of tensors. Every function takes them as an argument, because meta-learning needs many copies of one
policy: the meta-parameters θ and, for each task, adapted parameters φ. Copies are stacked along a leading task axis, and the same code
then runs all of them at once: `weight` [in, out] or [task, in, out], `observation` [n, in] or [task, n, in].
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

Params = dict[str, Tensor]

LOWEST_LOG_STD = -3.0


class GaussianMLP:
    """π(a | s; θ) = N(mean(s), std²): a multilayer perceptron with tanh gives the mean; one learned number an action gives log std.

    Args:
        observation_size, action_size: widths of the first and last layer.
        hidden: widths of the hidden layers.
        log_std: the logarithm of the standard deviation at the start, in action units; it is kept above -3 (std 0.05).
        device: where parameters are made.
    """

    def __init__(
        self,
        observation_size: int,
        action_size: int,
        hidden: Sequence[int] = (32, 32),
        log_std: float = -0.5,
        device: torch.device | str = "cpu",
    ) -> None:
        self.sizes = [observation_size, *hidden, action_size]
        self.log_std, self.device = float(log_std), torch.device(device)
        self.action_size = action_size

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters: zero biases, orthogonal weights (gain 5/3 for tanh; 0.01 in the last layer: the first mean is near 0)."""
        params: Params = {}
        last = len(self.sizes) - 2
        for i, (fan_in, fan_out) in enumerate(zip(self.sizes[:-1], self.sizes[1:], strict=True)):
            weight = torch.empty(fan_in, fan_out, device=rng.device)
            torch.nn.init.orthogonal_(weight, gain=0.01 if i == last else 5 / 3, generator=rng)
            params[f"weight{i}"] = weight.to(self.device)
            params[f"bias{i}"] = torch.zeros(fan_out, device=self.device)
        params["log_std"] = torch.full((self.action_size,), self.log_std, device=self.device)
        return params

    def mean(self, params: Params, observation: Float[Tensor, "*task n obs"]) -> Float[Tensor, "*task n action"]:
        """The mean action."""
        x, last = observation, len(self.sizes) - 2
        for i in range(last + 1):
            x = x @ params[f"weight{i}"] + params[f"bias{i}"].unsqueeze(-2)
            x = torch.tanh(x) if i < last else x
        return x

    def std(self, params: Params) -> Float[Tensor, "*task 1 action"]:
        """The standard deviation of each action, with an axis that broadcasts over observations."""
        return params["log_std"].clamp(min=LOWEST_LOG_STD).exp().unsqueeze(-2)

    def log_prob(
        self, params: Params, observation: Float[Tensor, "*task n obs"], action: Float[Tensor, "*task n action"]
    ) -> Float[Tensor, "*task n"]:
        """log π(a | s; θ), the logarithm of the normal density, summed over the action's coordinates."""
        std = self.std(params)
        z = (action - self.mean(params, observation)) / std
        return (-0.5 * z**2 - std.log() - 0.5 * math.log(2 * math.pi)).sum(-1)


def stack(params: Params, n: int) -> Params:
    """The same parameters once a task: every tensor gains a leading axis of length `n` (a view, no copy)."""
    return {name: p.expand(n, *p.shape) for name, p in params.items()}


def detach(params: Params) -> Params:
    """The same numbers, cut off from the graph that computed them."""
    return {name: p.detach() for name, p in params.items()}
