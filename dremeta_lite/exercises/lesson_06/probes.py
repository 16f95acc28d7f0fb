"""Probe worlds of capstone 06c: so small that everything that must come out of them is known."""

import math
from typing import Any

import torch
from torch import Tensor

from dremeta_lite.episodes import Episodes, Step
from dremeta_lite.exercises.properties import central_differences
from dremeta_lite.inner.policy_gradient import Experience, surrogate
from dremeta_lite.networks import Params
from dremeta_lite.policies import GaussianMLP
from dremeta_lite.rollout import Trajectories


class Counting(Episodes):
    """Episodes that count their steps: what is seen is how many there were, the reward is the action and 100 for each step so far.

    Args:
        last: after how many steps each episode ends [task, trajectory].
        cut: which of them are cut off there, and do not terminate.
    """

    def __init__(self, last: Tensor, cut: Tensor) -> None:
        self.cut, self.last, self.shape, self.device = cut, last, tuple(last.shape), last.device

    @property
    def observation(self) -> Tensor:
        return self.count[..., None]

    def reset(self) -> None:
        self.count = torch.zeros_like(self.last)

    def step(self, action: Tensor) -> Step:
        self.count = self.count + 1
        ended = (self.count == self.last) | (self.count == self.last + 2)  # it would end again, if it went on
        every = torch.ones_like(ended)
        return Step(action[..., 0] + 100 * self.count, ended & ~self.cut, ended & self.cut, self.observation, every)

    def restart(self, ended: Tensor) -> None:
        self.count = self.count.masked_fill(ended, 0)


class Naming:
    """A policy whose every action says what it was made of: 10 · observation + the gain of its task, and a little noise, the same for all;
    log π = -observation - 1."""

    def sample(self, params: Params, observation: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        return 10 * observation + params["gain"].reshape(-1, 1, 1) + noise(rng).to(observation), -observation[..., 0] - 1


def noise(rng: torch.Generator) -> Tensor:
    """What `Naming` draws in a step."""
    return torch.rand((), generator=rng, dtype=torch.float64)


LINEAR = GaussianMLP(2, 2, hidden=())
"""A policy without hidden layers: a ~ N(weight · s + bias, std²). What surrogates make of it has a closed form."""


def start() -> Params:
    """Parameters for it."""
    return {"weight0": torch.tensor([[0.4, -0.3], [1.1, 0.6]]), "bias0": torch.tensor([-0.7, 0.5]), "log_std": torch.tensor([-0.2, 0.1])}


def double(x: Any) -> Any:
    """Experience, or parameters, in double precision."""
    return {name: p.double() for name, p in x.items()} if isinstance(x, dict) else Experience(*(each.double() for each in x))


def experience(seed: int, theta: Params, tasks: int | None = None, n: int = 6) -> Experience:
    """What was seen with θ, made up: the numbers need not come from any world."""
    draw, front = torch.Generator().manual_seed(seed), (n,) if tasks is None else (tasks, n)
    some = lambda *last: torch.randn(*front, *last, generator=draw, dtype=torch.float64)
    observation, advantage, weight, precise = some(2), some(), torch.softmax(some(), -1), double(theta)
    action = LINEAR.mean(precise, observation) + some(2)
    log_prob = LINEAR.log_prob(precise, observation, action)
    return Experience(*(x.to(theta["bias0"].dtype) for x in (observation, action, log_prob, advantage, weight)))


def stepped(theta: Params, e: Experience, alpha: float) -> Params:
    """θ + α times the gradient of the surrogate in ONE task, by hand."""
    std = theta["log_std"].exp()
    z = (e.action - e.observation @ theta["weight0"] - theta["bias0"]) / std
    ratio = (-0.5 * z.square() - std.log() - 0.5 * math.log(2 * math.pi)).sum(-1).sub(e.log_prob).exp()
    pull = (ratio * e.advantage * e.weight)[:, None]
    slopes = {"weight0": e.observation.mT @ (pull * z / std), "bias0": (pull * z / std).sum(0), "log_std": (pull * (z.square() - 1)).sum(0)}
    return {name: p + alpha * slopes[name] for name, p in theta.items()}


def stepped_in_each(theta: Params, support: Experience, alpha: float) -> Params:
    """φ of each task, stacked."""
    phi = [stepped(theta, Experience(*(x[i] for x in support)), alpha) for i in range(len(support.weight))]
    return {name: torch.stack([p[name] for p in phi]) for name in theta}


def slopes(theta: Params, support: Experience, query: Experience, alpha: float) -> Params:
    """The meta-gradient by central differences."""
    support, query = double(support), double(query)

    def after(theta: Params) -> Tensor:
        return surrogate(LINEAR, stepped_in_each(theta, support, alpha), query).mean()

    return central_differences(after, theta)


def play(params: Params, tasks: Tensor) -> Trajectories:
    """Eight episodes of two steps of the `LINEAR` policy in each task, always with the same noise. Reward: -(a₀ + 2 a₁ - task)²."""
    draw, shape = torch.Generator().manual_seed(0), (len(tasks), 8, 2)
    observation, z = (torch.randn(*shape, n, generator=draw, dtype=torch.float64).to(tasks) for n in (2, 2))
    action = LINEAR.mean(params, observation.flatten(1, 2)) + LINEAR.std(params) * z.flatten(1, 2)
    log_prob = LINEAR.log_prob(params, observation.flatten(1, 2), action)
    action, live = action.view_as(z), torch.ones(shape, dtype=tasks.dtype)
    reward = -(action[..., 0] + 2 * action[..., 1] - tasks[:, None, None]).square()
    return Trajectories(observation, action, log_prob.view(shape), reward, live < 0, live)
