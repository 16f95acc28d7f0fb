"""Exercise 06.3 · the meta-objective · 8 minutes, ★★☆

1. Which of the two may φ be computed from, and which is there to judge it?
2. Two lines: φ from the support (you have written it), then the value of the query's J at φ.
3. phi ← theta + α · (gradient of J_support at theta);  return J_query(phi)

Equation 1 of Finn et al. (2017), for one task. Its gradient by θ passes through φ, since nothing is detached.
"""

from torch import Tensor
from torch.func import grad

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_06.shared import QUERY_HILL, SUPPORT_HILL, THETA, Objective, hill


def objective_after(J_support: Objective, J_query: Objective, theta: Tensor, alpha: float) -> Tensor:
    phi = theta + alpha * grad(J_support)(theta)
    return J_query(phi)


def cases() -> Cases:
    (c, g), (d, h) = SUPPORT_HILL, QUERY_HILL
    for alpha in (0.1, 0.4):
        phi = THETA - alpha * c * (THETA - g)
        value = -0.5 * (d * (phi - h) ** 2).sum()
        yield case(f"two different hills, α = {alpha}", hill(c, g), hill(d, h), THETA, alpha, expected=value)


MISTAKES = """
J_query(phi) → J_support(phi)  # You judge φ on the support, which it was made from. The query has not been seen yet: judge there.
J_support(theta + alpha * grad(J_query)(theta))  # Support and query are mixed up: adapt on the support, judge on the query.
J_query(phi) → J_query(theta)  # That is the return before adaptation: pooled training. Judge φ, not θ.
J_support → J_query  # You adapt on the query. It is there to judge only; adapting on it is peeping at the exam.
# That is what the step gains. Asked is the value after it: J_query at φ, and nothing taken away.
    J_query(theta + alpha * grad(J_support)(theta)) - J_query(theta)
objective_after(J_support, J_query, theta, -alpha)  # You walk downhill: J is a return and is to grow, so the gradient is added.
J_query(theta + alpha * grad(J_support)(theta).detach())  # their gradient by `theta` is cut off
"""

EXERCISE = exercise(objective_after, cases, MISTAKES, flows="theta", func=True)
