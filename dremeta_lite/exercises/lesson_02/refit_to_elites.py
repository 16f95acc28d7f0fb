"""Exercise 02.6 · the step of the cross-entropy method · 5 minutes, ★☆☆

1. Which plans are the elites, and over which axis do they differ?
2. `returns.topk(elites).indices` says which; `plans[...]` takes them; then `.mean(0)` and `.std(0)`.
3. best ← indices of the `elites` largest returns;  return mean and std of plans[best] over axis 0

Guess, keep the best, guess around them: the whole of CEM is this step in a loop. It needs no gradient of the model, so it works with any.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def refit_to_elites(plans: Tensor, returns: Tensor, elites: int) -> tuple[Tensor, Tensor]:
    best = returns.topk(elites).indices
    return plans[best].mean(0), plans[best].std(0)


def cases() -> Cases:
    plans, returns = [[[0.0], [9.0]], [[1.0], [5.0]], [[-70.0], [20.0]], [[4.0], [1.0]], [[7.0], [3.0]]], [-3.0, 2.0, -8.0, 5.0, 1.0]
    three = [[4.0], [3.0]], [[3.0], [2.0]]  # 1, 4, 7 and 5, 1, 3
    yield case("5 plans of 2 steps, 3 elites", plans, returns, 3, expected=three)
    yield case("2 elites", plans, returns, 2, expected=([[2.5], [3.0]], [[3 / 2**0.5], [4 / 2**0.5]]))
    large, far = [[[4000.5], [4005.0]], [[9e5], [-9e5]], [[4001.5], [4005.0]]], ([[4001.0], [4005.0]], [[0.5**0.5], [0.0]])
    yield case("3 plans of large numbers, 2 elites", large, [0.3, 0.1, 0.2], 2, expected=far)
    flat, expected = [[[2.0, -1.0]], [[6.0, 0.0]], [[0.0, 1.0]], [[2.0, 3.0]]], ([[8 / 3, 4 / 3]], [[(28 / 3) ** 0.5, (7 / 3) ** 0.5]])
    yield case("plans of one step with two actions", flat, [-2.0, -1.0, -1.5, -0.5], 3, expected=expected)


MISTAKES = """
topk(elites) → topk(elites, largest=False)  # These are the worst plans. A return is to be large.
plans.mean(0), plans.std(0)  # You fit the Gaussian to all plans. Only the elites count.
plans[:elites].mean(0), plans[:elites].std(0)  # You take the first plans, not the best: their order says nothing.
# You average over time. Each time step has a mean and a spread of its own, over the elites.
    mean(0), plans[best].std(0) → mean(1), plans[best].std(1)
# That is one mean for all times. Each time step has a mean and a spread of its own.
    mean(0), plans[best].std(0) → mean((0, 1)), plans[best].std((0, 1))
std(0) → std(0, correction=0)  # You divide by the number of elites. The text asks for n - 1 there, as `std` does by itself.
std(0) → var(0)  # That is the variance; asked for is its square root, the standard deviation.
"""

EXERCISE = exercise(refit_to_elites, cases, MISTAKES, survivors={"gradient": "this search needs no gradient"})
