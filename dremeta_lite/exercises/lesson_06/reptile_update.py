"""Exercise 06.reptile_update: Reptile's outer loop."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.func import grad

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake

TaskObjective = Callable[[Tensor, Tensor], Tensor]


def reptile_update(J: TaskObjective, theta: Tensor, tasks: Tensor, alpha: float, steps: int, beta: float) -> Tensor:
    ends = []
    for task in tasks:
        phi = theta
        for _ in range(steps):
            phi = phi + alpha * grad(J)(phi, task)
        ends.append(phi)
    return theta + beta * (torch.stack(ends).mean(0) - theta)


def walked_on(J: TaskObjective, theta: Tensor, tasks: Tensor, alpha: float, steps: int, beta: float) -> Tensor:
    phi, ends = theta, []
    for task in tasks:
        for _ in range(steps):
            phi = phi + alpha * grad(J)(phi, task)
        ends.append(phi)
    return theta + beta * (torch.stack(ends).mean(0) - theta)


def walked_on_to_the_last(J: TaskObjective, theta: Tensor, tasks: Tensor, alpha: float, steps: int, beta: float) -> Tensor:
    phi = theta
    for task in tasks:
        for _ in range(steps):
            phi = phi + alpha * grad(J)(phi, task)
    return theta + beta * (phi - theta)


def moved_after_each_task(J: TaskObjective, theta: Tensor, tasks: Tensor, alpha: float, steps: int, beta: float) -> Tensor:
    for task in tasks:
        theta = reptile_update(J, theta, task[None], alpha, steps, beta)
    return theta


def one_walk_for_all(J: TaskObjective, theta: Tensor, tasks: Tensor, alpha: float, steps: int, beta: float) -> Tensor:
    phi = theta
    for _ in range(steps):
        phi = phi + alpha * torch.stack([grad(J)(phi, task) for task in tasks]).mean(0)
    return theta + beta * (phi - theta)


def downhill(J: TaskObjective, theta: Tensor, tasks: Tensor, alpha: float, steps: int, beta: float) -> Tensor:
    return reptile_update(J, theta, tasks, -alpha, steps, beta)


def away_from_the_ends(J: TaskObjective, theta: Tensor, tasks: Tensor, alpha: float, steps: int, beta: float) -> Tensor:
    return 2 * theta - reptile_update(J, theta, tasks, alpha, steps, beta)


def all_the_way(J: TaskObjective, theta: Tensor, tasks: Tensor, alpha: float, steps: int, beta: float) -> Tensor:
    return reptile_update(J, theta, tasks, alpha, steps, 1.0)


def summed(J: TaskObjective, theta: Tensor, tasks: Tensor, alpha: float, steps: int, beta: float) -> Tensor:
    return theta + len(tasks) * (reptile_update(J, theta, tasks, alpha, steps, beta) - theta)


def ends_summed(J: TaskObjective, theta: Tensor, tasks: Tensor, alpha: float, steps: int, beta: float) -> Tensor:
    mean = reptile_update(J, theta, tasks, alpha, steps, 1.0)
    return theta + beta * (len(tasks) * mean - theta)


def gradient_at_theta(J: TaskObjective, theta: Tensor, tasks: Tensor, alpha: float, steps: int, beta: float) -> Tensor:
    return theta + beta * alpha * steps * torch.stack([grad(J)(theta, task) for task in tasks]).mean(0)


def gradient_at_the_ends(J: TaskObjective, theta: Tensor, tasks: Tensor, alpha: float, steps: int, beta: float) -> Tensor:
    ends = [reptile_update(J, theta, task[None], alpha, steps, 1.0) for task in tasks]
    return theta + beta * torch.stack([grad(J)(phi, task) for phi, task in zip(ends, tasks, strict=True)]).mean(0)


def hill_at(theta: Tensor, task: Tensor) -> Tensor:
    """The last number of a task is the curvature, the others are the top."""
    return -0.5 * task[-1] * ((theta - task[:-1]) ** 2).sum()


def reptile_cases() -> Iterator[Case]:
    theta, tasks = torch.tensor([0.3, 0.7]), torch.tensor([[1.0, -3.0, 2.0], [0.4, 2.5, 0.5], [-1.5, 0.2, 1.3]] * 3 + [[5.0, 4.0, 0.1]])
    for n, alpha, steps, beta in ((3, 0.2, 3, 0.6), (1, 0.35, 1, 0.4), (2, 0.15, 2, 1.0), (10, 0.1, 1, 0.5), (1, 0.1, 12, 0.5)):
        some = tasks[:n]
        top, curvature = some[:, :-1], some[:, -1:]
        ends = top + (1 - alpha * curvature) ** steps * (theta - top)  # on a hill, in closed form
        expected = (1 - beta) * theta + beta * ends.sum(0) / n
        words = f"{n} hill{'s' * (n > 1)}, {steps} step{'s' * (steps > 1)}, α = {alpha}, β = {beta}"
        yield Case(words, (hill_at, theta, some, alpha, steps, beta), expected=expected)


EXERCISE = Exercise(
    id="06.reptile_update",
    title="Reptile's outer loop",
    minutes=8,
    stars=2,
    reference=reptile_update,
    cases=reptile_cases,
    mistakes=(
        Mistake(walked_on, "Each task goes on where the one before it ended. Every walk must start at θ."),
        Mistake(walked_on_to_the_last, "That is one walk through all tasks, one after the other. Every walk must start at θ."),
        Mistake(
            moved_after_each_task, "θ moves after each task. Here all walks start at the same θ, and it moves once: towards their mean end."
        ),
        Mistake(
            one_walk_for_all, "That is one walk, on the mean of all tasks. Each task needs a walk of its own; only the ends are averaged."
        ),
        Mistake(downhill, "The walks go downhill: J is a return and is to grow."),
        Mistake(away_from_the_ends, "You walk away from where the walks ended: it is θ + β (φ - θ), with φ first."),
        Mistake(all_the_way, "θ jumps all the way to the mean of the ends. Where is β?"),
        Mistake(summed, "The walks are added up. Take their mean, or the step grows with the number of tasks."),
        Mistake(ends_summed, "The ends are added up. Take their mean, before θ is subtracted."),
        Mistake(gradient_at_theta, "You use the gradient at θ for all steps: that is pooled training. Walk, and look where the walk ends."),
        Mistake(gradient_at_the_ends, "That is first-order MAML: the gradient at φ. Reptile needs no gradient there, only where φ is."),
    ),
    hints=(
        "What does one task tell the outer loop: a gradient, or a place?",
        "You have written the walk in exercise 06.2. Here J has a second argument, the task: `grad(J)(phi, task)`.",
        "for each task: phi ← theta; `steps` times: phi ← phi + α · grad(J)(phi, task).  return theta + β · (mean of all phi - theta)",
    ),
    why=(
        "No derivative passes through the walk: Reptile only looks where it ended. That costs no memory for the walk, so it may be long. "
        "With one step it is pooled training; with more, the later steps bring a part of what MAML's second derivative does, for a small α "
        "(Nichol et al. 2018, section 5)."
    ),
    survivors={
        "`tasks` in reverse along axis 0": "a mean has no order",
        "gradient": "no derivative passes through the walk: that is the point",
    },
)
