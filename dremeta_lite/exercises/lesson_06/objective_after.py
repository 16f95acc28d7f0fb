"""Exercise 06.objective_after: the meta-objective."""

from collections.abc import Iterator

from torch import Tensor
from torch.func import grad

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake
from dremeta_lite.exercises.lesson_06.shared import QUERY_HILL, SUPPORT_HILL, THETA, Objective, hill
from dremeta_lite.exercises.properties import gradient_flows


def objective_after(J_support: Objective, J_query: Objective, theta: Tensor, alpha: float) -> Tensor:
    phi = theta + alpha * grad(J_support)(theta)
    return J_query(phi)


def judged_on_support(J_support: Objective, J_query: Objective, theta: Tensor, alpha: float) -> Tensor:
    return J_support(theta + alpha * grad(J_support)(theta))


def swapped(J_support: Objective, J_query: Objective, theta: Tensor, alpha: float) -> Tensor:
    return J_support(theta + alpha * grad(J_query)(theta))


def not_adapted(J_support: Objective, J_query: Objective, theta: Tensor, alpha: float) -> Tensor:
    return J_query(theta)


def adapted_on_query(J_support: Objective, J_query: Objective, theta: Tensor, alpha: float) -> Tensor:
    return J_query(theta + alpha * grad(J_query)(theta))


def the_gain(J_support: Objective, J_query: Objective, theta: Tensor, alpha: float) -> Tensor:
    return J_query(theta + alpha * grad(J_support)(theta)) - J_query(theta)


def downhill(J_support: Objective, J_query: Objective, theta: Tensor, alpha: float) -> Tensor:
    return objective_after(J_support, J_query, theta, -alpha)


def first_order(J_support: Objective, J_query: Objective, theta: Tensor, alpha: float) -> Tensor:
    return J_query(theta + alpha * grad(J_support)(theta).detach())


def meta_objective_cases() -> Iterator[Case]:
    (c, g), (d, h) = SUPPORT_HILL, QUERY_HILL
    for alpha in (0.1, 0.4):
        phi = THETA - alpha * c * (THETA - g)
        value = -0.5 * (d * (phi - h) ** 2).sum()
        yield Case(f"two different hills, α = {alpha}", (hill(c, g), hill(d, h), THETA, alpha), expected=value)


EXERCISE = Exercise(
    id="06.objective_after",
    title="the meta-objective",
    minutes=8,
    stars=2,
    reference=objective_after,
    cases=meta_objective_cases,
    properties=(gradient_flows(objective_after, meta_objective_cases, "theta", func=True),),
    mistakes=(
        Mistake(judged_on_support, "You judge φ on the support, which it was made from. The query has not been seen yet: judge there."),
        Mistake(swapped, "Support and query are mixed up: adapt on the support, judge on the query."),
        Mistake(not_adapted, "That is the return before adaptation: pooled training. Judge φ, not θ."),
        Mistake(adapted_on_query, "You adapt on the query. It is there to judge only; adapting on it is peeping at the exam."),
        Mistake(the_gain, "That is what the step gains. Asked is the value after it: J_query at φ, and nothing taken away."),
        Mistake(downhill, "You walk downhill: J is a return and is to grow, so the gradient is added."),
        Mistake(first_order, "their gradient by `theta` is cut off"),
    ),
    hints=(
        "Which of the two may φ be computed from, and which is there to judge it?",
        "Two lines: φ from the support (you have written it), then the value of the query's J at φ.",
        "phi ← theta + α · (gradient of J_support at theta);  return J_query(phi)",
    ),
    why="Equation 1 of Finn et al. (2017), for one task. Its gradient by θ passes through φ, since nothing is detached.",
)
