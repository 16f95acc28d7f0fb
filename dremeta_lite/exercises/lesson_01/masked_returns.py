"""Exercise 01.masked_returns: many trajectories at once."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def masked_returns(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    over = terminated.cumsum(dim=1) - terminated.long() > 0
    weight = discount ** torch.arange(reward.shape[1])
    return (reward * weight).masked_fill(over, 0.0).sum(dim=1)


def nothing_masked(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return (reward * discount ** torch.arange(reward.shape[1])).sum(dim=1)


def last_reward_lost(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    alive = terminated.cumsum(dim=1) == 0
    return (reward * discount ** torch.arange(reward.shape[1]) * alive).sum(dim=1)


def one_step_masked(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    return (reward * discount ** torch.arange(reward.shape[1]) * ~terminated).sum(dim=1)


def masked_but_not_discounted(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    over = terminated.cumsum(dim=1) - terminated.long() > 0
    return reward.masked_fill(over, 0.0).sum(dim=1)


def until_a_second_end(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    alive = terminated.cumsum(dim=1) <= 1
    return (reward * discount ** torch.arange(reward.shape[1]) * alive).sum(dim=1)


def ends_taken_from_one(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    alive = 1 - terminated.cumsum(dim=1) + terminated.long()
    return (reward * discount ** torch.arange(reward.shape[1]) * alive).sum(dim=1)


def up_to_argmax(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    over = torch.arange(reward.shape[1]) > terminated.int().argmax(dim=1, keepdim=True)
    return (reward * discount ** torch.arange(reward.shape[1])).masked_fill(over, 0.0).sum(dim=1)


def masked_cases() -> Iterator[Case]:
    reward = torch.tensor([[1.5, 2.0, 4.0, 8.0], [3.0, -1.0, 99.0, 0.7], [-2.0, 4.0, -99.0, 99.0]])
    terminated = torch.tensor([[False, False, False, False], [False, True, False, False], [True, False, True, False]])
    expected = torch.tensor([1.5 + 1 + 1 + 1.0, 3 - 0.5, -2.0])
    tried = "three trajectories with γ = 0.5; two of them end before the last step"
    yield Case(tried, (reward, terminated, 0.5), expected=expected)
    last = torch.tensor([[False] * 11 + [True]])
    yield Case("one that terminates in its twelfth and last step, γ = 1", (torch.ones(1, 12), last, 1.0), expected=torch.tensor([12.0]))


EXERCISE = Exercise(
    id="01.masked_returns",
    title="many trajectories at once",
    minutes=10,
    stars=3,
    reference=masked_returns,
    cases=masked_cases,
    mistakes=(
        Mistake(nothing_masked, "Rewards from after the end are counted. Where a trajectory is over, its numbers mean nothing."),
        Mistake(last_reward_lost, "The reward of the terminating step itself is missing: an episode is over only after that step."),
        Mistake(one_step_masked, "You leave out the terminating step and count what comes after it: just the other way round."),
        Mistake(masked_but_not_discounted, "The mask is right, but γ is missing."),
        Mistake(
            until_a_second_end,
            "Behind the first end the count of ends stays at 1, so these steps still count. Look at the ends *before* each step.",
        ),
        Mistake(
            ends_taken_from_one,
            "Behind a second True your weight falls below 0. Ask only whether there was an end before: yes or no.",
        ),
        Mistake(up_to_argmax, "A row without any True has no end, and all of it counts. (argmax gives 0 for such a row.)"),
    ),
    hints=(
        "In which steps is a trajectory over? Is the terminating step itself one of them?",
        "`terminated.cumsum(dim=1)` counts the ends up to and including each step. A step is over if an end came *before* it.",
        "over ← (ends up to this step) - (end in this step) > 0;  weight ← γ^t;  sum over time of reward · weight where not over",
    ),
    why=(
        "In a tensor [trajectory, time] all rows are equally long; episodes are not. A mask says which numbers count. "
        "`masked_fill` is safer than a product: 0 · nan is nan. `Trajectories.mask` of the package is this mask: 1 where a step counts."
    ),
    survivors={
        "gradient": "rewards are constants",
    },
)
