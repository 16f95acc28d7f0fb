"""Fast weights: a memory that binds each word that was heard to what came of it, by an outer product.

    write    M_p ← M_p + k_p(w_p) ⊗ v            after a try: w_p is the word in place p, v says what was taken and whether it paid
    read     r_p = M_pᵀ k_p(w_p)                 before a try, with the words that are heard now
    act      π(a) ∝ exp( o(r_1, …, r_P) · m(a) )    m(a): the meanings of action a, in one-hot codes

Keys have length 1. What was bound to a word comes back when the word is heard, whatever stood beside it then: so an instruction that was
never heard can be obeyed. In training nothing has to run step by step, for r at try t is a sum over the tries before it:

    r_p(t) = Σ_{s<t} ( k_p(w_p(s)) · k_p(w_p(t)) ) v(s)

That is attention without a softmax, over the tries before: "linear attention". Sources: Schmidhuber, Learning to Control Fast-Weight
Memories, Neural Computation 4, 1992; Schlag, Irie and Schmidhuber, Linear Transformers Are Secretly Fast Weight Programmers, ICML 2021,
arXiv 2102.11174.
"""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor

from dremeta_lite.compatibility import need
from dremeta_lite.hyper import HyperParameters, Real, Whole
from dremeta_lite.learner import generator
from dremeta_lite.meta.trial_learner import TrialLearner
from dremeta_lite.networks import MLP, Params
from dremeta_lite.policies import draw_option
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Agent, Seen, Trial, play_trial

KEY, VALUE, HIDDEN = 16, 32, 64
"""Numbers in a key, in a value, and in the hidden layers."""


class FastHyper(HyperParameters):
    """What can be changed while it trains."""

    learning_rate = Real(5e-3, low=1e-5, high=0.1, symbol="β", scale="log", help="Adam's step size at the start")
    iterations = Whole(300, low=1, high=100_000, unit="iterations", help="how many are planned: over them β falls to 3 %, and η to 0")
    trials = Whole(256, low=2, high=4096, symbol="N", unit="tasks", help="trials in one iteration, each in a new language")
    entropy_weight = Real(0.02, low=0, high=1, symbol="η", help="how much being undecided is worth, at the start: keeps it exploring")
    gradient_limit = Real(1.0, low=1e-3, high=100, scale="log", help="longest gradient: a longer one is clipped to this")


