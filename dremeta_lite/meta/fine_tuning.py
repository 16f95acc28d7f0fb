"""Pooled training with its fine-tuning in sight: after each iteration the present θ takes its policy-gradient steps on the tasks just seen.

The steps are a measurement. Training never hears of them, and that is the difference to MAML: there the outer loop looks through them.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.hyper import Whole
from dremeta_lite.learner import generator
from dremeta_lite.meta.evaluation import adapt_to
from dremeta_lite.meta.pooled import Pooled, PooledHyper

LOOK_EVERY = 5
LOOKED_AT = 20
LOOKING_SEED = 4


class FineTunedHyper(PooledHyper):
    """What can be changed while the pooled policy trains, and how it is fine-tuned afterwards."""

    inner_steps = Whole(3, low=1, high=5, symbol="K", unit="steps", help="fine-tuning steps; training does not see them")


class FineTuned(Pooled):
    """`Pooled`, which also reports how well its θ does after fine-tuning. Its θ are, number for number, those of `Pooled`.

    A look costs as much as an iteration, so there is one in every five; the numbers in between are those of the last look.
    """

    hyper: FineTunedHyper
    hyper_type = FineTunedHyper
    kept = (*Pooled.kept, "looked")
    looked: Float[Tensor, "2"]
    """The mean return after the first and after the last fine-tuning step, at the last look; zeros before there was one."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.looked = torch.zeros(2, device="cpu")
        super().__init__(*arguments, **options)

    def advance(self) -> dict[str, float]:
        """One iteration of pooled training; then, now and then, a look at other tasks, with random numbers of its own."""
        numbers = super().advance()
        if self.iteration % LOOK_EVERY == 0:
            self.heartbeat()
            returns = self.fine_tuned(self.family.sample_tasks(LOOKED_AT, generator(self.iteration), self.device))
            self.looked = torch.tensor([returns[1], returns[-1]], device="cpu")
        return {**numbers, "return_after": self.looked[0].item(), "return_last": self.looked[1].item()}

    def fine_tuned(self, tasks: Any) -> list[float]:
        """Mean return after 0, 1, …, K steps of fine-tuning in each of the tasks by itself."""
        h = self.hyper
        judging: dict[str, Any] = {"discount": h.discount, "lam": h.gae_lambda, "baseline": self.baseline}
        steps: dict[str, Any] = {"inner_lr": h.inner_lr, "steps": h.inner_steps, "trajectories": 20, "seed": LOOKING_SEED}
        look = adapt_to(self.family, tasks, self.policy, self.theta, **steps, **judging)
        return look.returns().mean(1).tolist()
