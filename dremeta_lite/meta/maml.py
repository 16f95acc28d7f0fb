"""MAML: learn the parameters that a few steps of policy gradient start from (Finn, Abbeel and Levine 2017).

inner loop    φ = θ + α ∇J(θ; support)                 for each task, from a few trajectories: `adapt`
outer loop    θ ← θ + β ∇_θ Σ_tasks J(φ; query)        the gradient goes THROUGH the inner step: `meta_objective`
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad_and_value, vmap

from dremeta_lite.hyper import HyperParameters, Real, Switch, Whole
from dremeta_lite.inner.policy_gradient import Experience, adapt, prepare, step_size, surrogate, thin_out
from dremeta_lite.learner import PolicyLearner
from dremeta_lite.networks import Params, detach, stack
from dremeta_lite.policies import GaussianMLP
from dremeta_lite.rollout import collect


class MAMLHyper(HyperParameters):
    """What can be changed while MAML trains."""

    inner_lr = Real(0.5, low=1e-3, high=10, symbol="α", scale="log", help="inner learning rate: length of the first adaptation step")
    meta_lr = Real(5e-3, low=1e-5, high=0.1, symbol="β", scale="log", help="meta learning rate: Adam's step size in the outer loop")
    inner_steps = Whole(2, low=1, high=5, symbol="K", unit="steps", help="adaptation steps that the outer loop looks through")
    tasks = Whole(20, low=1, high=100, symbol="N", unit="tasks", help="tasks in one meta-iteration")
    trajectories = Whole(20, low=2, high=100, symbol="M", unit="trajectories", help="episodes a task, before and after each step")
    second_order = Switch(True, symbol="∇²", help="on: differentiate through the inner gradient; off: first-order MAML")
    fresh_query = Switch(True, symbol="Q", help="on: judge each step on new trajectories; off, a mistake: on those that it was made from")
    share = Real(0.5, low=0.05, high=1, symbol="ρ", help="share of the time steps that enter the gradients")
    discount = Real(0.99, low=0, high=1, symbol="γ", help="discount factor inside the advantages")
    gae_lambda = Real(0.95, low=0, high=1, symbol="λ", help="GAE's trade between bias (0) and variance (1)")


def meta_objective(
    policy: GaussianMLP,
    theta: Params,
    experience: Sequence[Experience],
    inner_lr: float,
    second_order: bool = True,
    fresh_query: bool = True,
) -> Float[Tensor, ""]:
    """What one task contributes to the outer loop: the surrogate return after each step of adaptation, summed.

    Args:
        experience: K + 1 batches of ONE task: sampled with θ, with φ₁, …, with φ_K.
            Each is the query of the step before it, and the support of the step after it.
        fresh_query: off, every step is judged on its own support: the mistake that notebook 06 shows.

    With one inner step this is J(adapt(θ, support), query): Finn et al. 2017, eq. 1 (there a loss, -J).
    Summing over the steps keeps every one of them useful: Antoniou et al. 2019, section 4, "multi-step loss".
    """
    phi, total = theta, torch.zeros((), device=experience[0].weight.device, dtype=experience[0].weight.dtype)
    for k, (support, query) in enumerate(pairwise(experience)):
        phi = adapt(policy, phi, support, step_size(inner_lr, k), second_order)
        total = total + surrogate(policy, phi, query if fresh_query else support)
    return total


class MAML(PolicyLearner):
    """Learns θ such that `inner_steps` policy-gradient steps on a new task already do well. Arguments as in `PolicyLearner`."""

    hyper: MAMLHyper
    hyper_type = MAMLHyper
    cause = "The usual cause is a learning rate (α or β) that is too large: make it smaller, and start again."

    def advance(self) -> dict[str, float]:
        """One meta-iteration: draw tasks, adapt to each, move θ along the meta-gradient."""
        h, theta = self.hyper, detach(self.theta)
        tasks = self.family.sample_tasks(h.tasks, self.rng, self.device)
        experience, returns = self.sample_experience(theta, tasks)

        def objective(theta: Params) -> Tensor:
            one_task = lambda e: meta_objective(self.policy, theta, e, h.inner_lr, h.second_order, h.fresh_query)  # noqa: E731
            return vmap(one_task)(experience).mean()

        meta_gradient, value = grad_and_value(objective)(theta)
        self.ascend(meta_gradient, h.meta_lr)
        return {
            "return_before": returns[0],
            "return_after": returns[1],
            "return_last": returns[-1],
            "surrogate": value.item(),
            "gradient_norm": torch.cat([g.flatten() for g in meta_gradient.values()]).norm().item(),
            "std": self.policy.std(self.theta).mean().item(),
            "env_steps": float(h.tasks * h.trajectories * self.family.horizon * (h.inner_steps + 1)),
        }

    def sample_experience(self, theta: Params, tasks: Any) -> tuple[tuple[Experience, ...], list[float]]:
        """Act, adapt, act again: K + 1 batches of experience, and the mean return in each.

        Returns:
            experience with tensors [task, n, …], sampled with θ, φ₁, …, φ_K; and K + 1 mean returns.
        """
        h = self.hyper
        phi, experience, returns = stack(theta, h.tasks), [], []
        for k in range(h.inner_steps + 1):
            trajectories = collect(self.family, tasks, self.policy, phi, h.trajectories, self.rng)
            experience.append(thin_out(prepare(trajectories, h.discount, h.gae_lambda), h.share, self.rng))
            returns.append(trajectories.returns().mean().item())
            self.heartbeat()
            if k < h.inner_steps:
                size = step_size(h.inner_lr, k)
                phi = vmap(lambda p, e: adapt(self.policy, p, e, size))(phi, experience[-1])  # noqa: B023
        return tuple(experience), returns
