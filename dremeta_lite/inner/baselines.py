"""Baselines: what return is expected, by state and time. An action did well if it did better than that.

`linear_baseline` asks the task's own episodes; `SharedBaseline` all tasks. The first needs many episodes: a least-squares fit with more
features than steps explains nearly every return away, and little is left of an episode that paid. What one episode tells about its task
shows beside what is usual in the others.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor


def baseline_features(
    observation: Float[Tensor, "*batch trajectory time obs"], mask: Float[Tensor, "*batch trajectory time"]
) -> Float[Tensor, "*batch trajectory time features"]:
    """(s, s², t, t², t³, 1) with t from 0 to 1; zeros where masked.

    Source: Duan et al. 2016, "Benchmarking deep reinforcement learning", supplement: the linear feature baseline.
    """
    time = torch.linspace(0, 1, observation.shape[-2], device=observation.device, dtype=observation.dtype)
    time = time[:, None].expand(*observation.shape[:-1], 1)
    return torch.cat([observation, observation**2, time, time**2, time**3, torch.ones_like(time)], -1) * mask[..., None]


def least_squares(x: Float[Tensor, "*batch n features"], y: Float[Tensor, "*batch n"], ridge: float) -> Float[Tensor, "*batch features"]:
    """The coefficients c that minimise |x c - y|² + ridge · |c|², in float64: features may be so collinear that float32 loses the ridge."""
    x, y = x.double(), y.double()[..., None]
    identity = torch.eye(x.shape[-1], device=x.device, dtype=x.dtype)
    coefficients, _ = torch.linalg.solve_ex(x.mT @ x + ridge * identity, x.mT @ y)
    return coefficients.squeeze(-1)


def linear_baseline(
    observation: Float[Tensor, "*task trajectory time obs"],
    returns: Float[Tensor, "*task trajectory time"],
    mask: Float[Tensor, "*task trajectory time"],
    ridge: float = 1e-3,
) -> Float[Tensor, "*task trajectory time"]:
    """Expected return by state and time: in each task, a least-squares fit on (s, s², t, t², t³, 1).

    The fit is solved per task, from that task's support trajectories alone. Masked steps take no part and get 0.
    """
    x = baseline_features(observation, mask).flatten(-3, -2).double()
    coefficients = least_squares(x, (returns * mask).flatten(-2), ridge)
    return (x @ coefficients[..., None]).squeeze(-1).unflatten(-1, returns.shape[-2:]).to(returns.dtype)


class SharedBaseline(NamedTuple):
    """Expected return by state and time, in the mean over tasks: one fit for all of them, made before the task is met.

    Advantages are divided by `scale`, and by nothing else: an episode without anything unusual then has small ones, and moves little.
    """

    coefficients: Float[Tensor, " features"]
    scale: Float[Tensor, ""]
    """The standard deviation of returns around the fit."""

    def features(
        self, observation: Float[Tensor, "*batch trajectory time obs"], mask: Float[Tensor, "*batch trajectory time"]
    ) -> Float[Tensor, "*batch trajectory time features"]:
        """What the fit knows: of an observation as many numbers as it was made for, and the time."""
        return baseline_features(observation[..., : (len(self.coefficients) - 4) // 2], mask)

    @classmethod
    def blank(cls, observation_size: int, device: torch.device | str = "cpu") -> "SharedBaseline":
        """Expects 0."""
        return cls(torch.zeros(2 * observation_size + 4, device=device), torch.ones((), device=device))

    def value(
        self, observation: Float[Tensor, "*batch trajectory time obs"], mask: Float[Tensor, "*batch trajectory time"]
    ) -> Float[Tensor, "*batch trajectory time"]:
        """The expected return from each step on; 0 where masked."""
        x = self.features(observation, mask)
        return (x @ self.coefficients.to(x.dtype)[:, None]).squeeze(-1)

    @torch.no_grad()
    def fitted(
        self, observation: Sequence[Tensor], returns: Sequence[Tensor], mask: Sequence[Tensor], ridge: float = 0.1
    ) -> "SharedBaseline":
        """Another one, fitted to batches of episodes of many tasks. Arguments as for `value`, a list of batches each."""
        x = torch.cat([self.features(o, m).flatten(0, -2) for o, m in zip(observation, mask, strict=True)])
        y = torch.cat([(r * m).flatten() for r, m in zip(returns, mask, strict=True)])
        count = sum(float(m.sum()) for m in mask)
        coefficients = least_squares(x, y, ridge).to(self.coefficients)
        scale = ((y - x @ coefficients.to(x.dtype)).square().sum() / count).sqrt()
        return SharedBaseline(coefficients, scale.clamp(min=1e-3).to(self.scale))
