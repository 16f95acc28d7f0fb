"""A policy with a memory, trained through time: for tasks in which one look does not tell the state.

The actor-critic of `actor_critic` and `ppo` with two changes: actor and critic look at a memory h_t = GRU(h_{t-1}, s_t) instead of at the
observation, and a batch is made of stretches of time, not of single steps, since the gradient runs through the memory.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.compatibility import need, need_choice
from dremeta_lite.hyper import Real, Whole
from dremeta_lite.inner.ppo import PPO, PPOHyper
from dremeta_lite.networks import MLP, Params, detach
from dremeta_lite.policies import GRUPolicy, categorical_entropy, draw, log_softmax_at
from dremeta_lite.rollout import Act, Rollout, play


class Stretches(NamedTuple):
    """What an update learns from: n stretches of `time` steps, each with the memory that it began with."""

    observation: Float[Tensor, "n time obs"]
    action: Tensor
    log_prob: Float[Tensor, "n time"]
    advantage: Float[Tensor, "n time"]
    target: Float[Tensor, "n time"]
    first: Bool[Tensor, "n time"]
    """True at the first step of an episode, where the memory is wiped."""
    memory: Float[Tensor, "n memory"]


class RecurrentHyper(PPOHyper):
    """What can be changed while the policy with a memory trains."""

    learning_rate = Real(6e-3, low=1e-5, high=0.1, symbol="α", scale="log", help="Adam's step size")
    minibatches = Whole(2, low=1, high=32, unit="parts", help="parts that the episodes are divided among; each is one update")


class RecurrentPPO(PPO):
    """PPO with a GRU policy, for discrete actions.

    Arguments as for `PPO`; the last of `hidden` is the size of the memory, and the others are the hidden layers of the critic.
    The gradient runs back through the memory to the beginning of a stretch and not further: truncated backpropagation through time.

    Attributes:
        memory: what the policy remembers of each running episode [n, memory].
    """

    hyper_type = RecurrentHyper
    kept = (*PPO.kept, "memory")
    policy: GRUPolicy  # type: ignore[assignment]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        need(not self.stream.episodes.waits, type(self).__name__, "episodes without a step between them", self.family, "one")

    def make_networks(self, hidden: Sequence[int], rng: torch.Generator) -> Params:
        """Make the GRU with the actor on top of it, and a critic that reads the same memory."""
        need_choice(self.family, type(self).__name__)
        self.policy = GRUPolicy(self.family.observation_size, self.family.action_size, hidden[-1], self.device)
        self.critic = MLP([hidden[-1], *hidden[:-1], 1], device=self.device, prefix="value_")
        self.memory = self.policy.blank(self.episodes)
        return self.policy.init(rng) | self.critic.init(rng)

    def play(self, theta: Params) -> tuple[Rollout, Tensor, Tensor]:
        """Play on, remembering; returns what happened, where episodes began, and the memory at the beginning."""
        before, first = self.memory, []

        def act(observation: Tensor) -> Tensor:
            first.append(self.stream.elapsed == 0)
            self.memory = self.policy.step(theta, self.memory.masked_fill(first[-1][:, None], 0), observation)
            return draw(self.policy.logits(theta, self.memory), self.rng)[0]

        rollout = play(self.stream, act, self.hyper.steps)
        return rollout, torch.stack(first, 1), before

    def experience(self, theta: Params) -> Any:
        """Play on and judge. The value of what a step led to needs the memory one observation later."""
        rollout, first, before = self.play(theta)
        with torch.no_grad():
            memory = self.policy.unroll(theta, before, rollout.observation, first)
            later = self.policy.step(theta, memory, rollout.next_observation)
            log_prob = log_softmax_at(self.policy.logits(theta, memory), rollout.action)
            advantage, target = self.estimate(rollout, self.value(theta, memory), self.value(theta, later))
        return Stretches(rollout.observation, rollout.action, log_prob, advantage, target, first, before)

    def look(self, theta: Params, batch: Stretches) -> tuple[Tensor, Tensor, Tensor]:
        """log π of the actions, entropies and values [n, time], from a memory that is unrolled with a gradient."""
        memory = self.policy.unroll(theta, batch.memory, batch.observation, batch.first)
        logits = self.policy.logits(theta, memory)
        return log_softmax_at(logits, batch.action), categorical_entropy(logits), self.value(theta, memory)

    def watch(self, episodes: int) -> Act:
        """The present policy, greedy and with a fresh memory, for `play_out` of so many episodes."""
        theta, memory = detach(self.theta), self.policy.blank(episodes)

        def act(observation: Tensor) -> Tensor:
            nonlocal memory
            memory = self.policy.step(theta, memory, observation)
            return self.policy.logits(theta, memory).argmax(-1)

        return act
