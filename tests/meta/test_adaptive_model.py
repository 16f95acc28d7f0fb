"""Models that adapt: the inner loops against their definitions, the outer gradient against finite differences, and what is learned."""

from collections.abc import Callable

import pytest
import torch

from dremeta_lite.learner import generator
from dremeta_lite.meta.adaptive_model import AdaptiveModel, BayesianModel, GradientModel, prediction_error
from dremeta_lite.tasks import Pendulum
from dremeta_lite.world.hidden_pendulum import Points, first, points, wander

HANGING = Pendulum("hanging")
TASKS = HANGING.held_out_tasks(4)
MAKE: dict[str, Callable[..., AdaptiveModel]] = {
    "bayes": lambda seed=0, **h: BayesianModel(HANGING, seed, hidden=(8, 8), **h),
    "maml": lambda seed=0, **h: GradientModel(HANGING, seed, hidden=(8, 8), **h),
    "pooled": lambda seed=0, **h: GradientModel(HANGING, seed, hidden=(8, 8), meta_learned=False, **h),
}


def exactly(data: Points) -> Points:
    """In float64, for finite differences."""
    return Points(*(x.double() for x in data))


@pytest.mark.parametrize("way", MAKE)
def test_the_outer_gradient_is_that_of_finite_differences(way: str) -> None:
    learner = MAKE[way](inner_steps=2) if way != "bayes" else MAKE[way]()
    support, query = (exactly(points(HANGING, wander(HANGING, TASKS, n, generator(n)))) for n in (4, 6))
    learned, h = {name: p.detach().double() for name, p in learner.learned.items()}, 1e-6
    gradient = torch.func.grad(learner.loss)(learned, support, query)
    direction = {name: torch.randn(p.shape, generator=generator(1), dtype=p.dtype) for name, p in learned.items()}
    up, down = (learner.loss({n: p + s * h * direction[n] for n, p in learned.items()}, support, query).item() for s in (1, -1))
    along = sum((gradient[name] * direction[name]).sum().item() for name in learned)
    assert along == pytest.approx((up - down) / (2 * h), rel=1e-5, abs=1e-8)
    rates = [g for name, g in gradient.items() if name.startswith("alpha.")]
    assert (way == "maml") == any(g.abs().max() > 0 for g in rates), "α is learned by MAML alone"


def test_inner_steps_are_plain_gradient_steps_in_each_task_by_itself() -> None:
    learner = GradientModel(HANGING, hidden=(8, 8), inner_steps=3, inner_lr=0.2, meta_learned=False)
    seen = wander(HANGING, TASKS, 12, generator(0))
    together = learner.adapt(learner.learned, points(HANGING, seen))
    for task in range(4):
        data = Points(*(x[task] for x in points(HANGING, seen)))
        theta = {name: p.detach().clone().requires_grad_() for name, p in learner.learned.items() if not name.startswith("alpha.")}
        for _ in range(3):
            wrong = (learner.network.forward(theta, data.inputs)[:, 0] - data.change)[data.counts.bool()]
            found = torch.autograd.grad(wrong.square().mean(), list(theta.values()))
            theta = {name: (p - 0.2 * g).detach().requires_grad_() for (name, p), g in zip(theta.items(), found, strict=True)}
        for name, p in theta.items():
            torch.testing.assert_close(together[name][task], p, atol=1e-6, rtol=1e-5)


def test_fine_tuning_on_and_on_starts_where_it_has_ended() -> None:
    """Twice K steps on the same transitions are 2 K steps from θ; and a second episode begins at θ again."""
    learner = GradientModel(HANGING, hidden=(8, 8), inner_steps=3, inner_lr=0.1, meta_learned=False)
    seen, other = wander(HANGING, TASKS, 12, generator(0)), wander(HANGING, TASKS, 5, generator(1))
    once, on = learner.fit(seen)(other.state, other.action), learner.going_on()
    torch.testing.assert_close(on(seen)(other.state, other.action), once)
    twice = on(seen)(other.state, other.action)
    learner.hyper.inner_steps = 6
    torch.testing.assert_close(twice, learner.fit(seen)(other.state, other.action))
    learner.hyper.inner_steps = 3
    torch.testing.assert_close(learner.going_on()(seen)(other.state, other.action), once)


@pytest.mark.parametrize("way", MAKE)
def test_a_model_is_made_of_the_transitions_given_and_of_nothing_else(way: str) -> None:
    """Those of another task change nothing; an empty memory is allowed; what was stopped at the limit does not count."""
    learner, seen, other = MAKE[way](), wander(HANGING, TASKS, 8, generator(0)), wander(HANGING, TASKS, 5, generator(1))
    said = learner.fit(seen)(other.state, other.action)
    changed = seen._replace(next_state=seen.next_state.clone())
    changed.next_state[0, :, 1] *= -0.5
    elsewhere = learner.fit(changed)(other.state, other.action)
    torch.testing.assert_close(elsewhere[1:], said[1:])
    assert (way == "pooled" and learner.hyper.values()["inner_steps"] == 0) or not torch.allclose(elsewhere[0], said[0])
    assert learner.fit(first(seen, 0))(other.state, other.action).isfinite().all()
    stopped = changed._replace(next_state=seen.next_state.clone())
    stopped.next_state[..., 1] = 8.0
    nothing = learner.fit(first(seen, 0))(other.state, other.action)
    torch.testing.assert_close(learner.fit(stopped)(other.state, other.action), nothing)


def test_a_model_of_many_plans_is_the_same_model() -> None:
    """CEM asks about [task, plan] at once."""
    for make in MAKE.values():
        model, other = make().fit(wander(HANGING, TASKS, 8, generator(0))), wander(HANGING, TASKS, 6, generator(1))
        one_by_one = torch.stack([model(other.state[:, i], other.action[:, i]) for i in range(6)], 1)
        torch.testing.assert_close(model(other.state, other.action), one_by_one)


@pytest.mark.claims
def test_the_bayesian_layer_learns_to_adapt_and_knows_how_wrong_it_is() -> None:
    """Measured in seed 0 after 400 iterations: error 0.30, 0.09, 0.005 after 2, 8, 32 transitions; here after 100: 0.36, 0.12, 0.01. It is
    careful: its errors are on average 0.3 of what it says they may be (root mean square) and not larger."""
    learner = BayesianModel(HANGING)
    numbers = [learner.step() for _ in range(100)][-1]
    assert numbers["error_32"] < 0.06 < numbers["error_8"] < 0.25 < numbers["error_2"] < 0.6
    tasks = HANGING.sample_tasks(200, generator(7))
    seen, other = wander(HANGING, tasks, 8, generator(8)), wander(HANGING, tasks, 20, generator(9))
    data = points(HANGING, other)
    wrong = (learner.fit(seen)(other.state, other.action) - other.next_state)[..., 1]
    z = (wrong / learner.sure(seen, other.state, other.action))[data.counts.bool()]
    assert 0.02 < z.square().mean() < 2
    assert prediction_error(learner.fit(seen), other) < 0.3
