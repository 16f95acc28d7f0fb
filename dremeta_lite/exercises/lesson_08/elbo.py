"""Exercise 08.elbo: what VariBAD's autoencoder makes larger."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake
from dremeta_lite.exercises.properties import gradient_flows


def elbo(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    log_likelihood = torch.nn.functional.logsigmoid(torch.where(paid, logits, -logits))
    return torch.where(counts, log_likelihood, 0.0).sum(-1) - weight * kl


def past_alone(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    seen = torch.ones_like(logits).tril(-1).bool()  # moment t has seen the steps before it
    log_likelihood = torch.where(paid, logits, -logits).sigmoid().log()
    return torch.where(counts & seen, log_likelihood, 0.0).sum(-1) - weight * kl


def logarithm_of_a_sigmoid(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    return torch.where(counts, torch.where(paid, logits, -logits).sigmoid().log(), 0.0).sum(-1) - weight * kl


def logarithms_of_both(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    p = logits.sigmoid()
    return torch.where(counts, torch.where(paid, p.log(), (1 - p).log()), 0.0).sum(-1) - weight * kl


def clamped_logarithms(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    p = torch.where(paid, logits, -logits).sigmoid()
    cost = torch.nn.functional.binary_cross_entropy(p, torch.ones_like(p), reduction="none")
    return -(cost * counts).sum(-1) - weight * kl


def cut_off(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    return elbo(logits.detach(), paid, counts, kl, weight)


def bonus_for_moving(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    return elbo(logits, paid, counts, kl, -weight)


def as_a_loss(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    return -elbo(logits, paid, counts, kl, weight)


def cross_entropy_added(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    return -elbo(logits, paid, counts, kl, -weight)


def mask_forgotten(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    return elbo(logits, paid, torch.ones_like(counts), kl, weight)


def mask_before_the_logarithm(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    masked = torch.where(paid, logits, -logits) * counts
    return masked.sigmoid().log().sum(-1) - weight * kl


def averaged_over_steps(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    return elbo(logits, paid, counts, 0 * kl, 0.0) / counts.sum() - weight * kl


def averaged_over_all_steps(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    return elbo(logits, paid, counts, 0 * kl, 0.0) / logits.shape[-1] - weight * kl


def pay_ignored(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    return elbo(logits, torch.ones_like(paid), counts, kl, weight)


def weight_ignored(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    return elbo(logits, paid, counts, kl, 1.0)


def weight_on_both(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    return weight * elbo(logits, paid, counts, kl, 1.0)


def only_where_it_paid(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    return elbo(logits, paid, counts & paid, kl, weight)


def probability_for_its_logarithm(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    return torch.where(counts, torch.where(paid, logits, -logits).sigmoid(), 0.0).sum(-1) - weight * kl


def summed_over_moments(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    return elbo(logits, paid, counts, kl, weight).sum()


def log_sigmoid(x: float) -> float:
    return -math.log1p(math.exp(-x)) if x > 0 else x - math.log1p(math.exp(x))


def by_hand(logits: list[list[float]], paid: list[bool], counts: list[bool], kl: list[float], weight: float) -> list[float]:
    """Step by step, in plain numbers."""
    result = []
    for row, cost in zip(logits, kl, strict=True):
        steps = [log_sigmoid(x if hit else -x) for x, hit, c in zip(row, paid, counts, strict=True) if c]
        result.append(sum(steps) - weight * cost)
    return result


def cases() -> Iterator[Case]:
    for words, logits, paid, counts, kl, weight in (
        ("two moments, three steps", [[0.3, -1.2, 0.8], [1.5, -0.4, 0.2]], [True, False, False], [True] * 3, [0.7, 1.9], 0.5),
        ("steps that do not count", [[0.6, 20.0, -0.9, -30.0]], [False, True, False, True], [True, False, True, False], [0.4], 2.0),
        (
            "a decoder that is very sure, and wrong",
            [[-120.0, 0.4, 100.0], [30.0, 20.0, -0.7]],
            [True, False, False],
            [True] * 3,
            [0.2, 0.3],
            1.0,
        ),
        ("no price on the KL", [[1.0, -2.0], [0.5, 0.1]], [False, True], [True, True], [3.0, 1.0], 0.0),
        ("a trial of which nothing counts", [[0.3, 0.9]], [True, False], [False, False], [1.1], 0.1),
    ):
        arguments = (torch.tensor(logits), torch.tensor(paid), torch.tensor(counts), torch.tensor(kl), weight)
        yield Case(words, arguments, expected=torch.tensor(by_hand(logits, paid, counts, kl, weight)))


EXERCISE = Exercise(
    id="08.elbo",
    title="the evidence lower bound",
    minutes=12,
    stars=3,
    reference=elbo,
    cases=cases,
    properties=(gradient_flows(elbo, cases, "logits", "kl"),),
    mistakes=(
        Mistake(past_alone, "You have added up the steps seen by then. Every moment has to foretell ALL steps, also those to come."),
        Mistake(
            logarithm_of_a_sigmoid,
            "Where the logit is large the sigmoid rounds to 0, or an exp is infinite, and so is the logarithm. "
            "`torch.nn.functional.logsigmoid` does both in one, without that.",
        ),
        Mistake(
            logarithms_of_both,
            "Where the logit is large, p or 1 - p rounds to 0, and its logarithm is minus infinity. Use `torch.nn.functional.logsigmoid`, "
            "and 1 - sigmoid(x) = sigmoid(-x).",
        ),
        Mistake(clamped_logarithms, "`binary_cross_entropy` ends every logarithm at -100. `binary_cross_entropy_with_logits` does not."),
        Mistake(cut_off, "their gradient by `logits` is cut off"),
        Mistake(bonus_for_moving, "The sign of the KL: moving the belief is a price, so it is subtracted."),
        Mistake(as_a_loss, "That is minus the ELBO: a loss. Here we want the bound itself, which is made larger."),
        Mistake(cross_entropy_added, "The sign of the log-likelihood: a cross-entropy is *minus* it, and the likelihood is made larger."),
        Mistake(mask_forgotten, "Steps that do not count were added up as well."),
        Mistake(mask_before_the_logarithm, "A masked step must give 0. A logit of 0 gives log ½: mask after the logarithm."),
        Mistake(averaged_over_steps, "The log-likelihood of a trial is a *sum* over its steps: averaged, the KL would weigh far too much."),
        Mistake(averaged_over_all_steps, "The log-likelihood of a trial is a *sum* over its steps, not their mean."),
        Mistake(pay_ignored, "`paid` is not used. Where a step did not pay, the probability of that is sigmoid(-logit)."),
        Mistake(weight_ignored, "Where is the weight? The KL is multiplied by it."),
        Mistake(weight_on_both, "The weight belongs to the KL alone."),
        Mistake(only_where_it_paid, "A step without pay tells something, too: its probability is 1 minus that of pay."),
        Mistake(probability_for_its_logarithm, "Probabilities of independent steps are multiplied, so their *logarithms* add up."),
        Mistake(summed_over_moments, "One ELBO for each moment: add up over the steps, the last axis, only."),
    ),
    hints=(
        "What is the probability of one step, if it paid? And if it did not? What becomes of a product of them in the logarithm?",
        "The chance of pay is sigmoid(logit), and 1 - sigmoid(x) = sigmoid(-x). `torch.where` chooses, and `logsigmoid` is safe.",
        "log p ← log sigmoid(logit if paid else -logit);  add up over the steps that count;  subtract weight · kl",
    ),
    why=(
        "Reconstruction minus price. That every moment has to foretell the whole trial, and not its past, makes a *belief* of it. (Of a "
        "decoder that is very sure, a sigmoid rounds to 0 or 1. `logsigmoid` keeps what it would lose.)"
    ),
    survivors={
        "return torch.where(counts, log_likelihood, 0.0).sum(-1) - weight * kl → "
        "return torch.where(counts, log_likelihood, 0.0).sum(+1) - weight * kl": "the last axis of two is axis 1"
    },
)
