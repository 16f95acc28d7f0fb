"""Meta-SGD: MAML that learns the length and the direction of the inner step, too (Li, Zhou, Chen and Li 2017).

inner loop    φ = θ + α ∘ ∇J(θ; support)               α has a number for each parameter
outer loop    (θ, α) ← (θ, α) + β ∇_{θ, α} Σ_tasks J(φ; query)

MAML's own code does both as soon as the rates are among the parameters: `adapt` finds them there by their name, and the meta-gradient
goes by all parameters.
"""

from typing import Any

import torch

from dremeta_lite.inner.baselines import BASELINE
from dremeta_lite.inner.policy_gradient import RATE
from dremeta_lite.learner import GradientLearner
from dremeta_lite.meta.maml import MAML
from dremeta_lite.networks import Params, detach
from dremeta_lite.tasks.family import TaskFamily


class MetaSGD(MAML):
    """MAML with a learned α for each parameter, as a multiple of `inner_lr` that begins at 1 and may turn negative.

    Arguments as in `PolicyLearner`. Source: Li et al. 2017, "Meta-SGD: Learning to learn quickly for few-shot learning", Algorithm 2.
    """

    def __init__(self, family: TaskFamily, *arguments: Any, **options: Any) -> None:
        super().__init__(family, *arguments, **options)
        rates = {RATE + name: torch.ones_like(p) for name, p in detach(self.theta).items() if not name.startswith(BASELINE)}
        GradientLearner.__init__(self, detach(self.theta) | rates, self.rng)

    @property
    def rates(self) -> Params:
        """α by the names of the parameters, each a multiple of `inner_lr`."""
        return {name.removeprefix(RATE): p.detach() for name, p in self.theta.items() if name.startswith(RATE)}
