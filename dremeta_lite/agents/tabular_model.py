"""Agents that learn one small world by counting, and plan in what they believe: greedy, ε-greedy, random, and the oracle.

What is known of a random MDP after some steps is an exact posterior, which counting keeps: each row p(· | s, a) is Dirichlet with 1 + how
often each s' followed; each mean reward is normal. At the start of every episode an agent plans for the whole episode. Agents differ in
what they plan in: the mean of the posterior, a draw from it (`psrl`), or something better than either (`optimism`).
"""

from abc import abstractmethod
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from dremeta_lite.tasks.random_mdp import RandomMDP, RandomMDPTask
from dremeta_lite.trials import Agent, Seen
from dremeta_lite.world.finite_horizon import backward_induction

ROUNDING = 1e-9
Table = Float[Tensor, "task s a"]  # rewards, counts
Transition = Float[Tensor, "task s a s"]  # from s by a to s


class Prior(NamedTuple):
    """What an agent believes of every state and action before it has seen anything."""

    mean: float = 1.0
    """of the mean reward, normal"""
    precision: float = 1.0
    """of it: 1 / variance; near 0: whatever is seen replaces the mean at once"""
    concentration: float = 1.0
    """of the Dirichlet distribution of the next state; near 0: what was seen is all there is"""


TRUE = Prior()
"""That from which RandomMDP draws its tasks."""


class ModelAgent(Agent):
    """Counts, and follows a plan made at the start of every episode.

    Args:
        family: says how many states, actions and steps there are.
        prior: the belief it starts with; the true one, unless a wrong one is asked for.

    Attributes:
        followed: float64 [task, s, a, s']: how often s' followed.
        paid: float64 [task, s, a]: the sum of the rewards.
    """

    def __init__(self, family: RandomMDP, *, prior: Prior = TRUE, device: torch.device | str = "cpu") -> None:
        self.family, self.prior, self.device = family, prior, torch.device(device)

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.rng = rng
        self.rows = torch.arange(n, device=self.device)
        sizes = self.family.states, self.family.actions
        self.followed = torch.zeros(n, *sizes, self.family.states, dtype=torch.float64, device=self.device)
        self.paid = torch.zeros(n, *sizes, dtype=torch.float64, device=self.device)

    def begin_episode(self) -> None:
        self.Q, self.t = self.plan(), 0

    def act(self, observation: Int[Tensor, " n"]) -> Int[Tensor, " n"]:
        """The best action of the plan; one of the best at random where several tie, up to rounding.

        Chance matters here: the plan stays for an episode, and whoever always took the first of five untried actions would, coming back
        to a state, take the same one again.
        """
        Q = self.Q[self.rows, self.t, observation]
        tie = Q.amax(-1, keepdim=True) - Q <= ROUNDING
        return (tie * (0.5 + self._uniform(*Q.shape))).argmax(-1)

    def see(self, step: Seen) -> None:
        counts = step.counts.double()
        self.followed[self.rows, step.observation, step.action, step.next_observation] += counts
        self.paid[self.rows, step.observation, step.action] += counts * step.reward
        self.t += 1

    def _uniform(self, *shape: int) -> Float[Tensor, "..."]:
        return torch.rand(shape, generator=self.rng, device=self.rng.device, dtype=torch.float64).to(self.device)

    @abstractmethod
    def plan(self) -> Float[Tensor, "task time state action"]:
        """How good each action is believed to be in each step of the coming episode."""

    def solve(self, P: Transition, R: Table) -> Float[Tensor, "task time s a"]:
        """The best plan for an episode in the world with these tables."""
        return backward_induction(P, R, self.family.horizon)

    @property
    def visits(self) -> Table:
        """How often each action was taken in each state."""
        return self.followed.sum(-1)

    @property
    def concentration(self) -> Transition:
        """Of the Dirichlet posterior of each row of transitions: that of the prior, and the counts."""
        return self.prior.concentration + self.followed

    @property
    def mean_transition(self) -> Transition:
        return self.concentration / self.concentration.sum(-1, keepdim=True)

    @property
    def reward_precision(self) -> Table:
        """1 / variance of the posterior of each mean reward: that of the prior, and 1 / noise² for each reward seen."""
        return self.prior.precision + self.visits / self.family.noise_std**2

    @property
    def mean_reward(self) -> Table:
        """The posterior mean of each mean reward: prior and rewards seen, weighed by their precisions."""
        return (self.prior.precision * self.prior.mean + self.paid / self.family.noise_std**2) / self.reward_precision


class RandomAction(ModelAgent):
    """Takes any action."""

    def plan(self) -> Float[Tensor, "task time state action"]:
        return self._uniform(len(self.rows), self.family.horizon, self.family.states, self.family.actions)


class GreedyModel(ModelAgent):
    """Plans in the mean of what it believes, and never tries anything in order to learn."""

    def plan(self) -> Float[Tensor, "task time state action"]:
        return self.solve(self.mean_transition, self.mean_reward)


class EpsilonGreedyModel(GreedyModel):
    """Greedy, but in every step with probability ε any action. Raises ValueError: `epsilon` is no probability."""

    def __init__(self, family: RandomMDP, epsilon: float = 0.1, *, prior: Prior = TRUE, device: torch.device | str = "cpu") -> None:
        if not 0 <= epsilon <= 1:
            raise ValueError(f"epsilon is a probability, in [0, 1], got {epsilon}")
        super().__init__(family, prior=prior, device=device)
        self.epsilon = epsilon

    def act(self, observation: Int[Tensor, " n"]) -> Int[Tensor, " n"]:
        n = len(observation)
        anything = self._uniform(n, self.family.actions).argmax(-1)
        return torch.where(self._uniform(n) < self.epsilon, anything, super().act(observation))


class MDPOracle(ModelAgent):
    """The oracle: it is told the tasks, and plans in them."""

    def __init__(self, family: RandomMDP, tasks: RandomMDPTask) -> None:
        super().__init__(family, device=tasks.reward.device)
        self.tasks = tasks

    def plan(self) -> Float[Tensor, "task time state action"]:
        return self.solve(self.tasks.transition.double(), self.tasks.reward.double())
