"""Exercise 06.7 · learning α, too · 8 minutes, ★★☆

1. The value after adaptation is a function of two things that can be learned. Which?
2. `grad(f, argnums=(0, 1))` gives both gradients of a function of two arguments.
3. after(theta, rates) ← J_query(theta + rates · gradient of J_support at theta);  move both uphill along their gradients, by β

∂J(φ)/∂α is the product of the two gradients, number by number: where support and query agree, the rate grows; where they do not, it
shrinks, and below 0 it turns the step round. Nothing but this is added to MAML.
"""

import torch
from torch import Tensor
from torch.func import grad

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_06.shared import QUERY_HILL, SUPPORT_HILL, THETA, Objective, hill


def meta_sgd_step(J_support: Objective, J_query: Objective, theta: Tensor, rates: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    def after(theta: Tensor, rates: Tensor) -> Tensor:
        return J_query(theta + rates * grad(J_support)(theta))

    by_theta, by_rates = grad(after, argnums=(0, 1))(theta, rates)
    return theta + beta * by_theta, rates + beta * by_rates


def cases() -> Cases:
    (c, g), (d, h) = SUPPORT_HILL, QUERY_HILL
    for numbers, beta in (([0.1, 0.3], 0.05), ([-0.2, 0.4], 0.2), ([0.0, 0.0], 0.1)):
        rates = torch.tensor(numbers)
        step = -c * (THETA - g)
        uphill = -d * (THETA + rates * step - h)  # ∇J_query at φ
        expected = (THETA + beta * (1 - rates * c) * uphill, rates + beta * step * uphill)
        yield case(f"two hills, rates {numbers}, β = {beta}", hill(c, g), hill(d, h), THETA, rates, beta, expected=expected)


MISTAKES = """
rates + beta * by_rates → rates  # θ is right, but the rates have not moved: that is MAML. They are learned by the same gradient, by α.
theta + beta * by_theta → theta  # The rates are right, but θ has not moved. Both are learned.
beta * by_rates → beta * by_rates.mean()  # All rates move alike. Each parameter has a rate of its own, with a gradient of its own.
meta_sgd_step(J_support, J_support, theta, rates, beta)  # φ is judged on the support that it was made from. Judge it on the query.
# The inner step is made on the query. Make it on the support; the query is there to judge it.
    meta_sgd_step(J_query, J_query, theta, rates, beta)
# The rates' gradient is taken at the new θ. Take both gradients first, at the old θ and the old rates.
    (new := meta_sgd_step(J_support, J_query, theta, rates, beta)[0]), meta_sgd_step(J_support, J_query, new, rates, beta)[1]
# θ's gradient is taken with the new rates. Take both gradients first, at the old θ and the old rates.
    meta_sgd_step(J_support, J_query, theta, new := meta_sgd_step(J_support, J_query, theta, rates, beta)[1], beta)[0], new
beta * by_theta → rates * grad(J_support)(theta)  # The new θ is φ. But φ is only tried out: θ moves by β along the gradient of J_query(φ).
# Both are right, in the wrong order: first θ, then the rates.
    theta + beta * by_theta, rates + beta * by_rates → rates + beta * by_rates, theta + beta * by_theta
meta_sgd_step(J_support, J_query, theta, rates, -beta)  # You walk downhill: J is a return and is to grow.
# The rates are right; θ's gradient does not pass through the inner gradient. That is first order.
    grad(J_support)(theta) → grad(J_support)(theta).detach()
theta + beta * by_theta, rates + beta * by_rates → beta * by_theta, beta * by_rates  # Those are the two steps alone. Where do they start?
"""

EXERCISE = exercise(meta_sgd_step, cases, MISTAKES, survivors={"gradient": "it takes the steps itself, and nothing differentiates them"})
