"""Tabular Q-learning as an agent that plays trials, with a table for each task. What it does on the way is a history of learning."""

import torch
from gymnasium.spaces import Discrete
from jaxtyping import Int
from torch import Tensor

from dremeta_lite.compatibility import need
from dremeta_lite.inner.q_learning import epsilon_greedy, td_target
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Agent, Seen


class QPlayer(Agent):
    """Learns a table Q(s, a) while it plays, in a family whose episodes are only cut off. ε falls, to 0 when `tries` episodes are over.

    Args:
        learning_rate, discount, exploration: α, γ, and the first ε.

    Raises:
        ValueError: states or actions cannot be counted.
    """

    def __init__(
        self, family: TaskFamily, tries: int = 42, learning_rate: float = 0.9, discount: float = 0.9, exploration: float = 0.3
    ) -> None:
        counted = all(isinstance(space, Discrete) for space in (family.observation_space, family.action_space))
        need(counted, "QPlayer", "states and actions to count", family, "real numbers among them")
        self.family, self.tries, self.learning_rate, self.discount, self.exploration = family, tries, learning_rate, discount, exploration

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.rng, self.rows, self.episode = rng, torch.arange(n, device="cpu"), -1
        self.Q = torch.zeros(n, self.family.observation_size, self.family.action_size, device="cpu")

    def begin_episode(self) -> None:
        self.episode += 1

    def act(self, observation: Int[Tensor, " n"]) -> Int[Tensor, " n"]:
        self.rows, self.Q = self.rows.to(observation.device), self.Q.to(observation.device)
        left = max(0.0, 1 - self.episode / self.tries)
        return epsilon_greedy(self.Q[self.rows, observation], self.exploration * left, self.rng)

    def see(self, step: Seen) -> None:
        following = self.Q[self.rows, step.next_observation].amax(-1)
        y = td_target(step.reward, following, torch.zeros_like(step.ended), self.discount)  # an episode here is cut off: it goes on
        now = self.Q[self.rows, step.observation, step.action]
        self.Q[self.rows, step.observation, step.action] = now + self.learning_rate * (y - now) * step.counts
