"""Exercise 05.3 · a copy for each task · 6 minutes, ★★☆

1. How many φ are there, and where does each of them start? What must θ be afterwards?
2. Broadcasting copies: θ without a task axis minus a gradient with one has a task axis.
3. for every name: phi[name] ← theta[name] - alpha · gradients[name];  return phi

`theta[name] - …` makes new tensors, so θ is there for the next task: the inner loop, in one line. The program's `apply_gradients`
writes into the only weights there are.
"""

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.networks import Params


def adapt_copies(theta: Params, gradients: Params, alpha: float) -> Params:
    phi = {}
    for name in theta:
        phi[name] = theta[name] - alpha * gradients[name]
    return phi


def cases() -> Cases:
    theta = {"weight": [[0.5, -1.0], [2.0, 0.3]], "bias": [0.1, -0.7]}
    for alpha, slopes in ((0.1, (3.0, -2.0, 5.0)), (0.4, (1.5,))):
        gradients = {"weight": [[[s, 2 * s], [-s, 0.5]] for s in slopes], "bias": [[s * s, 1.0] for s in slopes]}
        weight = [[[0.5 - alpha * s, -1.0 - alpha * 2 * s], [2.0 + alpha * s, 0.3 - alpha * 0.5]] for s in slopes]
        expected = {"weight": weight, "bias": [[0.1 - alpha * s * s, -0.7 - alpha] for s in slopes]}
        yield case(f"{len(slopes)} task{'s' * (len(slopes) > 1)}, α = {alpha}", theta, gradients, alpha, expected=expected)
    deep, slopes = {f"layer {i}": [0.5 * i] for i in range(10)}, [[1.0], [-2.0]]
    expected = {name: [[p - 0.2], [p + 0.4]] for name, (p,) in deep.items()}
    yield case("2 tasks, ten layers, α = 0.2", deep, dict.fromkeys(deep, slopes), 0.2, expected=expected)


MISTAKES = """
# There is one φ for all tasks, moved along the mean gradient. Each task is to get a copy of its own.
    gradients[name] → gradients[name].mean(0)
# The argument `theta` was changed
    theta[name] - alpha * gradients[name] → torch.stack([theta[name].sub_(alpha * g).clone() for g in gradients[name]])
alpha * gradients[name] → gradients[name]  # The whole gradient is subtracted. How long the step is, α says.
theta[name] - → theta[name] +  # You walk up the loss. Gradients of a *loss* are subtracted.
gradients[name] → gradients[name].cumsum(0)  # Each task starts where the one before it ended. All start from θ: that is what a copy is for.
"""

EXERCISE = exercise(adapt_copies, cases, MISTAKES, survivors={"gradient": "06 differentiates such a step, and this lesson does not"})
