"""Exercise 07.2 · optimism · 8 minutes, ★★☆

1. How sure can you be of an arm's mean after T pulls of it? And should what is unsure attract you, or put you off?
2. T = successes + failures, for each arm; t = T.sum(). Add mean and width; what was never pulled gets torch.inf.
3. T ← s + f;  index ← s/T + c·sqrt(2·ln(sum T)/T);  where T = 0: infinity

UCB1 needs no prior and no randomness. Its width is made for the worst case, so on average it explores too much: tune c, and see.
"""

import math

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def ucb1(successes: Tensor, failures: Tensor, exploration: float) -> Tensor:
    pulls = successes + failures
    mean = successes / pulls
    width = (2 * pulls.sum().log() / pulls).sqrt()
    return torch.where(pulls > 0, mean + exploration * width, torch.inf)


def ucb1_by_hand(successes: list[float], failures: list[float], exploration: float) -> list[float]:
    total, found = sum(successes) + sum(failures), []
    for s, f in zip(successes, failures, strict=True):
        found.append(s / (s + f) + exploration * math.sqrt(2 * math.log(total) / (s + f)) if s + f else math.inf)
    return found


def cases() -> Cases:
    for words, successes, failures, exploration in (
        ("three arms", [3.0, 1.0, 0.0], [1.0, 1.0, 2.0], 1.0),
        ("the same arms, and less exploration", [3.0, 1.0, 0.0], [1.0, 1.0, 2.0], 0.3),
        ("no exploration", [2.0, 5.0], [3.0, 1.0], 0.0),
        ("more exploration than usual", [2.0, 5.0], [3.0, 1.0], 2.0),
        ("the second arm was never pulled", [4.0, 0.0, 1.0], [2.0, 0.0, 6.0], 0.7),
        ("a single pull", [0.0], [1.0], 1.0),
    ):
        yield case(f"{words} (c = {exploration:g})", successes, failures, exploration, by=ucb1_by_hand)


MISTAKES = """
ucb1(successes, failures, 0.0)  # That is the mean alone, which is greedy. The width of the confidence interval is missing.
torch.inf → 0.0  # An arm that was never pulled must come first: its index is infinite, not 0.
# An arm that was never pulled gives 0/0, which is nan. Its index is infinite: use torch.where.
    torch.where(pulls > 0, mean + exploration * width, torch.inf) → mean + exploration * width
.sqrt() →  # The square root is missing: the width shrinks with √T, as every standard error does.
ucb1(successes, failures, exploration / math.sqrt(2))  # The 2 before the logarithm is missing.
pulls.sum().log() → pulls.log()  # In the logarithm stands t, the pulls of *all* arms together. Only below it stands T of this arm.
ucb1(successes, failures, math.sqrt(exploration))  # c multiplies the root: it does not stand under it.
successes / pulls → (1 + successes) / (2 + pulls)  # The mean here is the share of the pulls that paid, s / T, without a prior.
mean + exploration → mean - exploration  # That is the *lower* bound, which avoids what is not known. UCB1 is optimistic.
"""

SURVIVORS = {
    "`successes` rounded": "they are whole numbers",
    "`failures` rounded": "they are whole numbers",
    "gradient": "an arm is chosen by it, and nothing is trained",
}
EXERCISE = exercise(ucb1, cases, MISTAKES, survivors=SURVIVORS)
