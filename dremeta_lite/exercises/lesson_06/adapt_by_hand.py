"""Exercise 06.1 · the inner step · 5 minutes, ★☆☆

1. J is a return: do you want more of it or less? And where does the step start?
2. `grad(J)` is a function: `grad(J)(theta)` is the gradient of J at theta. Section 2 has the formula.
3. gradient ← the gradient of J at θ;  return θ + α · gradient

The inner loop is one line. What matters for meta-learning is what you did *not* write: nothing cuts φ off from θ.
"""

from torch import Tensor
from torch.func import grad

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_06.shared import QUERY_HILL, SUPPORT_HILL, THETA, Objective, hill


def adapt_by_hand(J: Objective, theta: Tensor, alpha: float) -> Tensor:
    gradient = grad(J)(theta)
    return theta + alpha * gradient


def cases() -> Cases:
    for name, (curvature, top), alpha in (("a hill in the plane", SUPPORT_HILL, 0.4), ("a steeper one", QUERY_HILL, 0.3)):
        yield case(f"{name}, α = {alpha}", hill(curvature, top), THETA, alpha, expected=THETA - alpha * curvature * (THETA - top))
    yield case("α = 0, which must change nothing", hill(*SUPPORT_HILL), THETA, 0.0, expected=THETA)


MISTAKES = """
theta - alpha * grad(J)(theta)  # You walk downhill: J is a return and is to grow, so the gradient is added.
theta + grad(J)(theta)  # The step has the length of the gradient itself: where is α?
alpha * grad(J)(theta)  # That is the step alone. Where does it start?
theta + alpha * grad(J)(theta).detach()  # their gradient by `theta` is cut off
"""

EXERCISE = exercise(adapt_by_hand, cases, MISTAKES, flows="theta", func=True)
