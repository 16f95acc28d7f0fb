"""Exercise 16.1 · putting a meta-gradient together · 8 minutes, ★★☆

1. One share has 10 tasks and another has 5. How much should each *task* count, and so each share?
2. `counts / counts.sum()` are weights; `weights[:, None] * gradients` multiplies each row. A mean over no task is nan, and 0 · nan is nan.
3. weights ← counts / their sum;  there ← shares with a task;  return the sum over these shares of weight · gradient

The gradient of a mean is the mean of the gradients. That is all that "data parallel" means, and why it gives the same step as one machine
does, up to the order in which numbers are added.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def whole_gradient(gradients: Tensor, counts: Tensor) -> Tensor:
    weights, there = counts / counts.sum(), counts > 0
    return (weights[there, None] * gradients[there]).sum(0)


def by_task(sizes: list[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of tasks as they come, their means in shares of these sizes (nan for none), and the mean over all tasks."""
    n = sum(sizes)
    tasks = torch.stack([torch.tensor([1.0 + i, (-1.0) ** i * i, 0.25 * i * i - 3.0]) for i in range(n)])
    shares = [share.mean(0) for share in tasks.split(sizes)]
    return torch.stack(shares), torch.tensor(sizes), torch.stack([tasks[:, k].sum() / n for k in range(3)])


def cases() -> Cases:
    for words, sizes in (
        ("shares of 10, 10 and 5 tasks", [10, 10, 5]),
        ("two shares, of 1 and of 7", [1, 7]),
        ("four equal shares", [3, 3, 3, 3]),
        ("one share with all tasks", [6]),
        ("a worker that got no task: its mean is nan", [4, 0, 2]),
    ):
        gradients, counts, expected = by_task(sizes)
        yield case(words, gradients, counts, expected=expected)


MISTAKES = """
gradients[counts > 0].mean(0)  # That is the mean over *shares*: a task in a small share counts more than one in a large share.
gradients[counts > 0].sum(0)  # That is the sum of the shares' means: it grows with the number of workers.
counts / counts.sum() → counts  # That is the sum over all tasks. Divide by their number, or β would have to shrink when tasks are added.
# A worker without a task returns nan, and 0 · nan is nan: leave its row out.
    weights[there, None] * gradients[there] → weights[:, None] * gradients
counts.sum() → len(counts)  # You divide by the number of shares, where the number of tasks is meant.
.sum(0) → .sum(1)  # You have added the parameters of each share. Add the shares of each parameter.
"""

SURVIVORS = {
    "`gradients` is quiet where it does not count": "it is nan there, which nobody overlooks",
    "gradient": "θ moves along it, and nothing differentiates it again",
}
EXERCISE = exercise(whole_gradient, cases, MISTAKES, survivors=SURVIVORS)
