"""Exercise 07.rl2_input: what the memory is fed."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def rl2_input(actions: Tensor, rewards: Tensor, ended: Tensor, n_actions: int) -> Tensor:
    one_hot = torch.nn.functional.one_hot(actions, n_actions)
    seen = torch.cat([one_hot, rewards[:, None], ended[:, None]], 1)
    before_the_trial = torch.zeros(1, n_actions + 2)
    return torch.cat([before_the_trial, seen[:-1]])


def not_shifted(actions: Tensor, rewards: Tensor, ended: Tensor, n_actions: int) -> Tensor:
    return rl2_input(actions.repeat_interleave(2), rewards.repeat_interleave(2), ended.repeat_interleave(2), n_actions)[1::2]


def zeros_after_every_end(actions: Tensor, rewards: Tensor, ended: Tensor, n_actions: int) -> Tensor:
    fed = rl2_input(actions, rewards, ended, n_actions)
    return torch.where(fed[:, -1:] > 0, 0.0, fed)


def rolled(actions: Tensor, rewards: Tensor, ended: Tensor, n_actions: int) -> Tensor:
    return not_shifted(actions, rewards, ended, n_actions).roll(1, 0)


def actions_not_counted(actions: Tensor, rewards: Tensor, ended: Tensor, n_actions: int) -> Tensor:
    return rl2_input(actions, rewards, ended, int(actions.max()) + 1)


def reward_of_now(actions: Tensor, rewards: Tensor, ended: Tensor, n_actions: int) -> Tensor:
    fed = rl2_input(actions, rewards, ended, n_actions)
    return torch.cat([fed[:, :-2], rewards[:, None], fed[:, -1:]], -1)


def action_as_a_number(actions: Tensor, rewards: Tensor, ended: Tensor, n_actions: int) -> Tensor:
    fed = rl2_input(actions, rewards, ended, n_actions)
    return torch.cat([fed[:, :-2] @ torch.arange(n_actions).float()[:, None], fed[:, -2:]], -1)


def without_the_end(actions: Tensor, rewards: Tensor, ended: Tensor, n_actions: int) -> Tensor:
    return rl2_input(actions, rewards, torch.zeros_like(ended), n_actions)


def no_reward_across_the_end(actions: Tensor, rewards: Tensor, ended: Tensor, n_actions: int) -> Tensor:
    fed = rl2_input(actions, rewards, ended, n_actions)
    reward = torch.where(fed[:, -1] > 0, 0.0, fed[:, -2])
    return torch.cat([fed[:, :-2], reward[:, None], fed[:, -1:]], -1)


def input_cases() -> Iterator[Case]:
    for words, actions, rewards, ended, n in (
        ("five steps, and the episode ends with the third", [2, 0, 1, 1, 0], [0.5, -1.0, 3.0, 0.25, 2.0], [0, 0, 1, 0, 0], 3),
        ("a bandit: an episode ends with every pull", [1, 0, 1, 3], [1.0, 0.0, 1.0, 1.0], [1, 1, 1, 1], 4),
        ("one long episode, and two of four actions are never taken", [0, 1, 1], [-0.1, -0.1, 1.0], [0, 0, 1], 4),
        ("a trial of a single step", [1], [2.0], [1], 2),
    ):
        rows = [[0.0] * (n + 2)]
        for a, r, e in list(zip(actions, rewards, ended, strict=True))[:-1]:
            rows.append([*(float(i == a) for i in range(n)), r, float(e)])
        arguments = (torch.tensor(actions), torch.tensor(rewards), torch.tensor(ended, dtype=torch.bool), n)
        yield Case(words, arguments, expected=torch.tensor(rows))


EXERCISE = Exercise(
    id="07.rl2_input",
    title="what the memory is fed",
    minutes=10,
    stars=2,
    reference=rl2_input,
    cases=input_cases,
    mistakes=(
        Mistake(
            not_shifted,
            "The action of a step is chosen *with* this input: it cannot contain that very action and its reward. Shift by one.",
        ),
        Mistake(
            zeros_after_every_end,
            "You feed zeros at the start of every episode. Only a new *trial* begins with nothing: what ended the last episode is news.",
        ),
        Mistake(
            no_reward_across_the_end,
            "The last reward of an episode is lost. It belongs to the first step of the next one, and may be the best news of all.",
        ),
        Mistake(rolled, "The first row holds the last step of the trial: at the start of a trial nothing has happened yet, so zeros."),
        Mistake(
            actions_not_counted,
            "An action that happens not to be taken has no column. Tell `one_hot` how many actions there are: `n_actions`.",
        ),
        Mistake(reward_of_now, "This is the reward that the present action is about to bring. Feed the one that has already come."),
        Mistake(
            action_as_a_number,
            "An action is a choice, not a quantity: number 2 is not twice number 1. Feed it as a one-hot vector.",
        ),
        Mistake(without_the_end, "The last column says whether the step before has ended an episode. Yours is 0 throughout."),
    ),
    hints=(
        "What has the agent seen when it chooses action t? And what has it seen before its very first one?",
        "Make the row of every step, [one-hot(a), r, ended], and move all rows one step later. torch.cat puts zeros in front.",
        "seen ← [one_hot(actions), rewards, ended];  return [zeros(1, n + 2); seen without its last row]",
    ),
    why="The reward as an *input* is what makes the difference: without it no memory could find out what pays in this task.",
    survivors={
        "gradient": "what has happened is a constant",
    },
)
