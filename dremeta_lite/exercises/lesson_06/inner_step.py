"""Exercise 06.9 · the inner step of a policy · 6 minutes, ★☆☆

1. Exercise 06.1 took this step with a tensor θ. What changes if θ is a dict of tensors?
2. `grad` of a function of a dict is a dict with the same names. The function to climb is `surrogate(policy, params, support)`.
3. gradient ← the gradient by p of surrogate(policy, p, support), at θ;  return {name: θ[name] + α · gradient[name]}

Names and shapes are those of θ, so that φ is a policy like any other. Nothing cuts φ off from θ: the outer loop differentiates through this
line.
"""

from typing import Any

from torch import Tensor
from torch.func import grad

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_06.probes import LINEAR, experience, start, stepped
from dremeta_lite.inner.policy_gradient import Experience, surrogate


def inner_step(policy: Any, theta: dict[str, Tensor], support: Experience, alpha: float) -> dict[str, Tensor]:
    gradient = grad(lambda p: surrogate(policy, p, support))(theta)
    return {name: p + alpha * gradient[name] for name, p in theta.items()}


def cases() -> Cases:
    theta = start()
    for words, acted, alpha in (("six steps", theta, 0.5), ("six steps of another policy", {n: p + 0.3 for n, p in theta.items()}, 1.7)):
        seen = experience(1, acted)
        yield case(f"a linear policy after {words}, α = {alpha}", LINEAR, theta, seen, alpha, expected=stepped(theta, seen, alpha))


MISTAKES = """
p + alpha * → p - alpha *  # You walk downhill: the surrogate stands for a return and is to grow, so its gradient is added.
p + alpha * gradient[name] → p + gradient[name]  # The step has the length of the gradient itself: where is α?
p + alpha * gradient[name] → alpha * gradient[name]  # That is the step alone. It starts at θ.
gradient[name] for → gradient[name].detach() for  # their gradient by `theta` is cut off
p + alpha * gradient[name] → p.add_(alpha * gradient[name])  # The argument `theta` was changed
# That climbs log π · Â instead of the ratio: the same gradient only where the policy is the one that acted.
    surrogate(policy, p, support) → (policy.log_prob(p, support.observation, support.action) * support.advantage * support.weight).sum()
# That climbs log π · Â, and every step counts alike. `surrogate` has the ratio, and the weight of each step.
    surrogate(policy, p, support) → (policy.log_prob(p, support.observation, support.action) * support.advantage).mean()
grad(lambda p: surrogate(policy, p, support))(theta)  # That is the gradient. φ is θ and α times the gradient, name by name.
theta  # That is θ, and no step is taken.
# A dict cannot be multiplied or added: take the sum name by name, {name: … for name in theta}.
    theta + alpha * grad(lambda p: surrogate(policy, p, support))(theta)
# `grad` differentiates by the first argument, and here that is the policy. Give it a function of the parameters alone: lambda p: …
    grad(lambda p: surrogate(policy, p, support))(theta) → grad(surrogate)(policy, theta, support)
# The spread of the policy is left as it was. It is learned like the rest: every name of θ takes the step.
    alpha * gradient[name] for → alpha * gradient[name] * (name != "log_std") for
# The gradient is brought to length 1. It is to be taken as it is: α alone scales it.
    alpha * gradient[name] for → alpha * gradient[name] / sum(g.square().sum() for g in gradient.values()).sqrt() for
"""

SURVIVORS = {"theta.items() → first(theta.items())": "ends after eight names, and there are three"}
EXERCISE = exercise(inner_step, cases, MISTAKES, flows="theta", func=True, survivors=SURVIVORS)
