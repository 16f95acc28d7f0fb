"""Actor-critic: a policy (the actor) that learns from the estimates of a value function (the critic), while episodes run on.

An iteration of A2C, advantage actor-critic:

    batch = experience(…)                             n episodes side by side, some steps each
    Â = advantages(…)                                 which actions did better than the critic expected?
    θ ← θ + α ∇ [ E log π(a|s) Â  -  ½ E (V(s) - G)²  +  η E entropy ]
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.compatibility import make_policy, need_numbers
from dremeta_lite.hyper import HyperParameters, Real, Switch, Whole
from dremeta_lite.learner import GradientLearner, generator
from dremeta_lite.networks import MLP, Params, detach
from dremeta_lite.rollout import Act, Rollout, Stream, play
from dremeta_lite.tasks.family import TaskFamily, pick, task_on

Numbers = Float[Tensor, "n time"]
Ends = Bool[Tensor, "n time"]


class A2CHyper(HyperParameters):
    """What can be changed while A2C trains."""

    learning_rate = Real(5e-3, low=1e-5, high=0.1, symbol="α", scale="log", help="Adam's step size")
    steps = Whole(64, low=1, high=512, symbol="T", unit="steps", help="steps of each episode between two updates")
    discount = Real(0.99, low=0, high=1, symbol="γ", help="discount factor")
    gae_lambda = Real(1.0, low=0, high=1, symbol="λ", help="GAE's trade between bias (0) and variance (1)")
    entropy_weight = Real(0.01, low=0, high=1, symbol="η", help="how much being undecided is worth: keeps the policy exploring")
    baseline = Switch(True, help="on: advantages, by the critic's values; off: plain discounted sums of rewards")
    normalise = Switch(True, help="on: advantages are shifted and scaled to mean 0 and variance 1")
    done_mask = Switch(True, help="off: the mistake of bootstrapping after a termination too, as if more could be earned there")


class Batch(NamedTuple):
    """What an update learns from; `n` runs over the steps of all episodes."""

    observation: Float[Tensor, "n *obs"]
    action: Tensor
    log_prob: Float[Tensor, " n"]
    """log π(a | s) of the policy that acted."""
    advantage: Float[Tensor, " n"]
    target: Float[Tensor, " n"]
    """What the critic's value is drawn to."""


def advantages(reward: Numbers, value: Numbers, next_value: Numbers, terminated: Ends, ended: Ends, discount: float, lam: float) -> Numbers:
    """Generalized advantage estimation through the ends of episodes.

        δ_t = r_t + γ (1 - terminated_t) V(s_{t+1}) - V(s_t)
        Â_t = δ_t + γλ (1 - ended_t) Â_{t+1}

    After a termination nothing can be earned, so its next value counts 0. After a truncation it counts: bootstrapping. After either the
    next step belongs to another episode, so the sum ends. Source: Schulman et al. 2016 (GAE), eq. 16.
    """
    delta = reward + discount * next_value * ~terminated - value
    advantage, later = torch.empty_like(delta), torch.zeros_like(delta[:, 0])
    for t in reversed(range(delta.shape[1])):
        later = delta[:, t] + discount * lam * later * ~ended[:, t]
        advantage[:, t] = later
    return advantage


