"""Exercise 06.4 · both meta-gradients by hand · 12 minutes, ★★★

1. The chain rule has two factors here. What is dφ/dθ when φ = θ - αc(θ - g)?
2. First order leaves out exactly one of the two factors.
3. phi ← theta - α·c·(theta - g);  first ← -d·(phi - h);  return ((1 - α·c)·first, first)

The bracket 1 - αc is the whole of the *second* gradient here. For α < 1/c first order only makes the gradient longer; for α > 1/c the
signs differ: the step jumps over the top, and first-order MAML would move θ the wrong way.
"""

import torch
from torch.func import grad

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_06.shared import hill


def hill_meta_gradient(theta: float, alpha: float, c: float, g: float, d: float, h: float) -> tuple[float, float]:
    phi = theta - alpha * c * (theta - g)
    first_order = -d * (phi - h)
    return (1 - alpha * c) * first_order, first_order


def cases() -> Cases:
    for numbers in ((0.5, 0.1, 3.0, 2.0, 1.0, -1.0), (-1.0, 0.5, 2.6, 0.7, 2.0, 1.5), (0.2, 0.0, 1.3, 2.0, 0.9, 0.4)):
        theta, alpha, c, g, d, h = numbers
        support, query = hill(torch.tensor(c).double(), torch.tensor(g).double()), hill(torch.tensor(d).double(), torch.tensor(h).double())
        after = lambda t, s=support, q=query, a=alpha: q(t + a * grad(s)(t))
        start = torch.tensor(theta).double()
        phi = start + alpha * grad(support)(start)
        expected = (grad(after)(start).item(), grad(query)(phi).item())
        yield case(f"θ = {theta:g}, α = {alpha:g}, c = {c:g}, g = {g:g}, d = {d:g}, h = {h:g}", *numbers, expected=expected)


MISTAKES = """
(phi - h) → (theta - h)  # The slope of the query's hill is needed where you stand after the step: at φ, not at θ.
# The full gradient is right. First order, too, takes the slope of the query at φ, where it leaves out the bracket alone.
    hill_meta_gradient(theta, alpha, c, g, d, h)[0], -d * (theta - h)
(1 - alpha * c) → (1 + alpha * c)  # Look at the sign in the bracket: dφ/dθ, with φ = θ - αc(θ - g).
(1 - alpha * c) → (1 - alpha * d)  # The bracket has the curvature of the hill that you adapt on: c, not d.
# Your φ lies on the wrong side of θ: the slope of J_support at θ is -c(θ - g), and the step adds α times that.
    theta - alpha → theta + alpha
-d * → d *  # Both signs are turned: J_query has a minus in front, so its slope at φ is -d(φ - h).
# The two came in the other order: the full gradient first.
    (1 - alpha * c) * first_order, first_order → first_order, (1 - alpha * c) * first_order
"""

EXERCISE = exercise(hill_meta_gradient, cases, MISTAKES, survivors={"`alpha` and `c` swapped": "only their product counts"})
