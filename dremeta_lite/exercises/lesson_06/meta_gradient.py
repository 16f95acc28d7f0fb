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

from dremeta_lite.exercises.declaring import Case, Cases, exercise
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
        yield Case(f"{words}, α = {alpha}, by finite differences", given, expected=slopes(theta, support, query, alpha), tolerance=1e-3)


MISTAKES = """
# That is the first-order gradient: it leaves out how the step depends on θ. No `detach` inside, and differentiate the whole of it.
    inner_step(policy, theta, s, alpha) → {n: theta[n] + (p - theta[n]).detach() for n, p in inner_step(policy, theta, s, alpha).items()}
# You judge the step on the support that it was made from. What counts is the query.
    alpha), q) → alpha), s)
# No step is in it: θ itself is judged on the query. That is pooled training.
    inner_step(policy, theta, s, alpha) → theta
# That is the sum over the tasks; the mean keeps its size when there are more of them.
    .mean() → .sum()
# That is θ after a step. Asked is the gradient alone: Adam makes the outer step.
    {name: theta[name] + g for name, g in meta_gradient(policy, theta, support, query, alpha).items()}
# That is the gradient of a loss, which falls. `climb` goes uphill, and the return is to grow.
    {name: -g for name, g in meta_gradient(policy, theta, support, query, alpha).items()}
# Support and query have changed places: the step is made from the support.
    meta_gradient(policy, theta, query, support, alpha)
"""

SURVIVORS = {"gradient": "Adam moves θ along it, and nothing differentiates it again"}
EXERCISE = exercise(meta_gradient, cases, MISTAKES, survivors=SURVIVORS)
