"""Exercise 07.trial_returns: what an action is worth for the whole trial."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def trial_returns(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    reward, happened = rewards.flatten(1), mask.flatten(1)
    returns = torch.empty_like(reward)
    later = torch.zeros(len(reward))
    for t in reversed(range(reward.shape[1])):
        later = torch.where(happened[:, t] > 0, reward[:, t] + discount * later, later)
        returns[:, t] = happened[:, t] * later
    return returns.view(rewards.shape)


def ends_with_the_episode(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    return trial_returns(rewards.flatten(0, 1)[:, None], mask.flatten(0, 1)[:, None], discount).view(rewards.shape)


def runs_into_the_next_trial(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    return trial_returns(rewards.flatten()[None, None], mask.flatten()[None, None], discount).view(rewards.shape)


def discounts_what_did_not_happen(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    return trial_returns(rewards * mask, torch.ones_like(mask), discount) * mask


def undiscounted(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    return trial_returns(rewards, mask, 1.0)


def one_number_a_trial(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    first = trial_returns(rewards, mask, discount).flatten(1)[:, :1, None]
    return (first * mask).reshape(rewards.shape)


def mask_ignored(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    return trial_returns(rewards, torch.ones_like(mask), discount)


def adds_what_did_not_happen(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    reward, happened = rewards.flatten(1), mask.flatten(1)
    later, columns = torch.zeros(len(reward)), []
    for t in reversed(range(reward.shape[1])):
        later = reward[:, t] + torch.where(happened[:, t] > 0, discount * later, later)
        columns.append(later * happened[:, t])
    return torch.stack(columns[::-1], 1).view(rewards.shape)


def masked_at_the_end_alone(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    return mask_ignored(rewards, mask, discount) * mask


def without_its_own_reward(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    return trial_returns(rewards, mask, discount) - rewards * mask


def reset_where_nothing_happened(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    reward, happened = (rewards * mask).flatten(1), mask.flatten(1)
    later, columns = torch.zeros(len(reward)), []
    for t in reversed(range(reward.shape[1])):
        later = (reward[:, t] + discount * later) * happened[:, t]
        columns.append(later)
    return torch.stack(columns[::-1], 1).view(rewards.shape)


def also_where_nothing_happened(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    found = trial_returns(rewards, mask, discount).flatten(1)
    later, columns = torch.zeros(len(found)), []
    for t in reversed(range(found.shape[1])):
        later = torch.where(mask.flatten(1)[:, t] > 0, found[:, t], later)
        columns.append(later)
    return torch.stack(columns[::-1], 1).view(rewards.shape)


def discounted_between_episodes_only(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    returns, later = torch.zeros_like(rewards), torch.zeros(len(rewards))
    for e in reversed(range(rewards.shape[1])):
        inside = (rewards[:, e] * mask[:, e]).flip(-1).cumsum(-1).flip(-1)
        returns[:, e] = (inside + discount * later[:, None]) * mask[:, e]
        later = inside[:, 0] + discount * later
    return returns


def returns_by_hand(rewards: list, mask: list, discount: float) -> list:
    """Each sum written out, over what happens in the same trial from here on."""
    found = []
    for trial, happened in zip(rewards, mask, strict=True):
        steps = [(e, t) for e, row in enumerate(happened) for t, counts in enumerate(row) if counts]
        values = {step: sum(discount**k * trial[e][t] for k, (e, t) in enumerate(steps[i:])) for i, step in enumerate(steps)}
        found.append([[values.get((e, t), 0.0) for t in range(len(row))] for e, row in enumerate(happened)])
    return found


LEFTOVER = 70.0  # stands where nothing happened


def returns_cases() -> Iterator[Case]:
    two = [[[1.0, -0.5, 2.0], [0.7, 3.0, -1.0]], [[0.2, 1.5, 0.4], [-2.0, 0.6, 5.0]]]
    for words, rewards, mask, discount in (
        ("two trials of two episodes of three steps", two, [[[1, 1, 1]] * 2] * 2, 0.9),
        ("the same, undiscounted", two, [[[1, 1, 1]] * 2] * 2, 1.0),
        ("the first episodes end early", two, [[[1, 0, 0], [1, 1, 1]], [[1, 1, 0], [1, 1, 1]]], 0.8),
        ("all episodes end early", two, [[[1, 1, 0], [1, 0, 0]], [[1, 0, 0], [1, 1, 0]]], 0.5),
        ("a bandit: three episodes of one step", [[[1.0], [0.0], [1.0]], [[0.0], [1.0], [1.0]]], [[[1]] * 3] * 2, 0.9),
        ("one trial of one step", [[[4.0]]], [[[1]]], 0.3),
        ("ten episodes of two steps", [[[1.0, -0.5]] * 9 + [[0.3, 2.0]]], [[[1, 1]] * 8 + [[1, 0], [1, 1]]], 0.9),
    ):
        counts = torch.tensor(mask).float()
        shown = torch.where(counts > 0, torch.tensor(rewards), LEFTOVER)
        expected = torch.tensor(returns_by_hand(rewards, mask, discount))
        yield Case(f"{words} (γ = {discount:g})", (shown, counts, discount), expected=expected)


EXERCISE = Exercise(
    id="07.trial_returns",
    title="the return of the rest of the trial",
    minutes=12,
    stars=2,
    reference=trial_returns,
    cases=returns_cases,
    mistakes=(
        Mistake(
            ends_with_the_episode,
            "Your sums end with the episode. Then finding something out is worth nothing, and nobody would explore.",
        ),
        Mistake(
            runs_into_the_next_trial, "Your sums run on into the next trial, which is another task: its rewards say nothing about this one."
        ),
        Mistake(discounts_what_did_not_happen, "The steps after an early end did not happen: they must not cost a factor γ either."),
        Mistake(
            reset_where_nothing_happened,
            "Your sum starts again at 0 where the mask is 0. These steps are passed over: what comes after them still counts.",
        ),
        Mistake(mask_ignored, "The mask is not used. Where it is 0 nothing happened: those rewards are leftovers, and add up to nothing."),
        Mistake(adds_what_did_not_happen, "What stands in `rewards` where the mask is 0 was added up. Nothing happened there."),
        Mistake(masked_at_the_end_alone, "The mask comes too late: what stands in `rewards` where it is 0 is in the sums by then."),
        Mistake(without_its_own_reward, "The reward of the step itself belongs to its return."),
        Mistake(undiscounted, "The rewards that come later are weighed with γ, once for each step."),
        Mistake(one_number_a_trial, "Each step has a return of its own: what comes *after* an action, not the whole trial."),
        Mistake(also_where_nothing_happened, "Where the mask is 0 nothing happened, and there is nothing to judge: give 0 there."),
        Mistake(
            discounted_between_episodes_only, "You discount once an episode. One factor γ belongs to each *step*, within episodes too."
        ),
    ),
    hints=(
        "An agent spends the first episode searching, and the later ones profit. Which sum makes the searching steps look good?",
        "Lay the episodes of a trial end to end: flatten(1). Then it is the return of notebook 04, backwards, except where the mask is 0.",
        "later ← 0;  for t backwards: where mask: later ← r + γ·later;  return_t ← later where mask, else 0;  view as before",
    ),
    why="This one line makes an explorer: the return crosses the ends of episodes, as the memory does, and stops where the task does.",
    survivors={
        "gradient": "an action is weighed by it; the weight is a constant",
    },
)
