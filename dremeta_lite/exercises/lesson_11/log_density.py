"""Exercise 11.2 · a kernel density · 10 minutes, ★★☆

1. Each known task is the middle of a normal distribution. Which one a goal came from, nobody knows: so the mean of which densities is it?
2. A sum of exponentials in a logarithm: `torch.logsumexp`. A task that does not count gets -∞ there, by `masked_fill`.
3. each ← -|goal - task|² / (2h²), -∞ where it does not count;  return logsumexp(each) - log(how many count) - log(2π h²)

The simplest generator there is: draw one of the known tasks, and add noise. Any GAN should be held against it.
"""

import math

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def log_density(goals: Tensor, tasks: Tensor, counts: Tensor, width: float) -> Tensor:
    squared = (goals[:, None] - tasks).square().sum(-1)
    each = (-squared / (2 * width**2)).masked_fill(~counts, -torch.inf)
    return torch.logsumexp(each, -1) - counts.sum().log() - torch.tensor(2 * torch.pi * width**2).log()


def cases() -> Cases:
    top = -math.log(2 * math.pi)
    yield case("one task: h = 1", [[1.0, -2.0], [1.5, 0.0]], [[1.0, -2.0]], [True], 1.0, expected=[top, top - 4.25 / 2])
    goals, tasks = [[0.0, 0.0], [0.512, 0.6784], [-3.0, 0.0]], [[0.0, 0.0], [1.2, 1.6]]  # the second 0.85 from the first task
    means = [sum(math.exp(-2 * math.dist(goal, task) ** 2) for task in tasks) / 2 for goal in goals]
    half = [math.log(mean) + math.log(4) + top for mean in means]
    yield case("two tasks: h = 0.5", goals, tasks, [True, True], 0.5, expected=half)
    padded = [[0.1, 0.1], [60.0, -60.0], *tasks]
    yield case("two of four tasks do not count", goals, padded, [False, False, True, True], 0.5, expected=half)
    far = [[300.0, 390.0], [0.0, 0.0]]
    yield case("a goal far away from the one task that counts", [[300.0, 400.0]], far, [False, True], 1.0, expected=[top - 125_000.0])


MISTAKES = """
# exp underflows to 0 far from all tasks, and its logarithm is -∞. torch.logsumexp takes the largest out first.
    torch.logsumexp(each, -1) → each.exp().sum(-1).log()
.masked_fill(~counts, -torch.inf) →  # Tasks that do not count take part in the sum.
- counts.sum().log() → - torch.tensor(len(tasks)).log()  # You divide by all tasks. Only those that count make the mean.
- counts.sum().log() →  # The mean of the densities is needed, and that is their sum: divide by how many count.
(2 * width**2) → (2 * width)  # `width` is h, a standard deviation: its square belongs there.
# A goal has two coordinates: the constant counts twice.
    - torch.tensor(2 * torch.pi * width**2).log() → - 0.5 * torch.tensor(2 * torch.pi * width**2).log()
"""

SURVIVORS = {
    "gradient": "a density is only looked at",
    "`width` negative": "only its square enters",
    "goals[:, None] - tasks → tasks - goals[:, None]": "only its square enters",
    "(each, -1) → (each, +1)": "the last axis is axis 1",
}
EXERCISE = exercise(log_density, cases, MISTAKES, survivors=SURVIVORS)
