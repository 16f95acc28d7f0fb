"""Exercise 06.meta_sgd_step: an inner step with a learned rate for each parameter, and its gradients."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.func import grad

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake
from dremeta_lite.exercises.lesson_06.shared import QUERY_HILL, SUPPORT_HILL, THETA, Objective, hill


def meta_sgd_step(J_support: Objective, J_query: Objective, theta: Tensor, rates: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    def after(theta: Tensor, rates: Tensor) -> Tensor:
        return J_query(theta + rates * grad(J_support)(theta))

    by_theta, by_rates = grad(after, argnums=(0, 1))(theta, rates)
    return theta + beta * by_theta, rates + beta * by_rates


def rates_stay(J_support: Objective, J_query: Objective, theta: Tensor, rates: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    return meta_sgd_step(J_support, J_query, theta, rates, beta)[0], rates


def theta_stays(J_support: Objective, J_query: Objective, theta: Tensor, rates: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    return theta, meta_sgd_step(J_support, J_query, theta, rates, beta)[1]


def one_rate_for_all(J_support: Objective, J_query: Objective, theta: Tensor, rates: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    new_theta, new_rates = meta_sgd_step(J_support, J_query, theta, rates, beta)
    return new_theta, rates + (new_rates - rates).mean()


def judged_on_support(J_support: Objective, J_query: Objective, theta: Tensor, rates: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    return meta_sgd_step(J_support, J_support, theta, rates, beta)


def stepped_on_query(J_support: Objective, J_query: Objective, theta: Tensor, rates: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    return meta_sgd_step(J_query, J_query, theta, rates, beta)


def theta_first(J_support: Objective, J_query: Objective, theta: Tensor, rates: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    theta = meta_sgd_step(J_support, J_query, theta, rates, beta)[0]
    return theta, meta_sgd_step(J_support, J_query, theta, rates, beta)[1]


def rates_first(J_support: Objective, J_query: Objective, theta: Tensor, rates: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    rates = meta_sgd_step(J_support, J_query, theta, rates, beta)[1]
    return meta_sgd_step(J_support, J_query, theta, rates, beta)[0], rates


def theta_becomes_phi(J_support: Objective, J_query: Objective, theta: Tensor, rates: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    return theta + rates * grad(J_support)(theta), meta_sgd_step(J_support, J_query, theta, rates, beta)[1]


def swapped(J_support: Objective, J_query: Objective, theta: Tensor, rates: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    new_theta, new_rates = meta_sgd_step(J_support, J_query, theta, rates, beta)
    return new_rates, new_theta


def downhill(J_support: Objective, J_query: Objective, theta: Tensor, rates: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    return meta_sgd_step(J_support, J_query, theta, rates, -beta)


def first_order_theta(J_support: Objective, J_query: Objective, theta: Tensor, rates: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    step = grad(J_support)(theta)
    uphill = grad(J_query)(theta + rates * step)
    return theta + beta * uphill, rates + beta * uphill * step


def only_the_gradients(J_support: Objective, J_query: Objective, theta: Tensor, rates: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    new_theta, new_rates = meta_sgd_step(J_support, J_query, theta, rates, beta)
    return new_theta - theta, new_rates - rates


def meta_sgd_cases() -> Iterator[Case]:
    (c, g), (d, h) = SUPPORT_HILL, QUERY_HILL
    for numbers, beta in (([0.1, 0.3], 0.05), ([-0.2, 0.4], 0.2), ([0.0, 0.0], 0.1)):
        rates = torch.tensor(numbers)
        step = -c * (THETA - g)
        uphill = -d * (THETA + rates * step - h)  # ∇J_query at φ
        expected = (THETA + beta * (1 - rates * c) * uphill, rates + beta * step * uphill)
        yield Case(f"two hills, rates {numbers}, β = {beta}", (hill(c, g), hill(d, h), THETA, rates, beta), expected=expected)


EXERCISE = Exercise(
    id="06.meta_sgd_step",
    title="learning α, too",
    minutes=8,
    stars=2,
    reference=meta_sgd_step,
    cases=meta_sgd_cases,
    mistakes=(
        Mistake(rates_stay, "θ is right, but the rates have not moved: that is MAML. They are learned by the same gradient, by α."),
        Mistake(theta_stays, "The rates are right, but θ has not moved. Both are learned."),
        Mistake(one_rate_for_all, "All rates move alike. Each parameter has a rate of its own, with a gradient of its own."),
        Mistake(judged_on_support, "φ is judged on the support that it was made from. Judge it on the query."),
        Mistake(stepped_on_query, "The inner step is made on the query. Make it on the support; the query is there to judge it."),
        Mistake(theta_first, "The rates' gradient is taken at the new θ. Take both gradients first, at the old θ and the old rates."),
        Mistake(rates_first, "θ's gradient is taken with the new rates. Take both gradients first, at the old θ and the old rates."),
        Mistake(theta_becomes_phi, "The new θ is φ. But φ is only tried out: θ moves by β along the gradient of J_query(φ)."),
        Mistake(swapped, "Both are right, in the wrong order: first θ, then the rates."),
        Mistake(downhill, "You walk downhill: J is a return and is to grow."),
        Mistake(first_order_theta, "The rates are right; θ's gradient does not pass through the inner gradient. That is first order."),
        Mistake(only_the_gradients, "Those are the two steps alone. Where do they start?"),
    ),
    hints=(
        "The value after adaptation is a function of two things that can be learned. Which?",
        "`grad(f, argnums=(0, 1))` gives both gradients of a function of two arguments.",
        "after(theta, rates) ← J_query(theta + rates · gradient of J_support at theta);  move both uphill along their gradients, by β",
    ),
    why=(
        "∂J(φ)/∂α is the product of the two gradients, number by number: where support and query agree, the rate grows; where they do not, "
        "it shrinks, and below 0 it turns the step round. Nothing but this is added to MAML."
    ),
    survivors={
        "gradient": "it takes the steps itself, and nothing differentiates them again",
    },
)
