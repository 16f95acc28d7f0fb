"""Probe nets of capstone 07b: so simple that one can say what they will do."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from dremeta_lite.exercises.comparing import show
from dremeta_lite.exercises.exercise import Wrong
from dremeta_lite.exercises.properties import turned_round
from dremeta_lite.networks import Params

SURE, CLOCK = 1000.0, 0.125


class WinStay:
    """Its memory has a score for each arm: up with every pull that paid, down with every other. It pulls the best one, nearly for sure.
    All scores rise a little with each step, so that one sees how many there were."""

    def blank(self, n: int) -> Tensor:
        return torch.zeros(n, 3)

    def step(self, params: Params, memory: Tensor, told: Tensor) -> Tensor:
        return memory + params["gain"] * (told[:, :3] * (2 * told[:, 3:] - 1) + CLOCK)

    def logits(self, params: Params, memory: Tensor) -> Tensor:
        return SURE * (memory + params["order"])


class Fair:
    """It does not care what it is told, but keeps it: all three arms are equally likely."""

    def __init__(self) -> None:
        self.told: list[Tensor] = []

    def blank(self, n: int) -> Tensor:
        return torch.zeros(n, 3)

    def step(self, params: Params, memory: Tensor, told: Tensor) -> Tensor:
        self.told.append(told)
        return memory + 0 * told[:, :3]

    def logits(self, params: Params, memory: Tensor) -> Tensor:
        return memory


def drawn(answer: Callable[..., Any]) -> None:
    """A property: arms and rewards are drawn, each with its chance, and the memory is told what was drawn."""
    of_all = torch.get_rng_state()
    _, arm, reward = answer(net := Fair(), {}, torch.full((600, 3), 0.25), 5, torch.Generator().manual_seed(1))
    parts = torch.bincount(arm.flatten(), minlength=3) / arm.numel()
    if not 0.28 < parts.min() <= parts.max() < 0.39:
        raise Wrong(f"The arm is to be drawn from softmax(logits): of three that are equally likely, yours pulled {show(parts)}.")
    paid = [reward[arm == k].float().mean() for k in range(3)]
    if not ((reward == 0) | (reward == 1)).all() or not 0.17 < min(paid) <= max(paid) < 0.33:
        raise Wrong("A pull pays 1 or 0, drawn with the chance of its arm: yours is not.")
    if any(not torch.equal(told[:, 3], reward[:, pull]) for pull, told in enumerate(net.told[1:5])):
        raise Wrong("The memory is told of something else than the reward that was drawn. It may hear what a pull pays, not its chance.")
    again = answer(Fair(), {}, torch.full((600, 3), 0.25), 5, torch.Generator().manual_seed(1))
    if not (torch.equal(again[1], arm) and torch.equal(again[2], reward)):
        raise Wrong("The same `rng` must bring the same trials again: both draws need `generator=rng`.")
    other = answer(Fair(), {}, torch.full((600, 3), 0.25), 5, torch.Generator().manual_seed(2))
    if torch.equal(other[1], arm) or torch.equal(other[2], reward):
        raise Wrong("Another `rng` must bring other trials: both draws need `generator=rng`, and none a generator of its own.")
    if not torch.equal(of_all, torch.get_rng_state()):
        raise Wrong("Your function draws from torch's own generator, or seeds it, which is everybody's: both draws need `generator=rng`.")
    same = arm[:, 1:] == arm[:, :-1]
    if not 0.28 < same.float().mean() < 0.39:
        raise Wrong("Each pull draws an arm of its own: yours pulls the one before too often or too seldom again.")
    if not 0.5 < (reward[:, 1:] == reward[:, :-1])[same].float().mean() < 0.75:
        raise Wrong("Each pull draws for itself what it pays: in your trials it depends on what the arm has paid before.")


def won_and_stayed(params: Params, chances: Tensor, pulls: int) -> tuple[Tensor, Tensor, Tensor]:
    """What `WinStay` does, trial by trial, where every chance is 0 or 1: logits, arms, rewards."""
    logits, arms = torch.zeros(len(chances), pulls, 3).to(chances), torch.zeros(len(chances), pulls, dtype=torch.long)
    for trial, sure in enumerate(chances):
        score = params["order"].clone()
        for pull in range(pulls):
            arms[trial, pull] = arm = int(score.argmax())
            score += CLOCK * params["gain"][0]
            logits[trial, pull] = SURE * score
            score[arm] += params["gain"][0] * (2 * sure[arm] - 1)
    return logits, arms, chances.gather(1, arms)


SEEN = torch.tensor([[[0.5, -1.0, 0.3], [1.2, 0.4, -0.7]], [[-0.2, 0.9, 1.1], [0.8, -1.5, 0.6]], [[1.4, 0.1, -0.9], [-0.6, 0.7, 0.2]]])
ARM, PAID = torch.tensor([[0, 2], [1, 1], [2, 0]]), torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


def replay(params: Params) -> tuple[Tensor, Tensor, Tensor]:
    """Three trials of two pulls in which chance always does the same, whatever the parameters: logits, arms, rewards."""
    return params["weight"] * SEEN.to(params["weight"]) + params["bias"], ARM, PAID.to(params["weight"])


turned = turned_round(replay)
