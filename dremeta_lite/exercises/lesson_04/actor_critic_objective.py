"""Exercise 04.9 · what actor and critic climb · 10 minutes, ★★☆

1. Three terms: which of log_prob, entropy and value may each of them move? What has to stay where it is?
2. The advantage is target - value, `detach`ed. So is the target in the critic's error. The critic's error is to shrink: a minus.
3. Â ← (target - value).detach();  return the mean of  log_prob · Â  -  ½ · (value - target.detach())²  +  η · entropy

Without the first `detach` the actor's term moves the critic: it makes values small where log π is positive or large, only to make the
advantage look good. Without the second, a target that is made of values would run after them.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_04.probes import LEAK, TARGET, VALUE, moves


def actor_critic_objective(log_prob: Tensor, entropy: Tensor, value: Tensor, target: Tensor, eta: float) -> Tensor:
    advantage = (target - value).detach()
    error = 0.5 * (value - target.detach()).square()
    return (log_prob * advantage - error + eta * entropy).mean()


def cases() -> Cases:
    log_prob, entropy = [[-0.5, -1.2], [-0.1, -2.3]], [[0.6, 0.2], [0.1, 0.7]]
    value, target = [[1.0, -0.4], [2.5, 0.3]], [[2.2, 0.7], [1.1, 0.9]]
    for eta in (0.3, 0.0):
        rows = zip(*([x for row in each for x in row] for each in (log_prob, entropy, value, target)), strict=True)
        each = [lp * (g - v) - 0.5 * (v - g) ** 2 + eta * h for lp, h, v, g in rows]
        yield case(f"two episodes of two steps, η = {eta:g}", log_prob, entropy, value, target, eta, expected=sum(each) / 4)


MISTAKES = f"""
(target - value).detach() → (target.detach() - value)  # {LEAK}
target.detach()).square() → target).square()  # {TARGET}
error = 0.5 * (value → error = 0.5 * (value.detach()  # {VALUE}
# The advantage has the wrong sign: an action did well if more came than the critic expected, target - value.
    (target - value).detach() → (value - target).detach()
* advantage - error → * advantage + error  # The critic's error is added, so it would grow. What is climbed has it with a minus.
actor_critic_objective(log_prob, entropy, value, target, -eta)  # The entropy bonus has the wrong sign: being undecided would be punished.
# That is a loss, which falls. What is asked for is climbed: turn the sign of the whole.
    -actor_critic_objective(log_prob, entropy, value, target, eta)
(target - value).detach() → target.detach()  # The actor is weighed by the whole target: the baseline is missing. Subtract the value.
0.5 * ( → 1.0 * (  # The square of the critic's error counts half, so that its gradient is the error itself.
.mean() → .sum()  # That is the sum over the steps; the mean keeps its size.
- error + → +  # The critic's error is missing: then nothing teaches the critic.
+ eta * entropy → + 0 * entropy  # The entropy bonus is missing: the actor would stop exploring as soon as it has a favourite.
log_prob * → log_prob.exp() *  # `log_prob` is weighed as it comes in: the gradient of log π, and not of π, is the policy gradient.
# η weighs the entropy, and the critic's error counts half: you have given each the other's weight.
    - error + eta * → - 2 * eta * error + 0.5 *
- error + eta * → - eta * error +  # η weighs the entropy alone. Yours weighs the critic's error.
# The advantage is standardised. Nothing of the kind is asked for: target - value is weighed as it is.
    return ( → advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8); return (
"""

SAME = ("(target - cut(value)).detach()", "(cut(target) - value).detach()", "cut(target - value).detach()")
SURVIVORS = {
    **{f"(target - value).detach() → {same}": "it is detached in any case" for same in SAME},
    "target.detach() → cut(target).detach()": "it is detached in any case",
    "value - target.detach() → target.detach() - value": "the square is the same",
    "`entropy` with axes 0 and 1 swapped": "a mean has no order",
    "`entropy` in reverse along axis 0": "a mean has no order",
    "`entropy` in reverse along axis 1": "a mean has no order",
}
EXERCISE = exercise(actor_critic_objective, cases, MISTAKES, moves, survivors=SURVIVORS)
