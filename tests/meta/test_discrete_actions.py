"""MAML where actions are a choice: what is drawn, what is learned from it, and the meta-gradient."""

from typing import Any

import pytest
import torch

from dremeta_lite.inner.policy_gradient import Experience, prepare, subsample, surrogate
from dremeta_lite.meta import MAML, Pooled
from dremeta_lite.meta.maml import meta_objective
from dremeta_lite.networks import detach, stack
from dremeta_lite.policies import BatchPolicy, CategoricalMLP, GaussianMLP
from dremeta_lite.rollout import collect
from dremeta_lite.tasks import HiddenGoal
from dremeta_lite.tasks.bandit import Bandit
from dremeta_lite.trials import play_trial
from tests.conftest import seeded

FAMILY = HiddenGoal()
POLICY = CategoricalMLP(25, 5, hidden=(6,))


def test_both_policies_can_act_in_crowds() -> None:
    assert isinstance(POLICY, BatchPolicy) and isinstance(GaussianMLP(2, 2), BatchPolicy)


def test_gumbel_noise_gives_the_probabilities_of_the_softmax() -> None:
    policy = CategoricalMLP(1, 4, hidden=())
    logits = torch.tensor([0.3, -1.0, 1.2, 0.0])
    params = {"weight0": logits[None], "bias0": torch.zeros(4)}
    n = 40_000
    seen = torch.ones(n, 1)
    action = policy.actor(params, policy.noise((1, n), seeded(0)))(seen)
    shares = torch.bincount(action, minlength=4) / n
    assert (shares - logits.softmax(-1)).abs().max() < 4 * 0.5 / n**0.5
    assert (policy.actor(params, torch.zeros(1, n, 4))(seen) == 2).all(), "without noise: the most likely action"
    assert policy.spread(params, seen)["entropy"] == pytest.approx(
        torch.distributions.Categorical(logits=logits).entropy().item(), abs=1e-5
    )


def test_trajectories_of_a_discrete_family(rng: torch.Generator) -> None:
    tasks = FAMILY.sample_tasks(3, rng)
    params = stack(POLICY.init(rng), 3)
    t = collect(FAMILY, tasks, POLICY, params, 4, rng)
    assert t.observation.shape == (3, 4, 15, 25) and t.action.shape == (3, 4, 15) and t.mask.all()
    assert torch.equal(t.observation.sum(-1), torch.ones(3, 4, 15))
    cells = t.observation.argmax(-1)
    assert (cells[:, :, 0] == FAMILY.start).all()
    following = FAMILY.transition(cells, t.action)
    assert torch.equal(following[:, :, :-1], cells[:, :, 1:])
    expected = torch.where(following == tasks.goal[:, None, None], 1.0, -0.1)
    torch.testing.assert_close(t.reward, expected)
    for i in range(3):
        own = {name: p[i] for name, p in params.items()}
        log_p = POLICY.logits(own, t.observation[i].flatten(0, 1)).log_softmax(-1)
        by_hand = log_p[torch.arange(60), t.action[i].flatten()]
        torch.testing.assert_close(t.log_prob[i].flatten(), by_hand)


def test_experience_keeps_the_actions_whole(rng: torch.Generator) -> None:
    t = collect(FAMILY, FAMILY.sample_tasks(3, rng), POLICY, stack(POLICY.init(rng), 3), 4, rng)
    e = prepare(t)
    assert e.observation.shape == (3, 60, 25) and e.action.shape == (3, 60) and torch.equal(e.action, t.action.flatten(1))
    less = subsample(e, 0.5, seeded(0))
    kept = torch.randperm(60, generator=seeded(0))[:30]
    assert torch.equal(less.action, e.action[:, kept]) and torch.equal(less.observation, e.observation[:, kept])


def test_a_rare_event_gets_the_credit(rng: torch.Generator) -> None:
    """Only the episodes that met the goal have positive advantages at their last steps."""
    task = type(FAMILY.default_params)(torch.tensor([22]))  # two cells to the right of the start
    e = prepare(collect(FAMILY, task, POLICY, stack(POLICY.init(rng), 1), 40, rng))
    phi = torch.func.grad(lambda p: surrogate(POLICY, p, Experience(*(x[0] for x in e))))(POLICY.init(seeded(7)))
    right = int(FAMILY.best_action(torch.tensor([20]), task))
    moved = POLICY.logits({name: p + 3 * phi[name] for name, p in POLICY.init(seeded(7)).items()}, FAMILY.features(torch.tensor([20, 21])))
    before = POLICY.logits(POLICY.init(seeded(7)), FAMILY.features(torch.tensor([20, 21])))
    assert (moved.softmax(-1) - before.softmax(-1))[:, right].min() > 0


@pytest.mark.parametrize("steps", [1, 2])
def test_the_meta_gradient_equals_finite_differences(double_params: Any, steps: int) -> None:
    """In float64, on experience that stays as it is."""
    rng, policy = seeded(steps), CategoricalMLP(2, 3, hidden=(3,))
    theta, n = double_params(policy), 25
    normal = lambda *shape: torch.randn(*shape, generator=rng, dtype=torch.float64)
    weight = torch.full((n,), 1 / n, dtype=torch.float64)
    batches = [Experience(normal(n, 2), torch.randint(3, (n,), generator=rng), 0.1 * normal(n) - 1, normal(n), weight)]
    batches += [batches[0]._replace(observation=normal(n, 2), advantage=normal(n)) for _ in range(steps)]
    f = lambda p: meta_objective(policy, p, batches, 0.5)
    gradient = torch.func.grad(f)(theta)
    for name, p in theta.items():
        for i in range(p.numel()):
            e = torch.zeros(p.numel(), dtype=p.dtype)
            e[i] = 1e-5
            up, down = (f(theta | {name: p + sign * e.view(p.shape)}).item() for sign in (1, -1))
            assert gradient[name].flatten()[i].item() == pytest.approx((up - down) / 2e-5, rel=1e-5, abs=1e-9)


def test_maml_learns_to_learn_a_bandit() -> None:
    """Two arms, 20 pulls, a step after ten of them. Before it nothing can be known; after it the better arm can be told."""
    family = Bandit(arms=2, pulls=20)
    learner = MAML(family, 0, hidden=(8,), inner_steps=1, trajectories=10, fraction=1.0, meta_lr=0.05, inner_lr=2.0)
    for _ in range(40):
        learner.step()
    returns = play_trial(family, family.held_out_tasks(1000), learner.agent(), seeded(0)).returns()
    first, second = returns[:, :10].mean().item(), returns[:, 10:].mean().item()
    print(f"\na bandit with two arms: {first:.3f} a pull before the step, {second:.3f} after it")
    assert first == pytest.approx(0.5, abs=0.03)  # the mean of p; 10 000 pulls, and 1000 tasks with sd 0.2
    assert second > 0.58  # always the better of two arms: 2/3
    assert "entropy" in learner.step() and "std" not in learner.step()


def test_pooled_training_has_nothing_to_learn_in_bandits() -> None:
    """All arms are alike on average."""
    learner = Pooled(Bandit(), 0, hidden=(8,))
    numbers = [learner.step()["return_before"] for _ in range(30)]
    assert sum(numbers) / 30 == pytest.approx(0.5, abs=0.05)
    assert all(p.isfinite().all() for p in detach(learner.theta).values())
