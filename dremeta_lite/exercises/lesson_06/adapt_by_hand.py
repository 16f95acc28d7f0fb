"""Exercise 06.adapt_by_hand: the inner step."""

from collections.abc import Iterator

from torch import Tensor
from torch.func import grad

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake
from dremeta_lite.exercises.lesson_06.shared import QUERY_HILL, SUPPORT_HILL, THETA, Objective, hill
from dremeta_lite.exercises.properties import gradient_flows


def adapt_by_hand(J: Objective, theta: Tensor, alpha: float) -> Tensor:
    gradient = grad(J)(theta)
    return theta + alpha * gradient


def downhill(J: Objective, theta: Tensor, alpha: float) -> Tensor:
    return theta - alpha * grad(J)(theta)


def without_alpha(J: Objective, theta: Tensor, alpha: float) -> Tensor:
    return theta + grad(J)(theta)


def only_the_step(J: Objective, theta: Tensor, alpha: float) -> Tensor:
    return alpha * grad(J)(theta)


def cut_off(J: Objective, theta: Tensor, alpha: float) -> Tensor:
    return theta + alpha * grad(J)(theta).detach()


def adapt_cases() -> Iterator[Case]:
    for name, (curvature, top), alpha in (("a hill in the plane", SUPPORT_HILL, 0.4), ("a steeper one", QUERY_HILL, 0.3)):
        yield Case(f"{name}, α = {alpha}", (hill(curvature, top), THETA, alpha), expected=THETA - alpha * curvature * (THETA - top))
    yield Case("α = 0, which must change nothing", (hill(*SUPPORT_HILL), THETA, 0.0), expected=THETA)


EXERCISE = Exercise(
    id="06.adapt_by_hand",
    title="the inner step",
    minutes=5,
    stars=1,
    reference=adapt_by_hand,
    cases=adapt_cases,
    properties=(gradient_flows(adapt_by_hand, adapt_cases, "theta", func=True),),
    mistakes=(
        Mistake(downhill, "You walk downhill: J is a return and is to grow, so the gradient is added."),
        Mistake(without_alpha, "The step has the length of the gradient itself: where is α?"),
        Mistake(only_the_step, "That is the step alone. Where does it start?"),
        Mistake(cut_off, "their gradient by `theta` is cut off"),
    ),
    hints=(
        "J is a return: do you want more of it or less? And where does the step start?",
        "`grad(J)` is a function: `grad(J)(theta)` is the gradient of J at theta. Section 2 has the formula.",
        "gradient ← the gradient of J at θ;  return θ + α · gradient",
    ),
    why="The inner loop is one line. What matters for meta-learning is what you did *not* write: nothing cuts φ off from θ.",
)
