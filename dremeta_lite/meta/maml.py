"""MAML: learn the parameters that a few steps of policy gradient start from (Finn, Abbeel and Levine 2017).

inner loop    φ = θ + α ∇J(θ; support)                 for each task, from a few trajectories: `adapt`
outer loop    θ ← θ + β ∇_θ Σ_tasks J(φ; query)        the gradient goes THROUGH the inner step

For one task `meta_objective` computes J(φ; query) as a function of θ; with several inner steps it adds up the J after each.
`MAML.objective` takes the mean over the tasks instead of the sum. `MAML.advance` takes the gradient ∇_θ of that, and Adam makes the outer
step.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad_and_value, vmap

from dremeta_lite.hyper import Real, Switch
from dremeta_lite.inner.policy_gradient import Experience, Objective, adapt, step_size, surrogate
from dremeta_lite.meta.adapting import StartHyper, StartLearner, undecided
from dremeta_lite.networks import Params, detach
from dremeta_lite.policies import Policy


class MAMLHyper(StartHyper):
    """What can be changed while MAML trains."""

    entropy_weight = Real(0.0, low=0, high=1, symbol="η", help="how much it is worth to be undecided before the first step")

    second_order = Switch(True, symbol="∇²", help="on: differentiate through the inner gradient; off: first-order MAML")
    fresh_query = Switch(True, symbol="Q", help="on: judge each step on new trajectories; off, a mistake: on those that it was made from")


def meta_objective(
    policy: Policy,
    theta: Params,
    experience: Sequence[Experience],
    inner_lr: float,
    second_order: bool = True,
    fresh_query: bool = True,
    step_objective: Objective = surrogate,
    rates: Params | None = None,
    judged_by: Objective = surrogate,
) -> Float[Tensor, ""]:
    """What one task contributes to the outer loop: the surrogate return after each step of adaptation, summed.

    Args:
        experience: K + 1 batches of ONE task: sampled with θ, with φ⁽¹⁾, …, with φ⁽ᴷ⁾.
            Each is the query of the step before it, and the support of the step after it.
        fresh_query: off, every step is judged on its own support: the mistake that notebook 06 shows.
        step_objective: what the inner step climbs. Through `surrogate` the gradient knows that θ moves the support; through
            `log_surrogate` it does not.
        rates: multiples of α, as in `adapt`.
        judged_by: what is said of a query; `ClippedMAML` has another.

    With one inner step this is J(adapt(θ, support), query): Finn et al. 2017, eq. 1 (there a loss, -J).
    Summing over the steps keeps every one of them useful: Antoniou et al. 2019, section 4, "multi-step loss".
    """
    phi, total = theta, torch.zeros((), device=experience[0].weight.device, dtype=experience[0].weight.dtype)
    for k, (support, query) in enumerate(pairwise(experience)):
        phi = adapt(policy, phi, support, step_size(inner_lr, k), second_order, step_objective, rates)
        total = total + judged_by(policy, phi, query if fresh_query else support)
    return total


class MAML(StartLearner):
    """Learns θ such that `inner_steps` policy-gradient steps on a new task already do well. Arguments as in `PolicyLearner`."""

    hyper: MAMLHyper
    hyper_type = MAMLHyper
    step_objective: Objective = staticmethod(surrogate)
    """What the inner step climbs, as in `meta_objective`."""
    judged_by: Objective = staticmethod(surrogate)
    cause = "The usual cause is a learning rate (α or β) that is too large: make it smaller, and start again."

    def advance(self) -> dict[str, float]:
        """One meta-iteration: draw tasks, adapt to each, move θ along the meta-gradient."""
        h = self.hyper
        tasks = self.family.sample_tasks(h.tasks, self.rng, self.device)
        experience, returns = self.sample_experience(detach(self.theta), tasks)

        meta_gradient, value = grad_and_value(self.objective(experience))(detach(self.learned))
        self.ascend(meta_gradient, h.meta_lr)
        self.refit(self.played)
        return {**self.told(returns, meta_gradient, experience[0]), "surrogate": value.item()}

    def objective(self, experience: Sequence[Experience]) -> Callable[[Params], Tensor]:
        """What the outer loop climbs, a function of what is learned: `meta_objective`, in the mean over tasks."""
        h = self.hyper

        def objective(learned: Params) -> Tensor:
            theta, rates = self.split(learned)
            settings = h.inner_lr, h.second_order, h.fresh_query, self.step_objective, rates, self.judged_by
            value = vmap(lambda e: meta_objective(self.policy, theta, e, *settings))(tuple(experience)).mean()
            return value + undecided(self.policy, theta, experience[0], h.entropy_weight)

        return objective

    def split(self, learned: Params) -> tuple[Params, Params | None]:
        """What is learned, as θ and learned rates: MAML has none."""
        return learned, None
