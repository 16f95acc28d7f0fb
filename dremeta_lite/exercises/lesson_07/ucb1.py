"""Exercise 07.ucb1: an index that prefers what is little known."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def ucb1(successes: Tensor, failures: Tensor, exploration: float) -> Tensor:
    pulls = successes + failures
    mean = successes / pulls
    width = (2 * pulls.sum().log() / pulls).sqrt()
    return torch.where(pulls > 0, mean + exploration * width, torch.inf)


def no_width(successes: Tensor, failures: Tensor, exploration: float) -> Tensor:
    return ucb1(successes, failures, 0.0)


def never_pulled_counts_nothing(successes: Tensor, failures: Tensor, exploration: float) -> Tensor:
    index = ucb1(successes, failures, exploration)
    return torch.where(index.isinf(), 0.0, index)


def never_pulled_is_no_number(successes: Tensor, failures: Tensor, exploration: float) -> Tensor:
    pulls = successes + failures
    return successes / pulls + exploration * (2 * pulls.sum().log() / pulls).sqrt() + (successes / pulls) * 0


def without_the_root(successes: Tensor, failures: Tensor, exploration: float) -> Tensor:
    index = ucb1(successes, failures, 0.0)
    pulls = successes + failures
    return index + exploration * 2 * pulls.sum().log() / pulls


def without_the_two(successes: Tensor, failures: Tensor, exploration: float) -> Tensor:
    return ucb1(successes, failures, exploration / math.sqrt(2))


def own_pulls_in_the_logarithm(successes: Tensor, failures: Tensor, exploration: float) -> Tensor:
    pulls = successes + failures
    index = successes / pulls + exploration * (2 * pulls.log() / pulls).sqrt()
    return torch.where(pulls > 0, index, torch.inf)


def exploration_under_the_root(successes: Tensor, failures: Tensor, exploration: float) -> Tensor:
    return ucb1(successes, failures, math.sqrt(exploration))


def posterior_mean(successes: Tensor, failures: Tensor, exploration: float) -> Tensor:
    pulls = successes + failures
    index = (1 + successes) / (2 + pulls) + exploration * (2 * pulls.sum().log() / pulls).sqrt()
    return torch.where(pulls > 0, index, torch.inf)


def subtracted(successes: Tensor, failures: Tensor, exploration: float) -> Tensor:
    return torch.where(successes + failures > 0, ucb1(successes, failures, -exploration), torch.inf)


def ucb1_by_hand(successes: list[float], failures: list[float], exploration: float) -> list[float]:
    total, found = sum(successes) + sum(failures), []
    for s, f in zip(successes, failures, strict=True):
        found.append(s / (s + f) + exploration * math.sqrt(2 * math.log(total) / (s + f)) if s + f else math.inf)
    return found


def ucb1_cases() -> Iterator[Case]:
    for words, successes, failures, exploration in (
        ("three arms", [3.0, 1.0, 0.0], [1.0, 1.0, 2.0], 1.0),
        ("the same arms, and less exploration", [3.0, 1.0, 0.0], [1.0, 1.0, 2.0], 0.3),
        ("no exploration", [2.0, 5.0], [3.0, 1.0], 0.0),
        ("more exploration than usual", [2.0, 5.0], [3.0, 1.0], 2.0),
        ("the second arm was never pulled", [4.0, 0.0, 1.0], [2.0, 0.0, 6.0], 0.7),
        ("a single pull", [0.0], [1.0], 1.0),
    ):
        expected = torch.tensor(ucb1_by_hand(successes, failures, exploration))
        yield Case(f"{words} (c = {exploration:g})", (torch.tensor(successes), torch.tensor(failures), exploration), expected=expected)


EXERCISE = Exercise(
    id="07.ucb1",
    title="optimism",
    minutes=8,
    stars=2,
    reference=ucb1,
    cases=ucb1_cases,
    mistakes=(
        Mistake(no_width, "That is the mean alone, which is greedy. The width of the confidence interval is missing."),
        Mistake(never_pulled_counts_nothing, "An arm that was never pulled must come first: its index is infinite, not 0."),
        Mistake(never_pulled_is_no_number, "An arm that was never pulled gives 0/0, which is nan. Its index is infinite: use torch.where."),
        Mistake(without_the_root, "The square root is missing: the width shrinks with √T, as every standard error does."),
        Mistake(without_the_two, "The 2 before the logarithm is missing."),
        Mistake(
            own_pulls_in_the_logarithm, "In the logarithm stands t, the pulls of *all* arms together. Only below it stands T of this arm."
        ),
        Mistake(exploration_under_the_root, "c multiplies the root: it does not stand under it."),
        Mistake(posterior_mean, "The mean here is the share of the pulls that paid, s / T, without a prior."),
        Mistake(subtracted, "That is the *lower* bound, which avoids what is not known. UCB1 is optimistic."),
    ),
    hints=(
        "How sure can you be of an arm's mean after T pulls of it? And should what is unsure attract you, or put you off?",
        "T = successes + failures, for each arm; t = T.sum(). Add mean and width; what was never pulled gets torch.inf.",
        "T ← s + f;  index ← s/T + c·sqrt(2·ln(sum T)/T);  where T = 0: infinity",
    ),
    why="UCB1 needs no prior and no randomness. Its width is made for the worst case, so on average it explores too much: tune c, and see.",
    survivors={
        "`successes` rounded": "they are whole numbers",
        "`failures` rounded": "they are whole numbers",
        "gradient": "an arm is chosen by it, and nothing is trained",
    },
)
