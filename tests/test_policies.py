"""The Gaussian and the categorical policy against torch.distributions and hand-written NumPy, and the policy with a memory."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, Normal
from torch.func import vmap

from dremeta_lite.networks import Params
from dremeta_lite.policies import LOWEST_LOG_STD, BatchPolicy, CategoricalCNN, CategoricalMLP, GaussianMLP, GRUPolicy, Policy, draw


def test_both_keep_the_protocol() -> None:
    assert isinstance(CategoricalMLP(3, 2), Policy) and isinstance(GaussianMLP(3, 2), Policy)


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


def test_the_gaussians_samples_and_entropy(rng: torch.Generator) -> None:
    policy = GaussianMLP(3, 2, (4,), log_std=-0.7)
    params, s = policy.init(rng), torch.randn(20_000, 3, generator=rng)
    action, log_prob = policy.sample(params, s, rng)
    normal = Normal(policy.mean(params, s), math.exp(-0.7))
    torch.testing.assert_close(log_prob, normal.log_prob(action).sum(-1), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(policy.entropy(params, s), normal.entropy().sum(-1))
    z = (action - policy.mean(params, s)) / math.exp(-0.7)  # four standard errors of a mean and of a variance
    assert z.mean().item() == pytest.approx(0, abs=4 / math.sqrt(40_000))
    assert z.var().item() == pytest.approx(1, abs=4 * math.sqrt(2 / 40_000))
    assert torch.equal(policy.greedy(params, s), policy.mean(params, s))


def test_log_prob_and_entropy_are_torchs(rng: torch.Generator) -> None:
    policy = CategoricalMLP(3, 4, (5,))
    params = {name: p + 0.5 * torch.randn(p.shape, generator=rng) for name, p in policy.init(rng).items()}
    s, a = torch.randn(50, 3, generator=rng), torch.randint(4, (50,), generator=rng)
    theirs = Categorical(logits=policy.logits(params, s))
    torch.testing.assert_close(policy.log_prob(params, s, a), theirs.log_prob(a))
    torch.testing.assert_close(policy.entropy(params, s), theirs.entropy())
    assert torch.equal(policy.greedy(params, s), theirs.probs.argmax(-1))
    _, log_prob = policy.sample(params, s, rng)
    assert log_prob.shape == (50,) and (log_prob < 0).all()


def test_draws_have_the_right_frequencies_and_log_probabilities(rng: torch.Generator) -> None:
    """200 000 draws: four standard errors."""
    n, logits = 200_000, torch.tensor([0.0, 1.5, -4.0, 0.7])
    action, log_prob = draw(logits.expand(n, 4), rng)
    p = logits.softmax(-1)
    for a in range(4):
        assert (action == a).double().mean().item() == pytest.approx(p[a].item(), abs=4 * math.sqrt(p[a] * (1 - p[a]) / n))
    torch.testing.assert_close(log_prob, p.log()[action])


def test_an_impossible_action_is_never_drawn(rng: torch.Generator) -> None:
    action, _ = draw(torch.tensor([-math.inf, 0.0, -math.inf]).expand(1000, 3), rng)
    assert action.eq(1).all()


def test_a_memory_has_logits(rng: torch.Generator) -> None:
    policy, memory = GRUPolicy(3, 2, memory=5), torch.randn(4, 5, generator=rng)
    params = policy.init(rng)
    assert set(params) == {"see", "see_bias", "remember", "remember_bias", "head_weight0", "head_bias0"}
    torch.testing.assert_close(policy.logits(params, memory), memory @ params["head_weight0"] + params["head_bias0"])


def test_a_wrong_shape_is_caught_by_the_annotations() -> None:
    """The checks at run time are really on: without them this would broadcast silently."""
    policy = GaussianMLP(2, 2, (4,))
    params = policy.init(torch.Generator())
    with pytest.raises(Exception, match="log_prob"):
        policy.log_prob(params, torch.zeros(5, 2), torch.zeros(1, 2))


def test_the_convolution_is_torchs_and_stacked_copies_equal_one_at_a_time(double_params, rng: torch.Generator) -> None:
    """Of pictures whose sides are even and odd, and differ."""
    policy = CategoricalCNN((2, 6, 5), 3, hidden=(7,), features=4)
    copies = [double_params(policy, seed) for seed in range(3)]
    copies = [{name: p + 0.1 * torch.randn(p.shape, generator=rng, dtype=p.dtype) for name, p in c.items()} for c in copies]
    s = torch.randn(3, 9, 60, generator=rng, dtype=torch.float64)
    for params, flat in zip(copies, s, strict=True):
        kernel = params["window_weight0"].T.reshape(4, 2, 3, 3)
        made = torch.nn.functional.conv2d(flat.view(9, 2, 6, 5), kernel, params["window_bias0"], stride=2, padding=1).relu()
        assert made.shape == (9, 4, 3, 3)
        hidden = (made.movedim(1, -1).flatten(1) @ params["weight0"] + params["bias0"]).relu()
        torch.testing.assert_close(policy.logits(params, flat), hidden @ params["weight1"] + params["bias1"])
    stacked = {name: torch.stack([c[name] for c in copies]) for name in copies[0]}
    loop = torch.stack([policy.logits(c, flat) for c, flat in zip(copies, s, strict=True)])
    torch.testing.assert_close(policy.logits(stacked, s), loop)
    torch.testing.assert_close(vmap(policy.logits)(stacked, s), loop)
    torch.testing.assert_close(policy.fixed(stacked)(s), loop)
    assert isinstance(policy, BatchPolicy)
