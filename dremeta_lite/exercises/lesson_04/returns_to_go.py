"""Exercise 04.returns_to_go: the return from here on."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def returns_to_go(rewards: Tensor, discount: float) -> Tensor:
    returns = torch.empty_like(rewards)
    later = 0.0
    for t in reversed(range(len(rewards))):
        later = rewards[t] + discount * later
        returns[t] = later
    return returns


def the_whole_return(rewards: Tensor, discount: float) -> Tensor:
    return returns_to_go(rewards, discount)[:1].expand(len(rewards)).clone()


def discounted_from_the_start(rewards: Tensor, discount: float) -> Tensor:
    powers = discount ** torch.arange(len(rewards))
    return (rewards * powers).flip(0).cumsum(0).flip(0)


def divided_by_powers(rewards: Tensor, discount: float) -> Tensor:
    powers = discount ** torch.arange(len(rewards))
    return (rewards * powers).flip(0).cumsum(0).flip(0) / powers


def returns_so_far(rewards: Tensor, discount: float) -> Tensor:
    return returns_to_go(rewards.flip(0), discount).flip(0)


def without_its_own_reward(rewards: Tensor, discount: float) -> Tensor:
    return returns_to_go(rewards, discount) - rewards


def one_step_too_far(rewards: Tensor, discount: float) -> Tensor:
    return torch.cat([returns_to_go(rewards, discount)[1:], torch.zeros(1)])


def added_up_forwards(rewards: Tensor, discount: float) -> Tensor:
    return (rewards * discount ** torch.arange(len(rewards))).cumsum(0)


def left_in_reverse(rewards: Tensor, discount: float) -> Tensor:
    return returns_to_go(rewards, discount).flip(0)


def undiscounted(rewards: Tensor, discount: float) -> Tensor:
    return returns_to_go(rewards, 1.0)


def returns_cases() -> Iterator[Case]:
    for rewards, discount in (
        ([1.0, -2.0, 3.0, 0.5], 0.5),
        ([2.0, 1.0, 4.0], 1.0),
        ([1.5, 2.5], 0.0),
        ([3.0], 0.9),
        ([], 0.9),
        ([0.25 * t for t in range(12)], 0.9),
    ):
        expected = [sum(discount ** (u - t) * rewards[u] for u in range(t, len(rewards))) for t in range(len(rewards))]
        words = "no rewards at all" if not rewards else f"rewards {rewards}, γ = {discount:g}"
        yield Case(words, (torch.tensor(rewards), discount), expected=torch.tensor(expected))


EXERCISE = Exercise(
    id="04.returns_to_go",
    title="the return from here on",
    minutes=6,
    stars=1,
    reference=returns_to_go,
    cases=returns_cases,
    mistakes=(
        Mistake(the_whole_return, "Every step got the return of the whole episode. No action can change what was earned before it."),
        Mistake(discounted_from_the_start, "You discount from the start of the episode. G_t counts its own reward fully."),
        Mistake(
            divided_by_powers, "You divide by a power of γ, which is 0 for a small γ and a late step: 0 by 0 is nan. Go backwards instead."
        ),
        Mistake(returns_so_far, "You add up what came before the step. Its return is what comes after it."),
        Mistake(one_step_too_far, "Everything is one step early: here r_t is the reward *of* step t, and G_t begins with it."),
        Mistake(added_up_forwards, "That is G_0, as far as it is known after each step. G_t begins at step t, and looks ahead."),
        Mistake(left_in_reverse, "The numbers are right, and in reverse order: G_0 comes first."),
        Mistake(undiscounted, "Where is γ? A reward k steps later counts γ^k times as much."),
        Mistake(without_its_own_reward, "The reward of the step itself belongs to its return."),
    ),
    hints=(
        "What is the return of the last step? And of the one before, if you know that of the last?",
        "G_t = r_t + γ G_{t+1}: go through the steps from the last to the first.",
        "later ← 0;  for t from the last to the first: later ← r_t + γ · later;  returns[t] ← later",
    ),
    why="One pass backwards. The same recursion, with δ in the place of r and γλ in the place of γ, is GAE.",
    survivors={
        "gradient": "a return is a constant that weighs a score",
    },
)
