"""The samplers draw from the distributions that they are named after: moments and distribution functions in closed form."""

import math

import pytest
import torch

from dremeta_lite.agents.sampling import beta, dirichlet, gamma
from tests.conftest import seeded

N = 100_000


@pytest.mark.parametrize("shape", [1.0, 1.5, 4.0, 300.0])
def test_gamma_has_its_mean_and_variance(shape: float) -> None:
    """Mean = variance = shape; the fourth central moment is 3 shape² + 6 shape. Four standard errors."""
    x = gamma(torch.full((N,), shape), seeded(0))
    assert x.dtype == torch.float64 and x.shape == (N,) and (x > 0).all()
    assert x.mean().item() == pytest.approx(shape, abs=4 * math.sqrt(shape / N))
    assert x.var().item() == pytest.approx(shape, abs=4 * math.sqrt((2 * shape**2 + 6 * shape) / N))


def test_gamma_has_the_whole_distribution() -> None:
    """Kolmogorov-Smirnov: shapes 1 and 2 have the distribution functions 1 - e^-x and 1 - (1 + x) e^-x. A distance of 1.95 / √N is met by
    chance once in a thousand draws; the draw is fixed by its seed."""
    x = gamma(torch.tensor([1.0, 2.0]).expand(N, 2), seeded(1))
    steps = torch.arange(1, N + 1) / N
    for column, cdf in ((0, lambda t: 1 - (-t).exp()), (1, lambda t: 1 - (1 + t) * (-t).exp())):
        t = x[:, column].sort().values
        assert (cdf(t) - steps).abs().max() < 1.95 / math.sqrt(N)


@pytest.mark.parametrize(("a", "b"), [(1, 1), (3, 1), (2, 7), (40, 61)])
def test_beta_has_its_mean_and_variance(a: float, b: float) -> None:
    x = beta(torch.full((N,), float(a)), torch.full((N,), float(b)), seeded(2))
    mean, variance = a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))
    assert x.mean().item() == pytest.approx(mean, abs=4 * math.sqrt(variance / N))
    assert x.var().item() == pytest.approx(variance, rel=0.05)
    assert (x > 0).all() and (x < 1).all()


def test_dirichlet_draws_probabilities_with_the_right_mean_and_variance() -> None:
    concentration = torch.tensor([1.0, 2.0, 5.0])
    x = dirichlet(concentration.expand(N, 3), seeded(3))
    torch.testing.assert_close(x.sum(-1), torch.ones(N, dtype=torch.float64))
    mean = concentration.double() / 8
    variance = mean * (1 - mean) / 9
    assert ((x.mean(0) - mean).abs() < 4 * (variance / N).sqrt()).all()
    torch.testing.assert_close(x.var(0), variance, rtol=0.05, atol=0)


def test_draws_follow_the_generator_alone() -> None:
    shape = torch.rand(50, generator=seeded(0)) * 10 + 1
    first = gamma(shape, seeded(4))
    torch.rand(3)  # the global stream has no part in it
    assert torch.equal(first, gamma(shape, seeded(4))) and not torch.equal(first, gamma(shape, seeded(5)))
    with pytest.raises(ValueError, match=r"at least 1 here, got 0\.5"):
        gamma(torch.tensor([2.0, 0.5]), seeded(0))
