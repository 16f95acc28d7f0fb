"""Fast weights that walk: the memory of `fast_weights` says which object is wanted, and a walker that knows no word goes there.

    want       w_i ∝ exp( o(r_1, …, r_P) · m(i) )                       by what is read with the words: i is one of the objects
    walk       π(move) ∝ exp( Σ_i  w_i A[d_i] + (1 - w_i) B[d_i] )      d_i: where object i lies, seen from here

A [place, move] and B say how an object draws the walker that is wanted, and one that is not. Memory and walker are trained together, by
one policy gradient through both: nobody tells either of them what the other has done wrong.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compatibility import need
from dremeta_lite.hyper import Real
from dremeta_lite.meta.fast_weights import FastAgent, FastHyper, FastNetwork, FastWeights
from dremeta_lite.networks import Params
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.tasks.grammar_walk import SIDE
from dremeta_lite.trials import Seen, Trial

WIDTH = 2 * SIDE - 1
PULL, PUSH = 40.0, 10.0
"""What A and B are multiplied with. Adam's steps are as long for every parameter, so these tables move faster than the rest."""


class WalkHyper(FastHyper):
    """What can be changed while it trains."""

    discount = Real(0.93, low=0, high=1, symbol="γ", help="what a reward is worth a step later: the shorter way is the better one")


class WalkNetwork(FastNetwork):
    """Fast weights, and a walker."""

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters; the walker begins at random steps."""
        tables = torch.zeros(2, WIDTH**2, self.family.action_size, device=self.device)
        return super().init(rng) | {"wanted": tables[0], "unwanted": tables[1]}

    def moves(self, theta: Params, want: Float[Tensor, "n object"], observation: Float[Tensor, "n obs"]) -> Float[Tensor, "n move"]:
        """The logits of the moves: what lies where is spread out on a map of all places, and read with A and B."""
        away = self.family.seen_from_here(observation) + SIDE - 1
        place, blank = away[..., 0] * WIDTH + away[..., 1], want.new_zeros(len(want), WIDTH**2)
        wanted, unwanted = (blank.scatter(1, place, weight) for weight in (want, 1 - want))
        return wanted @ (PULL * theta["wanted"]) + unwanted @ (PUSH * theta["unwanted"])


class FastWalker(FastAgent):
    """Plays trials with fast weights that walk. What it wants is settled with the first step of an episode; what it has taken is bound when
    the next one begins.

    Attributes:
        want: how much it wants each object in this episode [task, object].
    """

    network: WalkNetwork

    def begin(self, n: int, rng: torch.Generator) -> None:
        super().begin(n, rng)
        self.last: Seen | None = None

    def begin_episode(self) -> None:
        """Bind what was taken in the last episode, if anything was, to what was said."""
        if self.last is not None:
            super().see(self.last)
        self.want: Tensor | None = None
        self.last = None

    @torch.no_grad()
    def probabilities(self, observation: Tensor) -> Float[Tensor, "n action"]:
        """See `trials.Chooses`; of one observation a row."""
        if self.want is None:
            self.want = super().probabilities(observation)
        return self.network.moves(self.theta, self.want, observation).softmax(-1)

    def see(self, step: Seen) -> None:
        taken, last = self.family.taken(step.next_observation), self.last
        counts = step.counts & (taken >= 0)
        if last is None:
            self.last = step._replace(action=taken.clamp(min=0), counts=counts)
        else:
            action, reward = torch.where(counts, taken, last.action), torch.where(counts, step.reward, last.reward)
            self.last = last._replace(action=action, reward=reward, counts=last.counts | counts)


class WalkingWeights(FastWeights):
    """Learns to listen and to walk at once: policy gradient on the moves, each episode judged by its own reward.

        E[ Σ_t log π(a_t | r, d_t) (γ^steps reward - its mean in this episode) / std ]  +  η E[ entropy ]

    Args:
        family: a `GrammarWalk`.
        seed, device, hyper: as of every `Learner`.

    Raises:
        ValueError: the family has no objects to walk to.
    """

    hyper: WalkHyper
    hyper_type = WalkHyper
    network: WalkNetwork
    network_type = WalkNetwork

    def __init__(self, family: TaskFamily, seed: int = 0, device: torch.device | str = "cpu", **hyper: Any) -> None:
        need(hasattr(family, "taken"), type(self).__name__, "objects with names, to walk to", family, "none")
        super().__init__(family, seed, device, **hyper)

    def objective(self, theta: Params, trial: Trial) -> dict[str, Tensor]:
        happened, log_pi = trial.mask > 0, self.log_pi(theta, trial)
        worth = trial.returns() * self.hyper.discount ** trial.mask.sum(-1)
        better = (worth - worth.mean(0)) / (worth.std() + 1e-6)
        said = log_pi.gather(-1, trial.action[happened].unsqueeze(-1)).squeeze(-1)
        gain = (said * better.unsqueeze(-1).expand_as(happened)[happened]).mean()
        entropy = -(log_pi.exp() * log_pi).sum(-1).mean()
        return {"objective": gain + self.entropy_weight() * entropy, "entropy": entropy}

    def log_pi(self, theta: Params, trial: Trial) -> Float[Tensor, "step move"]:
        """log π of all moves in every step of the trials that happened, one after the other."""
        happened = trial.mask > 0
        taken = torch.where(happened, self.network.family.taken(trial.next_observation), -1).amax(-1)
        want = self.network.recall(theta, trial.observation[:, :, 0], taken.clamp(min=0), trial.returns(), taken >= 0).softmax(-1)
        each = want.unsqueeze(2).expand(*happened.shape, -1)[happened]
        return self.network.moves(theta, each, trial.observation[happened]).log_softmax(-1)

    def agent(self, greedy: bool = False) -> FastWalker:
        """What has been learned, as a player of trials, with a copy of the present parameters."""
        return FastWalker(self.network, self.parameters(), greedy)
