"""Exercise 04.reinforce_loss: REINFORCE as a loss."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake
from dremeta_lite.exercises.lesson_04.score import log_softmax_by_hand
from dremeta_lite.exercises.properties import gradient_flows


def reinforce_loss(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    log_prob = logits.log_softmax(dim=1)
    chosen = log_prob.gather(1, actions[:, None]).squeeze(1)
    return -(chosen * returns).mean()


def uphill_loss(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return -reinforce_loss(logits, actions, returns)


def loss_of_probabilities(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return -(logits.softmax(-1).gather(-1, actions[:, None]).squeeze(-1) * returns).mean()


def loss_of_bare_logits(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return -(logits.gather(-1, actions[:, None]).squeeze(-1) * returns).mean()


def loss_that_mixes_rows(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return -(logits.log_softmax(-1).gather(-1, actions[:, None]) * returns).mean()


def loss_that_sums(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return reinforce_loss(logits, actions, returns) * len(returns)


def loss_over_the_wrong_axis(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return -(logits.log_softmax(0).gather(-1, actions[:, None]).squeeze(-1) * returns).mean()


def loss_of_a_logarithm_of_softmax(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return -(logits.softmax(-1).log().gather(-1, actions[:, None]).squeeze(-1) * returns).mean()


def loss_with_a_baseline(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return reinforce_loss(logits, actions, returns - returns.mean())


def cut_off_loss(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return reinforce_loss(logits.detach(), actions, returns)


LOGITS = [[0.2, -0.7, 1.1], [0.9, 0.3, -0.4], [0.0, 1.3, 0.5], [-0.6, 0.1, 0.7], [110.0, -2.0, 0.0]]


def loss_cases() -> Iterator[Case]:
    for n, actions, returns in (
        (4, [2, 0, 1, 1], [3.0, -1.0, 2.0, 0.5]),
        (1, [1], [4.0]),
        (2, [0, 2], [0.0, -2.5]),
        (5, [0, 2, 0, 1, 1], [1.0, 2.0, -0.5, 0.7, 3.0]),
    ):
        terms = [log_softmax_by_hand(LOGITS[i], actions[i]) * returns[i] for i in range(n)]
        words = f"{n} step{'s' * (n > 1)}, actions {actions}, returns {returns}"
        arguments = (torch.tensor(LOGITS[:n]), torch.tensor(actions), torch.tensor(returns))
        yield Case(words, arguments, expected=torch.tensor(-sum(terms) / n))


EXERCISE = Exercise(
    id="04.reinforce_loss",
    title="REINFORCE as a loss",
    minutes=8,
    stars=2,
    reference=reinforce_loss,
    cases=loss_cases,
    properties=(gradient_flows(reinforce_loss, loss_cases, "logits", func=True),),
    mistakes=(
        Mistake(uphill_loss, "The sign: optimisers go downhill, and we want more return. So the loss is minus the objective."),
        Mistake(loss_of_probabilities, "You used the probability. The policy gradient needs its logarithm: the score is ∇ log π."),
        Mistake(loss_of_bare_logits, "Those are logits, not logarithms of probabilities: they have not been normalised."),
        Mistake(loss_that_mixes_rows, "Every step got every return. Is there a column [n, 1] times a row [n], or a mean too early?"),
        Mistake(loss_that_sums, "That is the sum over the steps; the mean keeps its size when there are more of them."),
        Mistake(loss_over_the_wrong_axis, "The softmax runs over the steps. It belongs over the actions, the last axis."),
        Mistake(
            loss_of_a_logarithm_of_softmax, "A tiny probability rounds to 0, and its logarithm is infinite. `log_softmax` does both in one."
        ),
        Mistake(
            loss_with_a_baseline,
            "You subtract the mean return. A baseline is welcome in training; here the returns are weights as they are.",
        ),
        Mistake(cut_off_loss, "their gradient by `logits` is cut off"),
    ),
    hints=(
        "An optimiser makes a loss smaller. What should become larger?",
        "`logits.log_softmax(-1)` gives log π of all actions; `gather` picks the ones that were chosen. Mind the shapes.",
        "chosen ← log_softmax(logits) at the actions, shape [n];  return -(chosen · returns).mean()",
    ),
    why=(
        "The number itself means nothing: it may rise while the policy improves. Only its gradient, at the parameters that acted, "
        "is the policy gradient. So after one step the data are used up; PPO is about using them longer."
    ),
    survivors={
        "`logits` is quiet where it does not count": "a step with a return of 0 weighs nothing",
    },
)
