"""A causal transformer as a function of its parameters: a memory that keeps every token it was told, and looks things up in them.

    x ← token W + place(t)
    x ← x + Σ_heads softmax(q·k / √d) v        q of this token; k and v of this token and of those before it      [layer by layer]
    x ← x + MLP(x)

Two ways to the same numbers: `unroll` takes a whole sequence at once, for training; `step` takes one token and keeps the keys and values
of the earlier ones (the *cache*), for playing. Source: Vaswani et al. 2017, "Attention is all you need", eq. 1, with layer
normalisation before each part instead of behind it, as in Radford et al. 2019 (GPT-2).
"""

import math
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.networks import Params, orthogonal

PLACES = 0.02
"""Standard deviation of the first codes of places."""
attend = torch.nn.functional.scaled_dot_product_attention


class Context(NamedTuple):
    """What a transformer has been told by now. The tensors are written in place: after a step the old context is used up."""

    memory: Float[Tensor, "n width"]
    """The output at the last token that counts; zeros where there was none."""
    keys: Float[Tensor, "layer n head time part"]
    values: Float[Tensor, "layer n head time part"]
    counts: Bool[Tensor, "n time"]
    """Which tokens may be attended to."""
    told: int
    """How many tokens there have been."""


class Transformer:
    """Layers of causal self-attention.

    Args:
        inputs: numbers in a token.
        width: numbers that come out after each token.
        heads: in each layer; they share the width.
        length: the longest sequence.

    Raises:
        ValueError: the heads cannot share the width evenly.
    """

    def __init__(
        self, inputs: int, width: int = 32, layers: int = 2, heads: int = 2, length: int = 60, device: torch.device | str = "cpu"
    ) -> None:
        if width % heads:
            raise ValueError(f"{heads} heads cannot share a width of {width} evenly: make memory a multiple of {heads}")
        self.inputs, self.width, self.layers, self.heads, self.length = inputs, width, layers, heads, length
        self.device = torch.device(device)

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters: orthogonal weights, and small ones where a layer writes, so that a deep sum does not grow."""
        d, write = self.width, 1 / math.sqrt(2 * self.layers)
        shapes = {"look": (d, 3 * d, 0.6), "tell": (d, d, 0.6 * write), "think": (d, 2 * d, 0.6), "say": (2 * d, d, 0.6 * write)}
        params = {"token": orthogonal(self.inputs, d, 1.0, rng), "token_bias": torch.zeros(d, device=rng.device)}
        params["place"] = PLACES * torch.randn(self.length, d, generator=rng, device=rng.device)
        for i in range(self.layers):
            for name, (fan_in, fan_out, gain) in shapes.items():
                params[f"layer{i}_{name}"] = orthogonal(fan_in, fan_out, gain, rng)
                params[f"layer{i}_{name}_bias"] = torch.zeros(fan_out, device=rng.device)
        norms = [f"layer{i}_norm{j}" for i in range(self.layers) for j in range(2)] + ["norm"]
        for name in norms:
            params |= {name: torch.ones(d, device=rng.device), f"{name}_bias": torch.zeros(d, device=rng.device)}
        return {name: p.to(self.device) for name, p in params.items()}

    def unroll(self, params: Params, tokens: Float[Tensor, "n time in"], counts: Bool[Tensor, "n time"]) -> Float[Tensor, "n time width"]:
        """The memory after each token of a sequence, all at once. A token that does not count changes nothing."""
        x, all_count = self._embed(params, tokens, slice(tokens.shape[1])), bool(counts.all())
        options: dict[str, Any] = {"is_causal": True} if all_count else {"attn_mask": causal(counts)[:, None]}
        for i in range(self.layers):
            x = self._after(params, i, x, attend(*self._look(params, i, x), **options))
        out = norm(params, "norm", x)
        if all_count:
            return out
        steps = torch.arange(tokens.shape[1], device=out.device)
        last = torch.where(counts, steps + 1, 0).cummax(1).values  # 0: none yet
        blank = torch.zeros_like(out[:, :1])
        return torch.cat([blank, out], 1).gather(1, last[..., None].expand_as(out))

    def attention(
        self, params: Params, tokens: Float[Tensor, "n time in"], counts: Bool[Tensor, "n time"]
    ) -> Float[Tensor, "layer n head query key"]:
        """How much each token attends to each, by layer and head: rows that sum to 1, and nothing above the diagonal."""
        x, found = self._embed(params, tokens, slice(tokens.shape[1])), []
        for i in range(self.layers):
            q, k, v = self._look(params, i, x)
            scores = q @ k.mT / math.sqrt(q.shape[-1])
            found.append(scores.masked_fill(~causal(counts)[:, None], -torch.inf).softmax(-1))
            x = self._after(params, i, x, found[-1] @ v)
        return torch.stack(found)

    def blank(self, n: int) -> Context:
        """Before the first token."""
        part = torch.zeros(self.layers, n, self.heads, self.length, self.width // self.heads, device=self.device)
        counts = torch.zeros(n, self.length, dtype=torch.bool, device=self.device)
        return Context(torch.zeros(n, self.width, device=self.device), part, part.clone(), counts, 0)

    @torch.no_grad()
    def step(self, params: Params, context: Context, token: Float[Tensor, "n in"], counts: Bool[Tensor, " n"]) -> Context:
        """Take in one token, without gradients: its keys and values go into the cache, and only its own row of attention is computed.

        Raises:
            ValueError: the context is full.
        """
        t = context.told
        if t == self.length:
            raise ValueError(f"a context of {self.length} tokens is full: make a network with a longer one")
        context.counts[:, t] = counts
        before = context.counts[:, : t + 1].clone()
        before[:, t] = True  # a token may always look at itself
        quick = before.device.type == "cpu" and before.all()  # without a mask attention is quicker; a GPU would have to be waited for
        mask = None if quick else before[:, None, None]
        x = self._embed(params, token[:, None], slice(t, t + 1))
        for i in range(self.layers):
            q, k, v = self._look(params, i, x)
            keys, values = context.keys[i], context.values[i]
            keys[:, :, t], values[:, :, t] = k[:, :, 0], v[:, :, 0]
            x = self._after(params, i, x, attend(q, keys[:, :, : t + 1], values[:, :, : t + 1], mask))
        memory = torch.where(counts[:, None], norm(params, "norm", x)[:, 0], context.memory)
        return context._replace(memory=memory, told=t + 1)

    def without(self, params: Params, layer: int, head: int) -> Params:
        """The same network with a head cut out: the rows that carry what it found are 0."""
        part, tell = self.width // self.heads, params[f"layer{layer}_tell"].clone()
        tell[head * part : (head + 1) * part] = 0
        return params | {f"layer{layer}_tell": tell}

    def _embed(self, params: Params, tokens: Float[Tensor, "n time in"], places: slice) -> Float[Tensor, "n time width"]:
        return linear(params, "token", tokens.to(params["token"].dtype)) + params["place"][places]

    def _look(self, params: Params, layer: int, x: Float[Tensor, "n time width"]) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of each head [n, head, time, part]."""
        looked = linear(params, f"layer{layer}_look", norm(params, f"layer{layer}_norm0", x))
        q, k, v = looked.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return q, k, v

    def _after(self, params: Params, layer: int, x: Tensor, found: Float[Tensor, "n head time part"]) -> Float[Tensor, "n time width"]:
        """The rest of a layer: what the heads have found is added, and then what the perceptron makes of it."""
        x = x + linear(params, f"layer{layer}_tell", found.transpose(1, 2).flatten(-2))
        hidden = torch.nn.functional.gelu(linear(params, f"layer{layer}_think", norm(params, f"layer{layer}_norm1", x)))
        return x + linear(params, f"layer{layer}_say", hidden)


def causal(counts: Bool[Tensor, "n time"]) -> Bool[Tensor, "n query key"]:
    """Which tokens each may attend to: itself, and those before it that count."""
    time = counts.shape[1]
    itself = torch.eye(time, dtype=torch.bool, device=counts.device)
    return (counts[:, None] | itself) & torch.ones(time, time, dtype=torch.bool, device=counts.device).tril()


def linear(params: Params, name: str, x: Tensor) -> Tensor:
    """x W + b."""
    return x @ params[name] + params[f"{name}_bias"]


def norm(params: Params, name: str, x: Tensor) -> Tensor:
    """Layer normalisation over the last axis."""
    return torch.nn.functional.layer_norm(x, x.shape[-1:], params[name], params[f"{name}_bias"])
