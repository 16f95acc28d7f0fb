"""RL² with a transformer for a memory: the context is all that happened in the trial, and what is remembered is looked up in it.

    h = transformer(what happened in step 1, …, what happened in step t)        the output at the last step

Everything else is as in `rl2_network`: the same input encoding, the same actor, critic and agent.
"""

from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.meta.rl2_network import RL2Network
from dremeta_lite.networks import Params
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.transformer import Context, Transformer
from dremeta_lite.trials import Seen, Trial


class ContextNetwork(RL2Network):
    """Actor, critic and a transformer. Arguments as `RL2Network` has them; `memory` is the transformer's width.

    Args:
        layers, heads: of the transformer.
    """

    at_once = True

    def __init__(self, family: TaskFamily, episodes: int, memory: int = 32, layers: int = 2, heads: int = 2, **options: Any) -> None:
        super().__init__(family, episodes, memory, **options)
        self.transformer = Transformer(self.encoding.size, memory, layers, heads, episodes * family.horizon, self.device)

    def init_memory(self, rng: torch.Generator) -> Params:
        return self.transformer.init(rng)

    def blank(self, n: int) -> Context:
        """The empty context."""
        return self.transformer.blank(n)

    def read(self, state: Context) -> Float[Tensor, "n memory"]:
        return state.memory

    def remember(self, theta: Params, memory: Context, step: Seen, clock: Float[Tensor, "2"]) -> Context:
        """Add a step to the context, in the rows where something happened."""
        if not self.encoding.tells:
            return memory
        return self.transformer.step(theta, memory, self.encoding.encode(step, clock), step.counts)

    def memories(self, theta: Params, trial: Trial, wipe: bool = False) -> Float[Tensor, "task episode time memory"]:
        if not self.encoding.tells:
            return torch.zeros(*trial.mask.shape, self.memory, device=self.device)
        tokens, counts = self.tokens(trial, wipe)
        after = self.transformer.unroll(theta, tokens, counts)
        before = torch.cat([torch.zeros_like(after[:, :1]), after[:, :-1]], 1)
        return before.view(*trial.mask.shape, -1)

    def attention(self, theta: Params, trial: Trial) -> Float[Tensor, "layer task head query key"]:
        """Which steps of a trial each step looks at: by layer and head; steps are counted through all episodes."""
        return self.transformer.attention(theta, *self.tokens(trial))

    def tokens(self, trial: Trial, wipe: bool = False) -> tuple[Float[Tensor, "row step in"], Bool[Tensor, "row step"]]:
        """What is told of each step, and which steps happened. A row is a trial; an episode if the memory is wiped between them."""
        told = torch.stack([self.encoding.encode(step, clock) for step, clock in self.steps(trial)], 1)
        width = trial.mask.shape[2] if wipe else told.shape[1]
        return told.reshape(-1, width, told.shape[-1]), (trial.mask > 0).reshape(-1, width)
