"""A GRU in the place of fast weights: all the rest stays, so that a table can say what the outer product is worth.

    pairs    h ← GRU(h, [(w,v)·r, (w,v)·(1-r)])     r_p = h R_p[w_p] + b_p[w_p]
    plain    h ← GRU(h, [w, v·r, v·(1-r)])          r = [h, w]

w are the words of a try, v the meanings of what was taken, r on the left whether it paid, and (w,v) the product of each word and each
meaning. What is read goes to `FastNetwork.out`, and on to what the scene holds, as what is read from M does. With "pairs" there is a
product where it is told something and one where it reads, as RL² has them that is told pairs (`input_encoding`), and the GRU begins as it
does there. With "plain" all stands side by side.
"""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor
from torch.nn.functional import one_hot

from dremeta_lite.meta.fast_walker import WalkingWeights, WalkNetwork
from dremeta_lite.meta.fast_weights import HIDDEN, VALUE, FastNetwork
from dremeta_lite.meta.input_encoding import remember_each
from dremeta_lite.meta.rl2_network import MLPPerState
from dremeta_lite.networks import GRU, MLP, Params
from dremeta_lite.trials import Seen

MEMORY = 128
"""Numbers in h: two for each product of a word and a meaning, where there are four words in each of two places."""


class PlainNetwork(FastNetwork):
    """A GRU that is told plain codes."""

    def __init__(self, family: Any, device: torch.device | str = "cpu") -> None:
        super().__init__(family, device)
        self.codes = self.places * family.words
        self.gru = GRU(self.codes + 2 * self.kinds, MEMORY, device)
        self.out = MLP([MEMORY + self.codes, HIDDEN, self.kinds], last_gain=0.1, device=device, prefix="out_")

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters; at first a forgetting takes between one try and a whole trial."""
        gru = self.gru.init(rng)
        self.gru.lasting(gru, self.family.episodes, rng)
        return gru | self.out.init(rng)

    def words(self, observation: Tensor) -> Float[Tensor, "*n place word"]:
        """The one-hot code of the word in each place."""
        return one_hot(self.family.heard(observation), self.family.words).to(torch.get_default_dtype())

    def told(self, observation: Tensor, taken: Float[Tensor, "*n meaning"], paid: Float[Tensor, "*n"]) -> Float[Tensor, "*n told"]:
        """What the GRU is told of a try."""
        paid = paid.unsqueeze(-1)
        return torch.cat([self.words(observation).flatten(-2), taken * paid, taken * (1 - paid)], -1)

    def blank(self, n: int) -> Float[Tensor, "n memory"]:
        return self.gru.blank(n)

    def bind(self, theta: Params, memory: Float[Tensor, "n memory"], step: Seen) -> Float[Tensor, "n memory"]:
        taken = self.taken(self.family.meanings(step.observation), step.action)
        after = self.gru.step(theta, memory, self.told(step.observation, taken, step.reward))
        return torch.where(step.counts[:, None], after, memory)

    def read(self, theta: Params, memory: Float[Tensor, "*n memory"], observation: Tensor) -> Float[Tensor, "*n read"]:
        return torch.cat([memory, self.words(observation).flatten(-2)], -1)

    def recall(
        self,
        theta: Params,
        seen: Shaped[Tensor, "task try *obs"],
        action: Int[Tensor, "task try"],
        paid: Float[Tensor, "task try"],
        counts: Bool[Tensor, "task try"] | None = None,
    ) -> Float[Tensor, "task try action"]:
        """The logits in every try of whole trials: try by try, since h has to run through all of them."""
        meanings = self.family.meanings(seen)
        told = self.told(seen, self.taken(meanings, action), paid) @ theta["see"] + theta["see_bias"]
        counts = torch.ones_like(action, dtype=torch.bool) if counts is None else counts
        memory, before = self.blank(len(seen)), []
        for now, happened in zip(told.unbind(1), counts.unbind(1), strict=True):
            before.append(memory)
            memory = torch.where(happened[:, None], self.gru.remember(theta, memory, now), memory)
        return self.logits(theta, self.read(theta, torch.stack(before, 1), seen), meanings)


class PairsNetwork(PlainNetwork):
    """A GRU that is told products, and is read through them: the word in each place has weights of its own."""

    def __init__(self, family: Any, device: torch.device | str = "cpu") -> None:
        super().__init__(family, device)
        self.pairs = self.codes * self.kinds
        self.gru = GRU(2 * self.pairs, MEMORY, device)
        self.heads = [MLPPerState(MEMORY, family.words, VALUE, device=device, prefix=f"read{p}_") for p in range(self.places)]
        self.out = MLP([self.places * VALUE, HIDDEN, self.kinds], last_gain=0.1, device=device, prefix="out_")

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters; at first there is a memory for each product by itself."""
        theta = super().init(rng)
        for head in self.heads:
            theta |= head.init(rng)
        named = self.kinds / self.family.words  # meanings of one object: a colour and a shape, or one alone
        remember_each(theta, MEMORY, self.pairs, self.family.episodes * self.places * named / self.pairs)
        return theta

    def told(self, observation: Tensor, taken: Float[Tensor, "*n meaning"], paid: Float[Tensor, "*n"]) -> Float[Tensor, "*n told"]:
        pairs, paid = (self.words(observation).unsqueeze(-1) * taken[..., None, None, :]).flatten(-3), paid.unsqueeze(-1)
        return torch.cat([pairs * paid, pairs * (1 - paid)], -1)

    def read(self, theta: Params, memory: Float[Tensor, "*n memory"], observation: Tensor) -> Float[Tensor, "*n read"]:
        words = self.words(observation).unbind(-2)
        return torch.cat([head.forward(theta, torch.cat([memory, word], -1)) for head, word in zip(self.heads, words, strict=True)], -1)


class WalkingPairs(WalkNetwork, PairsNetwork):
    """A GRU that is told products, and the walker of fast weights."""


class WalkingPlain(WalkNetwork, PlainNetwork):
    """A GRU that is told plain codes, and the walker of fast weights."""


class WalkingPairsGRU(WalkingWeights):
    """Learns as fast weights that walk do, with a GRU that is told products and read through products."""

    network_type = WalkingPairs


class WalkingPlainGRU(WalkingWeights):
    """Learns as fast weights that walk do, with a GRU that is told plain codes."""

    network_type = WalkingPlain
