"""Exercise 11.1 · the two losses of a GAN · 10 minutes, ★★☆

1. D(x) = σ(f(x)) is the chance that x was shown. Which of -log D and -log(1 - D) belongs to which goals?
2. -log σ(f) is `softplus(-f)`, and -log(1 - σ(f)) is `softplus(f)`: neither overflows.
3. loss_d ← mean softplus(-shown) + mean softplus(made);  loss_g ← mean softplus(-made)

Where D is sure, log(1 - D) is flat, and G would learn nothing: so G does not minimise it, but maximises log D instead.
"""

import math

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def gan_losses(shown: Tensor, made: Tensor) -> tuple[Tensor, Tensor]:
    softplus = torch.nn.functional.softplus
    loss_d = softplus(-shown).mean() + softplus(made).mean()
    return loss_d, softplus(-made).mean()


def cases() -> Cases:
    log = math.log
    yield case("D says one half everywhere", [0.0] * 3, [0.0] * 2, expected=(2 * log(2), log(2)))
    # σ(log 2) = 2/3, σ(-log 2) = 1/3, σ(log 3) = 3/4
    d, g = (log(1.5) + log(3)) / 2 + (2 * log(4) + log(4 / 3)) / 3, (2 * log(4 / 3) + log(4)) / 3
    yield case("two shown and three made goals", [log(2), -log(2)], [log(3), log(3), -log(3)], expected=(d, g))
    yield case("D is sure, and right", [300.0, 500.0], [-200.0, -400.0, -300.0], expected=(0.0, 300.0))
    yield case("D is sure, and wrong", [-300.0, -500.0], [200.0, 400.0, 300.0], expected=(700.0, 0.0))


MISTAKES = """
# That G minimises log(1 - D) is the game of the paper's eq. 1: flat where D is sure. Section 3 has G maximise log D instead.
    softplus(-made).mean() → -softplus(made).mean()
softplus(-shown).mean() + softplus(made).mean() → softplus(shown).mean() + softplus(-made).mean()  # Labels of D are swapped.
softplus(-shown).mean() + softplus(made).mean() → softplus(-shown).mean()  # D has to say no to made goals as well: a term is missing.
# Where D is sure, an exp or the logarithm of a σ is infinite in both of your losses. softplus(-f) is -log σ(f), and stays finite.
    torch.nn.functional.softplus → lambda f: -(-f).sigmoid().log()
# Where D is sure, an exp or the logarithm of a σ is infinite in D's loss: softplus(-f) is -log σ(f), and stays finite.
    softplus(-shown).mean() + softplus(made).mean() → -shown.sigmoid().log().mean() - (1 - made.sigmoid()).log().mean()
# One mean over all goals weighs shown and made ones by their number. Each kind has a mean of its own.
    softplus(-shown).mean() + softplus(made).mean() → torch.cat([softplus(-shown), softplus(made)]).mean() * 2
# That is one mean over all goals. Add two instead: one over the shown goals, and one over the made ones.
    softplus(-shown).mean() + softplus(made).mean() → torch.cat([softplus(-shown), softplus(made)]).mean()
"""

SURVIVORS = {f"`{name}` in reverse along axis 0": "a mean knows no order" for name in ("shown", "made")}
EXERCISE = exercise(gan_losses, cases, MISTAKES, flows="shown made", survivors=SURVIVORS)
