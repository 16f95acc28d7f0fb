"""Exercise 07.beta_posterior: what is known of each arm after some pulls."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def beta_posterior(actions: Tensor, rewards: Tensor, arms: int) -> Tensor:
    posterior = torch.ones(arms, 2)
    for pull in range(len(actions)):
        posterior[actions[pull], 0] += rewards[pull]
        posterior[actions[pull], 1] += 1 - rewards[pull]
    return posterior


def without_the_prior(actions: Tensor, rewards: Tensor, arms: int) -> Tensor:
    return beta_posterior(actions, rewards, arms) - 1


def pulls_for_failures(actions: Tensor, rewards: Tensor, arms: int) -> Tensor:
    posterior = beta_posterior(actions, rewards, arms)
    return torch.stack([posterior[:, 0], posterior.sum(-1) - 1], -1)


def the_other_way_round(actions: Tensor, rewards: Tensor, arms: int) -> Tensor:
    return beta_posterior(actions, rewards, arms).flip(-1)


def every_arm_learns(actions: Tensor, rewards: Tensor, arms: int) -> Tensor:
    return torch.stack([1 + rewards.sum(), 1 + (1 - rewards).sum()]).expand(arms, 2).clone()


def only_what_paid(actions: Tensor, rewards: Tensor, arms: int) -> Tensor:
    posterior = beta_posterior(actions, rewards, arms)
    return torch.stack([posterior[:, 0], torch.ones(arms)], -1)


def the_last_pull_only(actions: Tensor, rewards: Tensor, arms: int) -> Tensor:
    """As `posterior[actions, 0] += rewards` does: of several equal indices only the last one counts."""
    posterior = torch.ones(arms, 2)
    for action, reward in zip(actions, rewards, strict=True):
        posterior[action] = torch.stack([1 + reward, 2 - reward])
    return posterior


def posterior_cases() -> Iterator[Case]:
    for words, actions, rewards, arms, expected in (
        ("four arms, five pulls", [0, 2, 2, 0, 2], [1.0, 0.0, 1.0, 1.0, 0.0], 4, [[3, 1], [1, 1], [2, 3], [1, 1]]),
        ("two arms, one of them never pulled", [1, 1, 1, 1], [0.0, 0.0, 1.0, 0.0], 2, [[1, 1], [2, 4]]),
        ("nothing has been pulled yet", [], [], 3, [[1, 1], [1, 1], [1, 1]]),
        ("twelve pulls of two arms", [0, 1, 1] * 4, [1.0, 0.0, 1.0, 0.0, 0.0, 1.0] * 2, 2, [[3, 3], [5, 5]]),
        ("a single arm", [0, 0], [1.0, 1.0], 1, [[3, 1]]),
    ):
        arguments = (torch.tensor(actions, dtype=torch.long), torch.tensor(rewards), arms)
        yield Case(words, arguments, expected=torch.tensor(expected, dtype=torch.float))


EXERCISE = Exercise(
    id="07.beta_posterior",
    title="what is known of each arm",
    minutes=8,
    stars=1,
    reference=beta_posterior,
    cases=posterior_cases,
    mistakes=(
        Mistake(without_the_prior, "The prior is missing: before the first pull an arm has Beta(1, 1), not Beta(0, 0)."),
        Mistake(pulls_for_failures, "The second number counts the pulls that did *not* pay, and you counted all pulls."),
        Mistake(the_other_way_round, "You have the two numbers the wrong way round: first what paid, then what did not."),
        Mistake(every_arm_learns, "A pull tells something about the arm that was pulled, and nothing about the others."),
        Mistake(only_what_paid, "A pull that does not pay tells something too: count it in the second number."),
        Mistake(
            the_last_pull_only,
            "Only the last pull of each arm counts here. `x[indices] += y` adds only once where an index repeats: add one after the other.",
        ),
    ),
    hints=(
        "What do you know of an arm that nobody has pulled? And which of the two numbers should one pull change?",
        "Begin with torch.ones(arms, 2). Go through the pulls: a reward of 1 adds to the first number of that arm, a 0 to the second.",
        "posterior ← ones[arms, 2];  for each pull (a, r): posterior[a, 0] += r; posterior[a, 1] += 1 - r",
    ),
    why="Two numbers an arm are all that a trial's whole past comes to: a *sufficient statistic*. A memory needs no more than that.",
    survivors={
        "gradient": "it is counted, not trained",
    },
)
