"""Policies as functions of their parameters: π(action | observation; θ) with θ in plain sight.

Parameters are a flat dict of tensors. Every function takes them as an argument, because meta-learning needs many copies of one
policy: the meta-parameters θ and, for each task, adapted parameters φ. Copies are stacked along a leading task axis, and the same code
then runs all of them at once: `weight` [in, out] or [task, in, out], `observation` [n, in] or [task, n, in].
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

Params = dict[str, Tensor]

LOWEST_LOG_STD = -3.0


@runtime_checkable
class Policy(Protocol):
    """What learners of one task ask of a policy. `*task n` are the axes of a batch of observations; a discrete action is a whole number."""

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters."""
        ...

    def sample(self, params: Params, observation: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """An action a ~ π(· | s; θ) for each observation, and its log π(a | s; θ)."""
        ...

    def greedy(self, params: Params, observation: Tensor) -> Tensor:
        """The most likely action."""
        ...

    def log_prob(self, params: Params, observation: Tensor, action: Tensor) -> Tensor:
        """log π(a | s; θ)."""
        ...

    def entropy(self, params: Params, observation: Tensor) -> Tensor:
        """-E[log π(a | s; θ)]: how undecided the policy is."""
        ...


@runtime_checkable
class BatchPolicy(Policy, Protocol):
    """What learners over tasks ask besides: whole crowds act at once, on noise that was drawn beforehand."""

    def noise(self, shape: tuple[int, ...], rng: torch.Generator) -> Tensor:
        """All that is random about so many actions: [*shape, numbers an action]."""
        ...

    def act(self, params: Params, observation: Tensor, z: Tensor) -> Tensor:
        """The action that the noise z makes of an observation; with z = 0 the most likely one."""
        ...

    def log_prob_of_act(self, params: Params, observation: Tensor, action: Tensor, z: Tensor) -> Tensor:
        """log π of whole trajectories of actions made by `act`: [task, trajectory, time]."""
        ...

    def spread(self, params: Params, observation: Tensor) -> dict[str, float]:
        """How much the policy explores, as a named number."""
        ...


class MLP:
    """A multilayer perceptron, as a function of its parameters.

    Args:
        sizes: widths, from the input to the output.
        last_gain: the gain of the last layer's first weights.
        activation: what stands between two layers.
        device: where parameters are made.
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
        """The network's output."""
        for weight, bias in self.layers[:-1]:
            x = self.activation(x @ params[weight] + params[bias].unsqueeze(-2))
        weight, bias = self.layers[-1]
        return x @ params[weight] + params[bias].unsqueeze(-2)


def orthogonal(fan_in: int, fan_out: int, gain: float, rng: torch.Generator) -> Float[Tensor, "fan_in fan_out"]:
    """A random matrix all of whose singular values are `gain`: signals neither fade nor explode on their way through."""
    return torch.nn.init.orthogonal_(torch.empty(fan_in, fan_out, device=rng.device), gain=gain, generator=rng)


class GaussianMLP(MLP):
    """π(a | s; θ) = N(mean(s), std²): a multilayer perceptron with tanh gives the mean; one learned number an action gives log std.

    Args:
        observation_size, action_size: widths of the first and last layer.
        hidden: widths of the hidden layers.
        log_std: the logarithm of the standard deviation at the start, in action units; it is kept above -3 (std 0.05).
        device: where parameters are made.
    """

    def __init__(
        self,
        observation_size: int,
        action_size: int,
        hidden: Sequence[int] = (32, 32),
        log_std: float = -0.5,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__([observation_size, *hidden, action_size], last_gain=0.01, device=device)  # the first mean is near 0
        self.log_std, self.action_size = float(log_std), action_size

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters: those of the perceptron, and log_std."""
        return super().init(rng) | {"log_std": torch.full((self.action_size,), self.log_std, device=self.device)}

    def mean(self, params: Params, observation: Float[Tensor, "*task n obs"]) -> Float[Tensor, "*task n action"]:
        """The mean action."""
        return self.forward(params, observation)

    def std(self, params: Params) -> Float[Tensor, "*task 1 action"]:
        """The standard deviation of each action, with an axis that broadcasts over observations."""
        return params["log_std"].clamp(min=LOWEST_LOG_STD).exp().unsqueeze(-2)

    def sample(
        self, params: Params, observation: Float[Tensor, "*task n obs"], rng: torch.Generator
    ) -> tuple[Float[Tensor, "*task n action"], Float[Tensor, "*task n"]]:
        """a = mean + std · z with z ~ N(0, 1), and its log π."""
        mean, std = self.mean(params, observation), self.std(params)
        z = torch.randn(mean.shape, generator=rng, device=rng.device).to(mean)
        return mean + std * z, gaussian_log_prob(z, std)

    def greedy(self, params: Params, observation: Float[Tensor, "*task n obs"]) -> Float[Tensor, "*task n action"]:
        """The most likely action is the mean."""
        return self.mean(params, observation)

    def log_prob(
        self, params: Params, observation: Float[Tensor, "*task n obs"], action: Float[Tensor, "*task n action"]
    ) -> Float[Tensor, "*task n"]:
        """log π(a | s; θ), the logarithm of the normal density, summed over the action's coordinates."""
        std = self.std(params)
        return gaussian_log_prob((action - self.mean(params, observation)) / std, std)

    def entropy(self, params: Params, observation: Float[Tensor, "*task n obs"]) -> Float[Tensor, "*task n"]:
        """Σ log std + ½ log(2πe) over the action's coordinates: the same in every state."""
        each = self.std(params).log() + 0.5 * math.log(2 * math.pi * math.e)
        return each.sum(-1).expand(observation.shape[:-1])

    def noise(self, shape: tuple[int, ...], rng: torch.Generator) -> Float[Tensor, "*n action"]:
        """z ~ N(0, 1): all that is random about so many actions."""
        return torch.randn((*shape, self.action_size), generator=rng, device=rng.device)

    def act(
        self, params: Params, observation: Float[Tensor, "*task n obs"], z: Float[Tensor, "*task n action"]
    ) -> Float[Tensor, "*task n action"]:
        """a = mean + std · z"""
        return self.mean(params, observation) + self.std(params) * z

    def log_prob_of_act(
        self,
        params: Params,
        observation: Float[Tensor, "task n time obs"],
        action: Float[Tensor, "task n time action"],
        z: Float[Tensor, "task n time action"],
    ) -> Float[Tensor, "task n time"]:
        """log π of actions made by `act`: z is enough to know it, and no network is run."""
        return (-0.5 * z**2 - 0.5 * math.log(2 * math.pi)).sum(-1) - self.std(params).log().sum(-1, keepdim=True)

    def spread(self, params: Params, observation: Float[Tensor, "*task n obs"]) -> dict[str, float]:
        """How much the policy explores, as a named number."""
        return {"std": self.std(params).mean().item()}


def gaussian_log_prob(z: Float[Tensor, "*task n action"], std: Float[Tensor, "*#task 1 action"]) -> Float[Tensor, "*task n"]:
    """log of the normal density at mean + std · z."""
    return (-0.5 * z**2 - std.log() - 0.5 * math.log(2 * math.pi)).sum(-1)


class CategoricalMLP(MLP):
    """π(a | s; θ) = softmax(logits(s))_a for a choice among `actions` actions: a multilayer perceptron gives one logit an action.

    Args:
        observation_size, actions: widths of the first and last layer.
        hidden: widths of the hidden layers.
        device: where parameters are made.
    """

    def __init__(self, observation_size: int, actions: int, hidden: Sequence[int] = (32, 32), device: torch.device | str = "cpu") -> None:
        super().__init__([observation_size, *hidden, actions], last_gain=0.01, device=device)  # the first choices are near equal

    def logits(self, params: Params, observation: Float[Tensor, "*task n obs"]) -> Float[Tensor, "*task n actions"]:
        """One number an action; a softmax makes probabilities of them."""
        return self.forward(params, observation)

    def sample(
        self, params: Params, observation: Float[Tensor, "*task n obs"], rng: torch.Generator
    ) -> tuple[Int[Tensor, "*task n"], Float[Tensor, "*task n"]]:
        """A random action of each distribution, and its log π."""
        return draw(self.logits(params, observation), rng)

    def greedy(self, params: Params, observation: Float[Tensor, "*task n obs"]) -> Int[Tensor, "*task n"]:
        """The most likely action."""
        return self.logits(params, observation).argmax(-1)

    def log_prob(
        self, params: Params, observation: Float[Tensor, "*task n obs"], action: Int[Tensor, "*task n"]
    ) -> Float[Tensor, "*task n"]:
        """log π(a | s; θ)."""
        return log_softmax_at(self.logits(params, observation), action)

    def entropy(self, params: Params, observation: Float[Tensor, "*task n obs"]) -> Float[Tensor, "*task n"]:
        """-Σ_a π(a|s) log π(a|s): from 0 (sure) to log of the number of actions (undecided)."""
        return categorical_entropy(self.logits(params, observation))

    def noise(self, shape: tuple[int, ...], rng: torch.Generator) -> Float[Tensor, "*n actions"]:
        """Gumbel noise, -log(-log u) with u uniform: all that is random about so many actions."""
        u = torch.rand((*shape, self.sizes[-1]), generator=rng, device=rng.device).clamp(min=1e-12)
        return -(-u.log()).clamp(min=1e-12).log()  # u may be rounded to 1, too

    def act(self, params: Params, observation: Float[Tensor, "*task n obs"], z: Float[Tensor, "*task n actions"]) -> Int[Tensor, "*task n"]:
        """The action whose logit plus noise is largest: it has the probabilities softmax(logits). Source: Gumbel 1954, "Gumbel-max"."""
        return (self.logits(params, observation) + z).argmax(-1)

    def log_prob_of_act(
        self,
        params: Params,
        observation: Float[Tensor, "task n time obs"],
        action: Int[Tensor, "task n time"],
        z: Float[Tensor, "task n time actions"],
    ) -> Float[Tensor, "task n time"]:
        """log π of actions made by `act`."""
        return self.log_prob(params, observation.flatten(1, 2), action.flatten(1, 2)).unflatten(1, action.shape[1:])

    def spread(self, params: Params, observation: Float[Tensor, "*task n obs"]) -> dict[str, float]:
        """How much the policy explores, as a named number."""
        return {"entropy": self.entropy(params, observation).mean().item()}


def draw(logits: Float[Tensor, "*n actions"], rng: torch.Generator) -> tuple[Int[Tensor, "*n"], Float[Tensor, "*n"]]:
    """A random action a ~ softmax(logits) and its log-probability: the first action at which the summed probabilities pass a uniform u."""
    u = torch.rand((*logits.shape[:-1], 1), generator=rng, device=rng.device).to(logits)
    passed = logits.softmax(-1).cumsum(-1) <= u
    action = passed.sum(-1).clamp(max=logits.shape[-1] - 1)  # rounding may leave the last sum below u
    return action, log_softmax_at(logits, action)


def log_softmax_at(logits: Float[Tensor, "*n actions"], action: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """log softmax(logits)_a."""
    return logits.log_softmax(-1).gather(-1, action[..., None]).squeeze(-1)


def categorical_entropy(logits: Float[Tensor, "*n actions"]) -> Float[Tensor, "*n"]:
    """-Σ_a p_a log p_a with p = softmax(logits)."""
    log_p = logits.log_softmax(-1)
    return -(log_p.exp() * log_p).sum(-1)


class GRUPolicy:
    """A policy with a memory: π(a | h_t; θ) where h_t = GRU(h_{t-1}, s_t) sums up all observations so far. For a choice among `actions`.

    Args:
        observation_size, actions: how many numbers are seen, and how many actions there are.
        memory: how many numbers are remembered.
        device: where parameters are made.

    Source: Cho et al. 2014, "Learning phrase representations using RNN encoder–decoder", eq. 5 to 8, but with r applied after the
    weights, as in `torch.nn.GRU`.
    """

    def __init__(self, observation_size: int, actions: int, memory: int = 32, device: torch.device | str = "cpu") -> None:
        self.observation_size, self.actions, self.memory, self.device = observation_size, actions, memory, torch.device(device)
        self.head = MLP([memory, actions], last_gain=0.01, device=device, prefix="head_")

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters: orthogonal weights for each of the three gates, zero biases."""
        see = torch.cat([orthogonal(self.observation_size, self.memory, 1.0, rng) for _ in range(3)], -1)
        remember = torch.cat([orthogonal(self.memory, self.memory, 1.0, rng) for _ in range(3)], -1)
        zero = torch.zeros(3 * self.memory, device=self.device)
        gates = {"see": see, "see_bias": zero, "remember": remember, "remember_bias": zero.clone()}
        return {name: p.to(self.device) for name, p in gates.items()} | self.head.init(rng)

    def blank(self, n: int) -> Float[Tensor, "n memory"]:
        """The memory at the start of an episode: zeros."""
        return torch.zeros(n, self.memory, device=self.device)

    def step(
        self, params: Params, memory: Float[Tensor, "*task n memory"], observation: Float[Tensor, "*task n obs"]
    ) -> Float[Tensor, "*task n memory"]:
        """h_t = GRU(h_{t-1}, s_t)."""
        return self.remember(params, memory, observation @ params["see"] + params["see_bias"].unsqueeze(-2))

    def remember(
        self, params: Params, memory: Float[Tensor, "*task n memory"], seen: Float[Tensor, "*task n gates"]
    ) -> Float[Tensor, "*task n memory"]:
        """One step, given what the observation contributes to the gates: r resets, z keeps, and the candidate is what is new."""
        seen_r, seen_z, seen_new = seen.chunk(3, -1)
        old_r, old_z, old_new = (memory @ params["remember"] + params["remember_bias"].unsqueeze(-2)).chunk(3, -1)
        r, z = torch.sigmoid(seen_r + old_r), torch.sigmoid(seen_z + old_z)
        candidate = torch.tanh(seen_new + r * old_new)
        return (1 - z) * candidate + z * memory

    def unroll(
        self,
        params: Params,
        memory: Float[Tensor, "n memory"],
        observation: Float[Tensor, "n time obs"],
        first: Bool[Tensor, "n time"],
    ) -> Float[Tensor, "n time memory"]:
        """The memory after each observation of a sequence; wiped before the `first` observation of an episode."""
        seen = observation @ params["see"] + params["see_bias"]  # for all steps at once: it needs no memory
        memories = []
        for t in range(observation.shape[1]):
            memory = self.remember(params, memory.masked_fill(first[:, t, None], 0), seen[:, t])
            memories.append(memory)
        return torch.stack(memories, 1)

    def logits(self, params: Params, memory: Float[Tensor, "*task n memory"]) -> Float[Tensor, "*task n actions"]:
        """One number an action, from the memory h_t."""
        return self.head.forward(params, memory)


class CNN:
    """A small convolutional network for images: 3×3 convolutions that keep the size, then a multilayer perceptron; ReLU throughout.

    Every pixel is looked at with its neighbours, by the same weights everywhere; the perceptron then sees all places at once. There is no
    pooling: where things are is all that matters on a map.

    Args:
        shape: channels, rows and columns of an image.
        outputs: how many numbers come out.
        channels: how many features each convolution makes.
        hidden: widths of the perceptron's hidden layers.
        device: where parameters are made.
    """

    def __init__(
        self,
        shape: Sequence[int],
        outputs: int,
        channels: Sequence[int] = (16, 32),
        hidden: Sequence[int] = (64,),
        device: torch.device | str = "cpu",
    ) -> None:
        self.channels, self.device = [shape[0], *channels], torch.device(device)
        flat = self.channels[-1] * shape[1] * shape[2]
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
        x = image
        for i in range(len(self.channels) - 1):
            x = torch.relu(torch.nn.functional.conv2d(x, params[f"kernel{i}"], params[f"shift{i}"], padding=1))
        return self.head.forward(params, x.flatten(-3))


def stack(params: Params, n: int) -> Params:
    """The same parameters once a task: every tensor gains a leading axis of length `n` (a view, no copy)."""
    return {name: p.expand(n, *p.shape) for name, p in params.items()}


def detach(params: Params) -> Params:
    """The same numbers, cut off from the graph that computed them."""
    return {name: p.detach() for name, p in params.items()}
