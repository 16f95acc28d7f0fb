"""Networks as functions of their parameters: MLP, CNN and GRU, each with `init` and a function that takes the parameters.

Parameters are a flat dict of tensors. Every function takes them as an argument, because meta-learning needs many copies of one
network: the meta-parameters θ and, for each task, adapted parameters φ. Copies are stacked along a leading task axis, and the same code
then runs all of them at once: `weight` [in, out] or [task, in, out], `x` [n, in] or [task, n, in].
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from jaxtyping import Bool, Float
from torch import Tensor

Params = dict[str, Tensor]
Memory = Float[Tensor, "*task n memory"]


def tanh_(x: Tensor) -> Tensor:
    """tanh x = 2 σ(2x) - 1, in place, where nobody differentiates. `torch.tanh_` is as exact as float32 can be, and takes three times as
    long, a third of the time of a small network; the two differ by less than 3e-7."""
    return x.mul_(2).sigmoid_().mul_(2).sub_(1)


IN_PLACE = {torch.tanh: tanh_, torch.relu: torch.relu_}


class MLP:
    """A multilayer perceptron, as a function of its parameters.

    Args:
        sizes: widths, from the input to the output.
        last_gain: the gain of the last layer's first weights.
        activation: what stands between two layers.
        prefix: of the parameters' names, so that two networks can live in one dict.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        last_gain: float = 1.0,
        device: torch.device | str = "cpu",
        prefix: str = "",
        activation: Callable[[Tensor], Tensor] = torch.tanh,
    ) -> None:
        self.sizes, self.last_gain, self.device, self.activation = list(sizes), last_gain, torch.device(device), activation
        self.layers = [(f"{prefix}weight{i}", f"{prefix}bias{i}") for i in range(len(self.sizes) - 1)]

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters: zero biases, orthogonal weights (gain 5/3 for tanh, `last_gain` in the last layer)."""
        params: Params = {}
        for (weight, bias), fan_in, fan_out in zip(self.layers, self.sizes[:-1], self.sizes[1:], strict=True):
            gain = self.last_gain if weight == self.layers[-1][0] else 5 / 3
            params[weight] = orthogonal(fan_in, fan_out, gain, rng).to(self.device)
            params[bias] = torch.zeros(fan_out, device=self.device)
        return params

    def forward(self, params: Params, x: Float[Tensor, "*task n in"]) -> Float[Tensor, "*task n out"]:
        """The network's output, in the precision of the parameters, whatever that of the input."""
        x = x.to(params[self.layers[0][0]].dtype)
        for weight, bias in self.layers[:-1]:
            x = self.activation(x @ params[weight] + params[bias].unsqueeze(-2))
        weight, bias = self.layers[-1]
        return x @ params[weight] + params[bias].unsqueeze(-2)

    def fixed(self, params: Params) -> Callable[[Tensor], Tensor]:
        """`forward` with these parameters, without gradients, for many calls with few inputs. The same numbers but for rounding; what stays
        the same from call to call is done once, and an intermediate result is overwritten by the next."""
        layers = [(params[weight].detach().contiguous(), params[bias].detach().unsqueeze(-2)) for weight, bias in self.layers]
        last_weight, last_bias = layers.pop()
        multiply = torch.mm if last_weight.dim() == 2 else torch.bmm
        activation, dtype = IN_PLACE.get(self.activation, self.activation), last_weight.dtype

        def forward(x: Float[Tensor, "*task n in"]) -> Float[Tensor, "*task n out"]:
            x = x.to(dtype)
            for weight, bias in layers:
                x = activation(multiply(x, weight).add_(bias))
            return multiply(x, last_weight).add_(last_bias)

        return forward


def orthogonal(fan_in: int, fan_out: int, gain: float, rng: torch.Generator) -> Float[Tensor, "fan_in fan_out"]:
    """A random matrix all of whose singular values are `gain`: signals neither fade nor explode on their way through."""
    return torch.nn.init.orthogonal_(torch.empty(fan_in, fan_out, device=rng.device), gain=gain, generator=rng)


class CNN:
    """A small convolutional network for images: 3×3 convolutions, then a multilayer perceptron; ReLU throughout.

    Every pixel is looked at with its neighbours, by the same weights everywhere; the perceptron then sees all places at once. There is no
    pooling: where things are is all that matters on a map.

    Args:
        shape: channels, rows and columns of an image.
        channels: how many features each convolution makes.
        stride: 1: they keep the size. 2: each skips every other place, along both sides.
    """

    def __init__(
        self,
        shape: Sequence[int],
        outputs: int,
        channels: Sequence[int] = (16, 32),
        hidden: Sequence[int] = (64,),
        device: torch.device | str = "cpu",
        stride: int = 1,
    ) -> None:
        self.channels, self.device, self.stride = [shape[0], *channels], torch.device(device), stride
        step = stride ** len(channels)
        flat = self.channels[-1] * math.ceil(shape[1] / step) * math.ceil(shape[2] / step)
        self.head = MLP([flat, *hidden, outputs], device=device, prefix="head_", activation=torch.relu)

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters: orthogonal weights (gain √2, for ReLU), zero biases."""
        params: Params = {}
        for i, (seen, made) in enumerate(pairwise(self.channels)):
            weight = orthogonal(made, seen * 9, math.sqrt(2), rng).unflatten(-1, (seen, 3, 3))
            params |= {f"kernel{i}": weight.to(self.device), f"shift{i}": torch.zeros(made, device=self.device)}
        return params | self.head.init(rng)

    def forward(self, params: Params, image: Float[Tensor, "n channel row column"]) -> Float[Tensor, "n out"]:
        """The network's output. For a task axis use `torch.func.vmap`."""
        x = image.to(params["kernel0"].dtype)
        for i in range(len(self.channels) - 1):
            x = torch.relu(torch.nn.functional.conv2d(x, params[f"kernel{i}"], params[f"shift{i}"], self.stride, padding=1))
        return self.head.forward(params, x.flatten(-3))


