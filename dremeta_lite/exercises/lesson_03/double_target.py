"""Exercise 03.double_target: the double-DQN target."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def column(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * target_next.gather(1, online_next.argmax(1, keepdim=True)) * ~terminated


def double_target(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    chosen = online_next.argmax(1, keepdim=True)
    worth = target_next.gather(1, chosen).squeeze(1)
    return reward + gamma * worth * (~terminated)


def plain_target(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * target_next.amax(1) * ~terminated


def no_target_network(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * online_next.amax(1) * ~terminated


def roles_swapped(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    return double_target(reward, target_next, online_next, terminated, gamma)


def the_smaller_one(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * torch.minimum(online_next.amax(1), target_next.amax(1)) * ~terminated


def mask_forgotten(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    return double_target(reward, online_next, target_next, torch.zeros_like(terminated), gamma)


def double_cases() -> Iterator[Case]:
    online = torch.tensor([[10.0, 60.0, 20.0, 0.0], [9.2, 3.0, 9.3, 9.4], [-5.0, -6.0, -4.8, -4.9]])
    target = torch.tensor([[80.0, 30.2, 50.0, 9.0], [2.0, 7.0, 3.0, 1.0], [4.0, 6.0, -2.0, 1.0]])
    reward = torch.tensor([1.0, -2.0, 0.5])
    no, last = torch.tensor([False, False, False]), torch.tensor([True, False, False])
    yield Case("three steps, γ = 0.5", (reward, online, target, no, 0.5), expected=torch.tensor([16.1, -1.5, -0.5]))
    yield Case("the first one terminates, γ = 0.9", (reward, online, target, last, 0.9), expected=torch.tensor([1.0, -1.1, -1.3]))


EXERCISE = Exercise(
    id="03.double_target",
    title="the double-DQN target",
    minutes=8,
    stars=3,
    reference=double_target,
    cases=double_cases,
    mistakes=(
        Mistake(plain_target, "The target network chooses *and* judges here: that is plain DQN. Let the online network choose."),
        Mistake(no_target_network, "The target network takes no part. It has to say what the chosen action is worth."),
        Mistake(roles_swapped, "The roles are swapped: the online network chooses, the target network says what that is worth."),
        Mistake(
            the_smaller_one,
            "That is the smaller of two maxima (a trick of a later algorithm). Here one network chooses, the other judges.",
        ),
        Mistake(column, "`gather` gives a column [n, 1], and with a row [n] it spreads to a square. Take the axis away: `squeeze(1)`."),
        Mistake(mask_forgotten, "The step that terminates has no future: mask it."),
    ),
    hints=(
        "Two questions: which action is best, and what is it worth? Who answers which?",
        "`argmax(1, keepdim=True)` of the one, then `gather(1, chosen)` from the other, then `squeeze(1)`.",
        "chosen ← argmax of online_next;  worth ← target_next at chosen;  return reward + γ · worth · (not terminated)",
    ),
    why=(
        "The maximum of noisy estimates is too high on average: whichever is overrated gets chosen. When another network judges, its "
        "errors are not the ones that won the choice (van Hasselt et al. 2016, eq. 4)."
    ),
    survivors={
        "gradient": "a target is a constant",
    },
)
