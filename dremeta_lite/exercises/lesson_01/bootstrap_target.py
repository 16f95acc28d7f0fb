"""Exercise 01.bootstrap_target: terminated or truncated."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def bootstrap_target(reward: Tensor, next_value: Tensor, terminated: Tensor, truncated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_value.masked_fill(terminated, 0.0)


def cut_at_every_end(reward: Tensor, next_value: Tensor, terminated: Tensor, truncated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_value.masked_fill(terminated | truncated, 0.0)


def never_cut(reward: Tensor, next_value: Tensor, terminated: Tensor, truncated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_value


def cut_at_truncation(reward: Tensor, next_value: Tensor, terminated: Tensor, truncated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_value.masked_fill(truncated, 0.0)


def nothing_after_the_end(reward: Tensor, next_value: Tensor, terminated: Tensor, truncated: Tensor, discount: float) -> Tensor:
    return (reward + discount * next_value).masked_fill(terminated, 0.0)


def target_cases() -> Iterator[Case]:
    reward, value = torch.tensor([1.0, -0.5, 2.0, 0.25]), torch.tensor([4.2, 60.0, -3.4, 80.0])
    terminated, truncated = torch.tensor([False, True, False, True]), torch.tensor([False, False, True, True])
    expected = torch.tensor([1 + 0.9 * 4.2, -0.5, 2 - 0.9 * 3.4, 0.25])
    tried = "four steps with γ = 0.9: one that goes on, one terminated, one truncated, one both"
    yield Case(tried, (reward, value, terminated, truncated, 0.9), expected=expected)
    one = torch.tensor([True])
    yield Case("one truncated step with γ = 0.5", (torch.ones(1), 3 * torch.ones(1), ~one, one, 0.5), expected=torch.tensor([2.5]))


EXERCISE = Exercise(
    id="01.bootstrap_target",
    title="terminated or truncated",
    minutes=6,
    stars=1,
    reference=bootstrap_target,
    cases=target_cases,
    mistakes=(
        Mistake(cut_at_every_end, "You cut the future off at truncation, too. The clock ran out; the world did not end: V(s') counts."),
        Mistake(never_cut, "You never cut the future off. After termination there is none: V(s') must not count."),
        Mistake(
            cut_at_truncation,
            "It is the wrong flag: you cut off where the episode was truncated. Only termination is the world's own end.",
        ),
        Mistake(nothing_after_the_end, "The reward of the terminating step is lost. It was paid; only what comes after it is 0."),
    ),
    hints=(
        "Of the two flags, which one says that no reward can follow, whatever anybody does?",
        "The reward always counts. γ V(s') counts unless `terminated`. `x.masked_fill(mask, 0.0)` writes zeros where the mask is True.",
        "future ← next_value, with 0 where terminated;  return reward + discount · future",
    ),
    why=(
        "`truncated` is not used at all, and that is the point: where the clock stops the episode, the estimate V(s') stands for the "
        "rewards that would have followed. Many programs use one flag `done` for both, and so learn that time running out is a wall."
    ),
    survivors={
        "`truncated` does not count": "that is the point: only termination cuts the future off",
        "gradient": "a target is a constant",
    },
)
