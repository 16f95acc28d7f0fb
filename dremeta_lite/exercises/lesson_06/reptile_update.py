"""Exercise 06.6 · Reptile's outer loop · 8 minutes, ★★☆

1. What does one task tell the outer loop: a gradient, or a place?
2. You have written the walk in exercise 06.2. Here J has a second argument, the task: `grad(J)(phi, task)`.
3. for each task: phi ← theta; `steps` times: phi ← phi + α · grad(J)(phi, task).  return theta + β · (mean of all phi - theta)

No derivative passes through the walk: Reptile only looks where it ended. That costs no memory for the walk, so it may be long. With one
step it is pooled training; with more, the later steps bring a part of what MAML's second derivative does, for a small α (Nichol et al.
2018, section 5).
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad

from dremeta_lite.exercises.declaring import Cases, case, exercise


def reptile_update(J: Callable[[Tensor, Tensor], Tensor], theta: Tensor, tasks: Tensor, alpha: float, steps: int, beta: float) -> Tensor:
    ends = []
    for task in tasks:
        phi = theta
        for _ in range(steps):
            phi = phi + alpha * grad(J)(phi, task)
        ends.append(phi)
    return theta + beta * (torch.stack(ends).mean(0) - theta)


def hill_at(theta: Tensor, task: Tensor) -> Tensor:
    """The last number of a task is the curvature, the others are the top."""
    return -0.5 * task[-1] * ((theta - task[:-1]) ** 2).sum()


def cases() -> Cases:
    theta, tasks = torch.tensor([0.3, 0.7]), torch.tensor([[1.0, -3.0, 2.0], [0.4, 2.5, 0.5], [-1.5, 0.2, 1.3]] * 3 + [[5.0, 4.0, 0.1]])
    for n, alpha, steps, beta in ((3, 0.2, 3, 0.6), (1, 0.35, 1, 0.4), (2, 0.15, 2, 1.0), (10, 0.1, 1, 0.5), (1, 0.1, 12, 0.5)):
        some = tasks[:n]
        top, curvature = some[:, :-1], some[:, -1:]
        ends = top + (1 - alpha * curvature) ** steps * (theta - top)  # on a hill, in closed form
        expected = (1 - beta) * theta + beta * ends.sum(0) / n
        words = f"{n} hill{'s' * (n > 1)}, {steps} step{'s' * (steps > 1)}, α = {alpha}, β = {beta}"
        yield case(words, hill_at, theta, some, alpha, steps, beta, expected=expected)


MISTAKES = """
# Each task goes on where the one before it ended. Every walk must start at θ.
    ends = [] → ends, phi = [], theta
    phi = theta →
# That is one walk through all tasks, one after the other. Every walk must start at θ.
    ends = [] → ends, phi = [], theta
    phi = theta →
    torch.stack(ends).mean(0) → phi
# θ moves after each task. Here all walks start at the same θ, and it moves once: towards their mean end.
    ends.append(phi) → theta = theta + beta * (phi - theta)
    theta + beta * (torch.stack(ends).mean(0) - theta) → theta
# That is one walk, on the mean of all tasks. Each task needs a walk of its own; only the ends are averaged.
    reptile_update(lambda phi, _: torch.stack([J(phi, task) for task in tasks]).mean(), theta, tasks[:1], alpha, steps, beta)
phi + alpha → phi - alpha  # The walks go downhill: J is a return and is to grow.
theta + beta → theta - beta  # You walk away from where the walks ended: it is θ + β (φ - θ), with φ first.
beta * →  # θ jumps all the way to the mean of the ends. Where is β?
# The walks are added up. Take their mean, or the step grows with the number of tasks.
    torch.stack(ends).mean(0) - theta → (torch.stack(ends) - theta).sum(0)
mean(0) → sum(0)  # The ends are added up. Take their mean, before θ is subtracted.
# You use the gradient at θ for all steps: that is pooled training. Walk, and look where the walk ends.
    theta + beta * alpha * steps * torch.stack([grad(J)(theta, task) for task in tasks]).mean(0)
# That is first-order MAML: the gradient at φ. Reptile needs no gradient there, only where φ is.
    torch.stack(ends).mean(0) - theta → torch.stack([grad(J)(phi, task) for phi, task in zip(ends, tasks)]).mean(0)
"""

SURVIVORS = {"`tasks` in reverse along axis 0": "a mean has no order", "gradient": "none passes through the walk: that is the point"}
EXERCISE = exercise(reptile_update, cases, MISTAKES, survivors=SURVIVORS)
