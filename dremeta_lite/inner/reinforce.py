"""REINFORCE: play whole episodes, then make every action more likely in proportion to what followed it.

G_t = Σ_l γ^l r_{t+l}                              the return from step t on
θ ← θ + α ∇ E[ log π(a_t|s_t) (G_t - b(s_t)) ]     b: a baseline that the action has no part in
"""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad_and_value

from dremeta_lite.compatibility import make_policy, need_numbers
from dremeta_lite.hyper import HyperParameters, Real, Switch, Whole
from dremeta_lite.inner.policy_gradient import discounted_sum, linear_baseline, normalise
from dremeta_lite.learner import GradientLearner, generator
from dremeta_lite.networks import Params, detach
from dremeta_lite.policies import Policy
from dremeta_lite.rollout import Act, Rollout, play_out
from dremeta_lite.tasks.family import TaskFamily, task_on


class ReinforceHyper(HyperParameters):
    """What can be changed while REINFORCE trains."""

    learning_rate = Real(1e-2, low=1e-5, high=0.1, symbol="α", scale="log", help="Adam's step size")
    episodes = Whole(16, low=1, high=100, symbol="M", unit="episodes", help="whole episodes between two updates")
    discount = Real(0.99, low=0, high=1, symbol="γ", help="discount factor")
    baseline = Switch(True, symbol="b", help="on: subtract what is expected in each state, fitted by least squares; off: plain returns")
    normalise = Switch(True, help="on: the weights of log π are shifted and scaled to mean 0 and variance 1")


def score_objective(
    policy: Policy, theta: Params, observation: Tensor, action: Tensor, advantage: Float[Tensor, " n"], weight: Float[Tensor, " n"]
) -> Float[Tensor, ""]:
    """E[ log π(a|s; θ) · Â ]: a number without a meaning of its own, whose gradient is the policy gradient.

    Source: Williams 1992; Sutton and Barto 2018, eq. 13.8 and, with a baseline, 13.11.
    """
    return (policy.log_prob(theta, observation, action) * advantage * weight).sum()


class Reinforce(GradientLearner):
    """Monte Carlo policy gradient on one task, for families with discrete actions and with real ones.

    Args:
        family: whose task is learned.
        task: one of its tasks; the default one if None.
        seed, device, hyper: as of every `Learner`.

    Source: Williams 1992, "Simple statistical gradient-following algorithms for connectionist reinforcement learning". Sutton and Barto
    2018, sections 13.3 and 13.4, without the factor γ^t of their box, as is common: late steps count as much as early ones.
    """

    hyper: ReinforceHyper

    def __init__(
        self,
        family: TaskFamily,
        task: Any = None,
        seed: int = 0,
        device: torch.device | str = "cpu",
        hidden: Sequence[int] = (64, 64),
        **hyper: Any,
    ) -> None:
        self.family, self.seed, self.device = family, seed, torch.device(device)
        need_numbers(family, type(self).__name__)
        self.hyper = ReinforceHyper(**hyper)
        self.task = task_on(family, task, self.device)
        self.policy = make_policy(family, hidden, self.device)
        rng = generator(seed)
        super().__init__(self.policy.init(rng), rng)

    def advance(self) -> dict[str, float]:
        """One iteration: play whole episodes, weigh the actions, one step uphill."""
        h, theta = self.hyper, detach(self.theta)
        rollout = play_out(self.family, self.task, lambda s: self.policy.sample(theta, s, self.rng)[0], h.episodes, self.rng)
        self.heartbeat()
        observation, action = rollout.observation.flatten(0, 1), rollout.action.flatten(0, 1)
        advantage, weight = self.weigh(rollout)

        def objective(theta: Params) -> Tensor:
            return score_objective(self.policy, theta, observation, action, advantage, weight)

        gradient, _ = grad_and_value(objective)(theta)
        self.ascend(gradient, h.learning_rate)
        return {
            "return": rollout.returns().mean().item(),
            "entropy": (self.policy.entropy(theta, observation) * weight).sum().item(),
            "gradient_norm": torch.cat([g.flatten() for g in gradient.values()]).norm().item(),
            "env_steps": rollout.mask.sum().item(),
        }

    @torch.no_grad()
    def weigh(self, rollout: Rollout) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
        """How much each step's log π counts: what followed it, less what was expected; and 1 / (number of steps), 0 after the end.

        What lies beyond a truncation is not known here, and counts as nothing: the returns are those of the first `horizon` steps, and so
        is the baseline, which knows the time.
        """
        h = self.hyper
        advantage = discounted_sum(rollout.reward, h.discount)
        if h.baseline:
            advantage = advantage - linear_baseline(rollout.observation, advantage, rollout.mask)
        weight = (rollout.mask / rollout.mask.sum()).flatten()
        advantage = (advantage * rollout.mask).flatten()
        return (normalise(advantage, weight) if h.normalise else advantage), weight

    def watch(self, episodes: int) -> Act:
        """The present policy, greedy (its most likely actions), for `play_out` of so many episodes: to see what has been learned."""
        theta = detach(self.theta)
        return lambda observation: self.policy.greedy(theta, observation)
