"""Exercise 04.4 · REINFORCE as a loss · 8 minutes, ★★☆

1. An optimiser makes a loss smaller. What should become larger?
2. `logits.log_softmax(-1)` gives log π of all actions; `gather` picks the ones that were chosen. Mind the shapes.
3. chosen ← log_softmax(logits) at the actions, shape [n];  return -(chosen · returns).mean()

The number itself means nothing: it may rise while the policy improves. Only its gradient, at the parameters that acted, is the policy
gradient. So after one step the data are used up; PPO is about using them longer.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_04.score import log_softmax_by_hand


def reinforce_loss(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    log_prob = logits.log_softmax(dim=1)
    chosen = log_prob.gather(1, actions[:, None]).squeeze(1)
    return -(chosen * returns).mean()


LOGITS = [[0.2, -0.7, 1.1], [0.9, 0.3, -0.4], [0.0, 1.3, 0.5], [-0.6, 0.1, 0.7], [110.0, -2.0, 0.0]]


def cases() -> Cases:
    for n, actions, returns in (
        (4, [2, 0, 1, 1], [3.0, -1.0, 2.0, 0.5]),
        (1, [1], [4.0]),
        (2, [0, 2], [0.0, -2.5]),
        (5, [0, 2, 0, 1, 1], [1.0, 2.0, -0.5, 0.7, 3.0]),
    ):
        terms = [log_softmax_by_hand(LOGITS[i], actions[i]) * returns[i] for i in range(n)]
        tried = f"{n} step{'s' * (n > 1)}, actions {actions}, returns {returns}"
        yield case(tried, LOGITS[:n], actions, returns, expected=-sum(terms) / n)


MISTAKES = """
-reinforce_loss(logits, actions, returns)  # The sign: optimisers go downhill, and we want more return. So the loss is minus the objective.
log_softmax → softmax  # You used the probability. The policy gradient needs its logarithm: the score is ∇ log π.
logits.log_softmax(dim=1) → logits  # Those are logits, not logarithms of probabilities: they have not been normalised.
.squeeze(1) →  # Every step got every return. Is there a column [n, 1] times a row [n], or a mean too early?
.mean() → .sum()  # That is the sum over the steps; the mean keeps its size when there are more of them.
dim=1 → dim=0  # The softmax runs over the steps. It belongs over the actions, the last axis.
log_softmax(dim=1) → softmax(dim=1).log()  # A tiny probability rounds to 0, and its logarithm is infinite. `log_softmax` does both in one.
# You subtract the mean return. A baseline is welcome in training; here the returns are weights as they are.
    returns) → (returns - returns.mean()))
reinforce_loss(logits.detach(), actions, returns)  # their gradient by `logits` is cut off
"""

SURVIVORS = {"`logits` is quiet where it does not count": "a step with a return of 0 weighs nothing"}
EXERCISE = exercise(reinforce_loss, cases, MISTAKES, flows="logits", func=True, survivors=SURVIVORS)
