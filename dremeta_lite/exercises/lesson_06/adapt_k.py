"""Exercise 06.adapt_k: several inner steps."""

from collections.abc import Iterator

from torch import Tensor
from torch.func import grad

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake
from dremeta_lite.exercises.lesson_06.shared import SUPPORT_HILL, THETA, Objective, hill
from dremeta_lite.exercises.properties import gradient_flows


def adapt_k(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    phi = theta
    for _ in range(steps):
        phi = phi + alpha * grad(J)(phi)
    return phi


def always_from_theta(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    phi = theta
    for _ in range(steps):
        phi = phi + alpha * grad(J)(theta)
    return phi


def only_one_step(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    phi = theta
    for _ in range(steps):
        phi = theta + alpha * grad(J)(theta)
    return phi


def one_too_few(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    return adapt_k(J, theta, alpha, steps - 1)


def one_too_many(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    return adapt_k(J, theta, alpha, steps + 1)


def downhill(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    return adapt_k(J, theta, -alpha, steps)


def in_place(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    for _ in range(steps):
        theta += alpha * grad(J)(theta)
    return theta


def cut_off(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    phi = theta
    for _ in range(steps):
        phi = phi.detach() + alpha * grad(J)(phi.detach())
    return phi


def adapt_k_cases() -> Iterator[Case]:
    (c, g), alpha = SUPPORT_HILL, 0.3
    for steps in (1, 3, 0, 12):
        expected = g + (1 - alpha * c) ** steps * (THETA - g)  # each step shrinks the distance to the top by the same factor
        yield Case(f"{steps} step{'s' * (steps != 1)} on a hill, α = {alpha}", (hill(c, g), THETA, alpha, steps), expected=expected)


EXERCISE = Exercise(
    id="06.adapt_k",
    title="several inner steps",
    minutes=5,
    stars=1,
    reference=adapt_k,
    cases=adapt_k_cases,
    properties=(gradient_flows(adapt_k, adapt_k_cases, "theta", func=True),),
    mistakes=(
        Mistake(always_from_theta, "Each step uses the gradient at θ. But after the first step you stand somewhere else."),
        Mistake(only_one_step, "However many steps are asked for, that is one: each starts at θ again, not where the last one ended."),
        Mistake(one_too_few, "That is one step too few: count the rounds of your loop."),
        Mistake(one_too_many, "That is one step too many: with steps = 0 nothing may change."),
        Mistake(downhill, "You walk downhill: J is a return and is to grow, so the gradient is added."),
        Mistake(cut_off, "their gradient by `theta` is cut off"),
        Mistake(in_place, "The argument `theta` was changed"),
    ),
    hints=(
        "After the first step, where do you stand, and which gradient is valid there?",
        "Keep a variable `phi` that starts as `theta` and is replaced `steps` times.",
        "phi ← theta;  repeat `steps` times: phi ← phi + α · (gradient of J at phi);  return phi",
    ),
    why=(
        "`phi = phi + …` makes a new tensor; `theta += …` would write into the start that all other tasks still need. On a hill every "
        "step multiplies the distance to the top by 1 - αc: it shrinks for α < 2/c, and beyond that adaptation diverges."
    ),
)
