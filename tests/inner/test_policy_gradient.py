"""Advantages and the surrogate against explicit loops, closed forms and the definition; each mistake would show in one of them."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Normal
from torch.func import grad, jacrev, vmap

from dremeta_lite.inner.policy_gradient import (
    Experience,
    adapt,
    adapt_each,
    discounted_sum,
    generalized_advantage,
    linear_baseline,
    normalise,
    prepare,
    step_size,
    subsample,
    surrogate,
)
from dremeta_lite.networks import stack
from dremeta_lite.policies import GaussianMLP
from dremeta_lite.rollout import Trajectories, collect
from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask

numbers = st.lists(st.floats(-10, 10), min_size=1, max_size=30)
factor = st.floats(0, 1)


def exactly(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def loop_sum(x: list[float], factor: float) -> list[float]:
    """y_t = x_t + factor · y_{t+1}, from the end."""
    out, y = [], 0.0
    for value in reversed(x):
        y = value + factor * y
        out.append(y)
    return out[::-1]


def loop_gae(reward: list[float], value: list[float], last: float, discount: float, lam: float) -> list[float]:
    """Schulman et al. 2016, eq. 16, as a double loop over t and l."""
    n, values = len(reward), [*value, last]
    delta = [reward[t] + discount * values[t + 1] - values[t] for t in range(n)]
    return [sum((discount * lam) ** k * delta[t + k] for k in range(n - t)) for t in range(n)]


# --- discounted sums ---------------------------------------------------------------------------------------------------------------


@given(numbers, factor)
def test_discounted_sum_equals_the_loop(x: list[float], factor: float) -> None:
    # Up to 30 float64 terms of size 10, added in another order.
    assert discounted_sum(exactly(*x), factor).tolist() == pytest.approx(loop_sum(x, factor), rel=1e-10, abs=1e-10)


def test_discounted_sum_by_hand() -> None:
    assert discounted_sum(exactly(1, 2, 4), 0.5).tolist() == [1 + 1 + 1, 2 + 2, 4]
    assert discounted_sum(exactly(1, 2, 4), 0).tolist() == [1, 2, 4]
    assert discounted_sum(exactly(1, 2, 4), 1).tolist() == [7, 6, 4]


def test_discounted_sum_over_leading_axes(rng: torch.Generator) -> None:
    x = torch.randn(2, 3, 9, generator=rng, dtype=torch.float64)
    for i, j in np.ndindex(2, 3):
        assert discounted_sum(x, 0.9)[i, j].tolist() == pytest.approx(loop_sum(x[i, j].tolist(), 0.9), rel=1e-12)


# --- generalised advantages --------------------------------------------------------------------------------------------------------


@given(st.integers(1, 20).flatmap(lambda n: st.tuples(*[st.lists(st.floats(-5, 5), min_size=n, max_size=n)] * 2)), factor, factor)
def test_gae_equals_its_definition(series: tuple[list[float], list[float]], discount: float, lam: float) -> None:
    reward, value = series
    got = generalized_advantage(exactly(*reward), exactly(*value), torch.tensor(1.5, dtype=torch.float64), discount, lam)
    assert got.tolist() == pytest.approx(loop_gae(reward, value, 1.5, discount, lam), rel=1e-9, abs=1e-9)  # up to 20 terms of size 15


def test_gae_by_hand() -> None:
    """γ = 1/2, λ = 1/2. δ = (1 + 3 - 4, 2 + 5 - 6, 3 + 4 - 10) = (0, 1, -3); Â₂ = -3, Â₁ = 1 - 3/4, Â₀ = 0 + 1/4 · 1/4."""
    got = generalized_advantage(exactly(1, 2, 3), exactly(4, 6, 10), torch.tensor(8.0, dtype=torch.float64), 0.5, 0.5)
    assert got.tolist() == [0.0625, 0.25, -3.0]


def test_gae_at_its_two_ends(rng: torch.Generator) -> None:
    """λ = 1: discounted return minus value. λ = 0: the one-step temporal difference. float64, a dozen terms."""
    reward, value = torch.randn(2, 4, 12, generator=rng, dtype=torch.float64)
    last = torch.randn(4, generator=rng, dtype=torch.float64)
    returns = torch.tensor([loop_sum([*r, v], 0.9)[:-1] for r, v in zip(reward.tolist(), last.tolist(), strict=True)])
    torch.testing.assert_close(generalized_advantage(reward, value, last, 0.9, 1), returns.double() - value, rtol=1e-5, atol=1e-5)
    following = torch.cat([value[:, 1:], last[:, None]], 1)
    torch.testing.assert_close(generalized_advantage(reward, value, last, 0.9, 0), reward + 0.9 * following - value, rtol=1e-12, atol=0)


# --- the linear baseline -----------------------------------------------------------------------------------------------------------


def ragged(rng: torch.Generator, tasks: int = 2, trajectories: int = 3, time: int = 10) -> tuple[Tensor, Tensor, Tensor]:
    """Observations, returns, and a mask of episodes with different lengths, in float64."""
    observation = torch.randn(tasks, trajectories, time, 2, generator=rng, dtype=torch.float64)
    returns = torch.randn(tasks, trajectories, time, generator=rng, dtype=torch.float64)
    lengths = torch.randint(3, time + 1, (tasks, trajectories, 1), generator=rng)
    return observation, returns, (torch.arange(time) < lengths).double()


def numpy_baseline(observation: np.ndarray, returns: np.ndarray, mask: np.ndarray, ridge: float) -> np.ndarray:
    """One task. Only the steps that count are rows; ridge regression as ordinary least squares with `√ridge · I` appended."""
    rows, targets, where, horizon = [], [], [], observation.shape[1]
    for j, t in np.ndindex(mask.shape):
        if mask[j, t]:
            s, u = observation[j, t], t / (horizon - 1)
            rows.append([*s, *s**2, u, u**2, u**3, 1.0])
            targets.append(returns[j, t])
            where.append((j, t))
    x = np.vstack([rows, math.sqrt(ridge) * np.eye(len(rows[0]))])
    w = np.linalg.lstsq(x, np.concatenate([targets, np.zeros(len(rows[0]))]), rcond=None)[0]
    out = np.zeros(mask.shape)
    for (j, t), row in zip(where, rows, strict=True):
        out[j, t] = np.dot(row, w)
    return out


@pytest.mark.parametrize("ridge", [1e-3, 1.0])
def test_the_baseline_is_ridge_regression_task_by_task(rng: torch.Generator, ridge: float) -> None:
    observation, returns, mask = ragged(rng)
    got = linear_baseline(observation, returns, mask, ridge)
    for i in range(2):
        # Normal equations square the condition number (about 1e3 here): 1e-16 · 1e6, with room.
        expected = numpy_baseline(observation[i].numpy(), returns[i].numpy(), mask[i].numpy(), ridge)
        np.testing.assert_allclose(got[i], expected, atol=1e-8)


def test_the_baseline_finds_a_function_that_it_can_express(rng: torch.Generator) -> None:
    observation, _, mask = ragged(rng)
    u = torch.linspace(0, 1, 10, dtype=torch.float64).expand(2, 3, 10)
    truth = 2 + 3 * observation[..., 0] - observation[..., 1] ** 2 + u - 4 * u**3
    got = linear_baseline(observation, truth, mask, ridge=1e-9)
    # What a ridge of 1e-9 moves is of its order.
    torch.testing.assert_close(got, truth * mask, rtol=0, atol=1e-5)


# --- from trajectories to experience -----------------------------------------------------------------------------------------------


def trajectories(seed: int = 0, tasks: int = 2) -> Trajectories:
    """Random numbers with ragged episodes, in float64."""
    rng = torch.Generator().manual_seed(seed)
    observation, reward, mask = ragged(rng, tasks)
    action = torch.randn(observation.shape, generator=rng, dtype=torch.float64)
    log_prob = torch.randn(reward.shape, generator=rng, dtype=torch.float64)
    return Trajectories(observation, action, log_prob, reward * mask, torch.zeros_like(mask).bool(), mask)


def brute_force(t: Trajectories, task: int, discount: float, lam: float) -> tuple[np.ndarray, np.ndarray]:
    """Advantages and weights of one task; each episode is a list that ends where it ends, so nothing needs a mask."""
    reward, mask = t.reward[task].numpy(), t.mask[task].numpy().astype(bool)
    returns = np.zeros(mask.shape)
    for j, length in enumerate(mask.sum(-1)):
        returns[j, :length] = loop_sum(reward[j, :length].tolist(), discount)
    value = numpy_baseline(t.observation[task].numpy(), returns, mask, 1e-3)
    advantage = np.zeros(mask.shape)
    for j, length in enumerate(mask.sum(-1)):
        advantage[j, :length] = loop_gae(reward[j, :length].tolist(), value[j, :length].tolist(), 0.0, discount, lam)
    kept = advantage[mask]
    advantage[mask] = (kept - kept.mean()) / kept.std()
    return advantage.ravel(), (mask / mask.sum()).ravel()


@pytest.mark.parametrize(("discount", "lam"), [(0.99, 0.95), (1.0, 1.0), (0.9, 0.0), (0.0, 0.5)])
def test_prepare_equals_brute_force(discount: float, lam: float) -> None:
    t = trajectories()
    e = prepare(t, discount, lam)
    for i in range(2):
        advantage, weight = brute_force(t, i, discount, lam)
        np.testing.assert_allclose(e.advantage[i], advantage, atol=1e-7)  # the baseline agrees to 1e-8
        np.testing.assert_allclose(e.weight[i], weight, rtol=1e-12)
    # [task, trajectory, time] became [task, n] in the same order everywhere.
    assert torch.equal(e.observation, t.observation.reshape(2, 30, 2)) and torch.equal(e.action, t.action.reshape(2, 30, 2))
    assert torch.equal(e.log_prob, t.log_prob.reshape(2, 30))


def test_prepare_on_collected_episodes_that_terminate(family: Navigation2D, seeker, rng: torch.Generator) -> None:
    goals = torch.tensor([[0.3, 0.4], [-0.2, 0.1]])
    policy, params = seeker(goals, 0.3)
    t = collect(family, NavigationTask(goals), policy, params, 6, rng)
    assert t.terminated.any() and t.mask.any(-1).all() and not t.mask.all()
    doubled = Trajectories(*(x.double() if x.is_floating_point() else x for x in t))
    e = prepare(doubled)
    for i in range(2):
        advantage, weight = brute_force(doubled, i, 0.99, 0.95)
        # The two walk along nearly the same line, so that the features are nearly dependent: the fit is less well conditioned.
        np.testing.assert_allclose(e.advantage[i], advantage, atol=1e-5)
        np.testing.assert_allclose(e.weight[i], weight, rtol=1e-12)
    single = prepare(t)
    assert {x.dtype for x in single} == {torch.float32}
    # What trains is float32: with normal equations of condition 1e4 about three digits are left.
    torch.testing.assert_close(single.advantage.double(), e.advantage, rtol=0, atol=5e-3)


def test_masked_steps_have_no_influence(double_params) -> None:
    t = trajectories()
    gone = t.mask == 0
    assert gone.any()
    other = t._replace(
        reward=t.reward.masked_fill(gone, 7.0),
        observation=t.observation.masked_fill(gone[..., None], -3.0),
        action=t.action.masked_fill(gone[..., None], 0.5),
        log_prob=t.log_prob.masked_fill(gone, 2.0),
    )
    a, b = prepare(t), prepare(other)
    assert torch.equal(a.advantage, b.advantage) and torch.equal(a.weight, b.weight)
    assert not a.advantage[gone.flatten(-2)].any() and not a.weight[gone.flatten(-2)].any()
    policy = GaussianMLP(2, 2, (4,))
    params = double_params(policy)
    both = [grad(lambda p, e=e: surrogate(policy, p, e).sum())(params) for e in (a, b)]
    assert all(torch.equal(both[0][name], both[1][name]) for name in params)


def test_no_task_sees_another_ones_data() -> None:
    t = trajectories()
    other = Trajectories(*(torch.cat([x[:1], y[1:]]) for x, y in zip(t, trajectories(seed=1), strict=True)))
    assert not torch.equal(other.reward, t.reward)
    # Solved task by task, so bit for bit; and the same as with the task alone, up to float64 rounding.
    assert torch.equal(prepare(t).advantage[0], prepare(other).advantage[0])
    alone = Trajectories(*(x[0] for x in t))
    torch.testing.assert_close(prepare(alone).advantage, prepare(t).advantage[0], rtol=0, atol=1e-10)


def test_advantages_have_mean_0_and_variance_1_in_each_task() -> None:
    e = prepare(trajectories())
    assert e.weight.sum(-1).tolist() == pytest.approx([1, 1])
    assert (e.advantage * e.weight).sum(-1).tolist() == pytest.approx([0, 0], abs=1e-12)
    assert (e.advantage**2 * e.weight).sum(-1).tolist() == pytest.approx([1, 1], rel=1e-6)  # 1e-8 is added to the deviation


def test_equal_advantages_become_0_and_not_nan() -> None:
    x, weight = torch.full((4,), 3.0), torch.full((4,), 0.25)
    assert normalise(x, weight).tolist() == [0, 0, 0, 0]


# --- a random share of the steps ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5, 0.9])
def test_thinning_keeps_the_same_steps_in_every_task(share: float, rng: torch.Generator) -> None:
    e = prepare(trajectories())
    e = e._replace(log_prob=torch.arange(60.0, dtype=torch.float64).view(2, 30))
    thin = subsample(e, share, rng)
    kept = thin.log_prob[0].long()
    assert len(kept) == max(1, round(30 * share)) and len(set(kept.tolist())) == len(kept)
    assert torch.equal(thin.log_prob[1].long(), kept + 30)
    for name in ("observation", "action", "advantage"):
        assert torch.equal(getattr(thin, name), getattr(e, name)[:, kept])
    torch.testing.assert_close(thin.weight, e.weight[:, kept] * 30 / len(kept), rtol=1e-12, atol=0)


def test_thinning_leaves_the_gradient_the_same_on_average() -> None:
    """Every step is kept equally often, so the mean over many draws is the full sum; also where 0.21 · 30 is no whole number."""
    e = prepare(trajectories())
    full = (e.advantage * e.weight * e.log_prob).sum(-1)
    rng = torch.Generator().manual_seed(0)
    thin = torch.stack([(t.advantage * t.weight * t.log_prob).sum(-1) for t in (subsample(e, 0.21, rng) for _ in range(4000))])
    # Four standard errors of the mean of 4000 draws, whose spread is measured.
    assert ((thin.mean(0) - full).abs() < 4 * thin.std(0) / math.sqrt(4000)).all()
    total = torch.stack([subsample(e, 0.21, rng).weight.sum(-1) for _ in range(4000)])
    assert ((total.mean(0) - 1).abs() < 4 * total.std(0) / math.sqrt(4000)).all()


def test_a_share_of_1_keeps_everything_and_draws_nothing(rng: torch.Generator) -> None:
    e, before = prepare(trajectories()), rng.get_state()
    assert subsample(e, 1.0, rng) is e and torch.equal(rng.get_state(), before)


# --- the surrogate and a step of adaptation ----------------------------------------------------------------------------------------


def on_policy(policy: GaussianMLP, params, seed: int = 0, n: int = 40) -> Experience:
    """Experience of one task, whose `log_prob` is that of `params`."""
    rng = torch.Generator().manual_seed(seed)
    s, a = torch.randn(2, n, 2, generator=rng, dtype=torch.float64)
    advantage, weight = torch.randn(n, generator=rng, dtype=torch.float64), torch.rand(n, generator=rng, dtype=torch.float64)
    return Experience(s, a, policy.log_prob(params, s, a), advantage, weight / weight.sum())


def score(policy: GaussianMLP, params, s: Tensor, a: Tensor) -> dict[str, Tensor]:
    """∇ log π(a | s; θ) of one step, with ordinary autograd and torch.distributions."""
    leaves = {name: p.clone().requires_grad_() for name, p in params.items()}
    Normal(policy.mean(leaves, s[None])[0], leaves["log_std"].exp()).log_prob(a).sum().backward()
    return {name: p.grad for name, p in leaves.items() if p.grad is not None}


def test_the_surrogates_gradient_is_the_score_function_policy_gradient(double_params) -> None:
    """At θ_old: Σ weight · Â · ∇log π, one step at a time. float64, 40 terms."""
    policy = GaussianMLP(2, 2, (5,))
    params = double_params(policy)
    e = on_policy(policy, params)
    expected = {name: torch.zeros_like(p) for name, p in params.items()}
    for i in range(40):
        for name, g in score(policy, params, e.observation[i], e.action[i]).items():
            expected[name] += e.weight[i] * e.advantage[i] * g
    got = grad(lambda p: surrogate(policy, p, e))(params)
    for name in params:
        torch.testing.assert_close(got[name], expected[name], rtol=1e-10, atol=1e-12)
    # Its value there is the weighted mean advantage: every ratio is 1.
    assert surrogate(policy, params, e).item() == pytest.approx((e.weight * e.advantage).sum().item(), rel=1e-12)


def test_the_surrogates_second_derivative_has_the_score_term(double_params) -> None:
    """At θ_old: ∇²J = E[ (∇² log π + ∇log π ∇log πᵀ) Â ]; that of log π · Â would lack the second half. Taken by the last bias."""
    policy = GaussianMLP(2, 2, (5,))
    params = double_params(policy)
    e = on_policy(policy, params)
    hessian = lambda f: jacrev(grad(lambda b: f({**params, "bias1": b})))(params["bias1"])
    got = hessian(lambda p: surrogate(policy, p, e))
    plain = hessian(lambda p: (e.weight * e.advantage * policy.log_prob(p, e.observation, e.action)).sum())
    outer = torch.zeros(2, 2, dtype=torch.float64)
    for i in range(40):
        g = score(policy, params, e.observation[i], e.action[i])["bias1"]
        outer += e.weight[i] * e.advantage[i] * g[:, None] * g[None, :]
    torch.testing.assert_close(got, plain + outer, rtol=1e-10, atol=1e-12)  # float64, 40 terms
    assert (got - plain).abs().max() > 1e-3


def test_ratios_away_from_the_old_policy(double_params) -> None:
    policy = GaussianMLP(2, 2, (5,))
    old, new = double_params(policy, 0), double_params(policy, 1)
    e = on_policy(policy, old, n=8)
    density = lambda p: Normal(policy.mean(p, e.observation), p["log_std"].exp()).log_prob(e.action).sum(-1).exp()
    by_hand = sum((density(new) / density(old) * e.advantage * e.weight).tolist())
    assert surrogate(policy, new, e).item() == pytest.approx(by_hand, rel=1e-10)


ONE = GaussianMLP(1, 1, hidden=())
"""π(a | s) = N(w s + b, σ²). At s = 0 only b counts, and everything can be computed by hand."""


def one_step(a: float, advantage: float) -> Experience:
    """One step at s = 0, weight 1, and `log_prob` such that J(b) = Â · exp(-(a - b)² / (2σ²)) for σ = 1/2."""
    constant = -math.log(0.5) - 0.5 * math.log(2 * math.pi)
    return Experience(exactly(0)[:, None], exactly(a)[:, None], exactly(constant), exactly(advantage), exactly(1))


def params_at(b: Tensor) -> dict[str, Tensor]:
    return {"weight0": torch.zeros(1, 1, dtype=torch.float64), "bias0": b, "log_std": exactly(0.5).log()}


@pytest.mark.parametrize(("b", "a", "advantage"), [(0.0, 0.0, 1.0), (0.2, 0.5, 1.0), (-0.3, 0.4, -0.7)])
def test_adaptation_by_hand(b: float, a: float, advantage: float) -> None:
    """With σ = 1/2 and d = a - b: J' = 4 d J and J'' = (16 d² - 4) J. So φ = b + α J' and ∂φ/∂b = 1 + α J'', 1 - 4 α Â at d = 0."""
    alpha, d = 0.1, a - b
    j = advantage * math.exp(-2 * d * d)
    step = lambda second_order: lambda x: adapt(ONE, params_at(x), one_step(a, advantage), alpha, second_order)["bias0"]
    assert step(True)(exactly(b)).item() == step(False)(exactly(b)).item() == pytest.approx(b + alpha * 4 * d * j, rel=1e-12)
    assert jacrev(step(True))(exactly(b)).item() == pytest.approx(1 + alpha * (16 * d * d - 4) * j, rel=1e-12)
    assert jacrev(step(False))(exactly(b)).item() == 1.0


def test_adaptation_moves_uphill(double_params) -> None:
    """A small step gains α |∇J|² to first order; 1e-3 of it is left to the curvature."""
    policy = GaussianMLP(2, 2, (5,))
    params = double_params(policy)
    e = on_policy(policy, params)
    gradient = grad(lambda p: surrogate(policy, p, e))(params)
    squared = sum(g.square().sum().item() for g in gradient.values())
    gain = surrogate(policy, adapt(policy, params, e, 1e-5), e) - surrogate(policy, params, e)
    assert gain.item() == pytest.approx(1e-5 * squared, rel=1e-3)


def test_adapting_many_tasks_equals_one_at_a_time(double_params) -> None:
    policy = GaussianMLP(2, 2, (5,))
    params = double_params(policy)
    batches = [on_policy(policy, params, seed) for seed in range(3)]
    phi, all_of_them = stack(params, 3), Experience(*map(torch.stack, zip(*batches, strict=True)))
    rates = {name: torch.rand_like(p) for name, p in params.items()}
    for each in (None, rates):
        together = vmap(lambda p, e: adapt(policy, p, e, 0.5, rates=each))(phi, all_of_them)  # noqa: B023
        quicker = adapt_each(policy, phi, all_of_them, 0.5, each)
        for i, e in enumerate(batches):
            for name, p in adapt(policy, params, e, 0.5, rates=each).items():
                torch.testing.assert_close(together[name][i], p, rtol=1e-10, atol=1e-12)  # batched products add in another order
                torch.testing.assert_close(quicker[name][i], p, rtol=1e-10, atol=1e-12)
                assert not quicker[name].requires_grad


def test_many_tasks_are_adapted_to_a_few_at_a_time(double_params, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = GaussianMLP(2, 2, (5,))
    phi, batch = stack(double_params(policy), 5), on_policy(policy, double_params(policy), 0)
    experience = Experience(*(x.expand(5, *x.shape) * torch.arange(1.0, 6).view(5, *[1] * x.dim()) for x in batch))
    at_once = adapt_each(policy, phi, experience, 0.1)
    monkeypatch.setattr("dremeta_lite.inner.policy_gradient.AT_ONCE", 2)
    for name, p in adapt_each(policy, phi, experience, 0.1).items():
        torch.testing.assert_close(p, at_once[name], rtol=1e-10, atol=1e-12)


def test_adaptation_raises_the_return(family: Navigation2D, rng: torch.Generator) -> None:
    """The sign of everything at once: one step on one task from fresh parameters, judged on 200 fresh trajectories of it."""
    policy, task = GaussianMLP(2, 2), NavigationTask(torch.tensor([[0.4, -0.3]]))
    theta = stack(policy.init(rng), 1)
    before = collect(family, task, policy, theta, 200, rng)
    phi = vmap(lambda p, e: adapt(policy, p, e, 0.3))(theta, prepare(before))
    after = collect(family, task, policy, phi, 200, rng)
    difference = after.returns().mean() - before.returns().mean()
    error = (after.returns().var() / 200 + before.returns().var() / 200).sqrt()
    assert difference > 4 * error


def test_step_sizes() -> None:
    assert [step_size(0.5, k) for k in range(5)] == pytest.approx([0.5, 0.2, 0.075, 0.075, 0.075])
