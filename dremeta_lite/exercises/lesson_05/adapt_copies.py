"""Exercise 05.adapt_copies: a copy for each task."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake
from dremeta_lite.exercises.properties import gradient_flows

Params = dict[str, Tensor]


def adapt_copies(theta: Params, gradients: Params, alpha: float) -> Params:
    phi = {}
    for name in theta:
        phi[name] = theta[name] - alpha * gradients[name]
    return phi


def one_copy_for_all(theta: Params, gradients: Params, alpha: float) -> Params:
    return {name: theta[name] - alpha * gradients[name].mean(0) for name in theta}


def cut_off(theta: Params, gradients: Params, alpha: float) -> Params:
    return {name: theta[name].detach().clone() - alpha * gradients[name] for name in theta}


def into_theta(theta: Params, gradients: Params, alpha: float) -> Params:
    phi: dict[str, list[Tensor]] = {name: [] for name in theta}
    for i in range(len(next(iter(gradients.values())))):
        for name in theta:
            theta[name] -= alpha * gradients[name][i]
            phi[name].append(theta[name].clone())
    return {name: torch.stack(copies) for name, copies in phi.items()}


def up_the_loss(theta: Params, gradients: Params, alpha: float) -> Params:
    return {name: theta[name] + alpha * gradients[name] for name in theta}


def one_after_the_other(theta: Params, gradients: Params, alpha: float) -> Params:
    return {name: theta[name] - alpha * gradients[name].cumsum(0) for name in theta}


def without_alpha(theta: Params, gradients: Params, alpha: float) -> Params:
    return {name: theta[name] - gradients[name] for name in theta}


def copies_cases() -> Iterator[Case]:
    weight, bias = [[0.5, -1.0], [2.0, 0.3]], [0.1, -0.7]
    for alpha, slopes in ((0.1, (3.0, -2.0, 5.0)), (0.4, (1.5,))):
        gradients = {
            "weight": torch.tensor([[[s, 2 * s], [-s, 0.5]] for s in slopes]),
            "bias": torch.tensor([[s * s, 1.0] for s in slopes]),
        }
        expected = {
            "weight": [
                [
                    [weight[0][0] - alpha * s, weight[0][1] - alpha * 2 * s],
                    [weight[1][0] + alpha * s, weight[1][1] - alpha * 0.5],
                ]
                for s in slopes
            ],
            "bias": [[bias[0] - alpha * s * s, bias[1] - alpha] for s in slopes],
        }
        theta = {"weight": torch.tensor(weight), "bias": torch.tensor(bias)}
        words = f"{len(slopes)} task{'s' * (len(slopes) > 1)}, α = {alpha}"
        yield Case(words, (theta, gradients, alpha), expected={name: torch.tensor(x) for name, x in expected.items()})

    deep, slopes = {f"layer {i}": torch.tensor([0.5 * i]) for i in range(10)}, torch.tensor([[1.0], [-2.0]])
    expected = {name: p - 0.2 * slopes for name, p in deep.items()}
    yield Case("2 tasks, ten layers, α = 0.2", (deep, dict.fromkeys(deep, slopes), 0.2), expected=expected)


EXERCISE = Exercise(
    id="05.adapt_copies",
    title="a copy for each task",
    minutes=6,
    stars=2,
    reference=adapt_copies,
    cases=copies_cases,
    properties=(gradient_flows(adapt_copies, copies_cases, "theta", "gradients"),),
    mistakes=(
        Mistake(one_copy_for_all, "There is one φ for all tasks, moved along the mean gradient. Each task is to get a copy of its own."),
        Mistake(cut_off, "their gradient by `theta` is cut off"),
        Mistake(into_theta, "The argument `theta` was changed"),
        Mistake(without_alpha, "The whole gradient is subtracted. How long the step is, α says."),
        Mistake(up_the_loss, "You walk up the loss. Gradients of a *loss* are subtracted."),
        Mistake(one_after_the_other, "Each task starts where the one before it ended. All start from θ: that is what a copy is for."),
    ),
    hints=(
        "How many φ are there, and where does each of them start? What must θ be afterwards?",
        "Broadcasting copies: θ without a task axis minus a gradient with one has a task axis.",
        "for every name: phi[name] ← theta[name] - alpha · gradients[name];  return phi",
    ),
    why=(
        "`theta[name] - …` makes new tensors, so θ is there for the next task: the inner loop, in one line. The source text's "
        "`apply_gradients` writes into the only weights there are."
    ),
)
