"""Exercise 06.5 · averaging over tasks · 12 minutes, ★★★

1. How many different φ are there when there are three tasks, and where does each of them start?
2. Write a function of θ that returns the average of J(φ, task) over the tasks, and take its gradient.
3. after(θ) ← mean over tasks of J(θ + α · gradient of J(·, task) at θ, task);  return gradient of `after` at θ

`grad(J)` differentiates by the first argument only, so the task stays fixed. `vmap` runs `one_task` for all tasks at once; a list
comprehension with `torch.stack` gives the same. This is what `MAML.advance` does, with experience in the tasks' place.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad, vmap

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_06.shared import THETA


def slope(f: Callable[[Tensor], Tensor], at: Tensor, step: float) -> Tensor:
    """The gradient by central differences."""
    return torch.stack([(f(at + e) - f(at - e)) / (2 * step) for e in torch.eye(len(at), dtype=at.dtype) * step])


def batch_meta_gradient(J: Callable[[Tensor, Tensor], Tensor], theta: Tensor, tasks: Tensor, alpha: float) -> Tensor:
    def after(theta: Tensor) -> Tensor:
        one_task = lambda task: J(theta + alpha * grad(J)(theta, task), task)
        return vmap(one_task)(tasks).mean()

    return grad(after)(theta)


def bump(theta: Tensor, task: Tensor) -> Tensor:
    """Not a parabola: its curvature depends on where one stands, so that every shortcut shows."""
    return torch.exp(-(theta - task).square().sum()) - 0.1 * (theta[0] * task[1]) ** 2


def cases() -> Cases:
    for n, alpha in ((3, 0.4), (1, 0.7)):
        tasks, theta = torch.tensor([[0.5, 1.0], [-0.3, 0.8], [1.2, -0.4]])[:n].double(), THETA.double()

        def after(theta: Tensor, tasks: Tensor = tasks, alpha: float = alpha) -> Tensor:
            values = [bump(theta + alpha * slope(lambda x, t=task: bump(x, t), theta, 1e-5), task) for task in tasks]
            return torch.stack(values).mean()

        words = "one task" if n == 1 else f"{n} tasks"
        expected = slope(after, theta, 1e-4)
        yield case(f"{words} on a bumpy landscape, α = {alpha}", bump, theta, tasks, alpha, expected=expected, tolerance=1e-4)


MISTAKES = """
batch_meta_gradient(J, theta, tasks, alpha) * len(tasks)  # That is the sum over the tasks; the average keeps its size when the batch grows.
# You adapt one φ to all tasks together. Every task has a φ of its own, and the average comes last.
    average = lambda theta: torch.stack([J(theta, task) for task in tasks]).mean()
    return grad(lambda theta: average(theta + alpha * grad(average)(theta)))(theta)
# Each task starts where the last one ended. Every task has to start from θ.
    one_task = lambda task: J(theta + alpha * grad(J)(theta, task), task) → phi = theta
    vmap(one_task)(tasks) → torch.stack([J(phi := phi + alpha * grad(J)(phi, task), task) for task in tasks])
torch.stack([grad(J)(theta, task) for task in tasks]).mean(0)  # There is no inner step in it: that is pooled training.
# That is θ after a step of the outer loop. Asked is the gradient alone; whoever calls you takes the step.
    theta + batch_meta_gradient(J, theta, tasks, alpha)
batch_meta_gradient(J, theta, tasks, -alpha)  # Your inner steps go downhill: J is a return and is to grow, so the gradient is added.
(theta, task) → (theta, task).detach()  # That is the first-order gradient: it leaves out how φ depends on θ. Differentiate the whole thing.
"""

SURVIVORS = {"`tasks` in reverse along axis 0": "a mean has no order", "gradient": "θ moves along it, and nothing differentiates it again"}
EXERCISE = exercise(batch_meta_gradient, cases, MISTAKES, survivors=SURVIVORS)
