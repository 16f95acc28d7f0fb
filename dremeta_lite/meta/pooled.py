"""Pooled training: ONE policy trained on all tasks together, with no inner loop.

This is what the naive loop "for every task: train the model" amounts to. It maximises the average return of a policy that does not
know its task, and so it finds the best compromise between the tasks, not a good place to start from. It is MAML's most honest yardstick.
"""

import torch
from torch import Tensor
from torch.func import grad_and_value

from dremeta_lite.hyper import HyperParameters, Real, Whole
from dremeta_lite.inner.policy_gradient import subsample, surrogate
from dremeta_lite.meta.adapting import StartLearner, undecided
from dremeta_lite.networks import Params, detach, stack
from dremeta_lite.rollout import collect


class PooledHyper(HyperParameters):
    """What can be changed while the pooled policy trains."""

    learning_rate = Real(5e-3, low=1e-5, high=0.1, symbol="β", scale="log", help="Adam's step size")
    tasks = Whole(20, low=1, high=100, symbol="N", unit="tasks", help="tasks in one iteration")
    trajectories = Whole(20, low=2, high=100, symbol="M", unit="trajectories", help="episodes a task")
    fraction = Real(0.5, low=0.05, high=1, symbol="ρ", help="fraction of the time steps that enter the gradient")
    discount = Real(0.99, low=0, high=1, symbol="γ", help="discount factor inside the advantages")
    gae_lambda = Real(0.95, low=0, high=1, symbol="λ", help="GAE's trade between bias (0) and variance (1)")
    entropy_weight = Real(0.0, low=0, high=1, symbol="η", help="how much it is worth to be undecided")
    inner_lr = Real(0.3, low=1e-3, high=100, symbol="α", scale="log", help="length of the first fine-tuning step; training does not see it")
    inner_steps = Whole(1, low=1, high=5, symbol="K", unit="steps", help="fine-tuning steps; training does not see them")


class Pooled(StartLearner):
    """Learns one θ for all tasks: θ ← θ + β ∇ Σ_tasks J(θ). Arguments as in `StartLearner`: in a trial, `agent` fine-tunes it."""

    hyper: PooledHyper
    hyper_type = PooledHyper

    def advance(self) -> dict[str, float]:
        """One iteration: draw tasks, act in each with the same θ, move θ along the average policy gradient."""
        h, theta = self.hyper, detach(self.theta)
        tasks = self.family.sample_tasks(h.tasks, self.rng, self.device)
        trajectories = collect(self.family, tasks, self.policy, stack(theta, h.tasks), h.trajectories, self.rng)
        experience = subsample(self.prepare(trajectories), h.fraction, self.rng)
        self.heartbeat()

        def objective(theta: Params) -> Tensor:
            return surrogate(self.policy, theta, experience).mean() + undecided(self.policy, theta, experience, h.entropy_weight)

        gradient, value = grad_and_value(objective)(theta)
        self.ascend(gradient, h.learning_rate)
        self.refit([trajectories])
        return {
            "return_before": trajectories.returns().mean().item(),
            "surrogate": value.item(),
            "gradient_norm": torch.cat([g.flatten() for g in gradient.values()]).norm().item(),
            **self.policy.spread(detach(self.theta), experience.observation),
            "env_steps": float(h.tasks * h.trajectories * self.family.horizon),
        }
