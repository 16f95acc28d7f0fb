"""Exercise 07.5 · the return of the rest of the trial · 12 minutes, ★★☆

1. An agent spends the first episode searching, and the later ones profit. Which sum makes the searching steps look good?
2. Lay the episodes of a trial end to end: flatten(1). Then it is the return of notebook 04, backwards, except where the mask is 0.
3. later ← 0;  for t backwards: where mask: later ← r + γ·later;  return_t ← later where mask, else 0;  view as before

This one line makes an explorer: the return crosses the ends of episodes, as the memory does, and stops where the task does.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def trial_returns(rewards: Tensor, mask: Tensor, discount: float) -> Tensor:
    reward, happened = rewards.flatten(1), mask.flatten(1)
    returns = torch.empty_like(reward)
    later = torch.zeros(len(reward))
    for t in reversed(range(reward.shape[1])):
        later = torch.where(happened[:, t] > 0, reward[:, t] + discount * later, later)
        returns[:, t] = happened[:, t] * later
    return returns.view(rewards.shape)


def returns_by_hand(rewards: list, mask: list, discount: float) -> list:
    """Each sum written out, over what happens in the same trial from here on."""
    found = []
    for trial, happened in zip(rewards, mask, strict=True):
        steps = [(e, t) for e, row in enumerate(happened) for t, counts in enumerate(row) if counts]
        values = {step: sum(discount**k * trial[e][t] for k, (e, t) in enumerate(steps[i:])) for i, step in enumerate(steps)}
        found.append([[values.get((e, t), 0.0) for t in range(len(row))] for e, row in enumerate(happened)])
    return found


def cases() -> Cases:
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
        shown = torch.where(counts > 0, torch.tensor(rewards), 70.0)  # leftovers where nothing happened
        yield case(f"{words} (γ = {discount:g})", shown, counts, discount, expected=returns_by_hand(rewards, mask, discount))


MISTAKES = """
# Your sums end with the episode. Then finding something out is worth nothing, and nobody would explore.
    trial_returns(rewards.flatten(0, 1)[:, None], mask.flatten(0, 1)[:, None], discount).view(rewards.shape)
# Your sums run on into the next trial, which is another task: its rewards say nothing about this one.
    trial_returns(rewards.flatten()[None, None], mask.flatten()[None, None], discount).view(rewards.shape)
# The steps after an early end did not happen: they must not cost a factor γ either.
    trial_returns(rewards * mask, torch.ones_like(mask), discount) * mask
later) → 0.0)  # Your sum starts again at 0 where the mask is 0. These steps are passed over: what comes after them still counts.
# The mask is not used. Where it is 0 nothing happened: those rewards are leftovers, and add up to nothing.
    trial_returns(rewards, torch.ones_like(mask), discount)
# What stands in `rewards` where the mask is 0 was added up. Nothing happened there.
    later = torch.where → later = reward[:, t] + torch.where
    > 0, reward[:, t] + discount → > 0, discount
# The mask comes too late: what stands in `rewards` where it is 0 is in the sums by then.
    trial_returns(rewards, torch.ones_like(mask), discount) * mask
trial_returns(rewards, mask, discount) - rewards * mask  # The reward of the step itself belongs to its return.
trial_returns(rewards, mask, 1.0)  # The rewards that come later are weighed with γ, once for each step.
# Each step has a return of its own: what comes *after* an action, not the whole trial.
    (trial_returns(rewards, mask, discount).flatten(1)[:, :1, None] * mask).reshape(rewards.shape)
happened[:, t] * later → later  # Where the mask is 0 nothing happened, and there is nothing to judge: give 0 there.
# You discount once an episode. One factor γ belongs to each *step*, within episodes too.
    discount * later → later
    happened[:, t] * later → happened[:, t] * later; later = later * (1 if t % mask.shape[2] else discount)
"""

SURVIVORS = {"gradient": "an action is weighed by it; the weight is a constant", "`mask` with its ones first": "an episode ends once"}
EXERCISE = exercise(trial_returns, cases, MISTAKES, survivors=SURVIVORS)
