"""Policies as functions of their parameters: π(action | observation; θ) with θ in plain sight.

A policy is a network of `networks.py` whose outputs make a distribution of actions. Every function takes the parameters as an argument,
and runs stacked copies of them at once: `observation` [n, in] with one policy, [task, n, in] with one a task.
"""

import math
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import one_hot

from dremeta_lite.networks import GRU, MLP, Params, detach

LOWEST_LOG_STD = -3.0
Observations = Float[Tensor, "*task n obs"]
Vectors = Float[Tensor, "*task n action"]  # actions of real numbers
Choices = Int[Tensor, "*task n"]  # actions that are a choice
Numbers = Float[Tensor, "*task n"]
Logits = Float[Tensor, "*task n actions"]


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

    def log_prob_and_entropy(self, params: Params, observation: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        """Both, from one pass through the network."""
        ...


@runtime_checkable
class BatchPolicy(Policy, Protocol):
    """What learners over tasks ask besides: whole crowds act at once, on noise that was drawn beforehand."""

    def noise(self, shape: tuple[int, ...], rng: torch.Generator) -> Tensor:
        """All that is random about so many actions: [*shape, numbers an action]."""
        ...

    def actor(self, params: Params, z: Tensor) -> Callable[[Tensor], Tensor]:
        """Acts with these parameters, step after step and without gradients: from an observation [task, n, …] to the action that the noise
        z [time, task, n, …] of this step makes of it. With z = 0 it is the most likely one."""
        ...

    def log_prob_of_act(self, params: Params, observation: Tensor, action: Tensor, z: Tensor) -> Tensor:
        """log π of whole trajectories of actions made by an `actor`: [task, trajectory, time]."""
        ...

    def spread(self, params: Params, observation: Tensor) -> dict[str, float]:
        """How much the policy explores, as a named number."""
        ...


class GaussianMLP(MLP):
    """π(a | s; θ) = N(mean(s), std²): a multilayer perceptron with tanh gives the mean; one learned number an action gives log std.

    Args:
        log_std: the logarithm of the standard deviation at the start, in action units; it is kept above -3 (std 0.05).
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

    def mean(self, params: Params, observation: Observations) -> Vectors:
        """The mean action."""
        return self.forward(params, observation)

    def std(self, params: Params) -> Float[Tensor, "*task 1 action"]:
        """The standard deviation of each action, with an axis that broadcasts over observations."""
        return params["log_std"].clamp(min=LOWEST_LOG_STD).exp().unsqueeze(-2)

    def sample(self, params: Params, observation: Observations, rng: torch.Generator) -> tuple[Vectors, Numbers]:
        """a = mean + std · z with z ~ N(0, 1), and its log π."""
        mean, std = self.mean(params, observation), self.std(params)
        z = torch.randn(mean.shape, generator=rng, device=rng.device).to(mean)
        return mean + std * z, gaussian_log_prob(z, std)

    def greedy(self, params: Params, observation: Observations) -> Vectors:
        """The most likely action is the mean."""
        return self.mean(params, observation)

    def log_prob(self, params: Params, observation: Observations, action: Vectors) -> Numbers:
        """log π(a | s; θ), the logarithm of the normal density, summed over the action's coordinates."""
        std = self.std(params)
        return gaussian_log_prob((action - self.mean(params, observation)) / std, std)

    def entropy(self, params: Params, observation: Observations) -> Numbers:
        """Σ log std + ½ log(2πe) over the action's coordinates: the same in every state."""
        each = self.std(params).log() + 0.5 * math.log(2 * math.pi * math.e)
        return each.sum(-1).expand(observation.shape[:-1])

    def log_prob_and_entropy(self, params: Params, observation: Observations, action: Vectors) -> tuple[Numbers, Numbers]:
        """Both, from one pass through the network."""
        return self.log_prob(params, observation, action), self.entropy(params, observation)

    def noise(self, shape: tuple[int, ...], rng: torch.Generator) -> Float[Tensor, "*n action"]:
        """z ~ N(0, 1): all that is random about so many actions."""
        return torch.randn((*shape, self.action_size), generator=rng, device=rng.device)

    def actor(self, params: Params, z: Float[Tensor, "time *task n action"]) -> Callable[[Observations], Vectors]:
        """a = mean + std · z"""
        mean, each = self.fixed(params), iter(self.std(params).detach() * z)
        return lambda observation: mean(observation).add_(next(each))

    def log_prob_of_act(
        self,
        params: Params,
        observation: Float[Tensor, "task n time obs"],
        action: Float[Tensor, "task n time action"],
        z: Float[Tensor, "task n time action"],
    ) -> Float[Tensor, "task n time"]:
        """log π of actions made by an `actor`: z is enough to know it, and no network is run."""
        return (-0.5 * z**2 - 0.5 * math.log(2 * math.pi)).sum(-1) - self.std(params).log().sum(-1, keepdim=True)

    def spread(self, params: Params, observation: Observations) -> dict[str, float]:
        """How much the policy explores, as a named number."""
        return {"std": self.std(params).mean().item()}


def gaussian_log_prob(z: Vectors, std: Float[Tensor, "*#task 1 action"]) -> Numbers:
    """log of the normal density at mean + std · z."""
    return (-0.5 * z**2 - std.log() - 0.5 * math.log(2 * math.pi)).sum(-1)


class CategoricalMLP(MLP):
    """π(a | s; θ) = softmax(logits(s))_a for a choice among `actions` actions: a multilayer perceptron gives one logit an action."""

    def __init__(self, observation_size: int, actions: int, hidden: Sequence[int] = (32, 32), device: torch.device | str = "cpu") -> None:
        super().__init__([observation_size, *hidden, actions], last_gain=0.01, device=device)  # the first choices are near equal

    def logits(self, params: Params, observation: Observations) -> Logits:
        """One number an action; a softmax makes probabilities of them."""
        return self.forward(params, observation)

    def sample(self, params: Params, observation: Observations, rng: torch.Generator) -> tuple[Choices, Numbers]:
        """A random action of each distribution, and its log π."""
        return draw(self.logits(params, observation), rng)

    def greedy(self, params: Params, observation: Observations) -> Choices:
        """The most likely action."""
        return self.logits(params, observation).argmax(-1)

    def probabilities(self, params: Params, observation: Observations, greedy: bool = False) -> Logits:
        """π(· | s; θ); if greedy, 1 for the most likely action and 0 for the others."""
        logits = self.logits(params, observation)
        return one_hot(logits.argmax(-1), logits.shape[-1]).to(logits) if greedy else logits.softmax(-1)

    def log_prob(self, params: Params, observation: Observations, action: Choices) -> Numbers:
        """log π(a | s; θ)."""
        return log_softmax_at(self.logits(params, observation), action)

    def entropy(self, params: Params, observation: Observations) -> Numbers:
        """-Σ_a π(a|s) log π(a|s): from 0 (sure) to log of the number of actions (undecided)."""
        return categorical_entropy(self.logits(params, observation))

    def log_prob_and_entropy(self, params: Params, observation: Observations, action: Choices) -> tuple[Numbers, Numbers]:
        """Both, from one pass through the network."""
        logits = self.logits(params, observation)
        return log_softmax_at(logits, action), categorical_entropy(logits)

    def noise(self, shape: tuple[int, ...], rng: torch.Generator) -> Float[Tensor, "*n actions"]:
        """Gumbel noise, -log(-log u) with u uniform: all that is random about so many actions."""
        u = torch.rand((*shape, self.sizes[-1]), generator=rng, device=rng.device).clamp(min=1e-12)
        return -(-u.log()).clamp(min=1e-12).log()  # u may be rounded to 1, too

    def actor(self, params: Params, z: Float[Tensor, "time *task n actions"]) -> Callable[[Observations], Choices]:
        """The action whose logit plus noise is largest: it has the probabilities softmax(logits). Source: Gumbel 1954, "Gumbel-max"."""
        logits, each = self.fixed(params), iter(z)
        return lambda observation: logits(observation).add_(next(each)).argmax(-1)

    def log_prob_of_act(
        self,
        params: Params,
        observation: Float[Tensor, "task n time obs"],
        action: Int[Tensor, "task n time"],
        z: Float[Tensor, "task n time actions"],
    ) -> Float[Tensor, "task n time"]:
        """log π of actions made by an `actor`."""
        return self.log_prob(params, observation.flatten(1, 2), action.flatten(1, 2)).unflatten(1, action.shape[1:])

    def spread(self, params: Params, observation: Observations) -> dict[str, float]:
        """How much the policy explores, as a named number."""
        return {"entropy": self.entropy(params, observation).mean().item()}


class CategoricalCNN(CategoricalMLP):
    """A `CategoricalMLP` for pictures: before it, a convolution looks at every other place with its neighbours (3 × 3, stride 2); ReLU.

    `conv2d` knows no task axis. So the windows are cut out first, which takes no parameters; then the convolution is one product of
    matrices a task, like any layer. With 16 tasks on one thread that was 1.3 times as fast as `vmap` of `conv2d`, forwards and backwards.

    Args:
        shape: channels, rows and columns of a picture; observations come laid flat.
        features: how many each place has.
    """

    GAIN = 4.0
    """Of the convolution's first weights: nearly all pixels are 0, so what it makes of the others would be faint."""

    def __init__(
        self, shape: Sequence[int], actions: int, hidden: Sequence[int] = (64,), device: torch.device | str = "cpu", features: int = 16
    ) -> None:
        self.shape, self.places = tuple(shape), -(-shape[1] // 2) * -(-shape[2] // 2)
        super().__init__(self.places * features, actions, hidden, device)
        self.convolution = MLP([9 * shape[0], features], self.GAIN, device, prefix="window_")
        self.activation = torch.relu

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters: those of the convolution, and of the perceptron."""
        return self.convolution.init(rng) | super().init(rng)

    def seen(self, params: Params, picture: Observations) -> Float[Tensor, "*task n features"]:
        """What the convolution makes of pictures."""
        framed = torch.nn.functional.pad(picture.unflatten(-1, self.shape), (1, 1, 1, 1))
        windows = framed.unfold(-2, 3, 2).unfold(-2, 3, 2).movedim(-5, -3).flatten(-3).flatten(-4, -2)  # [*task, n · place, numbers]
        return self.convolution.forward(params, windows).relu().unflatten(-2, (-1, self.places)).flatten(-2)

    def forward(self, params: Params, x: Observations) -> Logits:
        return super().forward(params, self.seen(params, x))

    def fixed(self, params: Params) -> Callable[[Tensor], Tensor]:
        perceptron, params = super().fixed(params), detach(params)
        return lambda x: perceptron(self.seen(params, x))


def draw(logits: Float[Tensor, "*n actions"], rng: torch.Generator) -> tuple[Int[Tensor, "*n"], Float[Tensor, "*n"]]:
    """A random action a ~ softmax(logits) and its log-probability: the first action at which the summed probabilities pass a uniform u."""
    u = torch.rand((*logits.shape[:-1], 1), generator=rng, device=rng.device).to(logits)
    passed = logits.softmax(-1).cumsum(-1) <= u
    action = passed.sum(-1).clamp(max=logits.shape[-1] - 1)  # rounding may leave the last sum below u
    return action, log_softmax_at(logits, action)


def draw_option(chance: Float[Tensor, "*n options"] | Bool[Tensor, "*n options"], rng: torch.Generator) -> Int[Tensor, "*n"]:
    """One of the options in each row, with chances in proportion to these numbers; of True and False, one that is True."""
    weights = (chance if chance.is_floating_point() else chance.float()).to(rng.device).reshape(-1, chance.shape[-1])
    drawn = torch.multinomial(weights, 1, generator=rng)
    return drawn.to(chance.device).view(chance.shape[:-1])


def log_softmax_at(logits: Float[Tensor, "*n actions"], action: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """log softmax(logits)_a."""
    return logits.log_softmax(-1).gather(-1, action[..., None]).squeeze(-1)


def categorical_entropy(logits: Float[Tensor, "*n actions"]) -> Float[Tensor, "*n"]:
    """-Σ_a p_a log p_a with p = softmax(logits)."""
    log_p = logits.log_softmax(-1)
    return -(log_p.exp() * log_p).sum(-1)


class GRUPolicy(GRU):
    """A policy with a memory: π(a | h_t; θ) where h_t = GRU(h_{t-1}, s_t) sums up all observations so far. For a choice among `actions`."""

    def __init__(self, observation_size: int, actions: int, memory: int = 32, device: torch.device | str = "cpu") -> None:
        super().__init__(observation_size, memory, device)
        self.head = MLP([memory, actions], last_gain=0.01, device=device, prefix="head_")

    def init(self, rng: torch.Generator) -> Params:
        """Fresh parameters: those of the memory, and of the layer that makes logits of it."""
        return super().init(rng) | self.head.init(rng)

    def logits(self, params: Params, memory: Float[Tensor, "*task n memory"]) -> Logits:
        """One number an action, from the memory h_t."""
        return self.head.forward(params, memory)