class Eyes:
    """A picture in a few numbers, for what acts or remembers behind it: what convolutions make of it, beside what its sums say; ReLU.

    Convolutions tell where things are. How much there is of something in all, a unit's health wherever it stands, they would have to learn
    for every place anew; the sum of a channel over all places is just that.

    Args:
        shape: channels, rows and columns of a picture.
        features: how many numbers; half of them come from the sums.
        sums: False: all of them come from the convolutions.
    """

    GAIN = 3.0
    """Of the pixels, for the convolutions: nearly all are 0, so what these make of the others would be faint."""

    def __init__(self, shape: Sequence[int], features: int = 64, sums: bool = True, device: torch.device | str = "cpu") -> None:
        self.shape, self.features, self.half = tuple(shape), features, features // 2 if sums else 0
        self.places = CNN(shape, features - self.half, hidden=(), device=device, stride=2)
        self.sums = MLP([shape[0], self.half], math.sqrt(2), device, "sum_")

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters."""
        return self.places.init(rng) | (self.sums.init(rng) if self.half else {})

    def forward(self, params: Params, picture: Float[Tensor, "*n channel row column"]) -> Float[Tensor, "*n features"]:
        """The numbers."""
        row = picture.reshape(-1, *self.shape)
        seen = [self.places.forward(params, (self.GAIN * row).contiguous(memory_format=torch.channels_last))]
        if self.half:
            seen.append(self.sums.forward(params, row.sum((-2, -1))))
        return torch.cat(seen, -1).relu().view(*picture.shape[:-3], self.features)


class GRU:
    """A gated recurrent unit: a memory h_t = GRU(h_{t-1}, s_t) that sums up all observations so far.

    Source: Cho et al. 2014, "Learning phrase representations using RNN encoder–decoder", eq. 5 to 8, but with r applied after the
    weights, as in `torch.nn.GRU`.
    """

    def __init__(self, observation_size: int, memory: int = 32, device: torch.device | str = "cpu") -> None:
        self.observation_size, self.memory, self.device = observation_size, memory, torch.device(device)

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters: orthogonal weights for each of the three gates, zero biases."""
        see = torch.cat([orthogonal(self.observation_size, self.memory, 1.0, rng) for _ in range(3)], -1)
        remember = torch.cat([orthogonal(self.memory, self.memory, 1.0, rng) for _ in range(3)], -1)
        zero = torch.zeros(3 * self.memory, device=self.device)
        gates = {"see": see, "see_bias": zero, "remember": remember, "remember_bias": zero.clone()}
        return {name: p.to(self.device) for name, p in gates.items()}

    def lasting(self, params: Params, steps: int, rng: torch.Generator) -> None:
        """Draw the bias of the gate that keeps, in place, so that a forgetting takes between one step and all of so many.

        Source: Tallec and Ollivier 2018, "Can recurrent neural networks warp time?", eq. 16 (chrono initialisation).
        """
        keep = (1 + torch.rand(self.memory, generator=rng, device=rng.device) * max(steps - 2, 0)).log()
        params["see_bias"][self.memory : 2 * self.memory] = keep.to(self.device)

    def blank(self, n: int) -> Float[Tensor, "n memory"]:
        """The memory at the start of an episode: zeros."""
        return torch.zeros(n, self.memory, device=self.device)

    def step(self, params: Params, memory: Memory, observation: Float[Tensor, "*task n obs"]) -> Memory:
        """h_t = GRU(h_{t-1}, s_t)."""
        return self.remember(params, memory, observation.to(params["see"].dtype) @ params["see"] + params["see_bias"].unsqueeze(-2))

    def remember(self, params: Params, memory: Memory, seen: Float[Tensor, "*task n gates"]) -> Memory:
        """One step, given what the observation contributes to the gates: r resets, z keeps, and the candidate is what is new."""
        seen_r, seen_z, seen_new = seen.chunk(3, -1)
        old_r, old_z, old_new = (memory @ params["remember"] + params["remember_bias"].unsqueeze(-2)).chunk(3, -1)
        r, z = torch.sigmoid(seen_r + old_r), torch.sigmoid(seen_z + old_z)
        candidate = torch.tanh(seen_new + r * old_new)
        return (1 - z) * candidate + z * memory

    def unroll(
        self, params: Params, memory: Float[Tensor, "n memory"], observation: Float[Tensor, "n time obs"], first: Bool[Tensor, "n time"]
    ) -> Float[Tensor, "n time memory"]:
        """The memory after each observation of a sequence; wiped before the `first` observation of an episode."""
        seen = observation.to(params["see"].dtype) @ params["see"] + params["see_bias"]  # for all steps at once: it needs no memory
        memories = []
        for now, afresh in zip(seen.unbind(1), first.unbind(1), strict=True):  # unbound at once: the gradient is then put together at once
            memory = self.remember(params, memory.masked_fill(afresh[:, None], 0), now)
            memories.append(memory)
        return torch.stack(memories, 1)


def stack(params: Params, n: int) -> Params:
    """The same parameters once a task: every tensor gains a leading axis of length `n` (a view, no copy)."""
    return {name: p.expand(n, *p.shape) for name, p in params.items()}


def detach(params: Params) -> Params:
    """The same numbers, cut off from the graph that computed them."""
    return {name: p.detach() for name, p in params.items()}
