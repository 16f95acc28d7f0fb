"""Exercise 08.kl_gaussians: how far one diagonal Gaussian is from another."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.distributions import Independent, Normal, kl_divergence

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake
from dremeta_lite.exercises.properties import gradient_flows


def kl_gaussians(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    spread = (log_var - prior_log_var).exp()
    distance = (mean - prior_mean).square() / prior_log_var.exp()
    return (spread + distance - 1 - log_var + prior_log_var).sum(-1) / 2


def the_other_way_round(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    return kl_gaussians(prior_mean, prior_log_var, mean, log_var)


def to_the_standard_normal(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    return (log_var.exp() + mean.square() - 1 - log_var).sum(-1) / 2


def negative(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    return -kl_gaussians(mean, log_var, prior_mean, prior_log_var)


def without_the_half(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    return 2 * kl_gaussians(mean, log_var, prior_mean, prior_log_var)


def averaged(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    return kl_gaussians(mean, log_var, prior_mean, prior_log_var) / mean.shape[-1]


def log_std_for_log_var(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    return kl_gaussians(mean, 2 * log_var, prior_mean, 2 * prior_log_var)


def distance_not_scaled(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    spread = (log_var - prior_log_var).exp()
    return (spread + (mean - prior_mean).square() - 1 - log_var + prior_log_var).sum(-1) / 2


def without_the_logarithms(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    distance = (mean - prior_mean).square() / prior_log_var.exp()
    return ((log_var - prior_log_var).exp() + distance - 1).sum(-1) / 2


def logarithms_turned_round(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    distance = (mean - prior_mean).square() / prior_log_var.exp()
    return ((log_var - prior_log_var).exp() + distance - 1 + log_var - prior_log_var).sum(-1) / 2


def ratio_of_exponentials(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    distance = (mean - prior_mean).square() / prior_log_var.exp()
    return (log_var.exp() / prior_log_var.exp() + distance - 1 - log_var + prior_log_var).sum(-1) / 2


def cut_off(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    return kl_gaussians(mean, log_var, prior_mean.detach(), prior_log_var.detach())


def added_up_over_everything(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    return kl_gaussians(mean, log_var, prior_mean, prior_log_var).sum()


def kl_of(mean: Tensor, log_var: Tensor, prior_mean: Tensor, prior_log_var: Tensor) -> Tensor:
    """By torch's own distributions, which know nothing of log variances."""
    q = Independent(Normal(mean, (log_var / 2).exp()), 1)
    return kl_divergence(q, Independent(Normal(prior_mean, (prior_log_var / 2).exp()), 1))


def cases() -> Iterator[Case]:
    rng = torch.Generator().manual_seed(0)
    same = torch.tensor([[0.4, -1.3, 2.0]]), torch.tensor([[0.2, -0.7, -2.0]])
    one = torch.tensor([1.5]), torch.tensor([-0.4]), torch.tensor([0.2]), torch.tensor([0.9])
    for words, q in (
        ("one number: N(1.5, e^-0.4) against N(0.2, e^0.9)", one),
        ("a Gaussian against itself", (*same, *same)),
        ("against the standard normal", (*same, torch.zeros(1, 3), torch.zeros(1, 3))),
        ("two that are very sure", tuple(torch.tensor([x, 1.0]) for x in (0.5, -9.0, 0.48, -8.5))),
        ("two that know next to nothing", tuple(torch.tensor([x, x]) for x in (1.0, 99.0, 3.0, 100.0))),
        ("two trials with four moments each, five numbers", tuple(torch.randn(2, 4, 5, generator=rng) for _ in range(4))),
    ):
        yield Case(words, q, expected=kl_of(*q))


EXERCISE = Exercise(
    id="08.kl_gaussians",
    title="how far one Gaussian is from another",
    minutes=12,
    stars=2,
    reference=kl_gaussians,
    cases=cases,
    properties=(gradient_flows(kl_gaussians, cases, "mean", "log_var", "prior_mean", "prior_log_var"),),
    mistakes=(
        Mistake(the_other_way_round, "That is KL(prior ‖ q). The KL is not symmetric: here the expectation is taken under q, the new one."),
        Mistake(to_the_standard_normal, "You compare with N(0, 1), not with the prior. Where do `prior_mean` and `prior_log_var` come in?"),
        Mistake(negative, "The sign: a KL is never negative, and 0 only for two equal distributions."),
        Mistake(without_the_half, "Twice too large: each term has a factor 1/2."),
        Mistake(averaged, "Independent numbers *add* their KLs: it is a sum over the last axis, not a mean."),
        Mistake(log_std_for_log_var, "`log_var` is the logarithm of the *variance* σ², not of σ."),
        Mistake(distance_not_scaled, "How far the means are apart is measured in units of the prior's variance: divide by it."),
        Mistake(without_the_logarithms, "The logarithms of the variances are missing: without them a sure q would cost nothing."),
        Mistake(logarithms_turned_round, "The signs of the two logarithms: minus log σ² of q, plus that of the prior."),
        Mistake(
            ratio_of_exponentials,
            "Both variances can be too large for float32, and infinity by infinity is nan. Subtract the logarithms, then take exp.",
        ),
        Mistake(cut_off, "their gradient by `prior_mean` is cut off"),
        Mistake(added_up_over_everything, "Keep one KL for each leading index: only the last axis is added up."),
    ),
    hints=(
        "For one number there are three terms: how wide q is, how far its mean is off, and the logarithm of the ratio of the widths.",
        "σ² / σ_p² is `(log_var - prior_log_var).exp()`. The formula is above the exercise.",
        "½ Σ [ σ²/σ_p² + (μ - μ_p)²/σ_p² - 1 - log σ² + log σ_p² ], over the last axis",
    ),
    why=(
        "In nats, and exact: no samples needed. If the prior is the posterior of the step before, the KLs say how much each step has "
        "told. A boring step costs nothing; the step that finds the goal costs most."
    ),
    survivors={
        "`mean` and `prior_mean` swapped": "a distance has no direction",
        "distance = (mean - prior_mean).square() / prior_log_var.exp() → "
        "distance = (prior_mean - mean).square() / prior_log_var.exp()": "it is squared",
    },
)
