"""Exercise 04.reinforce_loss: REINFORCE as a loss."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake, Wrong
from dremeta_lite.exercises.lesson_04.score import log_softmax_by_hand


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


def cut_off_loss(logits: Tensor, actions: Tensor, returns: Tensor) -> Tensor:
    return reinforce_loss(logits.detach(), actions, returns)


LOGITS = [[0.2, -0.7, 1.1], [0.9, 0.3, -0.4], [0.0, 1.3, 0.5], [-0.6, 0.1, 0.7]]


def loss_cases() -> Iterator[Case]:
    for n, actions, returns in ((4, [2, 0, 1, 1], [3.0, -1.0, 2.0, 0.5]), (1, [1], [4.0]), (2, [0, 2], [0.0, -2.5])):
        terms = [log_softmax_by_hand(LOGITS[i], actions[i]) * returns[i] for i in range(n)]
        words = f"{n} step{'s' * (n > 1)}, actions {actions}, returns {returns}"
        arguments = (torch.tensor(LOGITS[:n]), torch.tensor(actions), torch.tensor(returns))
        yield Case(words, arguments, expected=torch.tensor(-sum(terms) / n))


def loss_has_the_policy_gradient(answer: Callable[..., Tensor]) -> None:
    """By the logits it is -G (1[a] - π) / n: finite differences are not needed."""
    logits, actions, returns = torch.tensor(LOGITS[:2]).requires_grad_(), torch.tensor([2, 0]), torch.tensor([3.0, -1.0])
    expected = -returns[:, None] * (torch.eye(3)[actions] - logits.detach().softmax(-1)) / 2
    loss = answer(logits, actions, returns)
    got = torch.autograd.grad(loss, logits)[0] if loss.requires_grad else torch.zeros(2, 3)
    if not torch.allclose(got, expected, atol=1e-5):
        raise Wrong(
            f"The value is right, but its gradient by the logits is not: expected {expected.tolist()}, got {got.tolist()}. "
            "Is there a `detach` or `.item()` on the way from the logits to the loss?"
        )


EXERCISE = Exercise(
    id="04.reinforce_loss",
    title="REINFORCE as a loss",
    minutes=8,
    stars=2,
    reference=reinforce_loss,
    cases=loss_cases,
    properties=(loss_has_the_policy_gradient,),
    mistakes=(
        Mistake(uphill_loss, "The sign: optimisers go downhill, and we want more return. So the loss is minus the objective."),
        Mistake(loss_of_probabilities, "You used the probability. The policy gradient needs its logarithm: the score is ∇ log π."),
        Mistake(loss_of_bare_logits, "Those are logits, not logarithms of probabilities: they have not been normalised."),
        Mistake(loss_that_mixes_rows, "Every step got every return. Is there a column [n, 1] times a row [n], or a mean too early?"),
        Mistake(loss_that_sums, "That is the sum over the steps; the mean keeps its size when there are more of them."),
        Mistake(loss_over_the_wrong_axis, "The softmax runs over the steps. It belongs over the actions, the last axis."),
        Mistake(cut_off_loss, "Is there a `detach` or `.item()`"),
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
)
