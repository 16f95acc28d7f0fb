"""A belief that is learned with the answers at hand: the encoder sees trials, and is told afterwards where the goal was.

    logits_t(g) = bias(g) + Σ_{i ≤ t} W x_i (g)           evidence adds up, step by step, for each cell g
    b_t = softmax(logits_t)                               trained by cross-entropy on the true goal, at every step of every trial

The true goal is privileged information: known to whoever makes the training tasks, not to the agent in a new one. The sum of evidence is
not a restriction here: Bayes' rule is a sum of log-likelihoods. What the weights should become can be said: a large negative number where a
cell was entered without pay, a large positive one where it paid.

Source: Humplik et al. 2019, "Meta reinforcement learning as task inference" (arXiv 1905.06424): supervised belief from privileged
information.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.agents.exact_belief import belief_along
from dremeta_lite.hyper import HyperParameters, Real, Whole
from dremeta_lite.learner import GradientLearner, generator
from dremeta_lite.meta.belief_policy import hidden_goal_of
from dremeta_lite.networks import Params
from dremeta_lite.policies import draw_option
from dremeta_lite.tasks import HiddenGoal, HiddenGoalTask, TaskFamily
from dremeta_lite.trials import Agent, Seen, Trial, play_trial

SMALLEST = 1e-8
"""Probabilities below this count as this in logarithms."""


class Wanderer(Agent):
    """Walks to a random cell, then to another, whatever it is paid: trials that cover the grid, and do not depend on the goal."""

    def __init__(self, family: HiddenGoal) -> None:
        self.family = family

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.rng, self.aim = rng, torch.randint(self.family.n_cells, (n,), generator=rng, device=rng.device)

    def act(self, observation: Tensor) -> Tensor:
        new = torch.randint(self.family.n_cells, observation.shape, generator=self.rng, device=self.rng.device).to(observation)
        self.aim = self.aim.to(observation.device)
        self.aim = torch.where(observation == self.aim, new, self.aim)
        nearer = self.family.nearer(observation, HiddenGoalTask(self.aim))
        return draw_option(nearer, self.rng)

    def see(self, step: Seen) -> None:
        """It does not look."""


class BeliefEncoderHyper(HyperParameters):
    """What can be changed while the encoder trains."""

    learning_rate = Real(0.2, low=1e-5, high=1, symbol="β", scale="log", help="Adam's step size at the start")
    iterations = Whole(150, low=1, high=100_000, unit="iterations", help="how many are planned: over them β falls to 3 %")
    trials = Whole(64, low=1, high=4096, symbol="N", unit="tasks", help="trials in one iteration, each with a new task")


class SupervisedBelief:
    """A sum of evidence as what a policy is told: the memory is the logits of all cells. See `Belief` in `agents.exact_belief`."""

    def __init__(self, family: HiddenGoal, params: Params) -> None:
        self.family, self.params, self.width = family, params, family.n_cells

    def start(self, n: int, device: torch.device | str = "cpu") -> Float[Tensor, "n cell"]:
        """The logits before the first step: the learned prior."""
        return self.params["prior"].expand(n, -1)

    def update(self, memory: Float[Tensor, "n cell"], step: Seen) -> Float[Tensor, "n cell"]:
        """Add the evidence of one step."""
        seen = evidence(self.family, step.next_observation, step.reward > 0)
        return memory + step.counts[:, None] * (seen @ self.params["weight"])

    def summary(self, memory: Float[Tensor, "*n cell"]) -> Float[Tensor, "*n cell"]:
        """The probabilities times the number of cells, so that a typical one is near 1."""
        return self.cells(memory) * self.family.n_cells

    def cells(self, memory: Float[Tensor, "*n cell"]) -> Float[Tensor, "*n cell"]:
        """How likely each cell is to be the goal."""
        return memory.softmax(-1)


def evidence(family: HiddenGoal, cell: Tensor, paid: Tensor) -> Float[Tensor, "*n input"]:
    """What a step tells, as numbers: which cell was entered without pay, and which one paid; each as a one-hot vector or zeros."""
    entered = family.features(cell)
    return torch.cat([entered * ~paid[..., None], entered * paid[..., None]], -1)


class BeliefEncoder(GradientLearner):
    """Learns to say where the goal is from what has happened so far.

    Args:
        family: a hidden-goal grid.
        seed, device, hyper: as of every `Learner`.

    Raises:
        ValueError: the family has no hidden goal.
    """

    hyper: BeliefEncoderHyper

    def __init__(self, family: TaskFamily, seed: int = 0, device: torch.device | str = "cpu", **hyper: Any) -> None:
        self.grid = hidden_goal_of(family, type(self).__name__)
        self.family, self.seed, self.device = family, seed, torch.device(device)
        self.hyper = BeliefEncoderHyper(**hyper)
        cells = self.grid.n_cells
        zeros = {"weight": torch.zeros(2 * cells, cells, device=device), "prior": torch.zeros(cells, device=device)}
        super().__init__(zeros, generator(seed))

    def advance(self) -> dict[str, float]:
        """One iteration: wander through new tasks, and learn from the answers."""
        h = self.hyper
        tasks = self.family.sample_tasks(h.trials, self.rng, self.device)
        trial = play_trial(self.family, tasks, Wanderer(self.grid), self.rng)
        self.heartbeat()
        log_belief = self.logits(self.theta, trial).log_softmax(-1)
        right = tasks.goal[:, None, None, None].expand(*trial.reward.shape, 1)
        score = log_belief.gather(-1, right).mean()
        self.descend(-score, h.learning_rate * max(0.03, 1 - self.iteration / h.iterations))
        exact = belief_along(self.grid, trial)
        quality = calibration(log_belief.detach().exp(), exact)
        return {"cross_entropy": -score.item(), **quality, "env_steps": trial.mask.sum().item()}

    def logits(self, theta: Params, trial: Trial) -> Float[Tensor, "task episode time cell"]:
        """The sums of evidence after each step."""
        seen = evidence(self.grid, trial.next_observation.flatten(1), (trial.reward > 0).flatten(1)) * trial.mask.flatten(1)[..., None]
        return (theta["prior"] + (seen @ theta["weight"]).cumsum(1)).unflatten(1, trial.reward.shape[1:])

    def belief(self) -> SupervisedBelief:
        """What has been learned, to be given to a policy, with a copy of the present parameters."""
        return SupervisedBelief(self.grid, {name: p.detach().clone() for name, p in self.theta.items()})

    @torch.no_grad()
    def beliefs(self, trial: Trial) -> Float[Tensor, "task episode time cell"]:
        """What the encoder believes after each step of a trial, by whomever it was played."""
        return self.logits(self.theta, trial).softmax(-1)


def divergence(exact: Float[Tensor, "*n cell"], belief: Float[Tensor, "*n cell"]) -> Float[Tensor, "*n"]:
    """KL(exact ‖ belief) in nats: what is lost by believing the second, where the first is true."""
    return (exact * (exact.clamp(min=SMALLEST).log() - belief.clamp(min=SMALLEST).log())).sum(-1)


def calibration(belief: Float[Tensor, "*n cell"], exact: Float[Tensor, "*n cell"]) -> dict[str, float]:
    """How far a belief is from the exact one, in the mean over moments.

    Returns:
        `kl_before`: KL(exact ‖ belief) in nats over the moments before the goal is found, and `kl_after` over those after it;
        `on_struck_out`: the probability that the belief still gives to cells that the exact one has struck out, before the goal is found.
        A number is 0 where there is no such moment.
    """
    kl, wasted = divergence(exact, belief), (belief * (exact == 0)).sum(-1)
    found = exact.max(-1).values > 0.999
    mean = lambda x: x.mean().item() if len(x) else 0.0  # noqa: E731
    return {"kl_before": mean(kl[~found]), "kl_after": mean(kl[found]), "on_struck_out": mean(wasted[~found])}
