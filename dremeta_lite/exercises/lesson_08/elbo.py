"""Exercise 08.5 · the evidence lower bound · 12 minutes, ★★★

1. What is the probability of one step, if it paid? And if it did not? What becomes of a product of them in the logarithm?
2. The chance of pay is sigmoid(logit), and 1 - sigmoid(x) = sigmoid(-x). `torch.where` chooses, and `logsigmoid` is safe.
3. log p ← log sigmoid(logit if paid else -logit);  add up over the steps that count;  subtract weight · kl

Reconstruction minus price. That every moment has to foretell the whole trial, and not its past, makes a *belief* of it. (Of a decoder that
is very sure, a sigmoid rounds to 0 or 1. `logsigmoid` keeps what it would lose.)
"""

import math

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def elbo(logits: Tensor, paid: Tensor, counts: Tensor, kl: Tensor, weight: float) -> Tensor:
    log_likelihood = torch.nn.functional.logsigmoid(torch.where(paid, logits, -logits))
    return torch.where(counts, log_likelihood, 0.0).sum(-1) - weight * kl


def log_sigmoid(x: float) -> float:
    return -math.log1p(math.exp(-x)) if x > 0 else x - math.log1p(math.exp(x))


def by_hand(logits: list[list[float]], paid: list[bool], counts: list[bool], kl: list[float], weight: float) -> list[float]:
    """Step by step, in plain numbers."""
    steps = lambda row: [log_sigmoid(x if hit else -x) for x, hit, c in zip(row, paid, counts, strict=True) if c]
    return [sum(steps(row)) - weight * cost for row, cost in zip(logits, kl, strict=True)]


def cases() -> Cases:
    for words, *given in (
        ("two moments, three steps", [[0.3, -1.2, 0.8], [1.5, -0.4, 0.2]], [True, False, False], [True] * 3, [0.7, 1.9], 0.5),
        ("steps that do not count", [[0.6, 20.0, -0.9, -30.0]], [False, True, False, True], [True, False, True, False], [0.4], 2.0),
        ("a decoder that is very sure, and wrong", [[-120, 0.4, 100], [30, 20, -0.7]], [True, False, False], [True] * 3, [0.2, 0.3], 1.0),
        ("no price on the KL", [[1.0, -2.0], [0.5, 0.1]], [False, True], [True, True], [3.0, 1.0], 0.0),
        ("a trial of which nothing counts", [[0.3, 0.9]], [True, False], [False, False], [1.1], 0.1),
    ):
        yield case(words, *given, by=by_hand)


MISTAKES = """
# You have added up the steps seen by then. Every moment has to foretell ALL steps, also those to come.
    counts, → counts & torch.ones_like(logits).tril(-1).bool(),
# Where the logit is large the sigmoid rounds to 0, or an exp is infinite, and so is the logarithm. `torch.nn.functional.logsigmoid` does
# both in one, without that.
    torch.where(counts, torch.where(paid, logits, -logits).sigmoid().log(), 0.0).sum(-1) - weight * kl
# Where the logit is large, p or 1 - p rounds to 0, and its logarithm is minus infinity. Use `torch.nn.functional.logsigmoid`, and 1 -
# sigmoid(x) = sigmoid(-x).
    torch.where(counts, torch.where(paid, logits.sigmoid().log(), (1 - logits.sigmoid()).log()), 0.0).sum(-1) - weight * kl
# `binary_cross_entropy` ends every logarithm at -100. `binary_cross_entropy_with_logits` does not.
    torch.nn.functional.logsigmoid(torch.where(paid, logits, -logits)) → torch.where(paid, logits, -logits).sigmoid().log().clamp(min=-100)
elbo(logits.detach(), paid, counts, kl, weight)  # their gradient by `logits` is cut off
elbo(logits, paid, counts, kl, -weight)  # The sign of the KL: moving the belief is a price, so it is subtracted.
-elbo(logits, paid, counts, kl, weight)  # That is minus the ELBO: a loss. Here we want the bound itself, which is made larger.
# The sign of the log-likelihood: a cross-entropy is *minus* it, and the likelihood is made larger.
    -elbo(logits, paid, counts, kl, -weight)
elbo(logits, paid, torch.ones_like(counts), kl, weight)  # Steps that do not count were added up as well.
# A masked step must give 0. A logit of 0 gives log ½: mask after the logarithm.
    (torch.where(paid, logits, -logits) * counts).sigmoid().log().sum(-1) - weight * kl
.sum(-1) → .sum(-1) / counts.sum()  # The log-likelihood of a trial is a *sum* over its steps: averaged, the KL would weigh far too much.
.sum(-1) → .mean(-1)  # The log-likelihood of a trial is a *sum* over its steps, not their mean.
torch.where(paid, logits, -logits) → logits  # `paid` is not used. Where a step did not pay, the probability of that is sigmoid(-logit).
elbo(logits, paid, counts, kl, 1.0)  # Where is the weight? The KL is multiplied by it.
weight * elbo(logits, paid, counts, kl, 1.0)  # The weight belongs to the KL alone.
elbo(logits, paid, counts & paid, kl, weight)  # A step without pay tells something, too: its probability is 1 minus that of pay.
torch.nn.functional.logsigmoid → torch.sigmoid  # Probabilities of independent steps are multiplied, so their *logarithms* add up.
elbo(logits, paid, counts, kl, weight).sum()  # One ELBO for each moment: add up over the steps, the last axis, only.
"""

SURVIVORS = {"sum(-1) → sum(+1)": "the last axis of two is axis 1"}
EXERCISE = exercise(elbo, cases, MISTAKES, flows="logits kl", survivors=SURVIVORS)
