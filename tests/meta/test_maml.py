"""The meta-gradient against finite differences and against plain loops that share no code with the package."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.distributions import Normal
from torch.func import grad, vmap

from dremeta_lite.inner.policy_gradient import Experience, adapt, prepare, step_size, surrogate
from dremeta_lite.meta.maml import MAML, meta_objective
from dremeta_lite.networks import Params, detach, stack
from dremeta_lite.policies import GaussianMLP
from dremeta_lite.rollout import collect
from dremeta_lite.tasks import Colours
from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask

STEPS = [1, 2, 3]
ALPHA = 0.5


# --- an independent MAML: lists of tensors, loops, torch.autograd.grad, torch.distributions -----------------------------------------


def plain_log_prob(theta: list[Tensor], s: Tensor, a: Tensor) -> Tensor:
    """`theta`: weight, bias, weight, bias, …, log_std."""
    *layers, log_std = theta
    x = s
    for i in range(0, len(layers), 2):
        x = x @ layers[i] + layers[i + 1]
        if i < len(layers) - 2:
            x = x.tanh()
    return Normal(x, log_std.exp()).log_prob(a).sum(1)


def plain_objective(theta: list[Tensor], e: Experience) -> Tensor:
    """Σ over the steps that count of ratio · advantage, one step after the other, divided by their number."""
    total = theta[0].new_zeros(())
    for s, a, old, advantage, weight in zip(*e, strict=True):
        total = total + weight * advantage * torch.exp(plain_log_prob(theta, s[None], a[None])[0] - old)
    return total


def plain_meta_gradient(theta: Params, tasks: list[list[Experience]], alpha: float, second_order: bool) -> tuple[float, Params]:
    """Mean over tasks of Σ_k J(φ⁽ᵏ⁾; query k), and its gradient; step k has length α · (1, 0.4, 0.15)[k]."""
    leaves = [p.detach().clone().requires_grad_() for p in theta.values()]
    total = leaves[0].new_zeros(())
    for batches in tasks:
        phi = leaves
        for k, (support, query) in enumerate(pairwise(batches)):
            inner = torch.autograd.grad(plain_objective(phi, support), phi, create_graph=second_order)
            length = alpha * (1.0, 0.4, 0.15)[k]
            phi = [p + length * (g if second_order else g.detach()) for p, g in zip(phi, inner, strict=True)]
            total = total + plain_objective(phi, query) / len(tasks)
    return total.item(), dict(zip(theta, torch.autograd.grad(total, leaves), strict=True))


# --- one task: finite differences --------------------------------------------------------------------------------------------------


@pytest.fixture
def one_task(double_family: Navigation2D, double_params) -> Callable[[int], tuple[GaussianMLP, Params, list[Experience]]]:
    """A small policy and K + 1 batches of real experience with one task, each sampled after the step before it, all in float64."""

    def make(steps: int) -> tuple[GaussianMLP, Params, list[Experience]]:
        rng, policy = torch.Generator().manual_seed(steps), GaussianMLP(2, 2, hidden=(4,))
        theta = double_params(policy)
        tasks, phi, batches = NavigationTask(torch.tensor([[0.3, -0.4]], dtype=torch.float64)), theta, []
        for _ in range(steps + 1):
            e = prepare(collect(double_family, tasks, policy, stack(phi, 1), 2, rng))
            batches.append(Experience(*(x[0] for x in e)))
            phi = adapt(policy, phi, batches[-1], ALPHA)
        return policy, theta, batches

    return make


def central_differences(f: Callable[[Params], Tensor], theta: Params, h: float = 1e-5) -> Params:
    """(f(θ + h) - f(θ - h)) / 2h for every single parameter."""
    result = {name: torch.zeros_like(p) for name, p in theta.items()}
    for name, p in theta.items():
        for i in range(p.numel()):
            shift = torch.zeros_like(p)
            shift.view(-1)[i] = h
            result[name].view(-1)[i] = (f({**theta, name: p + shift}) - f({**theta, name: p - shift})) / (2 * h)
    return result


def distance(a: Params, b: Params) -> float:
    """|a - b| / |b|, over all parameters."""
    flat = lambda p: torch.cat([x.flatten() for x in p.values()])
    return ((flat(a) - flat(b)).norm() / flat(b).norm()).item()


@pytest.mark.parametrize("steps", STEPS)
def test_the_meta_gradient_equals_central_finite_differences(steps: int, one_task) -> None:
    """All 24 parameters. With h = 1e-5 truncation is of order h² = 1e-10 and rounding of order 1e-16 / h = 1e-11: 1e-6 is safe."""
    policy, theta, batches = one_task(steps)
    f = lambda p: meta_objective(policy, p, batches, ALPHA)
    gradient = grad(f)(theta)
    assert sum(p.numel() for p in theta.values()) == 24
    assert distance(gradient, central_differences(f, theta)) < 1e-6
    assert all(g.abs().min() > 0 for g in gradient.values())  # no parameter is left out


@pytest.mark.parametrize("steps", STEPS)
def test_first_order_is_no_gradient_of_the_objective(steps: int, one_task) -> None:
    """The same value, and a gradient that misses what second order sees: finite differences tell the two apart."""
    policy, theta, batches = one_task(steps)
    first = grad(lambda p: meta_objective(policy, p, batches, ALPHA, second_order=False))(theta)
    assert meta_objective(policy, theta, batches, ALPHA, False) == meta_objective(policy, theta, batches, ALPHA, True)
    assert distance(first, central_differences(lambda p: meta_objective(policy, p, batches, ALPHA), theta)) > 0.01


@pytest.mark.parametrize("second_order", [True, False])
def test_with_one_step_it_is_the_summand_of_the_paper(second_order: bool, one_task) -> None:
    """J(adapt(θ, support), query), by hand from the plain functions."""
    policy, theta, (support, query) = one_task(1)
    leaves = list(theta.values())
    for p in leaves:
        p.requires_grad_()
    g = torch.autograd.grad(plain_objective(leaves, support), leaves)
    expected = plain_objective([p + ALPHA * x for p, x in zip(leaves, g, strict=True)], query)
    got = meta_objective(policy, theta, [support, query], ALPHA, second_order)
    assert got.item() == pytest.approx(expected.item(), rel=1e-10)  # float64, 200 terms


# --- by hand -----------------------------------------------------------------------------------------------------------------------


SIGMA = math.exp(-3)
"""The lowest standard deviation. A log_std below it is clamped and gets no gradient, so that only the mean adapts."""


def bump(a: float, advantage: float) -> Experience:
    """One step at s = 0 for the policy N(b, σ²), so that J(b) = Â · exp(-(a - b)² / (2σ²))."""
    column = lambda x: torch.tensor([x], dtype=torch.float64)
    constant = -math.log(SIGMA) - 0.5 * math.log(2 * math.pi)
    return Experience(column(0.0)[:, None], column(a)[:, None], column(constant), column(advantage), column(1.0))


@pytest.mark.parametrize("second_order", [True, False])
def test_a_meta_gradient_by_hand(second_order: bool) -> None:
    """With d = (a - b) / σ: J' = d J / σ and J'' = (d² - 1) J / σ². With one step of α = σ² / 10 the meta-gradient is
    (1 + α J₁''(b)) · J₂'(φ) with φ = b + α J₁'(b); first order has 1 instead of the factor."""
    policy, alpha, b = GaussianMLP(1, 1, hidden=()), 0.1 * SIGMA**2, 0.2
    d1, adv1, adv2 = 0.6, 1.0, 0.7
    a1, a2 = b + d1 * SIGMA, b - 0.3 * SIGMA
    j1 = adv1 * math.exp(-d1 * d1 / 2)
    phi = b + 0.1 * d1 * j1 * SIGMA
    d2 = (a2 - phi) / SIGMA
    slope = d2 / SIGMA * adv2 * math.exp(-d2 * d2 / 2)
    factor = 1 + 0.1 * (d1 * d1 - 1) * j1 if second_order else 1.0
    assert abs(factor - 1) > 0.05 or not second_order  # the factor matters in this example

    def objective(bias: Tensor) -> Tensor:
        theta = {"weight0": torch.zeros(1, 1, dtype=torch.float64), "bias0": bias, "log_std": torch.full((1,), -4.0).double()}
        return meta_objective(policy, theta, [bump(a1, adv1), bump(a2, adv2)], alpha, second_order)

    gradient = grad(objective)(torch.tensor([b], dtype=torch.float64))
    assert gradient.item() == pytest.approx(factor * slope, rel=1e-10)  # float64, a few operations


# --- what the learner really does --------------------------------------------------------------------------------------------------


class Recorder(MAML):
    """Keeps the experience and the meta-gradient of its iteration instead of moving; in float64."""

    def __init__(self, family: Navigation2D, theta: Params, **options: Any) -> None:
        super().__init__(family, **options)
        self.theta = self.learned = theta
        self.experience: list[list[Experience]] = []
        self.gradient: Params = {}

    def sample_experience(self, theta: Params, tasks: Any) -> tuple[tuple[Experience, ...], list[float]]:
        batches, returns = super().sample_experience(theta, tasks)
        self.batched = batches
        self.experience = [[Experience(*(x[i] for x in e)) for e in batches] for i in range(self.hyper.tasks)]
        return batches, returns

    def ascend(self, gradient: Any, learning_rate: float) -> None:
        self.gradient, self.rate = dict(gradient), learning_rate


def recorded(double_family: Navigation2D, double_params, steps: int, second_order: bool) -> tuple[Recorder, dict[str, float]]:
    theta = double_params(GaussianMLP(2, 2, (4,)))
    options = {"hidden": (4,), "tasks": 3, "trajectories": 2, "inner_steps": steps, "second_order": second_order, "fraction": 0.3}
    learner = Recorder(double_family, theta, meta_lr=0.003, **options)
    return learner, learner.advance()


@pytest.mark.parametrize("second_order", [True, False])
@pytest.mark.parametrize("steps", STEPS)
def test_an_iterations_meta_gradient_equals_the_plain_loops(double_family, double_params, steps: int, second_order: bool) -> None:
    """What reaches Adam, through vmap and torch.func, against the loops on the same experience. float64: only rounding differs."""
    learner, numbers = recorded(double_family, double_params, steps, second_order)
    value, gradient = plain_meta_gradient(learner.theta, learner.experience, ALPHA, second_order)
    assert distance(learner.gradient, gradient) < 1e-9
    assert numbers["surrogate"] == pytest.approx(value, rel=1e-9)
    norm = math.sqrt(sum(g.square().sum().item() for g in gradient.values()))
    assert numbers["gradient_norm"] == pytest.approx(norm, rel=1e-9)
    assert learner.rate == 0.003
    _, other = plain_meta_gradient(learner.theta, learner.experience, ALPHA, not second_order)
    assert distance(learner.gradient, other) > 0.01  # the loops can tell first from second order


def test_detach_cuts_inside_the_transforms(double_family, double_params) -> None:
    """Under `grad` over `vmap` over `grad`, `detach` on the inner gradient must really leave the identity: ∂φ/∂θ = 1 for each θ."""
    learner, _ = recorded(double_family, double_params, 1, True)
    support = learner.batched[0]

    def total(theta: Params, second_order: bool) -> Tensor:
        phi = vmap(lambda e: adapt(learner.policy, theta, e, ALPHA, second_order))(support)
        return torch.stack([p.sum() for p in phi.values()]).sum()

    ones = grad(lambda p: total(p, False))(learner.theta)
    assert all(torch.equal(g, torch.full_like(g, 3.0)) for g in ones.values())  # once for each of three tasks
    curved = grad(lambda p: total(p, True))(learner.theta)
    assert max((curved[name] - 3).abs().max().item() for name in curved) > 0.01


@pytest.mark.parametrize("steps", STEPS)
def test_every_batch_is_sampled_after_the_step_before_it(double_family, double_params, steps: int) -> None:
    """Batch k carries the log-probabilities of φ⁽ᵏ⁾: those of θ after k plain steps on batches 0 … k-1."""
    learner, _ = recorded(double_family, double_params, steps, True)
    for batches in learner.experience:
        assert len(batches) == steps + 1
        phi = [p.clone().requires_grad_() for p in learner.theta.values()]
        for k, e in enumerate(batches):
            own = plain_log_prob(phi, e.observation, e.action)
            # The rollout computes log π from the noise that it drew, the formula from (a - mean) / std: equal up to float64 rounding.
            torch.testing.assert_close(own.detach(), e.log_prob, rtol=1e-9, atol=1e-9)
            g = torch.autograd.grad(plain_objective(phi, e), phi)
            phi = [(p + ALPHA * (1, 0.4, 0.15)[min(k, 2)] * x).detach().requires_grad_() for p, x in zip(phi, g, strict=True)]


def test_the_numbers_of_an_iteration(family: Navigation2D) -> None:
    learner = MAML(family, hidden=(8,), tasks=3, trajectories=2, inner_steps=3)
    numbers = learner.step()
    assert {*numbers} == {"return_before", "return_after", "return_last", "surrogate", "gradient_norm", "std", "env_steps"}
    assert numbers["env_steps"] == 3 * 2 * 100 * 4
    assert numbers["std"] == pytest.approx(learner.policy.std(learner.theta).mean().item())
    assert all(-200 < numbers[name] < 0 for name in ("return_before", "return_after", "return_last"))


def test_return_before_and_after_are_those_of_the_first_two_batches(family: Navigation2D) -> None:
    one, three = (MAML(family, hidden=(8,), tasks=3, trajectories=2, inner_steps=k, fraction=1.0) for k in (1, 3))
    a, b = one.step(), three.step()
    assert a["return_before"] == b["return_before"] and a["return_after"] == b["return_after"] == a["return_last"]
    assert b["return_last"] != b["return_after"]


def test_without_a_fresh_query_every_step_is_judged_on_its_own_support(double_family, double_params) -> None:
    learner, _ = recorded(double_family, double_params, 2, True)
    batches = [Experience(*(x[0] for x in batch)) for batch in learner.batched]
    first = adapt(learner.policy, learner.theta, batches[0], ALPHA)
    second = adapt(learner.policy, first, batches[1], step_size(ALPHA, 1))
    expected = surrogate(learner.policy, first, batches[0]) + surrogate(learner.policy, second, batches[1])
    assert torch.allclose(meta_objective(learner.policy, learner.theta, batches, ALPHA, fresh_query=False), expected, rtol=1e-9)
    assert not torch.allclose(meta_objective(learner.policy, learner.theta, batches, ALPHA), expected, rtol=1e-3)


def test_being_undecided_before_the_step_counts_as_much_as_its_weight() -> None:
    """With pictures, whose windows are cut out under `vmap`, too."""
    learner = MAML(Colours(), hidden=(4,), tasks=2, trajectories=2, entropy_weight=0.0)
    theta = detach(learner.theta)
    theta["bias1"] = torch.tensor([0.5, 0.0, -1.0])
    experience, _ = learner.sample_experience(theta, learner.family.sample_tasks(2, learner.rng))
    plain = learner.objective(experience)(theta)
    learner.hyper.entropy_weight = 0.3
    entropy = learner.policy.entropy(theta, experience[0].observation).mean()
    assert 0.1 < entropy < math.log(3)
    torch.testing.assert_close(learner.objective(experience)(theta) - plain, 0.3 * entropy)
