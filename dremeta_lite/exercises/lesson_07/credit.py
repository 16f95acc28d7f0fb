"""Exercise 07.7 · credit within a trial · 6 minutes, ★★☆

1. A pull that pays nothing can be the best one of the trial. Which rewards have to count for it?
2. The return of the rest of the trial, as in 07.5; then subtract what is usual at that pull: the mean over the trials.
3. later ← 0;  for t backwards: later ← r_t + γ·later; G_t ← later;  return G minus its mean over trials, pull by pull

No critic is needed: other trials at the same pull are the baseline. They are other tasks, so the luck of having met a good one stays in, as
noise. A critic that sees the memory takes some of that out, too.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def credit(reward: Tensor, discount: float) -> Tensor:
    later, found = 0.0, []
    for paid in reversed(reward.unbind(1)):
        later = paid + discount * later
        found.append(later)
    rest = torch.stack(found[::-1], 1)
    return rest - rest.mean(0)


def cases() -> Cases:
    three = [[1.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.5]]
    for words, reward, discount in (
        ("three trials of three pulls", three, 0.5),
        ("the same, undiscounted", three, 1.0),
        ("two trials of nine pulls", [[1.0, 0.0, 0.5] * 3, [0.0, 1.0, 0.0] * 3], 0.9),
    ):
        sums = [[sum(discount**k * r for k, r in enumerate(row[t:])) for t in range(len(row))] for row in reward]
        usual = [sum(column) / len(sums) for column in zip(*sums, strict=True)]
        expected = [[value - mean for value, mean in zip(row, usual, strict=True)] for row in sums]
        yield case(f"{words} (γ = {discount:g})", reward, discount, expected=expected)


MISTAKES = """
# Only the pull's own reward counts here. Then finding something out is worth nothing, and nobody would explore.
    paid + discount * later → paid
rest - rest.mean(0) → rest  # Nothing is subtracted: every pull that pays looks good, also one that pays less than is usual.
# That is the mean over everything. Late pulls have fewer rewards still to come than early ones: each pull has a mean of its own.
    rest.mean(0) → rest.mean()
# That is the mean over the pulls of a trial. It says how early a pull was, and not how good: take the mean over the trials.
    rest.mean(0) → rest.mean(1, keepdim=True)
credit(reward.flip(1), discount).flip(1)  # What has been paid before a pull is no merit of it. Sum from the pull to the end of the trial.
credit(reward, 1.0)  # The rewards that come later are weighed with γ, once for each pull.
found[::-1] → found  # The order is turned round: the last pull, whose sum is made first, belongs to the end.
# The pull's own reward is missing. The sum begins with it, and what comes later is weighed with γ.
    later = paid + discount * later → now, later = 0 * paid + discount * later, paid + discount * later
    found.append(later) → found.append(now)
# You note the sum before the pull's own reward is in it: first add, then note.
    later = paid + discount * later → now, later = 0 * paid + later, paid + discount * later
    found.append(later) → found.append(now)
# The credit is divided by the spread at each pull. That is often done, but not asked for here: take off the mean, and nothing else.
    return rest - rest.mean(0) → return (rest - rest.mean(0)) / (rest.std(0) + 1e-8)
# The credit is standardised over everything. Take off the mean of the same pull, and do not divide.
    return rest - rest.mean(0) → return (rest - rest.mean()) / (rest.std() + 1e-8)
# The credit is divided by its spread over everything. That is often done, but not asked for here.
    return rest - rest.mean(0) → return (rest - rest.mean(0)) / (rest - rest.mean(0)).std()
# Each pull gets the whole trial's sum. Take what comes from the pull on: what was paid before it is no merit of it.
    rest - rest.mean(0) → (rest[:, :1] - rest[:, :1].mean(0)).expand_as(rest)
# γ counts from the start of the trial here, so that late pulls get little credit. Count from each pull on.
    rest - rest.mean(0) → discount ** torch.arange(rest.shape[1]) * (rest - rest.mean(0))
rest.mean(0) → reward.mean(0)  # You take off the mean reward of the pull. Compare like with like: the mean of the sums from there on.
# You sum over the trials. Time is the second axis: a trial's rewards follow each other along it.
    reversed(reward.unbind(1)) → reversed(reward.unbind(0))
    torch.stack(found[::-1], 1) → torch.stack(found[::-1], 0)
rest - rest.mean(0) → rest.mean(0) - rest  # The sign is wrong: a pull after which more came than usual gets a positive credit.
"""

SURVIVORS = {
    "gradient": "an action is weighed by it; the weight is a constant",
    "later, found = (0.0, []) → later, found = (1.0, [])": "what all trials have is taken off with the mean",
}
EXERCISE = exercise(credit, cases, MISTAKES, survivors=SURVIVORS)
