"""Meta-SGD: MAML with learned rates."""

from pathlib import Path
from typing import Any

import pytest
import torch

from dremeta_lite.inner.policy_gradient import Experience, prepare
from dremeta_lite.meta import MAML, MetaSGD
from dremeta_lite.meta.evaluation import adapt_to
from dremeta_lite.meta.maml import meta_objective
from dremeta_lite.meta.meta_sgd import RATE
from dremeta_lite.networks import Params, stack
from dremeta_lite.policies import CategoricalMLP, GaussianMLP
from dremeta_lite.rollout import collect
from dremeta_lite.tasks import HiddenGoal, Navigation2D

SMALL: dict[str, Any] = {"hidden": (8,), "tasks": 3, "trajectories": 2}


@pytest.mark.parametrize("family", [Navigation2D(), HiddenGoal()], ids=lambda family: family.name)
def test_with_frozen_rates_it_is_maml(family: Any) -> None:
    """Bit for bit over four iterations, when Adam's steps of the rates are taken back."""
    one, other = MAML(family, 3, **SMALL), MetaSGD(family, 3, **SMALL)
    for _ in range(4):
        a, b = one.step(), other.step()
        assert all(a[name] == b[name] for name in ("return_before", "return_after", "return_last", "surrogate"))
        assert b["gradient_norm"] > a["gradient_norm"]  # the rates wanted to move, too
        with torch.no_grad():
            for p in other.rates.values():
                assert not (p == 1).all()
                p.fill_(1.0)
    for name, p in one.theta.items():
        assert torch.equal(p, other.theta[name])


@pytest.mark.parametrize("discrete", [False, True])
def test_the_gradient_by_the_rates_agrees_with_finite_differences(discrete: bool, double_family: Any, double_params: Any) -> None:
    """Central differences in float64 through two inner steps, on experience that stays as it is."""
    rng = torch.Generator().manual_seed(2)
    if discrete:
        policy: Any = CategoricalMLP(2, 3, hidden=(3,))
        n = 30
        draw = lambda: torch.randn(n, generator=rng, dtype=torch.float64)
        place = lambda: torch.randn(n, 2, generator=rng, dtype=torch.float64)
        action = lambda: torch.randint(3, (n,), generator=rng)
        weight = torch.full((n,), 1 / n, dtype=torch.float64)
        batches = [Experience(place(), action(), 0.1 * draw() - 1.1, draw(), weight) for _ in range(3)]
        theta: Params = double_params(policy)
    else:
        policy = GaussianMLP(2, 2, hidden=(3,))
        theta = double_params(policy)
        tasks = double_family.sample_tasks(1, rng)
        batches = [Experience(*(x[0] for x in prepare(collect(double_family, tasks, policy, stack(theta, 1), 2, rng)))) for _ in range(3)]
    rates = {name: 1 + 0.3 * torch.randn(p.shape, generator=rng, dtype=torch.float64) for name, p in theta.items()}
    objective = lambda rates: meta_objective(policy, theta, batches, 0.3, rates=rates)
    gradient = torch.func.grad(objective)(rates)
    for name, p in rates.items():
        for i in range(p.numel()):
            e = torch.zeros(p.numel(), dtype=p.dtype)
            e[i] = 1e-6
            up, down = (objective(rates | {name: p + sign * e.view(p.shape)}).item() for sign in (1, -1))
            assert gradient[name].flatten()[i].item() == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-8), (name, i)


def test_the_rates_are_used_saved_and_loaded(tmp_path: Path, family: Navigation2D, same_state: Any) -> None:
    learner = MetaSGD(family, 1, **SMALL)
    learner.step()
    assert learner.rates.keys() == learner.theta.keys() == {name for name in learner.learned if not name.startswith(RATE)}
    learner.save(tmp_path / "start.safetensors")
    other = MetaSGD(family, 7, **SMALL)
    other.load(tmp_path / "start.safetensors")
    assert other.step() == learner.step() and same_state(other.state_dict(), learner.state_dict())
    tasks = family.held_out_tasks(3)
    frozen = {name: torch.zeros_like(p) for name, p in learner.rates.items()}
    stays = adapt_to(family, tasks, learner.policy, learner.theta, trajectories=3, steps=1, rates=frozen)
    assert all(torch.equal(stays.params[0][name], stays.params[1][name]) for name in frozen)
