"""Skills that are found without any reward: a policy is told a skill, a network guesses it, and the policy is paid for being guessed.

    z ~ p(z) = 1/K                              a skill is drawn, and told to the policy π(a | s, z)
    r = log q(z | s') - log p(z)                what the policy is paid in each step; PPO makes it large
    q ← q + α_q ∇ E log q(z | s')               q learns to guess the skill from the states that were visited

The mean of r is a lower bound of the mutual information I(z; s') = H(z) - H(z | s'), in nats, because E log q(z | s') ≤ E log p(z | s') for
any q. It is at most log K: there is no more to be known about z. Policy and q both make it larger; in a GAN one makes small what the other
makes large.

Source: Eysenbach, Gupta, Ibarz and Levine 2018, "Diversity is all you need" (arXiv 1802.06070), algorithm 1, with PPO in the
place of soft actor-critic. Gupta, Eysenbach, Finn and Levine 2018 (arXiv 1806.04640) make tasks of such skills, see `SkillRewards`.
"""

import math
from collections.abc import Sequence
from typing import Any, cast

import torch
from jaxtyping import Float, Int
from torch import Tensor

from dremeta_lite.compatibility import need
from dremeta_lite.hyper import Real
from dremeta_lite.inner.ppo import PPO, PPOHyper
from dremeta_lite.learner import GradientLearner, generator
from dremeta_lite.networks import MLP, Params, detach
from dremeta_lite.policies import log_softmax_at
from dremeta_lite.rollout import Rollout, play_out
from dremeta_lite.tasks import TaskFamily
from dremeta_lite.tasks.drawn_goals import Goals
from dremeta_lite.tasks.practice import Practice

EACH, UPDATES = 16, 10
"""Episodes of each skill in an iteration, and updates of q after them."""


class SkillHyper(PPOHyper):
    """What can be changed while skills are looked for."""

    guess_lr = Real(1e-2, low=1e-5, high=0.1, symbol="α_q", scale="log", help="Adam's step size of q, which guesses the skill")
    place_x = Real(0.4, low=-1, high=1, unit="plane units", help="the place at which q is asked for the skill")
    place_y = Real(0.4, low=-1, high=1, unit="plane units", help="the place at which q is asked for the skill")


class Guesser(GradientLearner):
    """q(z | s): from a place in the plane, which skill led there.

    Attributes:
        places, skills, rate: what it learns from next, [n, 2] and numbers [n], and its step size.
    """

    places: Float[Tensor, "n 2"]
    skills: Int[Tensor, " n"]
    rate: float

    def __init__(self, family: Practice, hidden: Sequence[int], seed: int, device: torch.device | str) -> None:
        self.network, rng = MLP([2, *hidden, family.skills], 0.1, device, "guess_"), generator(seed)
        super().__init__(self.network.init(rng), rng)

    def log_q(self, places: Float[Tensor, "*n 2"]) -> Float[Tensor, "*n skill"]:
        """log q(z | s) of each skill."""
        return self.network.forward(self.learned, places).log_softmax(-1)

    def advance(self) -> dict[str, float]:
        """Ten updates: q(z | s) rises for the skill that did lead there."""
        loss = torch.zeros((), device=self.places.device)
        for _ in range(UPDATES):
            loss = -log_softmax_at(self.log_q(self.places), self.skills).mean()
            self.descend(loss, self.rate)
        return {"guess_loss": loss.item()}


class SkillDiscovery(PPO):
    """Finds skills that a network can tell apart by the places that they visit. One iteration is 16 episodes of each skill.

    Args:
        family: the practice.
        seed, device, hyper: as of every `Learner`.
        hidden: widths of the hidden layers, of policy, critic and q.

    Attributes:
        guesser: q.

    Raises:
        ValueError: the family is no Practice, or its agent is not told the skill.
    """

    hyper: SkillHyper
    hyper_type = SkillHyper
    kept = (*PPO.kept, "guesser")
    value_unit = 1.0  # a step pays at most log K

    def __init__(
        self, family: TaskFamily, seed: int = 0, device: torch.device | str = "cpu", hidden: Sequence[int] = (32, 32), **hyper: Any
    ) -> None:
        need(type(family) is Practice, type(self).__name__, "a Practice, whose agent is told a skill", family, "none to tell")
        self.practice = cast(Practice, family)
        super().__init__(family, None, seed, device, hidden, episodes=1, **hyper)
        self.guesser = Guesser(self.practice, hidden, seed, device)
        self.last_good = self.state_dict()

    def advance(self) -> dict[str, float]:
        """One iteration: walk, be paid, improve q, improve the policy. The numbers are those of a q that has not seen these states yet."""
        batch = self.experience(detach(self.theta))
        numbers = self.improve(batch)
        return {"information": self.information, "guessed": self.guessed, **numbers, "env_steps": float(len(batch.advantage))}

    def play_on(self, theta: Params) -> Rollout:
        """Sixteen episodes of each skill, paid by q, which learns from them afterwards."""
        skill = torch.arange(self.practice.skills, device=self.device).repeat(EACH)
        rollout = self.walk(theta, skill, self.rng)
        places, told = rollout.next_observation[..., :2], skill[:, None].expand(rollout.reward.shape)
        pay = self.pays(places, self.practice.told(told).skill)
        self.information = pay.mean().item()
        self.guessed = (self.guesser.log_q(places).argmax(-1) == told).float().mean().item()
        self.guesser.places, self.guesser.skills, self.guesser.rate = places.flatten(0, 1), told.flatten(), self.hyper.guess_lr
        self.guesser.advance()
        return rollout._replace(reward=pay)

    def walk(self, theta: Params, skill: Int[Tensor, " n"], rng: torch.Generator) -> Rollout:
        """One episode of each of these skills, given as numbers."""
        act = lambda s: self.policy.sample(theta, s, rng)[0]  # noqa: E731
        return play_out(self.practice, self.practice.told(skill), act, len(skill), rng)

    @torch.no_grad()
    def pays(self, place: Float[Tensor, "*#n 2"], skill: Float[Tensor, "*#n skill"]) -> Float[Tensor, "*n"]:
        """r = log q(z | s') - log p(z), in nats, with the present q; skills are one-hot."""
        return (self.guesser.log_q(place) * skill).sum(-1) + math.log(self.practice.skills)

    @torch.no_grad()
    def ends(self, n: int, rng: torch.Generator) -> Goals:
        """Draw n goals: the places at which episodes of random skills end."""
        skill = torch.randint(self.practice.skills, (n,), generator=rng, device=rng.device).to(self.device)
        return self.walk(detach(self.theta), skill, rng).next_observation[:, -1, :2]
