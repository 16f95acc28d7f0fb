"""Exercise 06.2 · several inner steps · 5 minutes, ★☆☆

1. After the first step, where do you stand, and which gradient is valid there?
2. Keep a variable `phi` that starts as `theta` and is replaced `steps` times.
3. phi ← theta;  repeat `steps` times: phi ← phi + α · (gradient of J at phi);  return phi

`phi = phi + …` makes a new tensor; `theta += …` would write into the start that all other tasks still need. On a hill every step
multiplies the distance to the top by 1 - αc: it shrinks for α < 2/c, and beyond that adaptation diverges.
"""

from torch import Tensor
from torch.func import grad

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_06.shared import SUPPORT_HILL, THETA, Objective, hill


def adapt_k(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    phi = theta
    for _ in range(steps):
        phi = phi + alpha * grad(J)(phi)
    return phi


def cases() -> Cases:
    c, g = SUPPORT_HILL
    for steps, alpha in ((1, 0.3), (3, 0.3), (0, 0.3), (12, 0.05)):
        expected = g + (1 - alpha * c) ** steps * (THETA - g)  # each step shrinks the distance to the top by the same factor
        yield case(f"{steps} step{'s' * (steps != 1)} on a hill, α = {alpha}", hill(c, g), THETA, alpha, steps, expected=expected)


MISTAKES = """
grad(J)(phi) → grad(J)(theta)  # Each step uses the gradient at θ. But after the first step you stand somewhere else.
# However many steps are asked for, that is one: each starts at θ again, not where the last one ended.
    phi + alpha * grad(J)(phi) → theta + alpha * grad(J)(theta)
adapt_k(J, theta, alpha, steps - 1)  # That is one step too few: count the rounds of your loop.
adapt_k(J, theta, alpha, steps + 1)  # That is one step too many: with steps = 0 nothing may change.
adapt_k(J, theta, -alpha, steps)  # You walk downhill: J is a return and is to grow, so the gradient is added.
phi + alpha * grad(J)(phi) → phi.detach() + alpha * grad(J)(phi.detach())  # their gradient by `theta` is cut off
phi = phi + alpha → phi += alpha  # The argument `theta` was changed
"""

EXERCISE = exercise(adapt_k, cases, MISTAKES, flows="theta", func=True)
