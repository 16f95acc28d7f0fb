"""Advantage actor-critic over whole trials: what RL², the policy on a belief and VariBAD have in common.

A trial is one sequence of steps. The end of an episode is a step like any other: the trial goes on, and what was found out is worth
something in the next episode. So advantages, and what is still to come, are reckoned to the end of the trial.
"""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.hyper import HyperParameters, Real, Whole
from dremeta_lite.learner import GradientLearner
from dremeta_lite.learner_state import State
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Trial

LEAST_FRACTION = 0.03
"""What is left of the learning rate when the planned iterations are over."""
Steps = Float[Tensor, "task step"]


class TrialHyper(HyperParameters):
    """What can be changed while such a learner trains."""

    learning_rate = Real(1e-2, low=1e-5, high=0.1, symbol="β", scale="log", help="Adam's step size at the start")
    iterations = Whole(300, low=1, high=100_000, unit="iterations", help="how many are planned: over them β falls to 3 %, and η to 0")
    trials = Whole(128, low=1, high=4096, symbol="N", unit="tasks", help="trials in one iteration, each with a new task")
    discount = Real(0.95, low=0, high=1, symbol="γ", help="discount factor, over the whole trial")
    gae_lambda = Real(0.95, low=0, high=1, symbol="λ", help="GAE's trade between bias (0) and variance (1)")
    entropy_weight = Real(0.05, low=0, high=1, symbol="η", help="how much being undecided is worth, at the start: keeps it exploring")
    value_weight = Real(0.5, low=0, high=10, help="how much the critic's error counts")
    gradient_limit = Real(1.0, low=1e-3, high=100, scale="log", help="longest gradient: a longer one is clipped to this")


def advantages(reward: Steps, value: Steps, mask: Steps, discount: float, lam: float) -> Steps:
    """Generalized advantage estimation over a whole trial, laid out as one sequence of steps.

        δ_t = r_t + γ V_{t+1} - V_t        Â_t = δ_t + γλ Â_{t+1}

    An episode's end is a step like any other; the end of the trial ends everything. Steps whose mask is 0 did not happen: they are passed
    over, and their own advantage is 0.

    Source: Schulman et al. 2016 (GAE), eq. 16.
    """
    later, next_value, found = torch.zeros_like(value[:, 0]), torch.zeros_like(value[:, 0]), []
    for t in reversed(range(value.shape[1])):
        advantage = reward[:, t] + discount * next_value - value[:, t] + discount * lam * later
        happened = mask[:, t] > 0
        later, next_value = torch.where(happened, advantage, later), torch.where(happened, value[:, t], next_value)
        found.append(advantage * mask[:, t])
    return torch.stack(found[::-1], 1)


def mean_over(x: Float[Tensor, "*n"], mask: Float[Tensor, "*n"]) -> Float[Tensor, ""]:
    """The mean over the steps that happened."""
    return (x * mask).sum() / mask.sum()


def judge(reward: Tensor, value: Tensor, mask: Tensor, hyper: Any) -> tuple[Tensor, Tensor]:
    """The advantages of all actions [task, episode, time]: with mean 0 and variance 1, for the policy; and as they are, for the critic."""
    found = advantages(reward.flatten(1), value.flatten(1), mask.flatten(1), hyper.discount, hyper.gae_lambda).view(value.shape)
    centred = found - mean_over(found, mask)
    return centred / (mean_over(centred.square(), mask).sqrt() + 1e-8), found


def clip_gradient(gradient: Sequence[Tensor], limit: float) -> tuple[list[Tensor], float]:
    """A gradient of at most this length, and how long it was."""
    norm = torch.cat([g.flatten() for g in gradient]).norm()
    factor = (limit / (norm + 1e-8)).clamp(max=1)
    return [g * factor for g in gradient], norm.item()


class TrialTime:
    """What a network has that knows the time in a trial. `episodes`: how many a trial has."""

    family: TaskFamily
    episodes: int
    device: torch.device

    def clock(self) -> Float[Tensor, "episode time 2"]:
        """At every step of a trial, the fraction of the episode and the fraction of the trial that have passed."""
        passed = torch.arange(self.family.horizon, device=self.device) / self.family.horizon
        trial = (torch.arange(self.episodes, device=self.device)[:, None] + passed) / self.episodes
        return torch.stack([passed.expand_as(trial), trial], -1)

    def steps_left(self, discount: float) -> Float[Tensor, "episode time"]:
        """How many steps of the trial are left, discounted: 1 + γ + γ² + … The critic's network gives the mean reward of each."""
        steps = self.episodes * self.family.horizon
        powers = torch.full((steps,), discount, device=self.device) ** torch.arange(steps, device=self.device)
        return powers.cumsum(0).flip(0).view(self.episodes, self.family.horizon)


class TrialLearner(GradientLearner):
    """Learns from whole trials; β and η fall over the iterations that are planned.

    Attributes:
        episode_returns: mean return of each episode of the trials that the last iteration played [episode].
    """

    hyper: Any

    def __init__(self, learned: State, rng: torch.Generator, episodes: int) -> None:
        self.episode_returns = torch.zeros(episodes, device="cpu")
        super().__init__(learned, rng)
        self.optimiser.param_groups[0]["eps"] = 1e-5

    def fraction_left(self) -> float:
        """What fraction of the planned iterations is still to come."""
        return max(0.0, 1 - self.iteration / self.hyper.iterations)

    def learning_rate(self) -> float:
        """β of this iteration."""
        return self.hyper.learning_rate * max(LEAST_FRACTION, self.fraction_left())

    def entropy_weight(self) -> float:
        """η of this iteration."""
        return self.hyper.entropy_weight * self.fraction_left()

    def gradient(self, objective: Tensor, names: Sequence[str] = ()) -> tuple[State, float]:
        """The gradient by some of the parameters, by all if none is named: no longer than allowed, and its true length.

        It is 0 for what the objective does not depend on: in a trial of one step nothing is there to be remembered.
        """
        names = names or list(self.theta)
        raw = torch.autograd.grad(objective, [self.theta[name] for name in names], allow_unused=True, materialize_grads=True)
        parts, norm = clip_gradient(raw, self.hyper.gradient_limit)
        return dict(zip(names, parts, strict=True)), norm

    def returned(self, trial: Trial) -> dict[str, float]:
        """What the trials of this iteration have returned, and how many steps they took, as named numbers."""
        each = self.episode_returns = trial.returns().mean(0)
        numbers = {"return": each.sum().item(), "return_first": each[0].item(), "return_last": each[-1].item()}
        return {**numbers, "env_steps": trial.mask.sum().item()}