class A2C(GradientLearner):
    """Advantage actor-critic on one task, for families with discrete actions and with real ones.

    Args:
        family: whose task is learned.
        task: one of its tasks; the default one if None.
        episodes: how many episodes run side by side.
        seed, device, hyper: as of every `Learner`.

    Raises:
        ValueError: the task is not one task of the family.

    Source: Mnih et al. 2016, "Asynchronous methods for deep reinforcement learning", algorithm S3, in its synchronous form.
    Sutton and Barto 2018, section 13.5.
    """

    hyper: Any
    hyper_type: type[HyperParameters] = A2CHyper
    kept: Sequence[str] = (*GradientLearner.kept, "stream")
    value_unit = 10.0
    """The critic's network is asked for values in this unit: Adam's steps have a fixed length, and values of CartPole lie far from 0."""

    def __init__(
        self,
        family: TaskFamily,
        task: Any = None,
        seed: int = 0,
        device: torch.device | str = "cpu",
        hidden: Sequence[int] = (64, 64),
        episodes: int = 32,
        **hyper: Any,
    ) -> None:
        self.family, self.seed, self.device = family, seed, torch.device(device)
        need_numbers(family, type(self).__name__)
        self.hyper = self.hyper_type(**hyper)
        self.task = task_on(family, task, self.device)
        self.episodes = episodes
        rng = generator(seed)
        theta = self.make_networks(hidden, rng)
        self.stream = Stream(family, self.task, episodes, rng)
        super().__init__(theta, rng)

    def make_networks(self, hidden: Sequence[int], rng: torch.Generator) -> Params:
        """Make actor and critic; returns the parameters of both, in one dict."""
        self.policy = make_policy(self.family, hidden, self.device)
        self.critic = MLP([self.family.observation_size, *hidden, 1], device=self.device, prefix="value_")
        return self.policy.init(rng) | self.critic.init(rng)

    def advance(self) -> dict[str, float]:
        """One iteration: play on, judge, improve."""
        batch = self.experience(detach(self.theta))
        self.heartbeat()
        numbers = self.improve(batch)
        return {"return": self.stream.recent_return(), **numbers, "env_steps": float(self.episodes * self.hyper.steps)}

    def play_on(self, theta: Params) -> Rollout:
        """The next steps of all episodes."""
        return play(self.stream, lambda s: self.policy.sample(theta, s, self.rng)[0], self.hyper.steps)

    def experience(self, theta: Params) -> Any:
        """Play on, and judge what happened: advantages, and the critic's targets."""
        rollout = self.play_on(theta)
        with torch.no_grad():
            value, next_value = self.value(theta, rollout.observation), self.value(theta, rollout.next_observation)
            observation, action = rollout.observation.flatten(0, 1), rollout.action.flatten(0, 1)
            log_prob = self.policy.log_prob(theta, observation, action)
            advantage, target = self.estimate(rollout, value, next_value)
        batch = Batch(observation, action, log_prob, advantage.flatten(), target.flatten())
        return batch if rollout.mask.all() else pick(batch, rollout.mask.flatten() > 0)

    def estimate(self, rollout: Rollout, value: Tensor, next_value: Tensor) -> tuple[Tensor, Tensor]:
        """Advantages, and targets of the critic, both [n, time]; the switches choose what they are made of."""
        h, ended = self.hyper, rollout.terminated | rollout.truncated
        terminated = rollout.terminated if h.done_mask else torch.zeros_like(ended)
        advantage = advantages(rollout.reward, value, next_value, terminated, ended, h.discount, h.gae_lambda)
        target = advantage + value
        if not h.baseline:
            advantage = target
        if h.normalise:
            counted = advantage if rollout.mask.all() else advantage[rollout.mask > 0]
            advantage = (advantage - counted.mean()) / (counted.std() + 1e-8)
        return advantage, target

    def value(self, theta: Params, observation: Float[Tensor, "*n obs"]) -> Float[Tensor, "*n"]:
        """The critic's V(s)."""
        return self.value_unit * self.critic.forward(theta, observation).squeeze(-1)

    def improve(self, batch: Any) -> dict[str, float]:
        """Move θ uphill, once for each part of the batch; returns the mean of each named number."""
        seen = []
        for part in self.parts(batch):
            terms = self.objective(self.theta, part)
            self.descend(-terms["objective"], self.hyper.learning_rate)
            seen.append({name: term.item() for name, term in terms.items() if name != "objective"})
            self.heartbeat()
        return {name: sum(numbers[name] for numbers in seen) / len(seen) for name in seen[0]}

    def parts(self, batch: Any) -> Iterator[Any]:
        """A2C uses its experience once, all of it together: the gradient is that of the policy that acted."""
        yield batch

    def objective(self, theta: Params, batch: Any) -> dict[str, Tensor]:
        """What is maximised ("objective"), and numbers to watch."""
        log_prob, entropy, value = self.look(theta, batch)
        entropy, error = entropy.mean(), (value - batch.target).square().mean()
        gain, watched = self.gain(log_prob, batch)
        objective = gain - 0.5 * error / self.value_unit**2 + self.hyper.entropy_weight * entropy
        return {"objective": objective, "entropy": entropy, "value_error": error, **watched}

    def look(self, theta: Params, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """log π of the actions, entropies of the policy and values."""
        log_prob, entropy = self.policy.log_prob_and_entropy(theta, batch.observation, batch.action)
        return log_prob, entropy, self.value(theta, batch.observation)

    def gain(self, log_prob: Float[Tensor, "*n"], batch: Any) -> tuple[Float[Tensor, ""], dict[str, Tensor]]:
        """E[ log π(a|s) Â ]: its gradient is the policy gradient. Source: Sutton and Barto 2018, section 13.5."""
        return (log_prob * batch.advantage).mean(), {}

    def watch(self, episodes: int) -> Act:
        """The present policy, greedy (its most likely actions), for `play_out` of so many episodes: to see what has been learned."""
        theta = detach(self.theta)
        return lambda observation: self.policy.greedy(theta, observation)