class FastNetwork:
    """Keys, values and what is made of what is read, as functions of their parameters θ, for a family of languages."""

    def __init__(self, family: Any, device: torch.device | str = "cpu") -> None:
        one = family.observation(family.initial(generator(0), family.default_params))
        self.places, self.kinds = family.heard(one).shape[-1], family.meanings(one).shape[-1]
        self.family, self.device = family, torch.device(device)
        self.value = MLP([2 * self.kinds, HIDDEN, VALUE], device=device, prefix="value_")
        self.out = MLP([self.places * VALUE, HIDDEN, self.kinds], last_gain=0.1, device=device, prefix="out_")

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters; a key for each word in each place."""
        keys = torch.randn(self.places, self.family.words, KEY, generator=rng, device=rng.device).to(self.device)
        return {"keys": keys} | self.value.init(rng) | self.out.init(rng)

    def keys(self, theta: Params, words: Int[Tensor, "*n place"]) -> Float[Tensor, "*n place key"]:
        """The key of the word in each place, of length 1."""
        keys = torch.nn.functional.normalize(theta["keys"], dim=-1)
        return torch.stack([keys[p][words[..., p]] for p in range(self.places)], -2)

    def values(self, theta: Params, taken: Float[Tensor, "*n meaning"], paid: Float[Tensor, "*n"]) -> Float[Tensor, "*n value"]:
        """What is bound: v of the meanings of what was taken, told apart by whether it paid (as products)."""
        paid = paid.unsqueeze(-1)
        return self.value.forward(theta, torch.cat([taken * paid, taken * (1 - paid)], -1))

    def blank(self, n: int) -> Any:
        """The memory at the start of a trial: M [task, place, key, value], with nothing bound."""
        return torch.zeros(n, self.places, KEY, VALUE, device=self.device)

    def bind(self, theta: Params, memory: Any, step: Seen) -> Any:
        """The memory after a try, in the rows where it counts."""
        taken = self.taken(self.family.meanings(step.observation), step.action)
        key = self.keys(theta, self.family.heard(step.observation))
        value = self.values(theta, taken, step.reward) * step.counts.unsqueeze(-1)
        return memory + key.unsqueeze(-1) * value[:, None, None]

    def read(self, theta: Params, memory: Any, observation: Tensor) -> Float[Tensor, "n read"]:
        """What comes back when the words of an observation are heard."""
        key = self.keys(theta, self.family.heard(observation))
        return (key.unsqueeze(-1) * memory).sum(-2).flatten(1)

    def logits(
        self, theta: Params, read: Float[Tensor, "*n read"], meanings: Float[Tensor, "*n action meaning"]
    ) -> Float[Tensor, "*n action"]:
        """How much speaks for each action."""
        return (meanings @ self.out.forward(theta, read).unsqueeze(-1)).squeeze(-1)

    def taken(self, meanings: Float[Tensor, "*n action meaning"], action: Int[Tensor, "*n"]) -> Float[Tensor, "*n meaning"]:
        """The meanings of what was taken."""
        return meanings.gather(-2, action[..., None, None].expand(*action.shape, 1, self.kinds)).squeeze(-2)

    def recall(
        self,
        theta: Params,
        seen: Shaped[Tensor, "task try *obs"],
        action: Int[Tensor, "task try"],
        paid: Float[Tensor, "task try"],
        counts: Bool[Tensor, "task try"] | None = None,
    ) -> Float[Tensor, "task try action"]:
        """The logits in every try of whole trials at once: what is read is a sum over the tries before, of those that count."""
        meanings, key = self.family.meanings(seen), self.keys(theta, self.family.heard(seen))
        taken = self.taken(meanings, action)
        overlap = torch.einsum("ntpk,nspk->npts", key, key).tril(-1)
        values = self.values(theta, taken, paid)
        values = values if counts is None else values * counts.unsqueeze(-1)
        read = overlap @ values.unsqueeze(1)  # [task, place, try, value]
        return self.logits(theta, read.transpose(1, 2).flatten(2), meanings)


class FastAgent(Agent):
    """Plays trials with fast weights, or with another memory of words (`word_gru`).

    Attributes:
        memory: M [task, place, key, value], or what the network's `blank` gives instead.
    """

    def __init__(self, network: FastNetwork, theta: Params, greedy: bool = False) -> None:
        self.network, self.theta, self.greedy, self.family = network, theta, greedy, network.family

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.rng, self.memory = rng, self.network.blank(n)

    @torch.no_grad()
    def probabilities(self, observation: Tensor) -> Float[Tensor, "n action"]:
        """See `trials.Chooses`; of one observation a row."""
        read = self.network.read(self.theta, self.memory, observation)
        return self.network.logits(self.theta, read, self.family.meanings(observation)).softmax(-1)

    def act(self, observation: Tensor) -> Int[Tensor, " n"]:
        p = self.probabilities(observation)
        return p.argmax(-1) if self.greedy else draw_option(p, self.rng)

    @torch.no_grad()
    def see(self, step: Seen) -> None:
        self.memory = self.network.bind(self.theta, self.memory, step)


class FastWeights(TrialLearner):
    """Learns keys, values, and what to make of what is read: policy gradient, each try judged by its own reward.

        E[ log π(a | r) (reward - mean reward of this try) / std ]  +  η E[ entropy ]

    A word that is learned pays later, but finding out costs nothing here: whatever is tried tells. So no return is added up, and there is
    no critic.

    Args:
        family: one of languages: it says which words are `heard`, and what the `meanings` of each action are; an episode is one step.
        seed, device, hyper: as of every `Learner`.

    Raises:
        ValueError: the family speaks no language.
    """

    hyper: FastHyper
    hyper_type: type[FastHyper] = FastHyper
    network: FastNetwork
    network_type: type[FastNetwork] = FastNetwork

    def __init__(self, family: TaskFamily, seed: int = 0, device: torch.device | str = "cpu", **hyper: Any) -> None:
        need(hasattr(family, "heard"), "FastWeights", "words that are heard, each with a meaning", family, "none")
        self.family, self.seed, self.device, self.hyper = family, seed, torch.device(device), self.hyper_type(**hyper)
        self.network = self.network_type(family, device)
        rng = generator(seed)
        super().__init__(self.network.init(rng), rng, family.episodes)

    def advance(self) -> dict[str, float]:
        """One iteration: play trials in new languages, judge every answer, improve."""
        tasks = self.family.sample_tasks(self.hyper.trials, self.rng, self.device)
        trial = play_trial(self.family, tasks, self.agent(), self.rng)
        self.heartbeat()
        terms = self.objective(self.theta, trial)
        gradient, norm = self.gradient(terms["objective"])
        self.ascend(gradient, self.learning_rate())
        return {**self.returned(trial), "entropy": terms["entropy"].item(), "gradient_norm": norm}

    def objective(self, theta: Params, trial: Trial) -> dict[str, Tensor]:
        """What is maximised ("objective"), and how undecided the answers were."""
        seen, action, paid = trial.observation[:, :, 0], trial.action[:, :, 0], trial.reward[:, :, 0]
        log_pi = self.network.recall(theta, seen, action, paid).log_softmax(-1)
        better = paid - paid.mean(0)
        said = log_pi.gather(-1, action.unsqueeze(-1)).squeeze(-1)
        gain, entropy = (said * better).mean() / (paid.std() + 1e-6), -(log_pi.exp() * log_pi).sum(-1).mean()
        return {"objective": gain + self.entropy_weight() * entropy, "entropy": entropy}

    def agent(self, greedy: bool = False) -> FastAgent:
        """What has been learned, as a player of trials, with a copy of the present parameters."""
        return FastAgent(self.network, self.parameters(), greedy)
