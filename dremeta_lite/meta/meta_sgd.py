"""Meta-SGD: MAML that learns the length and the direction of the inner step, too (Li, Zhou, Chen and Li 2017).

inner loop    φ = θ + α ∘ ∇J(θ; support)               α has a number for each parameter
outer loop    (θ, α) ← (θ, α) + β ∇_{θ, α} Σ_tasks J(φ; query)

MAML's own code does both: its meta-gradient goes by all that is learned, here θ and α.
"""

from typing import Any

import torch

from dremeta_lite.learner_state import State
from dremeta_lite.meta.maml import MAML
from dremeta_lite.networks import Params
from dremeta_lite.tasks.family import TaskFamily

RATE = "rate."
"""Begins the names of learned rates among all that is learned, and in files."""


def with_rates(theta: Params) -> Params:
    """θ and α = 1, under one roof: all that is learned."""
    return theta | {RATE + name: torch.ones_like(p) for name, p in theta.items()}


def split_rates(learned: Params) -> tuple[Params, Params]:
    """θ and α, each by the names of the parameters; no α where none is learned."""
    rates = {name.removeprefix(RATE): p for name, p in learned.items() if name.startswith(RATE)}
    return {name: p for name, p in learned.items() if not name.startswith(RATE)}, rates


class MetaSGD(MAML):
    """MAML with a learned α for each parameter, as a multiple of `inner_lr` that begins at 1 and may turn negative.

    Arguments as in `PolicyLearner`. Source: Li et al. 2017, "Meta-SGD: Learning to learn quickly for few-shot learning", Algorithm 2.
    """

    rates: Params

    def __init__(self, family: TaskFamily, *arguments: Any, **options: Any) -> None:
        super().__init__(family, *arguments, **options)
        self.theta, self.rates = self.split(self.learned)

    def first(self, rng: torch.Generator) -> State:
        return with_rates(super().first(rng))

    def split(self, learned: Params) -> tuple[Params, Params]:
        return split_rates(learned)
