"""Exercise 05.taken_loss: the loss of the action taken."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake
from dremeta_lite.exercises.properties import gradient_flows


def taken_loss(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    taken = q[torch.arange(len(q)), action]
    error = (taken - target) ** 2
    return (error * mask).sum() / mask.sum()


def every_output(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    error = ((q - target.unsqueeze(-1)) ** 2).mean(-1)
    return (error * mask).sum() / mask.sum()


def best_output(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return ((q.max(-1).values - target) ** 2 * mask).sum() / mask.sum()


def without_mask(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return ((q[torch.arange(len(q)), action] - target) ** 2).mean()


def divided_by_all_steps(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return ((q[torch.arange(len(q)), action] - target) ** 2 * mask).mean()


def column_of_actions(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return ((q[:, action] - target) ** 2 * mask).sum() / mask.sum()


def cut_off(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return taken_loss(q.detach(), action, target, mask)


def half_the_loss(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return 0.5 * taken_loss(q, action, target, mask)


def loss_cases() -> Iterator[Case]:
    q = [[0.5, -1.0, 2.0], [1.5, 0.3, -0.4], [0.2, 0.9, 0.1], [30.0, -20.0, 10.0]]
    steps = {
        "four steps, of which two come after an end": ([2, 0, 1, 1], [1.0, -50.0, 0.4, 70.0], [1.0, 0.0, 1.0, 0.0]),
        "four steps that all count": ([0, 1, 2, 0], [-1.0, 0.7, 0.6, 2.5], [1.0, 1.0, 1.0, 1.0]),
    }
    for words, (action, target, mask) in steps.items():
        counted = [k for k in range(4) if mask[k]]
        expected = sum((q[k][action[k]] - target[k]) ** 2 for k in counted) / len(counted)
        arguments = (torch.tensor(q), torch.tensor(action), torch.tensor(target), torch.tensor(mask))
        yield Case(words, arguments, expected=expected)
    yield Case("a single step", (torch.tensor([[0.5, -3.0]]), torch.tensor([1]), torch.tensor([-1.0]), torch.ones(1)), expected=4.0)


EXERCISE = Exercise(
    id="05.taken_loss",
    title="the loss of the action taken",
    minutes=8,
    stars=2,
    reference=taken_loss,
    cases=loss_cases,
    properties=(gradient_flows(taken_loss, loss_cases, "q"),),
    mistakes=(
        Mistake(
            every_output,
            "You compare every output with the target, as the source text does. Only the action taken has earned it.",
        ),
        Mistake(best_output, "That is the largest output. The target belongs to the action that was taken, large or not."),
        Mistake(without_mask, "Steps after the end of the episode count, too. The mask says which steps are real."),
        Mistake(divided_by_all_steps, "The sum leaves out masked steps, and the division does not: divide by the number that count."),
        Mistake(column_of_actions, "`q[:, action]` takes the columns of all actions in every row. Each row needs one entry: its own."),
        Mistake(cut_off, "their gradient by `q` is cut off"),
        Mistake(half_the_loss, "That is half of it. The package has a ½ in front of its loss; here the plain mean is asked for."),
    ),
    hints=(
        "The output has one number for each action. About which of them does the target say anything?",
        "`q[rows, columns]` with two tensors of indices picks one entry for each pair: rows are 0, 1, 2, …, columns the actions.",
        "taken ← q[0…, action];  error ← (taken - target)²;  return sum of error·mask / sum of mask",
    ),
    why=(
        "One index repairs the first fault. By the outputs of the other actions this loss has no gradient: nothing pulls at them. "
        "(They move a little all the same, with the layers that all outputs share.)"
    ),
    survivors={"error = (taken - target) ** 2 → error = (target - taken) ** 2": "a square has no sign"},
)
