"""The transformer: its two ways agree, nothing looks ahead, and its numbers are torch's own."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from dremeta_lite.learner import generator
from dremeta_lite.networks import Params
from dremeta_lite.transformer import Transformer

N, TIME = 3, 7


@pytest.fixture(autouse=True)
def double() -> Iterator[None]:
    """Everything in float64."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def network() -> Transformer:
    return Transformer(5, width=8, layers=2, heads=2, length=TIME)


@pytest.fixture
def params(network: Transformer) -> Params:
    """Moved off their special first values."""
    rng = generator(1)
    return {name: p.double() + 0.2 * torch.randn(p.shape, generator=rng) for name, p in network.init(generator(0)).items()}


def tokens(seed: int = 2) -> Tensor:
    return torch.randn(N, TIME, 5, generator=generator(seed))


SOME = torch.tensor([[1, 1, 1, 1, 1, 1, 1], [0, 1, 1, 0, 0, 1, 1], [1, 1, 0, 0, 0, 0, 0]]).bool()


def stepwise(network: Transformer, params: Params, x: Tensor, counts: Tensor) -> Tensor:
    context, found = network.blank(len(x)), []
    for t in range(x.shape[1]):
        context = network.step(params, context, x[:, t], counts[:, t])
        found.append(context.memory)
    return torch.stack(found, 1)


def test_it_is_torchs_own_transformer(network: Transformer, params: Params) -> None:
    layer = torch.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
    oracle = torch.nn.TransformerEncoder(layer, 2, norm=torch.nn.LayerNorm(8), enable_nested_tensor=False).double()
    names = {"self_attn.in_proj_": "look", "self_attn.out_proj.": "tell", "linear1.": "think", "linear2.": "say"}
    names |= {"norm1.": "norm0", "norm2.": "norm1"}
    state = {"norm.weight": params["norm"], "norm.bias": params["norm_bias"]}
    for i in range(2):
        for theirs, ours in names.items():
            weight = params[f"layer{i}_{ours}"]
            state[f"layers.{i}.{theirs}weight"] = weight if "norm" in ours else weight.T
            state[f"layers.{i}.{theirs}bias"] = params[f"layer{i}_{ours}_bias"]
    oracle.load_state_dict(state)
    x = tokens()
    embedded = x @ params["token"] + params["token_bias"] + params["place"]
    expected = oracle(embedded, mask=torch.nn.Transformer.generate_square_subsequent_mask(TIME))
    torch.testing.assert_close(network.unroll(params, x, torch.ones(N, TIME).bool()), expected)


@pytest.mark.parametrize("counts", [torch.ones(N, TIME).bool(), SOME], ids=["all tokens count", "some do"])
def test_with_a_cache_it_computes_the_same(network: Transformer, params: Params, counts: Tensor) -> None:
    torch.testing.assert_close(stepwise(network, params, tokens(), counts), network.unroll(params, tokens(), counts))


def test_what_does_not_count_changes_nothing(network: Transformer, params: Params) -> None:
    x, other = tokens(), tokens(3)
    spoilt = torch.where(SOME[..., None], x, other)
    assert torch.equal(network.unroll(params, x, SOME), network.unroll(params, spoilt, SOME))
    memory = network.unroll(params, x, SOME)
    assert (memory[1, 0] == 0).all() and torch.equal(memory[1, 2], memory[1, 4]) and torch.equal(memory[2, 1], memory[2, 6])


def test_nothing_looks_ahead(network: Transformer, params: Params) -> None:
    """The gradient of each output by each token is 0 above the diagonal, and nowhere below it."""
    x = tokens()[:1]
    jacobian: Any = torch.autograd.functional.jacobian(lambda x: network.unroll(params, x, torch.ones(1, TIME).bool())[0].sum(-1), x)
    jacobian = jacobian[:, 0].abs().sum(-1)
    ahead = torch.ones(TIME, TIME).triu(1).bool()
    assert (jacobian[ahead] == 0).all() and (jacobian[~ahead] > 1e-8).all()


def test_attention_is_what_the_heads_use(network: Transformer, params: Params) -> None:
    rows = network.attention(params, tokens(), SOME)
    torch.testing.assert_close(rows.sum(-1), torch.ones(2, N, 2, TIME))
    assert (rows[..., torch.ones(TIME, TIME).triu(1).bool()] == 0).all()
    assert (rows[:, 1, :, 2:, 0] == 0).all()  # a token that does not count is not looked at


def test_a_head_that_is_cut_out_tells_nothing(network: Transformer, params: Params) -> None:
    counts = torch.ones(N, TIME).bool()
    whole = network.unroll(params, tokens(), counts)
    none = params
    for layer in range(2):
        for head in range(2):
            cut = network.without(params, layer, head)
            assert (network.unroll(cut, tokens(), counts) - whole).abs().max() > 1e-3
            none = network.without(none, layer, head)
    alone = network.unroll(none, tokens(), counts)
    other = tokens()
    other[:, :-1] = tokens(3)[:, :-1]
    assert torch.equal(alone[:, -1], network.unroll(none, other, counts)[:, -1])  # without heads each token is by itself


def test_gradients_agree_with_finite_differences(network: Transformer, params: Params) -> None:
    x, rng = tokens(), generator(4)
    weights = torch.randn(N, TIME, 8, generator=rng)
    theta = {name: p.clone().requires_grad_() for name, p in params.items()}

    def value(theta: Params) -> Tensor:
        return (network.unroll(theta, x, SOME) * weights).sum()

    gradient = dict(zip(theta, torch.autograd.grad(value(theta), list(theta.values())), strict=True))
    for part in ("token", "place", "look", "tell", "think", "say", "norm"):
        way = {name: torch.randn(p.shape, generator=rng) * (part in name) for name, p in params.items()}
        slope = sum((gradient[name] * d).sum() for name, d in way.items())
        ends = [value({k: params[k] + e * way[k] for k in params}) for e in (1e-6, -1e-6)]
        torch.testing.assert_close(slope, (ends[0] - ends[1]) / 2e-6, atol=1e-6, rtol=1e-5)


def test_what_cannot_be_is_refused_in_a_sentence(network: Transformer, params: Params) -> None:
    with pytest.raises(ValueError, match="3 heads cannot share a width of 8 evenly"):
        Transformer(5, width=8, heads=3)
    full = network.blank(1)._replace(told=TIME)
    with pytest.raises(ValueError, match="a context of 7 tokens is full"):
        network.step(params, full, torch.zeros(1, 5), torch.ones(1).bool())
