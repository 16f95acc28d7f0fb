"""Notebook 06: the meta-learning loop, on hills whose gradients can be computed by hand."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.func import grad, vmap

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake, Question, Wrong

Objective = Callable[[Tensor], Tensor]


def hill(curvature: Tensor, top: Tensor) -> Objective:
    """J(θ) = -½ Σ curvature · (θ - top)²: gradient and everything that follows from it have closed forms."""
    return lambda theta: -0.5 * (curvature * (theta - top) ** 2).sum()


SUPPORT_HILL, QUERY_HILL = (torch.tensor([2.0, 0.5]), torch.tensor([1.0, -3.0])), (torch.tensor([1.5, 4.0]), torch.tensor([0.4, 2.0]))
THETA = torch.tensor([0.3, 0.7])


# --- 06.adapt_by_hand -------------------------------------------------------------------------------------------------------------------


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
    for name, (curvature, top), alpha in (("a hill in the plane", SUPPORT_HILL, 0.1), ("a steeper one", QUERY_HILL, 0.3)):
        yield Case(f"{name}, α = {alpha}", (hill(curvature, top), THETA, alpha), expected=THETA - alpha * curvature * (THETA - top))
    yield Case("α = 0, which must change nothing", (hill(*SUPPORT_HILL), THETA, 0.0), expected=THETA)


def adapt_lets_the_gradient_through(answer: Callable[..., Tensor]) -> None:
    """dφ/dθ on a hill is 1 - α · curvature, not 1."""
    curvature, top = SUPPORT_HILL
    slope = torch.func.jacrev(lambda theta: answer(hill(curvature, top), theta, 0.1))(THETA)
    if not torch.allclose(slope, torch.diag(1 - 0.1 * curvature), atol=1e-5):
        raise Wrong(
            f"φ is right, but its derivative by θ is not: expected {(1 - 0.1 * curvature).tolist()} on the diagonal, got "
            f"{slope.diagonal().tolist()}. The gradient is cut off somewhere (`detach`, `.data`, `no_grad`?). The outer loop needs it."
        )


# --- 06.objective_after ------------------------------------------------------------------------------------------------------------


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


def meta_objective_cases() -> Iterator[Case]:
    (c, g), (d, h) = SUPPORT_HILL, QUERY_HILL
    for alpha in (0.1, 0.4):
        phi = THETA - alpha * c * (THETA - g)
        value = -0.5 * (d * (phi - h) ** 2).sum()
        yield Case(f"two different hills, α = {alpha}", (hill(c, g), hill(d, h), THETA, alpha), expected=value)


def meta_objective_lets_the_gradient_through(answer: Callable[..., Tensor]) -> None:
    (c, g), (d, h) = ((x.double() for x in pair) for pair in (SUPPORT_HILL, QUERY_HILL))
    objective = lambda theta: answer(hill(c, g), hill(d, h), theta, 0.1)
    theta, step = THETA.double(), 1e-5
    slopes = [(objective(theta + e) - objective(theta - e)).item() / (2 * step) for e in torch.eye(2, dtype=torch.float64) * step]
    got = grad(objective)(theta).tolist()
    if not torch.allclose(torch.tensor(got), torch.tensor(slopes), rtol=1e-4):
        raise Wrong(
            f"The value is right, but its gradient by θ is not: finite differences give {slopes}, got {got}. "
            "The gradient does not pass through the inner step: is there a `detach`?"
        )


# --- 06.hill_meta_gradient --------------------------------------------------------------------------------------------------------


def hill_meta_gradient(theta: float, alpha: float, c: float, g: float, d: float, h: float) -> tuple[float, float]:
    phi = theta - alpha * c * (theta - g)
    first_order = -d * (phi - h)
    return (1 - alpha * c) * first_order, first_order


def gradient_at_theta(theta: float, alpha: float, c: float, g: float, d: float, h: float) -> tuple[float, float]:
    return (1 - alpha * c) * -d * (theta - h), -d * (theta - h)


def wrong_bracket(theta: float, alpha: float, c: float, g: float, d: float, h: float) -> tuple[float, float]:
    first = -d * (theta - alpha * c * (theta - g) - h)
    return (1 + alpha * c) * first, first


def query_curvature(theta: float, alpha: float, c: float, g: float, d: float, h: float) -> tuple[float, float]:
    first = -d * (theta - alpha * c * (theta - g) - h)
    return (1 - alpha * d) * first, first


def step_downhill(theta: float, alpha: float, c: float, g: float, d: float, h: float) -> tuple[float, float]:
    first = -d * (theta + alpha * c * (theta - g) - h)
    return (1 - alpha * c) * first, first


def slope_upside_down(theta: float, alpha: float, c: float, g: float, d: float, h: float) -> tuple[float, float]:
    full, first = hill_meta_gradient(theta, alpha, c, g, d, h)
    return -full, -first


def other_order(theta: float, alpha: float, c: float, g: float, d: float, h: float) -> tuple[float, float]:
    full, first = hill_meta_gradient(theta, alpha, c, g, d, h)
    return first, full


def hill_cases() -> Iterator[Case]:
    for numbers in ((0.5, 0.1, 3.0, 2.0, 1.0, -1.0), (-1.0, 0.5, 3.0, 0.7, 2.0, 1.5), (0.2, 0.0, 1.3, 2.0, 0.9, 0.4)):
        theta, alpha, c, g, d, h = numbers
        support, query = hill(torch.tensor(c).double(), torch.tensor(g).double()), hill(torch.tensor(d).double(), torch.tensor(h).double())
        after = lambda t, s=support, q=query, a=alpha: q(t + a * grad(s)(t))
        start = torch.tensor(theta).double()
        phi = start + alpha * grad(support)(start)
        expected = (grad(after)(start).item(), grad(query)(phi).item())
        yield Case(f"θ = {theta:g}, α = {alpha:g}, c = {c:g}, g = {g:g}, d = {d:g}, h = {h:g}", numbers, expected=expected)


# --- 06.batch_meta_gradient -------------------------------------------------------------------------------------------------------


def batch_meta_gradient(J: Callable[[Tensor, Tensor], Tensor], theta: Tensor, tasks: Tensor, alpha: float) -> Tensor:
    def after(theta: Tensor) -> Tensor:
        one_task = lambda task: J(theta + alpha * grad(J)(theta, task), task)
        return vmap(one_task)(tasks).mean()

    return grad(after)(theta)


def summed(J: Callable[[Tensor, Tensor], Tensor], theta: Tensor, tasks: Tensor, alpha: float) -> Tensor:
    return batch_meta_gradient(J, theta, tasks, alpha) * len(tasks)


def one_phi_for_all(J: Callable[[Tensor, Tensor], Tensor], theta: Tensor, tasks: Tensor, alpha: float) -> Tensor:
    average = lambda theta: torch.stack([J(theta, task) for task in tasks]).mean()
    return grad(lambda theta: average(theta + alpha * grad(average)(theta)))(theta)


def one_after_the_other(J: Callable[[Tensor, Tensor], Tensor], theta: Tensor, tasks: Tensor, alpha: float) -> Tensor:
    def after(theta: Tensor) -> Tensor:
        phi, values = theta, []
        for task in tasks:
            phi = phi + alpha * grad(J)(phi, task)
            values.append(J(phi, task))
        return torch.stack(values).mean()

    return grad(after)(theta)


def pooled_gradient(J: Callable[[Tensor, Tensor], Tensor], theta: Tensor, tasks: Tensor, alpha: float) -> Tensor:
    return torch.stack([grad(J)(theta, task) for task in tasks]).mean(0)


def already_moved(J: Callable[[Tensor, Tensor], Tensor], theta: Tensor, tasks: Tensor, alpha: float) -> Tensor:
    return theta + batch_meta_gradient(J, theta, tasks, alpha)


def first_order_only(J: Callable[[Tensor, Tensor], Tensor], theta: Tensor, tasks: Tensor, alpha: float) -> Tensor:
    return torch.stack([grad(J)(theta + alpha * grad(J)(theta, task), task) for task in tasks]).mean(0)


def bump(theta: Tensor, task: Tensor) -> Tensor:
    """Not a parabola: its curvature depends on where one stands, so that every shortcut shows."""
    return torch.exp(-(theta - task).square().sum()) - 0.1 * (theta[0] * task[1]) ** 2


def slope(f: Callable[[Tensor], Tensor], at: Tensor, step: float) -> Tensor:
    """The gradient by central differences."""
    return torch.stack([(f(at + e) - f(at - e)) / (2 * step) for e in torch.eye(len(at), dtype=at.dtype) * step])


def batch_cases() -> Iterator[Case]:
    for n, alpha in ((3, 0.4), (1, 0.7)):
        tasks, theta = torch.tensor([[0.5, 1.0], [-0.3, 0.8], [1.2, -0.4]])[:n].double(), THETA.double()

        def after(theta: Tensor, tasks: Tensor = tasks, alpha: float = alpha) -> Tensor:
            values = [bump(theta + alpha * slope(lambda x, t=task: bump(x, t), theta, 1e-5), task) for task in tasks]
            return torch.stack(values).mean()

        words = "one task" if n == 1 else f"{n} tasks"
        expected = slope(after, theta, 1e-4)
        yield Case(f"{words} on a bumpy landscape, α = {alpha}", (bump, theta, tasks, alpha), expected=expected, tolerance=1e-4)


# --- 06.adapt_k -------------------------------------------------------------------------------------------------------------------


def adapt_k(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    phi = theta
    for _ in range(steps):
        phi = phi + alpha * grad(J)(phi)
    return phi


def always_from_theta(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    phi = theta
    for _ in range(steps):
        phi = phi + alpha * grad(J)(theta)
    return phi


def one_long_step(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    return theta + steps * alpha * grad(J)(theta)


def only_one_step(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    phi = theta
    for _ in range(steps):
        phi = theta + alpha * grad(J)(theta)
    return phi


def one_too_few(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    return adapt_k(J, theta, alpha, steps - 1)


def one_too_many(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    return adapt_k(J, theta, alpha, steps + 1)


def in_place(J: Objective, theta: Tensor, alpha: float, steps: int) -> Tensor:
    for _ in range(steps):
        theta += alpha * grad(J)(theta)
    return theta


def adapt_k_cases() -> Iterator[Case]:
    (c, g), alpha = SUPPORT_HILL, 0.3
    for steps in (1, 3, 0):
        expected = g + (1 - alpha * c) ** steps * (THETA - g)  # each step shrinks the distance to the top by the same factor
        yield Case(f"{steps} step{'s' * (steps != 1)} on a hill, α = {alpha}", (hill(c, g), THETA, alpha, steps), expected=expected)


EXERCISES = (
    Exercise(
        id="06.adapt_by_hand",
        title="the inner step",
        minutes=5,
        stars=1,
        reference=adapt_by_hand,
        cases=adapt_cases,
        properties=(adapt_lets_the_gradient_through,),
        mistakes=(
            Mistake(downhill, "You walk downhill: J is a return and is to grow, so the gradient is added."),
            Mistake(without_alpha, "The step has the length of the gradient itself: where is α?"),
            Mistake(only_the_step, "That is the step alone. Where does it start?"),
            Mistake(cut_off, "The gradient is cut off somewhere"),
        ),
        hints=(
            "J is a return: do you want more of it or less? And where does the step start?",
            "`grad(J)` is a function: `grad(J)(theta)` is the gradient of J at theta. Section 2 has the formula.",
            "gradient ← the gradient of J at θ;  return θ + α · gradient",
        ),
        why="The inner loop is one line. What matters for meta-learning is what you did *not* write: nothing cuts φ off from θ.",
    ),
    Exercise(
        id="06.adapt_k",
        title="several inner steps",
        minutes=5,
        stars=1,
        reference=adapt_k,
        cases=adapt_k_cases,
        mistakes=(
            Mistake(always_from_theta, "Each step uses the gradient at θ. But after the first step you stand somewhere else."),
            Mistake(only_one_step, "However many steps are asked for, that is one: each starts at θ again, not where the last one ended."),
            Mistake(one_too_few, "That is one step too few: count the rounds of your loop."),
            Mistake(one_too_many, "That is one step too many: with steps = 0 nothing may change."),
            Mistake(in_place, "The argument `theta` was changed"),
        ),
        hints=(
            "After the first step, where do you stand, and which gradient is valid there?",
            "Keep a variable `phi` that starts as `theta` and is replaced `steps` times.",
            "phi ← theta;  repeat `steps` times: phi ← phi + α · (gradient of J at phi);  return phi",
        ),
        why=(
            "`phi = phi + …` makes a new tensor; `theta += …` would write into the start that all other tasks still need. On a hill every "
            "step multiplies the distance to the top by 1 - αc: it shrinks for α < 2/c, and beyond that adaptation diverges."
        ),
    ),
    Exercise(
        id="06.objective_after",
        title="the meta-objective",
        minutes=8,
        stars=2,
        reference=objective_after,
        cases=meta_objective_cases,
        properties=(meta_objective_lets_the_gradient_through,),
        mistakes=(
            Mistake(judged_on_support, "You judge φ on the support, which it was made from. The query has not been seen yet: judge there."),
            Mistake(swapped, "Support and query are mixed up: adapt on the support, judge on the query."),
            Mistake(not_adapted, "That is the return before adaptation: pooled training. Judge φ, not θ."),
            Mistake(adapted_on_query, "You adapt on the query. It is there to judge only; adapting on it is peeping at the exam."),
            Mistake(the_gain, "That is what the step gains. Asked is the value after it: J_query at φ, and nothing taken away."),
        ),
        hints=(
            "Which of the two may φ be computed from, and which is there to judge it?",
            "Two lines: φ from the support (you have written it), then the value of the query's J at φ.",
            "phi ← theta + α · (gradient of J_support at theta);  return J_query(phi)",
        ),
        why="Equation 1 of Finn et al. (2017), for one task. Its gradient by θ passes through φ, since nothing is detached.",
    ),
    Exercise(
        id="06.hill_meta_gradient",
        title="both meta-gradients by hand",
        minutes=12,
        stars=3,
        reference=hill_meta_gradient,
        cases=hill_cases,
        mistakes=(
            Mistake(gradient_at_theta, "The slope of the query's hill is needed where you stand after the step: at φ, not at θ."),
            Mistake(wrong_bracket, "Look at the sign in the bracket: dφ/dθ, with φ = θ - αc(θ - g)."),
            Mistake(query_curvature, "The bracket has the curvature of the hill that you adapt on: c, not d."),
            Mistake(
                step_downhill,
                "Your φ lies on the wrong side of θ: the slope of J_support at θ is -c(θ - g), and the step adds α times that.",
            ),
            Mistake(slope_upside_down, "Both signs are turned: J_query has a minus in front, so its slope at φ is -d(φ - h)."),
            Mistake(other_order, "The two came in the other order: the full gradient first."),
        ),
        hints=(
            "The chain rule has two factors here. What is dφ/dθ when φ = θ - αc(θ - g)?",
            "First order leaves out exactly one of the two factors.",
            "phi ← theta - α·c·(theta - g);  first ← -d·(phi - h);  return ((1 - α·c)·first, first)",
        ),
        why=(
            "The bracket 1 - αc is the whole of the *second* gradient here. For α < 1/c first order only makes the gradient longer; for "
            "α > 1/c the signs differ: the step jumps over the top, and first-order MAML would move θ the wrong way."
        ),
    ),
    Exercise(
        id="06.batch_meta_gradient",
        title="averaging over tasks",
        minutes=12,
        stars=3,
        reference=batch_meta_gradient,
        cases=batch_cases,
        mistakes=(
            Mistake(summed, "That is the sum over the tasks; the average keeps its size when the batch grows."),
            Mistake(one_phi_for_all, "You adapt one φ to all tasks together. Every task has a φ of its own, and the average comes last."),
            Mistake(one_after_the_other, "Each task starts where the last one ended. Every task has to start from θ."),
            Mistake(pooled_gradient, "There is no inner step in it: that is pooled training."),
            Mistake(
                already_moved, "That is θ after a step of the outer loop. Asked is the gradient alone; whoever calls you takes the step."
            ),
            Mistake(first_order_only, "That is the first-order gradient: it leaves out how φ depends on θ. Differentiate the whole thing."),
        ),
        hints=(
            "How many different φ are there when there are three tasks, and where does each of them start?",
            "Write a function of θ that returns the average of J(φ, task) over the tasks, and take its gradient.",
            "after(θ) ← mean over tasks of J(θ + α · gradient of J(·, task) at θ, task);  return gradient of `after` at θ",
        ),
        why=(
            "`grad(J)` differentiates by the first argument only, so the task stays fixed. `vmap` runs `one_task` for all tasks at once; a "
            "list comprehension with `torch.stack` gives the same. This is what `MAML.advance` does, with experience in the tasks' place."
        ),
    ),
)

QUIZ = (
    Question(
        "What does MAML learn in the outer loop?",
        ("the adapted parameters φ of each task", "the starting point θ", "the reward of each task", "the inner learning rate α"),
        "b",
        (
            "φ is made by the inner loop, anew for each task, and thrown away afterwards.",
            "θ is the one thing that is kept from task to task.",
            "Rewards come from the world; nothing learns them here.",
            "α is fixed in this notebook. Meta-SGD (Li et al. 2017) learns it, too.",
        ),
    ),
    Question(
        "Why is φ judged on query trajectories, and not on the support that it was computed from?",
        (
            "to save time",
            "because the support has no rewards",
            "because on the support a step looks good even if it only fitted the noise in it",
        ),
        "c",
        (
            "It costs time: the query has to be sampled.",
            "It has; the inner gradient is made from them.",
            "A step is fitted to its support. Only new trajectories tell whether it helps in the task itself.",
        ),
    ),
    Question(
        "First-order MAML treats one thing as a constant. Which?",
        ("the inner gradient ∇J(θ)", "the starting point θ", "the query", "the tasks"),
        "a",
        (
            "Then dφ/dθ is the identity, and the gradient at φ is used as it is.",
            "θ is what is being learned.",
            "The query is data in both versions.",
            "Tasks are drawn anew in each meta-iteration in both versions.",
        ),
    ),
    Question(
        "In MirroredNavigation2D MAML's θ returns far less than standing still before adaptation. Is something broken?",
        (
            "yes: a good start must do well at once",
            "yes: α is too large",
            "no: the outer loop looks at the return after adaptation only",
        ),
        "c",
        (
            "Nothing in the objective asks for that, and there a policy that does well at once is a bad place to adapt from.",
            "After three steps it is close to the goal, so the steps are not too long.",
            "θ walks in a spiral: a bad policy, from which one or two steps lead to the right rule under either sign.",
        ),
    ),
    Question(
        "What does MAML become when α = 0?",
        ("random search", "pooled training", "first-order MAML", "it cannot be run"),
        "b",
        (
            "There still is a gradient.",
            "φ = θ, so the outer loop maximises the return of one policy over all tasks.",
            "First order needs a step, too; it only differentiates it otherwise.",
            "It can; the code has no division by α.",
        ),
    ),
)
