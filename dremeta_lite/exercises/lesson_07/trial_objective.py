"""Exercise 07.8 · what the outer loop climbs · 8 minutes, ★★☆

1. Which arms should become more likely, and by how much each? And what is it worth to stay undecided?
2. `logits.log_softmax(-1)` has log π of all arms; `gather` takes those that were pulled. The entropy is -Σ π log π over the arms.
3. log_p ← log_softmax(logits);  return the mean over all pulls of  log_p[arm] · advantage + η · (-Σ exp(log_p) · log_p)

The same policy gradient as in 04. What makes it RL² is where the logits come from: a memory, through which the gradient runs back to the
first pull.
"""

import math

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def trial_objective(logits: Tensor, arm: Tensor, advantage: Tensor, eta: float) -> Tensor:
    log_p = logits.log_softmax(-1)
    pulled = log_p.gather(-1, arm[..., None])[..., 0]
    entropy = -(log_p.exp() * log_p).sum(-1)
    return (pulled * advantage + eta * entropy).mean()


def cases() -> Cases:
    small = [[[0.5, -1.0, 0.3], [1.2, 0.4, -0.7]], [[-0.2, 0.9, 1.1], [0.8, -1.5, 0.6]]]
    large = [[[200.0, -300.0, 199.0], [0.0, 400.0, 401.0]], [[2.0, -900.0, 0.0], [1.0, 0.0, 8.0]]]
    for words, logits, eta in (
        ("two trials of two pulls", small, 50.0),
        ("without an entropy bonus", small, 0.0),
        ("very sure", large, 0.7),
    ):
        arm, advantage = [[0, 2], [1, 2]], [[0.7, -1.3], [2.1, 0.4]]
        total = 0.0
        for trial, pulled, credits in zip(logits, arm, advantage, strict=True):
            for row, a, credit in zip(trial, pulled, credits, strict=True):
                log_p = [x - max(row) - math.log(sum(math.exp(y - max(row)) for y in row)) for x in row]
                total += log_p[a] * credit - eta * sum(math.exp(x) * x for x in log_p)
        yield case(f"{words} (η = {eta:g})", logits, arm, advantage, eta, expected=total / 4)


MISTAKES = """
# Your entropy has the wrong sign: being undecided would be punished. -Σ π log π is not negative.
    -(log_p.exp() * log_p) → (log_p.exp() * log_p)
# You fall: what is maximised grows where a good arm becomes more likely. That is a loss, with a minus in front.
    -trial_objective(logits, arm, advantage, eta)
trial_objective(logits, arm, advantage, 0.0)  # The entropy bonus is missing: the policy would stop exploring as soon as it has a favourite.
# All arms are credited. Only log π of the arm that was pulled is multiplied by the advantage.
    log_p.gather(-1, arm[..., None])[..., 0] → log_p.sum(-1)
# That is π, and not log π, of the arm that was pulled: its gradient is small just where the arm is unlikely.
    log_p.gather(-1, arm[..., None])[..., 0] → log_p.gather(-1, arm[..., None])[..., 0].exp()
.mean() → .sum()  # That is the sum over the pulls; the mean keeps its size.
.mean() → .sum(1).mean()  # That is the sum over the pulls of a trial. The mean is over all pulls of all trials.
# The logits themselves are weighed. They are not log-probabilities yet: `log_softmax` makes the chances add up to 1.
    log_p.gather → logits.gather
log_p = logits.log_softmax(-1) → log_p = logits  # Those are logits, not log-probabilities: `log_softmax` makes the chances add up to 1.
logits.log_softmax(-1) → logits.log_softmax(1)  # Your softmax runs over the pulls. At each pull, the chances of the arms add up to 1.
# The shapes do not match: `gather` leaves an axis of length 1, so each pull is multiplied by the advantages of others. Take it off.
    [..., None])[..., 0] → [..., None])
log_p).sum(-1) → log_p).mean(-1)  # The entropy is a sum over the arms, and you take their mean.
# Entropy asks about all arms, not only the one that was pulled: -Σ π log π is a sum over them.
    -(log_p.exp() * log_p).sum(-1) → -pulled.exp() * pulled
-(log_p.exp() * log_p).sum(-1) → -pulled  # -log π of the arm that was pulled is not the entropy: that is -Σ π log π, a sum over all arms.
# A small number in the logarithm keeps it finite, but flattens it: where the policy is very sure, nothing is learned. Use `log_softmax`.
    logits.log_softmax(-1) → (logits.softmax(-1) + 1e-8).log()
(pulled * advantage + eta * entropy) → eta * (pulled * advantage + entropy)  # η weighs the whole. It belongs to the entropy alone.
# softmax, and then log, fails where the policy is very sure: 0 has no logarithm. `log_softmax` does both at once.
    logits.log_softmax(-1) → logits.softmax(-1).log()
logits.log_softmax(-1) → logits.detach().log_softmax(-1)  # their gradient by `logits` is cut off
"""

SURVIVORS = {"* log_p → * cut(log_p)": "what is cut is the slope of Σ π, which is always 1"}
EXERCISE = exercise(trial_objective, cases, MISTAKES, flows="logits", survivors=SURVIVORS)
