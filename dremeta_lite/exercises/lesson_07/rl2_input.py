"""Exercise 07.4 · what the memory is fed · 10 minutes, ★★☆

1. What has the agent seen when it chooses action t? And what has it seen before its very first one?
2. Make the row of every step, [one-hot(a), r, ended], and move all rows one step later. torch.cat puts zeros in front.
3. seen ← [one_hot(actions), rewards, ended];  return [zeros(1, n + 2); seen without its last row]

The reward as an *input* is what makes the difference: without it no memory could find out what pays in this task.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def rl2_input(actions: Tensor, rewards: Tensor, ended: Tensor, n_actions: int) -> Tensor:
    one_hot = torch.nn.functional.one_hot(actions, n_actions)
    seen = torch.cat([one_hot, rewards[:, None], ended[:, None]], 1)
    before_the_trial = torch.zeros(1, n_actions + 2)
    return torch.cat([before_the_trial, seen[:-1]])


def cases() -> Cases:
    yes, no = True, False
    for words, actions, rewards, ended, n in (
        ("five steps, and the episode ends with the third", [2, 0, 1, 1, 0], [0.5, -1.0, 3.0, 0.25, 2.0], [no, no, yes, no, no], 3),
        ("a bandit: an episode ends with every pull", [1, 0, 1, 3], [1.0, 0.0, 1.0, 1.0], [yes] * 4, 4),
        ("one long episode, and two of four actions are never taken", [0, 1, 1], [-0.1, -0.1, 1.0], [no, no, yes], 4),
        ("a trial of a single step", [1], [2.0], [yes], 2),
    ):
        told = [[*(float(i == a) for i in range(n)), r, float(e)] for a, r, e in zip(actions, rewards, ended, strict=True)]
        yield case(words, actions, rewards, ended, n, expected=[[0.0] * (n + 2), *told[:-1]])


MISTAKES = """
# The action of a step is chosen *with* this input: it cannot contain that very action and its reward. Shift by one.
    torch.cat([before_the_trial, seen[:-1]]) → seen
# You feed zeros at the start of every episode. Only a new *trial* begins with nothing: what ended the last episode is news.
    seen[:-1] → seen[:-1] * ~ended[:-1, None]
# The last reward of an episode is lost. It belongs to the first step of the next one, and may be the best news of all.
    rewards[:, None] → (rewards * ~ended)[:, None]
# The first row holds the last step of the trial: at the start of a trial nothing has happened yet, so zeros.
    torch.cat([before_the_trial, seen[:-1]]) → seen.roll(1, 0)
# An action that happens not to be taken has no column. Tell `one_hot` how many actions there are: `n_actions`.
    rl2_input(actions, rewards, ended, int(actions.max()) + 1)
# This is the reward that the present action is about to bring. Feed the one that has already come.
    torch.cat([(fed := rl2_input(actions, rewards, ended, n_actions))[:, :-2], rewards[:, None], fed[:, -1:]], 1)
# An action is a choice, not a quantity: number 2 is not twice number 1. Feed it as a one-hot vector.
    torch.cat([(fed := rl2_input(actions, rewards, ended, n_actions))[:, :-2] @ torch.arange(n_actions).float()[:, None], fed[:, -2:]], 1)
ended[:, None] → 0 * ended[:, None]  # The last column says whether the step before has ended an episode. Yours is 0 throughout.
"""

EXERCISE = exercise(rl2_input, cases, MISTAKES, survivors={"gradient": "what has happened is a constant"})
