"""The Gaussian policy against torch.distributions and against hand-written NumPy."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal
from torch.func import vmap

from dremeta_lite.policies import LOWEST_LOG_STD, GaussianMLP, Params, detach, stack


def test_the_first_parameters(rng: torch.Generator) -> None:
    policy = GaussianMLP(3, 2, hidden=(16, 8), log_std=-0.7)
    params = policy.init(rng)
    shapes = {"weight0": (3, 16), "bias0": (16,), "weight1": (16, 8), "bias1": (8,), "weight2": (8, 2), "bias2": (2,), "log_std": (2,)}
    assert {name: tuple(p.shape) for name, p in params.items()} == shapes
    for i, gain in enumerate((5 / 3, 5 / 3, 0.01)):
        assert not params[f"bias{i}"].any()
        # An orthogonal matrix times a gain has this gain as its only singular value; float32 keeps about 7 digits.
        assert torch.linalg.svdvals(params[f"weight{i}"]) == pytest.approx(gain, rel=1e-5)
    assert params["log_std"].tolist() == pytest.approx([-0.7, -0.7])  # float32
    again = policy.init(torch.Generator().manual_seed(7))
    assert all(torch.equal(params[name], again[name]) for name in params)
    assert not torch.equal(params["weight0"], policy.init(rng)["weight0"])


def numpy_mean(params: Params, observation: Tensor) -> np.ndarray:
    x, layers = observation.numpy(), (len(params) - 1) // 2
    for i in range(layers):
        x = x @ params[f"weight{i}"].numpy() + params[f"bias{i}"].numpy()
        if i < layers - 1:
            x = np.tanh(x)
    return x


@pytest.mark.parametrize("hidden", [(), (5,), (6, 4)])
def test_mean_std_and_log_prob(hidden, double_params, rng: torch.Generator) -> None:
    policy = GaussianMLP(3, 2, hidden)
    params = double_params(policy)
    s = torch.randn(11, 3, generator=rng, dtype=torch.float64)
    a = torch.randn(11, 2, generator=rng, dtype=torch.float64)
    # Both are float64 with sums of a few terms: only rounding in the last digits may differ.
    np.testing.assert_allclose(policy.mean(params, s), numpy_mean(params, s), rtol=1e-12, atol=1e-14)
    normal = Normal(torch.from_numpy(numpy_mean(params, s)), params["log_std"].exp())
    torch.testing.assert_close(policy.log_prob(params, s, a), normal.log_prob(a).sum(-1), rtol=1e-12, atol=1e-12)
    assert policy.std(params).shape == (1, 2)


def test_std_is_kept_above_its_floor() -> None:
    policy = GaussianMLP(2, 2, (4,), log_std=-9)
    params = policy.init(torch.Generator())
    assert policy.std(params).flatten().tolist() == pytest.approx([math.exp(LOWEST_LOG_STD)] * 2)
    assert policy.log_prob(params, torch.zeros(1, 2), torch.zeros(1, 2)).item() == pytest.approx(
        Normal(0, math.exp(LOWEST_LOG_STD)).log_prob(torch.tensor(0.0)).item() * 2, rel=1e-6
    )


def test_stacked_parameters_equal_one_task_at_a_time(double_params, rng: torch.Generator) -> None:
    """Three different copies at once, by broadcasting and by vmap, against a loop."""
    policy = GaussianMLP(2, 2, (5, 4))
    copies = [double_params(policy, seed) for seed in range(3)]
    stacked = {name: torch.stack([c[name] for c in copies]) for name in copies[0]}
    s = torch.randn(3, 7, 2, generator=rng, dtype=torch.float64)
    a = torch.randn(3, 7, 2, generator=rng, dtype=torch.float64)
    loop = torch.stack([policy.log_prob(c, s[i], a[i]) for i, c in enumerate(copies)])
    # float64: a batched product may add in another order.
    torch.testing.assert_close(policy.log_prob(stacked, s, a), loop, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(vmap(policy.log_prob)(stacked, s, a), loop, rtol=1e-12, atol=1e-12)


def test_stack_and_detach() -> None:
    leaf = torch.tensor([1.0, 2.0], requires_grad=True)
    stacked = stack({"p": leaf * 3}, 4)
    assert stacked["p"].shape == (4, 2) and stacked["p"].requires_grad
    cut = detach(stacked)
    assert not cut["p"].requires_grad and torch.equal(cut["p"], stacked["p"])


def test_a_wrong_shape_is_caught_by_the_annotations() -> None:
    """The checks at run time are really on: without them this would broadcast silently."""
    policy = GaussianMLP(2, 2, (4,))
    params = policy.init(torch.Generator())
    with pytest.raises(Exception, match="log_prob"):
        policy.log_prob(params, torch.zeros(5, 2), torch.zeros(1, 2))
