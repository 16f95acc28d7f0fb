"""Exercise 11.4 · what the Goal GAN's discriminator learns · 8 minutes, ★★☆

1. Three kinds of goals: good ones, others that were tried, and those that G makes. To which number is D drawn for each?
2. Good goals to 1, the other two to -1, by squares; each kind has a mean of its own. What is the mean of no goals?
3. loss ← mean (d - 1)² over good + mean (d + 1)² over others (0 if there is none) + mean (made + 1)²

In a usual GAN D learns from examples alone. Here it also sees what is *not* wanted, so that goals which have become easy are left behind.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def goal_gan_loss(tried: Tensor, good: Tensor, made: Tensor) -> Tensor:
    up = ((tried - 1).square() * good).sum() / good.sum().clamp(min=1)
    down = ((tried + 1).square() * ~good).sum() / (~good).sum().clamp(min=1)
    return up + down + (made + 1).square().mean()


def cases() -> Cases:
    yes, no = True, False
    for words, tried, good, made, expected in (
        ("D is right about all", [1.0, -1.0, 1.0], [yes, no, yes], [-1.0, -1.0], 0.0),
        ("two good goals, three others, three made", [0.0, 2.0, 0.5, 0.0, 1.0], [yes, yes, no, no, no], [0.5, -1.0, 1.0], 1.0 + 13.5 / 3),
        ("all goals are good", [0.5, 3.0], [yes, yes], [0.0], 4.25 / 2 + 1.0),
        ("one of each", [0.5, 3.0], [no, yes], [0.0], 4.0 + 2.25 + 1.0),
        ("none is", [0.5, -2.0, 1.0], [no, no, no], [0.0, -2.0], 7.25 / 3 + 1.0),
    ):
        yield case(words, tried, good, made, expected=expected)


MISTAKES = """
# Goals that were tried and are not good are left out. Without them D cannot tell easy goals from good ones.
    up + down + (made + 1) → up + (made + 1)
(made + 1).square().mean() → (made - 1).square().mean()  # D is drawn to -1 for what G makes. To make D say 0 is G's own aim.
* good).sum() / good.sum().clamp(min=1) → * good).sum() / len(good)  # The mean over good goals divides by their number, not by all.
(tried + 1).square() * ~good → tried.square() * ~good  # Goals that are not good are drawn to -1, and 0 is where D cannot tell.
# All goals that were tried share one mean in the paper. Here good ones and others have one each, whatever their number.
    up + down + (made → (((tried - 1).square() * good).sum() + ((tried + 1).square() * ~good).sum()) / len(tried) + (made
# Without any goal of a kind that is 0 / 0. A kind that is not there adds 0.
    up = ((tried - 1).square() * good).sum() / good.sum().clamp(min=1) → up = (tried[good] - 1).square().mean()
    down = ((tried + 1).square() * ~good).sum() / (~good).sum().clamp(min=1) → down = (tried[~good] + 1).square().mean()
"""

SURVIVORS = {"`made` in reverse along axis 0": "a mean knows no order", "(tried - 1) → (1 - tried)": "only its square enters"}
EXERCISE = exercise(goal_gan_loss, cases, MISTAKES, flows="tried made", survivors=SURVIVORS)
