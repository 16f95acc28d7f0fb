"""Exercise 03.q_target: targets for a batch."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def q_target(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    best = next_Q.amax(1)
    return reward + gamma * best * (~terminated)


def no_mask(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * next_Q.amax(1)


def truncation_too(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * next_Q.amax(1) * ~(terminated | truncated)


def mask_turned_round(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * next_Q.amax(1) * terminated


def index_for_value(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * next_Q.argmax(1) * ~terminated


def reward_masked(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    return (reward + gamma * next_Q.amax(1)) * ~terminated


def best_of_the_batch(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    return reward + gamma * next_Q.max() * ~terminated


def target_cases() -> Iterator[Case]:
    next_Q = torch.tensor([[2.0, 7.0, 1.0], [4.0, 3.0, -1.0], [0.5, 0.2, 9.0], [-2.0, -5.0, -3.0]])
    reward = torch.tensor([1.0, -0.5, 3.0, 0.25])
    goes_on = torch.tensor([False, False, False, False])
    third = torch.tensor([False, False, True, False])
    second = torch.tensor([False, True, False, False])
    yield Case(
        "four steps in the middle of episodes, γ = 0.5", (reward, next_Q, goes_on, goes_on, 0.5), torch.tensor([4.5, 1.5, 7.5, -0.75])
    )
    yield Case("the third step terminates", (reward, next_Q, third, goes_on, 0.5), torch.tensor([4.5, 1.5, 3.0, -0.75]))
    yield Case("the second step is truncated", (reward, next_Q, goes_on, second, 0.5), torch.tensor([4.5, 1.5, 7.5, -0.75]))
    yield Case("the third terminates, and at its horizon, too", (reward, next_Q, third, third, 0.9), torch.tensor([7.3, 3.1, 3.0, -1.55]))


EXERCISE = Exercise(
    id="03.q_target",
    title="targets for a batch",
    minutes=6,
    stars=2,
    reference=q_target,
    cases=target_cases,
    mistakes=(
        Mistake(no_mask, "A terminal state has no future: where `terminated` is True the target is the reward alone."),
        Mistake(truncation_too, "A truncated episode was cut off by the clock. Its next state keeps its worth: only `terminated` masks."),
        Mistake(mask_turned_round, "The mask is turned round: it keeps the future where there is none, and drops it elsewhere."),
        Mistake(index_for_value, "`argmax` gives the number of the best action; wanted is its value."),
        Mistake(reward_masked, "The reward of the last step counts. Mask the future only, not the sum."),
        Mistake(best_of_the_batch, "You take the maximum over the whole batch. Each row has a next state of its own."),
    ),
    hints=(
        "An episode can end in two ways. After which of them is there really nothing more to earn?",
        "`next_Q.amax(1)` is the best value in each row, and `~terminated` is 1 where the task goes on.",
        "best ← row-wise maximum of next_Q;  return reward + γ · best · (not terminated)",
    ),
    why=(
        "The mask is the most often forgotten line of reinforcement learning. `truncated` is in the signature to tempt you: at the "
        "horizon the agent could have gone on, so its estimate goes on, too."
    ),
)
