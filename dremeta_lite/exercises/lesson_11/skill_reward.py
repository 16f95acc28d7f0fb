"""Exercise 11.5 · what a skill is paid · 8 minutes, ★★☆

1. q's output is not yet log q. Which function makes probabilities of numbers, and which one makes their logarithms without overflowing?
2. Of the last axis only the skill that was told counts: `gather`, or an index. p(z) has the same index.
3. log_q ← log_softmax of the logits over the last axis;  return log_q at the skill - log of the prior at the skill

A guess as good as chance pays 0, one that is sure and right pays -log p(z), and there is no bound to what a wrong one costs.
"""

import math

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def skill_reward(logits: Tensor, skill: Tensor, prior: Tensor) -> Tensor:
    log_q = logits.log_softmax(-1).gather(-1, skill[..., None]).squeeze(-1)
    return log_q - prior.log()[skill]


def cases() -> Cases:
    log, uneven, guess = math.log, [0.5, 0.25, 0.125, 0.125], [0.7, 0.1, 0.15, 0.05]
    said = [[log(g) + shift for g in guess] for shift in (1.0, -2.0, 0.0, 5.0)]  # what is added to all of them changes no probability
    paid = [log(guess[z] / uneven[z]) for z in range(4)]
    yield case("skills that are not alike", said, [0, 3, 1, 2], uneven, expected=[paid[z] for z in (0, 3, 1, 2)])
    yield case("q cannot tell any skill", [[2.0] * 4] * 4, [3, 0, 2, 1], [0.25] * 4, expected=[0.0] * 4)
    sure = [[900.0, 0.0], [900.0, 0.0], [0.0, -700.0]]
    yield case("q is sure: right, wrong, right", sure, [0, 1, 0], [0.5, 0.5], expected=[log(2), log(2) - 900, log(2)])
    turned, told = [row[::-1] for row in said], [[1, 0, 3, 0], [2, 2, 0, 1]]  # [episode, time, skill] and [episode, time]
    late = [log(guess[3 - z] / uneven[z]) for z in told[1]]
    yield case("two episodes of four steps", [said, turned], told, uneven, expected=[[paid[z] for z in told[0]], late])


MISTAKES = """
- prior.log()[skill] →  # -log p(z) is missing: without it a guess as good as chance would be punished.
- prior.log()[skill] → + prior.log()[skill]  # The logarithm of p(z) is subtracted: log q - log p.
# You take all skills for equally likely. `prior` says how likely each is: the one that was told counts.
    - prior.log()[skill] → + prior.new_tensor(len(prior)).log()
logits.log_softmax(-1) → logits  # That is q's output before the softmax, and not yet a logarithm of a probability.
# Where q is sure, a probability underflows to 0, and its logarithm is -∞. `log_softmax` stays finite.
    logits.log_softmax(-1) → logits.softmax(-1).log()
.gather(-1, skill[..., None]).squeeze(-1) → .amax(-1)  # You pay for the best guess. What counts is the guess of the skill that was told.
logits.log_softmax(-1) → logits.log_softmax(0)  # The softmax goes over the skills, the last axis.
"""

SURVIVORS = {"gradient": "a reward is a number for PPO, which does not differentiate it"}
EXERCISE = exercise(skill_reward, cases, MISTAKES, survivors=SURVIVORS)
