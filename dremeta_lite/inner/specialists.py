"""Specialists: one policy for each of a few tasks, trained on its own task and on nothing else.

This is what ordinary reinforcement learning does. It shows what there is to gain: how good can a policy be that knows its task,
and how much of that is left in another task?
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad_and_value, vmap

from dremeta_lite.compatibility import make_policy
from dremeta_lite.hyper import HyperParameters, Real, Whole
from dremeta_lite.inner.policy_gradient import prepare, subsample, surrogate
from dremeta_lite.learner import GradientLearner, generator
from dremeta_lite.networks import Params, detach, stack
from dremeta_lite.policies import GaussianMLP
from dremeta_lite.rollout import collect
from dremeta_lite.tasks.family import TaskFamily


class SpecialistsHyper(HyperParameters):
    """What can be changed while specialists train."""

    learning_rate = Real(5e-3, low=1e-5, high=0.1, symbol="β", scale="log", help="Adam's step size")
    trajectories = Whole(20, low=2, high=100, symbol="M", unit="trajectories", help="episodes a task")
    fraction = Real(0.5, low=0.05, high=1, symbol="ρ", help="fraction of the time steps that enter the gradient")
    discount = Real(0.99, low=0, high=1, symbol="γ", help="discount factor inside the advantages")
    gae_lambda = Real(0.95, low=0, high=1, symbol="λ", help="GAE's trade between bias (0) and variance (1)")


class Specialists(GradientLearner):
    """As many policies as tasks: θ_i ← θ_i + β ∇ J_i(θ_i), all of them at once. Nothing is shared but the first θ.

    Args:
        family, tasks: the family, and a batch of its tasks, tensors [task, …].
        seed, device, hyper: as in every learner.
    """

    hyper: SpecialistsHyper

    def __init__(self, family: TaskFamily[Any], tasks: Any, seed: int = 0, device: torch.device | str = "cpu", **hyper: Any) -> None:
        self.family, self.seed, self.device = family, seed, torch.device(device)
        self.tasks = type(tasks)(*(x.to(self.device) for x in tasks))
        self.hyper = SpecialistsHyper(**hyper)
        self.policy: Any = make_policy(family, (32, 32), device)
        rng = generator(seed)
        super().__init__(stack(self.policy.init(rng), len(tasks[0])), rng)

    def advance(self) -> dict[str, float]:
        """One iteration: each policy acts in its own task, and moves along the policy gradient of that task."""
        h, theta = self.hyper, detach(self.theta)
        trajectories = collect(self.family, self.tasks, self.policy, theta, h.trajectories, self.rng)
        experience = subsample(prepare(trajectories, h.discount, h.gae_lambda), h.fraction, self.rng)
        self.heartbeat()

        def objective(theta: Params) -> Tensor:
            return vmap(lambda p, e: surrogate(self.policy, p, e))(theta, experience).sum()  # each θ_i meets its own term only

        gradient, value = grad_and_value(objective)(theta)
        self.ascend(gradient, h.learning_rate)
        return {
            "return_own": trajectories.returns().mean().item(),
            "surrogate": value.item(),
            **self.policy.spread(detach(self.theta), experience.observation),
            "env_steps": float(len(self.tasks[0]) * h.trajectories * self.family.horizon),
        }


def transfer_matrix(
    family: TaskFamily[Any], tasks: Any, policy: GaussianMLP, theta: Params, trajectories: int = 10, seed: int = 0, noise: float = 1.0
) -> Float[Tensor, "trained tested"]:
    """Mean return of every policy in every task: row i is the policy θ_i (tensors [trained, …]), column j the task j.

    The diagonal is what a policy does where it was trained, all else is transfer.
    """
    trained, tested = len(next(iter(theta.values()))), len(tasks[0])
    every_policy = {name: p.repeat_interleave(tested, 0) for name, p in detach(theta).items()}
    every_task = type(tasks)(*(x.repeat(trained, *[1] * (x.ndim - 1)) for x in tasks))
    played = collect(family, every_task, policy, every_policy, trajectories, generator(seed), noise)
    return played.returns().mean(-1).unflatten(0, (trained, tested))
