"""Exercise 04.score: the score of a softmax."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def log_softmax_by_hand(logits: list[float], action: int) -> float:
    return logits[action] - math.log(sum(math.exp(x) for x in logits))


def score(logits: Tensor, action: int) -> Tensor:
    chosen = torch.zeros_like(logits)
    chosen[action] = 1
    return chosen - logits.softmax(-1)


def score_upside_down(logits: Tensor, action: int) -> Tensor:
    return -score(logits, action)


def score_without_the_others(logits: Tensor, action: int) -> Tensor:
    chosen = torch.zeros_like(logits)
    chosen[action] = 1
    return chosen


def score_of_the_chosen_alone(logits: Tensor, action: int) -> Tensor:
    return score(logits, action) * score_without_the_others(logits, action)


def slope_of_the_probability(logits: Tensor, action: int) -> Tensor:
    return logits.softmax(-1)[action] * score(logits, action)


def score_that_overflows(logits: Tensor, action: int) -> Tensor:
    return score_without_the_others(logits, action) - logits.exp() / logits.exp().sum()


def score_of_a_sigmoid(logits: Tensor, action: int) -> Tensor:
    chosen = torch.zeros_like(logits)
    chosen[action] = 1
    return chosen - torch.sigmoid(logits)


def one_for_every_action(logits: Tensor, action: int) -> Tensor:
    return 1 - logits.softmax(-1)


def score_cases() -> Iterator[Case]:
    for logits, action in (([0.3, -1.2, 0.8], 1), ([2.0, 0.0], 0), ([0.1, 0.4, -0.2, 1.1], 3)):
        slopes, h = [], 1e-5
        for i in range(len(logits)):
            up, down = ([x + sign * h * (i == j) for j, x in enumerate(logits)] for sign in (1, -1))
            slopes.append((log_softmax_by_hand(up, action) - log_softmax_by_hand(down, action)) / (2 * h))
        yield Case(f"logits {logits}, action {action}", (torch.tensor(logits), action), expected=torch.tensor(slopes))
    huge = torch.tensor([120.0, 0.0, -120.0])
    yield Case("logits of 120, 0 and -120, action 1", (huge, 1), expected=torch.tensor([-1.0, 1.0, 0.0]))


EXERCISE = Exercise(
    id="04.score",
    title="the score of a softmax",
    minutes=8,
    stars=2,
    reference=score,
    cases=score_cases,
    mistakes=(
        Mistake(score_upside_down, "The sign is turned round: making the chosen logit larger must make the chosen action more likely."),
        Mistake(score_without_the_others, "You have left out the sum in the softmax: it contains every logit, so it has a slope."),
        Mistake(
            score_of_the_chosen_alone,
            "The slope by the chosen logit is right. The other logits have slopes as well: they are in the sum.",
        ),
        Mistake(slope_of_the_probability, "That is the gradient of π. The score is the gradient of log π: divide by π."),
        Mistake(
            score_that_overflows,
            "exp(120) is infinite in float32, and infinity by infinity is nan. `softmax` subtracts the largest logit first.",
        ),
        Mistake(one_for_every_action, "The 1 belongs to the action that was taken. For every other logit it is 0."),
        Mistake(score_of_a_sigmoid, "Each logit got a probability of its own. A softmax shares one probability among all actions."),
    ),
    hints=(
        "log π(a) is the chosen logit minus a logarithm of a sum. What are the slopes of the two, by each of the logits?",
        "The slope of the logarithm of the sum, by logit b, is π(b). Look at section 1.",
        "a vector with 1 at the action and 0 elsewhere, minus softmax(logits)",
    ),
    why="1[a = b] - π(b): the surer the policy is of an action, the less it learns from taking it. On average over π the score is 0.",
    survivors={
        "gradient": "it is a gradient already",
    },
)
