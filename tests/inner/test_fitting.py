"""The inner loop of regression against autograd in plain loops."""

import pytest
import torch

from dremeta_lite.inner.fitting import descend, mse, one_rate
from dremeta_lite.networks import MLP, Params
from dremeta_lite.tasks.sinusoid import Points

NETWORK = MLP([1, 6, 1], activation=torch.relu)


@pytest.fixture
def theta(rng: torch.Generator) -> Params:
    return {name: p.double() + 0.3 * torch.randn(p.shape, generator=rng, dtype=torch.float64) for name, p in NETWORK.init(rng).items()}


@pytest.fixture
def support(rng: torch.Generator) -> Points:
    return Points(*torch.randn(2, 7, 1, generator=rng, dtype=torch.float64))


def plain_loss(theta: Params, points: Points) -> torch.Tensor:
    total = torch.zeros((), dtype=torch.float64)
    for x, y in zip(points.x[:, 0], points.y[:, 0], strict=True):
        hidden = (x * theta["weight0"][0] + theta["bias0"]).clamp(min=0)
        total = total + ((hidden * theta["weight1"][:, 0]).sum() + theta["bias1"][0] - y) ** 2 / len(points.x)
    return total


def test_the_loss_is_the_mean_squared_error(theta: Params, support: Points) -> None:
    torch.testing.assert_close(mse(NETWORK, theta, support), plain_loss(theta, support))


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_each_step_leads_downhill_by_alpha_times_the_gradient(theta: Params, support: Points, steps: int) -> None:
    phi = {name: p.clone() for name, p in theta.items()}
    for _ in range(steps):
        leaves = {name: p.clone().requires_grad_() for name, p in phi.items()}
        gradients = torch.autograd.grad(plain_loss(leaves, support), list(leaves.values()))
        phi = {name: p.detach() - 0.05 * g for (name, p), g in zip(leaves.items(), gradients, strict=True)}
    found = descend(NETWORK, theta, support, one_rate(theta, 0.05), steps)
    for name, p in phi.items():
        torch.testing.assert_close(found[name], p)
    if steps:
        assert mse(NETWORK, found, support) < mse(NETWORK, theta, support)


def test_each_parameter_may_have_a_rate_of_its_own(theta: Params, support: Points, rng: torch.Generator) -> None:
    rates = {name: torch.rand(p.shape, generator=rng, dtype=torch.float64) - 0.3 for name, p in theta.items()}  # some go uphill
    gradient = torch.func.grad(lambda p: plain_loss(p, support))(theta)
    found = descend(NETWORK, theta, support, rates)
    for name in theta:
        torch.testing.assert_close(found[name], theta[name] - rates[name] * gradient[name])


def test_to_first_order_the_value_is_the_same_and_the_derivative_the_identity(theta: Params, support: Points) -> None:
    rates = one_rate(theta, 0.1)
    bent = lambda second: lambda bias: descend(NETWORK, theta | {"bias1": bias}, support, rates, 2, second)["bias1"]
    bias = theta["bias1"]
    torch.testing.assert_close(bent(False)(bias), bent(True)(bias))
    torch.testing.assert_close(torch.func.jacrev(bent(False))(bias), torch.ones(1, 1, dtype=torch.float64))
    assert (torch.func.jacrev(bent(True))(bias) - 1).abs() > 0.1  # each step: 1 - α ∂²L/∂b² = 1 - 2α
