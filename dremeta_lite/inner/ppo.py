"""PPO: use the same experience for several updates, and clip what would carry the policy too far from the one that acted."""

from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.hyper import Real, Switch, Whole
from dremeta_lite.inner.actor_critic import A2C, A2CHyper
from dremeta_lite.tasks.family import pick


class PPOHyper(A2CHyper):
    """What can be changed while PPO trains."""

    learning_rate = Real(3e-3, low=1e-5, high=0.1, symbol="α", scale="log", help="Adam's step size")
    gae_lambda = Real(0.95, low=0, high=1, symbol="λ", help="GAE's trade between bias (0) and variance (1)")
    epochs = Whole(4, low=1, high=20, symbol="K", unit="epochs", help="how many times each experience is used")
    minibatches = Whole(4, low=1, high=32, unit="parts", help="parts that each epoch is cut into; each is one update")
    clip_range = Real(0.2, low=0.01, high=1, symbol="ε", help="how far the probability ratio may move before its gain is cut")
    clip = Switch(True, help="off: the plain ratio, however far the policy moves")


def clipped_surrogate(ratio: Float[Tensor, "*n"], advantage: Float[Tensor, "*n"], clip_range: float) -> Float[Tensor, "*n"]:
    """min( ρ Â, clip(ρ, 1-ε, 1+ε) Â ) with ρ = π(a|s) / π_old(a|s).

    A good action (Â > 0) gains nothing more once it is 1+ε times as likely as it was, a bad one once it is 1-ε times as likely. The minimum
    keeps the gradient where the policy has moved the wrong way. Source: Schulman et al. 2017 (PPO), eq. 7.
    """
    return torch.minimum(ratio * advantage, ratio.clamp(1 - clip_range, 1 + clip_range) * advantage)


class PPO(A2C):
    """Proximal policy optimisation on one task. Arguments as for `A2C`, from which it differs in two things: `parts` and `gain`.

    Source: Schulman et al. 2017, "Proximal policy optimization algorithms", algorithm 1 and eq. 7 and 9.
    """

    hyper: PPOHyper
    hyper_type = PPOHyper

    def parts(self, batch: Any) -> Iterator[Any]:
        """The experience K times, each time in another order and cut into minibatches."""
        n = len(batch.advantage)
        for _ in range(self.hyper.epochs):
            order = torch.randperm(n, generator=self.rng, device=self.rng.device).to(self.device)
            for rows in order.chunk(min(self.hyper.minibatches, n)):
                yield pick(batch, rows)

    def gain(self, log_prob: Float[Tensor, "*n"], batch: Any) -> tuple[Float[Tensor, ""], dict[str, Tensor]]:
        """E[ min( ρ Â, clip(ρ) Â ) ], or E[ ρ Â ] with the clip off."""
        ratio, h = (log_prob - batch.log_prob).exp(), self.hyper
        far = ((ratio - 1).abs() > h.clip_range).to(ratio.dtype).mean()
        gain = clipped_surrogate(ratio, batch.advantage, h.clip_range) if h.clip else ratio * batch.advantage
        return gain.mean(), {"clip_fraction": far}
