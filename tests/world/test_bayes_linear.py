"""Bayesian linear regression, against conditioning of a joint normal distribution, which needs no Λ."""

import pytest
import torch
from torch import Tensor

from dremeta_lite.world.bayes_linear import posterior
from tests.conftest import seeded


def problem(n: int, tasks: tuple[int, ...] = (3,), k: int = 4) -> tuple[Tensor, ...]:
    """φ, y, all counted, m, P, and others φ* to be asked at."""
    rng, double = seeded(n), torch.float64
    draw = lambda *shape: torch.randn(*shape, generator=rng, dtype=double)
    root = draw(k, k)
    return (
        draw(*tasks, n, k),
        draw(*tasks, n),
        torch.ones(*tasks, n, dtype=double),
        draw(k),
        root @ root.mT + torch.eye(k),
        draw(*tasks, 5, k),
    )


@pytest.mark.parametrize("n", [1, 3, 20])
@pytest.mark.parametrize("noise", [1e-4, 0.3])
def test_it_is_what_conditioning_the_joint_distribution_gives(n: int, noise: float) -> None:
    phi, y, counts, m, P, others = problem(n)
    mean, variance = posterior(phi, y, counts, m, P, noise).at(others)
    covariance = torch.linalg.inv(P)
    gain = others @ covariance @ phi.mT @ torch.linalg.inv(phi @ covariance @ phi.mT + noise * torch.eye(n, dtype=torch.float64))
    torch.testing.assert_close(mean, others @ m + (gain @ (y - phi @ m)[..., None])[..., 0], rtol=1e-6, atol=1e-6)
    left = others @ covariance @ others.mT - gain @ phi @ covariance @ others.mT
    torch.testing.assert_close(variance, left.diagonal(dim1=-2, dim2=-1), rtol=1e-5, atol=1e-7)


def test_without_a_point_it_is_the_prior() -> None:
    phi, y, counts, m, P, others = problem(0)
    mean, variance = posterior(phi, y, counts, m, P, 0.1).at(others)
    torch.testing.assert_close(mean, others @ m)
    torch.testing.assert_close(variance, (others @ torch.linalg.inv(P) * others).sum(-1))


def test_a_point_that_does_not_count_is_not_there() -> None:
    phi, y, counts, m, P, others = problem(6)
    counts[:, 2:4], y[:, 2:4], phi[:, 2:4] = 0, 1e6, -1e4
    kept = [0, 1, 4, 5]
    with_gap, without = posterior(phi, y, counts, m, P, 0.1), posterior(phi[:, kept], y[:, kept], counts[:, kept], m, P, 0.1)
    for a, b in zip(with_gap.at(others), without.at(others), strict=True):
        torch.testing.assert_close(a, b)


def test_yesterdays_posterior_is_todays_prior() -> None:
    phi, y, counts, m, P, others = problem(7, tasks=())
    at_once, half = posterior(phi, y, counts, m, P, 0.2), posterior(phi[:3], y[:3], counts[:3], m, P, 0.2)
    then = posterior(phi[3:], y[3:], counts[3:], half.mean, half.factor @ half.factor.mT, 0.2)
    for a, b in zip(then.at(others), at_once.at(others), strict=True):
        torch.testing.assert_close(a, b)


def test_gradients_run_through_the_solution() -> None:
    phi, y, counts, m, P, others = problem(3, tasks=(2,))
    inputs = [x.requires_grad_() for x in (phi, m, torch.tensor(-1.0, dtype=torch.float64))]
    assert torch.autograd.gradcheck(lambda phi, m, log: posterior(phi, y, counts, m, P, log.exp()).at(others), inputs)
