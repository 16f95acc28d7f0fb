"""Posterior sampling (PSRL): draw a world from what is believed, and act in the next episode as if it were the true one.

Thompson sampling, with worlds for arms. What is not known varies from draw to draw, so every plan that may be the best one is tried about
as often as it is believed to be the best. Source: Strens, A Bayesian Framework for Reinforcement Learning, 2000; Osband, Russo and Van
Roy, (More) Efficient Reinforcement Learning via Posterior Sampling, 2013, algorithm 1.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.agents.sampling import dirichlet
from dremeta_lite.agents.tabular_model import ModelAgent


class PSRL(ModelAgent):
    """A draw from the posterior, one an episode, and the best plan for it."""

    def draw(self) -> tuple[Float[Tensor, "task s a s"], Float[Tensor, "task s a"]]:
        """Tables (P, R) of one world a task, from the posterior of that task."""
        noise = torch.randn(self.paid.shape, generator=self.rng, device=self.rng.device, dtype=torch.float64).to(self.device)
        return dirichlet(self.concentration, self.rng), self.mean_reward + noise / self.reward_precision.sqrt()

    def plan(self) -> Float[Tensor, "task time state action"]:
        return self.solve(*self.draw())
