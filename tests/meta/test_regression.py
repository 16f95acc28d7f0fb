"""Five ways to a start: each gradient against finite differences, plain loops or one of the others, and what they learn."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import vmap

from dremeta_lite import store
from dremeta_lite.inner.fitting import descend, mse, one_rate
from dremeta_lite.learner import generator
from dremeta_lite.meta.regression import (
    ALGORITHMS,
    RATE,
    RegressionLearner,
    adaptation_errors,
    adapted,
    first_order,
    maml,
    meta_sgd,
    pooled,
    reptile,
)
from dremeta_lite.networks import MLP, Params
from dremeta_lite.tasks import Navigation2D, Sinusoid
from dremeta_lite.tasks.sinusoid import Points

FAMILY = Sinusoid()
NETWORK = MLP([1, 6, 5, 1], activation=torch.tanh)  # smooth: finite differences need no luck at ReLU's corners
ALPHA = 0.05


@pytest.fixture
def theta(rng: torch.Generator) -> Params:
    return {name: p.double() + 0.3 * torch.randn(p.shape, generator=rng, dtype=torch.float64) for name, p in NETWORK.init(rng).items()}


@pytest.fixture
def points(rng: torch.Generator) -> tuple[Points, Points]:
    """Support and query of one task."""
    drawn = FAMILY.sample_points(FAMILY.sample_tasks(1, rng), 12, rng)
    return Points(drawn.x[0].double(), drawn.y[0].double()).split(5)


def differences(f: Any, at: Params, step: float = 1e-6) -> Params:
    """The gradient of f by central differences, one number after the other."""
    slopes = {}
    for name, p in at.items():
        slope = torch.zeros_like(p)
        for i in range(p.numel()):
            e = torch.zeros(p.numel(), dtype=p.dtype)
            e[i] = step
            up, down = (f(at | {name: p + sign * e.view(p.shape)}) for sign in (1, -1))
            slope.view(-1)[i] = (up - down) / (2 * step)
        slopes[name] = slope
    return slopes


def gradient_of(p: Tensor) -> Tensor:
    assert p.grad is not None
    return p.grad


def assert_close(found: Params, expected: Params, rtol: float = 1e-6) -> None:
    assert found.keys() == expected.keys()
    for name, p in expected.items():
        torch.testing.assert_close(found[name], p, rtol=rtol, atol=1e-8)


@pytest.mark.parametrize("steps", [1, 3])
def test_mamls_gradient_is_that_of_the_loss_after_adaptation(theta: Params, points: tuple[Points, Points], steps: int) -> None:
    rates, (support, query) = one_rate(theta, ALPHA), points
    after = lambda p: mse(NETWORK, descend(NETWORK, p, support, rates, steps), query)
    assert_close(maml(NETWORK, theta, rates, support, query, steps), differences(after, theta))


def test_first_order_is_the_gradient_at_the_adapted_parameters(theta: Params, points: tuple[Points, Points]) -> None:
    rates, (support, query) = one_rate(theta, ALPHA), points
    found = first_order(NETWORK, theta, rates, support, query, 3)
    assert_close(found, differences(lambda p: mse(NETWORK, p, query), descend(NETWORK, theta, support, rates, 3)))
    cut = torch.func.grad(lambda p: mse(NETWORK, descend(NETWORK, p, support, rates, 3, second_order=False), query))(theta)
    assert_close(found, cut)  # the usual way to write it: MAML with the inner gradients detached
    full = maml(NETWORK, theta, rates, support, query, 3)
    assert any((found[name] - full[name]).abs().max() > 0.01 for name in theta)


@pytest.mark.parametrize("steps", [1, 4])
def test_reptiles_direction_is_where_plain_gradient_descent_came_from(theta: Params, points: tuple[Points, Points], steps: int) -> None:
    """Against a loop with `backward` over all points of the task."""
    support, query = points
    x, y = torch.cat([support.x, query.x]), torch.cat([support.y, query.y])
    phi = {name: p.clone() for name, p in theta.items()}
    for _ in range(steps):
        leaves = {name: p.clone().requires_grad_() for name, p in phi.items()}
        out = x
        for i in range(3):
            out = out @ leaves[f"weight{i}"] + leaves[f"bias{i}"]
            out = out.tanh() if i < 2 else out
        ((out - y) ** 2).mean().backward()
        phi = {name: p.detach() - ALPHA * gradient_of(p) for name, p in leaves.items()}
    found = reptile(NETWORK, theta, one_rate(theta, ALPHA), support, query, steps)
    assert_close(found, {name: theta[name] - phi[name] for name in theta})


def test_with_one_inner_step_reptile_is_pooled_training(theta: Params, points: tuple[Points, Points]) -> None:
    """Nichol et al. 2018 say so: θ - φ is then α times the gradient at θ."""
    support, query = points
    everything = Points(torch.cat([support.x, query.x]), torch.cat([support.y, query.y]))
    found = reptile(NETWORK, theta, one_rate(theta, ALPHA), support, query, 1)
    expected = pooled(NETWORK, theta, {}, support, everything, 1)
    assert_close(found, {name: ALPHA * g for name, g in expected.items()})


def test_pooled_has_no_inner_loop(theta: Params, points: tuple[Points, Points]) -> None:
    support, query = points
    assert_close(pooled(NETWORK, theta, {}, support, query, 1), differences(lambda p: mse(NETWORK, p, query), theta))


@pytest.mark.parametrize("steps", [1, 2])
def test_meta_sgds_gradients_by_theta_and_by_each_rate(
    theta: Params, points: tuple[Points, Points], steps: int, rng: torch.Generator
) -> None:
    support, query = points
    rates = {name: 0.1 * torch.rand(p.shape, generator=rng, dtype=torch.float64) for name, p in theta.items()}
    found = meta_sgd(NETWORK, theta, rates, support, query, steps)
    by_theta = differences(lambda p: mse(NETWORK, descend(NETWORK, p, support, rates, steps), query), theta)
    by_rates = differences(lambda r: mse(NETWORK, descend(NETWORK, theta, support, r, steps), query), rates)
    assert_close(found, by_theta | {RATE + name: g for name, g in by_rates.items()})


def test_meta_sgd_with_frozen_rates_is_maml() -> None:
    """Bit for bit over five iterations, when Adam does not move the rates."""
    one, other = (RegressionLearner(FAMILY, algorithm, 3, tasks=4) for algorithm in ("maml", "meta_sgd"))
    for _ in range(5):
        ones = {name: p.detach().clone() for name, p in other.multiples.items()}
        a, b = one.step(), other.step()
        assert a["loss_before"] == b["loss_before"] and a["loss_after"] == b["loss_after"]
        with torch.no_grad():
            for name, p in ones.items():
                assert not torch.equal(other.multiples[name], p)  # it wanted to
                other.multiples[name].copy_(p)
    assert all(torch.equal(one.theta[name], other.theta[name]) for name in one.theta)


def test_the_learner_averages_over_tasks_and_walks_downhill() -> None:
    learner, seen = RegressionLearner(FAMILY, "maml", tasks=3, meta_lr=0.004), {}
    state = learner.rng.get_state()
    learner.ascend = lambda gradient, rate: seen.update(gradient=gradient, rate=rate)  # type: ignore[method-assign]
    numbers = learner.advance()
    again = torch.Generator()
    again.set_state(state)
    support, query = FAMILY.sample_points(FAMILY.sample_tasks(3, again), 15, again).split(5)
    each = [[Points(s.x[i], s.y[i]) for s in (support, query)] for i in range(3)]
    gradients = [maml(learner.network, learner.start, learner.rates, s, q, 1) for s, q in each]
    for name, g in seen["gradient"].items():
        torch.testing.assert_close(g, -sum(x[name] for x in gradients) / 3, rtol=1e-4, atol=1e-6)
    assert seen["rate"] == 0.004
    assert numbers["loss_before"] == pytest.approx(sum(mse(learner.network, learner.start, q).item() for _, q in each) / 3, rel=1e-4)
    after = [mse(learner.network, descend(learner.network, learner.start, s, learner.rates), q).item() for s, q in each]
    assert numbers["loss_after"] == pytest.approx(sum(after) / 3, rel=1e-4)


def test_beta_is_cooled_along_half_a_cosine() -> None:
    learner = RegressionLearner(FAMILY, lr_decay=10, meta_lr=0.02)
    rates = []
    for iteration in range(13):
        learner.iteration = iteration
        rates.append(learner.meta_lr())
    assert rates[0] == 0.02 and rates[5] == pytest.approx(0.0101) and rates[10:] == pytest.approx([0.0002] * 3)
    assert rates == sorted(rates, reverse=True)
    learner.hyper.lr_decay = 0
    assert learner.meta_lr() == 0.02


def test_adaptation_is_measured_step_by_step(rng: torch.Generator) -> None:
    """Against one task at a time."""
    learner, tasks = RegressionLearner(FAMILY), FAMILY.sample_tasks(4, rng)
    errors = adaptation_errors(learner, tasks, points=5, steps=2, seed=9)
    assert errors.shape == (3, 4)
    support = FAMILY.sample_points(tasks, 5, generator(9))
    x = torch.linspace(-5, 5, 101)
    for i in range(4):
        wave = Points(x[:, None], (tasks.amplitude[i] * torch.sin(x - tasks.phase[i]))[:, None])
        for k in range(3):
            phi = descend(learner.network, learner.start, Points(support.x[i], support.y[i]), learner.rates, k)
            assert errors[k, i].item() == pytest.approx(mse(learner.network, phi, wave).item(), rel=1e-3)
    assert len(adapted(learner, support, 2)) == 3


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_it_is_saved_loaded_and_goes_on_bit_for_bit(algorithm: str, tmp_path: Path, same_state: Any) -> None:
    learner = RegressionLearner(FAMILY, algorithm, 1, tasks=3, inner_steps=2)
    learner.step()
    learner.save(tmp_path / "start.safetensors")
    numbers = [learner.step() for _ in range(2)]
    other = RegressionLearner(FAMILY, algorithm, 5)
    other.load(tmp_path / "start.safetensors")
    assert [other.step() for _ in range(2)] == numbers and same_state(learner.state_dict(), other.state_dict())
    stranger = RegressionLearner(FAMILY, "reptile" if algorithm != "reptile" else "maml")
    with pytest.raises(store.StoreError, match="algorithm"):
        stranger.load(tmp_path / "start.safetensors")


def test_it_says_why_it_cannot() -> None:
    with pytest.raises(ValueError, match="Navigation2D has none"):
        RegressionLearner(Navigation2D())
    with pytest.raises(ValueError, match="got 'magic'"):
        RegressionLearner(FAMILY, "magic")


def test_what_a_second_teaches() -> None:
    """150 iterations. One step then gains 1.6 from MAML's start, and 0.1 from that of pooled training."""
    tasks, gains = FAMILY.held_out_tasks(300), {}
    for algorithm in ("maml", "pooled"):
        learner = RegressionLearner(FAMILY, algorithm, tasks=25)
        for _ in range(150):
            learner.step()
        before, after = adaptation_errors(learner, tasks, steps=1).mean(1).tolist()
        print(f"\n{algorithm}: {before:.2f}, {after:.2f} after one step")
        gains[algorithm] = before - after
        assert 2.7 < before < 4  # the best fixed answer has 3.0
    assert gains["maml"] > gains["pooled"] + 0.5


def test_vmap_over_tasks_is_one_task_at_a_time(theta: Params, rng: torch.Generator) -> None:
    drawn = FAMILY.sample_points(FAMILY.sample_tasks(3, rng), 9, rng)
    support, query = Points(drawn.x.double(), drawn.y.double()).split(4)
    for algorithm in ALGORITHMS.values():
        run = lambda s, q, algorithm=algorithm: algorithm(NETWORK, theta, one_rate(theta, ALPHA), s, q, 2)
        together = vmap(run)(support, query)
        alone = run(Points(support.x[1], support.y[1]), Points(query.x[1], query.y[1]))
        assert_close({name: g[1] for name, g in together.items()}, alone)
