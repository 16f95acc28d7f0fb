"""Exercise 08.4 · how far one Gaussian is from another · 12 minutes, ★★☆

1. For one number there are three terms: how wide q is, how far its mean is off, and the logarithm of the ratio of the widths.
2. σ² / σ_p² is `(log_var - prior_log_var).exp()`. The formula is above the exercise.
3. ½ Σ [ σ²/σ_p² + (μ - μ_p)²/σ_p² - 1 - log σ² + log σ_p² ], over the last axis

In nats, and exact: no samples needed. If the prior is the posterior of the step before, the KLs say how much each step has told. A boring
step costs nothing; the step that finds the goal costs most.
"""

import torch
from torch import Tensor
from torch.distributions import Independent, Normal, kl_divergence

from dremeta_lite.exercises.declaring import Cases, case, exercise


def kl_gaussians(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    spread = (log_var - prior_log_var).exp()
    distance = (mean - prior_mean).square() / prior_log_var.exp()
    return (spread + distance - 1 - log_var + prior_log_var).sum(-1) / 2


def kl_of(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    """By torch's own distributions, which know nothing of log variances."""
    q = Independent(Normal(mean, (log_var / 2).exp()), 1)
    return kl_divergence(q, Independent(Normal(prior_mean, (prior_log_var / 2).exp()), 1))


def cases() -> Cases:
    rng = torch.Generator().manual_seed(0)
    same = torch.tensor([[0.4, -1.3, 2.0]]), torch.tensor([[0.2, -0.7, -2.0]])
    for words, *q in (
        ("one number: N(1.5, e^-0.4) against N(0.2, e^0.9)", *(torch.tensor([x]) for x in (1.5, -0.4, 0.2, 0.9))),
        ("a Gaussian against itself", *same, *same),
        ("against the standard normal", *same, torch.zeros(1, 3), torch.zeros(1, 3)),
        ("two that are very sure", *(torch.tensor([x, 1.0]) for x in (0.5, -9.0, 0.48, -8.5))),
        ("two that know next to nothing", *(torch.tensor([x, x]) for x in (1.0, 99.0, 3.0, 100.0))),
        ("two trials with four moments each, five numbers", *(torch.randn(2, 4, 5, generator=rng) for _ in range(4))),
    ):
        yield case(words, *q, by=kl_of)


MISTAKES = """
# That is KL(prior ‖ q). The KL is not symmetric: here the expectation is taken under q, the new one.
    kl_gaussians(prior_mean, prior_log_var, mean, log_var)
# You compare with N(0, 1), not with the prior. Where do `prior_mean` and `prior_log_var` come in?
    (log_var.exp() + mean.square() - 1 - log_var).sum(-1) / 2
-kl_gaussians(mean, log_var, prior_mean, prior_log_var)  # The sign: a KL is never negative, and 0 only for two equal distributions.
2 * kl_gaussians(mean, log_var, prior_mean, prior_log_var)  # Twice too large: each term has a factor 1/2.
.sum(-1) → .mean(-1)  # Independent numbers *add* their KLs: it is a sum over the last axis, not a mean.
kl_gaussians(mean, 2 * log_var, prior_mean, 2 * prior_log_var)  # `log_var` is the logarithm of the *variance* σ², not of σ.
/ prior_log_var.exp() →  # How far the means are apart is measured in units of the prior's variance: divide by it.
- 1 - log_var + prior_log_var → - 1  # The logarithms of the variances are missing: without them a sure q would cost nothing.
- 1 - log_var + prior_log_var → - 1 + log_var - prior_log_var  # The signs of the two logarithms: minus log σ² of q, plus that of the prior.
# Both variances can be too large for float32, and infinity by infinity is nan. Subtract the logarithms, then take exp.
    (log_var - prior_log_var).exp() → log_var.exp() / prior_log_var.exp()
kl_gaussians(mean, log_var, prior_mean.detach(), prior_log_var.detach())  # their gradient by `prior_mean` is cut off
kl_gaussians(mean, log_var, prior_mean, prior_log_var).sum()  # Keep one KL for each leading index: only the last axis is added up.
"""

SURVIVORS = {"`mean` and `prior_mean` swapped": "a distance has no direction", "mean - prior_mean → prior_mean - mean": "it is squared"}
EXERCISE = exercise(kl_gaussians, cases, MISTAKES, flows="mean log_var prior_mean prior_log_var", survivors=SURVIVORS)
