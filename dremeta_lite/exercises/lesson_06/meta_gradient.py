"""Exercise 06.10 · the gradient through the step · 10 minutes, ★★★

1. Which function of θ says how good a start is? Write that one first; the gradient comes last.
2. For one task: surrogate(policy, inner_step(policy, theta, s, alpha), q). `vmap(one_task)(support, query)` runs it for all tasks.
3. after(θ) ← mean over tasks of the surrogate of inner_step(θ, support) on the query;  return grad(after)(θ)

That is exercise 06.5 with experience in the tasks' place. Everything that makes MAML more than pooled training is in the one place where θ
stands twice: in the step, and in the gradient of the step.
"""

from typing import Any

from torch import Tensor
from torch.func import grad, vmap

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_06.inner_step import inner_step
from dremeta_lite.exercises.lesson_06.probes import LINEAR, experience, slopes, start, stepped_in_each
from dremeta_lite.inner.policy_gradient import Experience, surrogate


def meta_gradient(policy: Any, theta: dict[str, Tensor], support: Experience, query: Experience, alpha: float) -> dict[str, Tensor]:
    def after(theta: dict[str, Tensor]) -> Tensor:
        one_task = lambda s, q: surrogate(policy, inner_step(policy, theta, s, alpha), q)
        return vmap(one_task)(support, query).mean()

    return grad(after)(theta)


def cases() -> Cases:
    theta = start()
    for tasks, alpha in ((3, 0.4), (1, 0.2)):
        support = experience(2, theta, tasks)
        query = experience(5, stepped_in_each(theta, support, alpha), tasks)
        given, words = (LINEAR, theta, support, query, alpha), "one task" if tasks == 1 else f"{tasks} tasks"
        yield case(f"{words}, α = {alpha}, by finite differences", *given, expected=slopes(theta, support, query, alpha), tolerance=1e-3)


MISTAKES = """
# That is the first-order gradient: it leaves out how the step depends on θ. No `detach` inside, and differentiate the whole of it.
    inner_step(policy, theta, s, alpha) → {n: theta[n] + (p - theta[n]).detach() for n, p in inner_step(policy, theta, s, alpha).items()}
alpha), q) → alpha), s)  # You judge the step on the support that it was made from. What counts is the query.
inner_step(policy, theta, s, alpha) → theta  # No step is in it: θ itself is judged on the query. That is pooled training.
.mean() → .sum()  # That is the sum over the tasks; the mean keeps its size when there are more of them.
# That is θ after a step. Asked is the gradient alone: Adam makes the outer step.
    {name: theta[name] + g for name, g in meta_gradient(policy, theta, support, query, alpha).items()}
# That is the gradient of a loss, which falls. `climb` goes uphill, and the return is to grow.
    {name: -g for name, g in meta_gradient(policy, theta, support, query, alpha).items()}
meta_gradient(policy, theta, query, support, alpha)  # Support and query have changed places: the step is made from the support.
# The gradient is 0: θ does not reach the query. Call `inner_step` inside what `grad` differentiates, at its θ, without `detach`.
    {name: torch.zeros_like(p) for name, p in theta.items()}
# Only the first task counts: do you index it, or does a `return` stand inside your loop? All tasks count, and their mean.
    vmap(one_task)(support, query) → one_task(*(type(each)(*(x[0] for x in each)) for each in (support, query)))
# Only the last task counts: each round of your loop writes over the one before. All tasks count, and their mean.
    vmap(one_task)(support, query) → one_task(*(type(each)(*(x[-1] for x in each)) for each in (support, query)))
# That is where the steps lead, φ - θ, averaged: Reptile. MAML asks how good φ is in the query, and differentiates that by θ.
    {name: p.mean(0) - theta[name] for name, p in vmap(lambda s: inner_step(policy, theta, s, alpha))(support).items()}
# What is differentiated must be one number: take the mean over the tasks. For the step of each task use `vmap`, or a loop.
    return vmap(one_task)(support, query).mean() → return vmap(one_task)(support, query)
# That is a gradient for each task. Average them over the tasks, or differentiate the average.
    vmap(lambda s, q: grad(lambda t: surrogate(policy, inner_step(policy, t, s, alpha), q))(theta))(support, query)
# The meta-gradient is multiplied by α. α is the length of the inner step alone: Adam knows its own.
    {name: alpha * g for name, g in meta_gradient(policy, theta, support, query, alpha).items()}
"""

EXERCISE = exercise(meta_gradient, cases, MISTAKES, survivors={"gradient": "Adam moves θ along it, and nothing differentiates it again"})
