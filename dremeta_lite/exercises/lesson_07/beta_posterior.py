"""Exercise 07.1 · what is known of each arm · 8 minutes, ★☆☆

1. What do you know of an arm that nobody has pulled? And which of the two numbers should one pull change?
2. Begin with torch.ones(arms, 2). Go through the pulls: a reward of 1 adds to the first number of that arm, a 0 to the second.
3. posterior ← ones[arms, 2];  for each pull (a, r): posterior[a, 0] += r; posterior[a, 1] += 1 - r

Two numbers an arm are all that a trial's whole past comes to: a *sufficient statistic*. A memory needs no more than that.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def beta_posterior(actions: Tensor, rewards: Tensor, arms: int) -> Tensor:
    posterior = torch.ones(arms, 2)
    for pull in range(len(actions)):
        posterior[actions[pull], 0] += rewards[pull]
        posterior[actions[pull], 1] += 1 - rewards[pull]
    return posterior


def cases() -> Cases:
    for words, actions, rewards, arms, counts in (
        ("four arms, five pulls", [0, 2, 2, 0, 2], [1.0, 0.0, 1.0, 1.0, 0.0], 4, [[3, 1], [1, 1], [2, 3], [1, 1]]),
        ("two arms, one of them never pulled", [1, 1, 1, 1], [0.0, 0.0, 1.0, 0.0], 2, [[1, 1], [2, 4]]),
        ("nothing has been pulled yet", [], [], 3, [[1, 1], [1, 1], [1, 1]]),
        ("twelve pulls of two arms", [0, 1, 1] * 4, [1.0, 0.0, 1.0, 0.0, 0.0, 1.0] * 2, 2, [[3, 3], [5, 5]]),
        ("a single arm", [0, 0], [1.0, 1.0], 1, [[3, 1]]),
    ):
        yield case(words, torch.tensor(actions).long(), rewards, arms, expected=torch.tensor(counts).float())


MISTAKES = """
beta_posterior(actions, rewards, arms) - 1  # The prior is missing: before the first pull an arm has Beta(1, 1), not Beta(0, 0).
1 - rewards[pull] → 1  # The second number counts the pulls that did *not* pay, and you counted all pulls.
beta_posterior(actions, rewards, arms).flip(-1)  # You have the two numbers the wrong way round: first what paid, then what did not.
# A pull tells something about the arm that was pulled, and nothing about the others.
    torch.stack([1 + rewards.sum(), 1 + (1 - rewards).sum()]).expand(arms, 2).clone()
posterior[actions[pull], 1] += 1 - rewards[pull] →  # A pull that does not pay tells something too: count it in the second number.
# Only the last pull of each arm counts here. `x[indices] += y` adds only once where an index repeats: add one after the other.
    += rewards[pull] → = 1 + rewards[pull]
    += 1 - rewards[pull] → = 2 - rewards[pull]
"""

EXERCISE = exercise(beta_posterior, cases, MISTAKES, survivors={"gradient": "it is counted, not trained"})
