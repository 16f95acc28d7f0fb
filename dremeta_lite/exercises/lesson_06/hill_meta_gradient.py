"""Exercise 06.hill_meta_gradient: both meta-gradients by hand."""

from collections.abc import Iterator

import torch
from torch.func import grad

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake
from dremeta_lite.exercises.lesson_06.shared import hill


def hill_meta_gradient(theta: float, alpha: float, c: float, g: float, d: float, h: float) -> tuple[float, float]:
    phi = theta - alpha * c * (theta - g)
    first_order = -d * (phi - h)
    return (1 - alpha * c) * first_order, first_order


def gradient_at_theta(theta: float, alpha: float, c: float, g: float, d: float, h: float) -> tuple[float, float]:
    return (1 - alpha * c) * -d * (theta - h), -d * (theta - h)


def wrong_bracket(theta: float, alpha: float, c: float, g: float, d: float, h: float) -> tuple[float, float]:
    first = -d * (theta - alpha * c * (theta - g) - h)
    return (1 + alpha * c) * first, first


def first_order_at_theta(theta: float, alpha: float, c: float, g: float, d: float, h: float) -> tuple[float, float]:
    return hill_meta_gradient(theta, alpha, c, g, d, h)[0], -d * (theta - h)


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


EXERCISE = Exercise(
    id="06.hill_meta_gradient",
    title="both meta-gradients by hand",
    minutes=12,
    stars=3,
    reference=hill_meta_gradient,
    cases=hill_cases,
    mistakes=(
        Mistake(gradient_at_theta, "The slope of the query's hill is needed where you stand after the step: at φ, not at θ."),
        Mistake(
            first_order_at_theta,
            "The full gradient is right. First order, too, takes the slope of the query at φ, where it leaves out the bracket alone.",
        ),
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
    survivors={
        "`alpha` and `c` swapped": "only their product counts",
    },
)
