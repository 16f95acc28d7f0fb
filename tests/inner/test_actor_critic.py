"""A2C, PPO and the policy with a memory: what they learn from, and that a state brought back goes on the same way."""

from typing import Any

import pytest
import torch

from dremeta_lite.inner.actor_critic import A2C
from dremeta_lite.inner.ppo import PPO
from dremeta_lite.inner.recurrent import RecurrentPPO
from dremeta_lite.inner.reinforce import Reinforce
from dremeta_lite.networks import detach
from dremeta_lite.rollout import Rollout, play_out
from dremeta_lite.tasks.cartpole import CartPole, hidden_velocity
from dremeta_lite.tasks.navigation import Navigation2D

KINDS = [(A2C, CartPole()), (PPO, CartPole()), (A2C, Navigation2D()), (PPO, Navigation2D()), (RecurrentPPO, hidden_velocity())]
SMALL: dict[str, Any] = {"steps": 8, "episodes": 5, "hidden": (8, 8)}


def called(x: Any) -> str:
    return getattr(x, "__name__", None) or x.name


@pytest.mark.parametrize(("kind", "family"), KINDS, ids=called)
def test_the_same_seed_gives_the_same_run_and_a_kept_state_goes_on_the_same_way(kind, family, same_state) -> None:
    first, second = (kind(family, seed=4, **SMALL) for _ in range(2))
    for _ in range(5):  # far enough for episodes to end
        assert first.step() == second.step()
    kept = first.state_dict()
    numbers = first.step()
    other = kind(family, seed=9, **SMALL)
    other.load_state_dict(kept)
    assert other.step() == numbers and same_state(first.state_dict(), other.state_dict())


def stretch() -> Rollout:
    """Two episodes, three steps: the first terminates at its last step, the second is truncated there."""
    no, last = torch.zeros(2, 3, dtype=torch.bool), torch.tensor([False, False, True])
    terminated, truncated = no.clone(), no.clone()
    terminated[0], truncated[1] = last, last
    return Rollout(
        torch.zeros(2, 3, 4), torch.zeros(2, 3).long(), torch.ones(2, 3), terminated, truncated, torch.zeros(2, 3, 4), torch.ones(2, 3)
    )


def test_the_switches_choose_what_advantages_are_made_of() -> None:
    """Rewards 1, all values 10, γ = 1/2, λ = 1. Terminated: returns 1.75, 1.5, 1. Cut off: 10/2 more at the last step."""
    ended, cut = torch.tensor([1.75, 1.5, 1.0]), torch.tensor([3.0, 4.0, 6.0])
    ten, plain = torch.full((2, 3), 10.0), {"discount": 0.5, "gae_lambda": 1.0, "normalise": False}
    advantage, target = A2C(CartPole(), **plain).estimate(stretch(), ten, ten)
    torch.testing.assert_close(target, torch.stack([ended, cut]))
    torch.testing.assert_close(advantage, target - 10)
    advantage, target = A2C(CartPole(), **plain, baseline=False).estimate(stretch(), ten, ten)
    torch.testing.assert_close(advantage, target)
    advantage, target = A2C(CartPole(), **plain, done_mask=False).estimate(stretch(), ten, ten)
    torch.testing.assert_close(target, torch.stack([cut, cut]))  # the mistake: more to earn after the end
    advantage, _ = A2C(CartPole(), discount=0.5).estimate(stretch(), ten, ten)
    assert advantage.mean().item() == pytest.approx(0, abs=1e-6) and advantage.std().item() == pytest.approx(1, rel=1e-5)


def test_a2cs_gradient_of_the_policy_is_that_of_log_prob_times_advantage() -> None:
    learner = A2C(CartPole(), entropy_weight=0.0, **SMALL)
    theta = {name: p.detach().clone().requires_grad_() for name, p in learner.theta.items()}
    batch = learner.experience(detach(learner.theta))
    actor = [name for name in theta if not name.startswith("value_")]
    got = torch.autograd.grad(learner.objective(theta, batch)["objective"], [theta[name] for name in actor])
    plain = (learner.policy.log_prob(theta, batch.observation, batch.action) * batch.advantage).mean()
    expected = torch.autograd.grad(plain, [theta[name] for name in actor])
    for a, b in zip(got, expected, strict=True):
        torch.testing.assert_close(a, b)


def test_ppos_first_gradient_is_a2cs() -> None:
    """At the policy that acted every ratio is 1, where the clipped surrogate and log π · Â have the same gradient."""
    learner = PPO(CartPole(), **SMALL)
    theta = {name: p.detach().clone().requires_grad_() for name, p in learner.theta.items()}
    batch = learner.experience(detach(learner.theta))
    log_prob = learner.policy.log_prob(theta, batch.observation, batch.action)
    mine, numbers = learner.gain(log_prob, batch)
    theirs, _ = A2C.gain(learner, log_prob, batch)
    weights = [theta["weight0"], theta["bias2"]]
    for a, b in zip(torch.autograd.grad(mine, weights, retain_graph=True), torch.autograd.grad(theirs, weights), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)
    assert numbers["clip_fraction"] == 0


def test_ppo_uses_every_step_once_an_epoch() -> None:
    learner = PPO(CartPole(), epochs=3, minibatches=4, **SMALL)
    batch = learner.experience(detach(learner.theta))
    marked = batch._replace(advantage=torch.arange(40.0))
    parts = [part.advantage for part in learner.parts(marked)]
    assert len(parts) == 12
    for epoch in range(3):
        assert torch.cat(parts[4 * epoch : 4 * epoch + 4]).sort().values.tolist() == list(range(40))
    assert not torch.equal(torch.cat(parts[:4]), torch.cat(parts[4:8]))


def test_what_the_memory_says_again_is_what_it_said_when_acting() -> None:
    """The log-probabilities of a second pass through the stretch, at the same parameters, are those of the policy that acted: the memory
    begins, and is wiped, at the right places."""
    learner = RecurrentPPO(hidden_velocity(), **{**SMALL, "steps": 40})
    learner.step()
    theta, began = detach(learner.theta), learner.memory.clone()
    rng = learner.rng.get_state()
    batch = learner.experience(theta)
    assert torch.equal(batch.memory, began) and batch.first[:, 1:].any()  # episodes did begin on the way
    log_prob, _, _ = learner.look(theta, batch)
    torch.testing.assert_close(log_prob, batch.log_prob)
    assert learner.rng.get_state().equal(rng) is False
    again = learner.policy.unroll(theta, began, batch.observation, batch.first)[:, -1]
    torch.testing.assert_close(again, learner.memory)


def test_the_gradient_runs_back_through_the_memory() -> None:
    """The first observation of a stretch has a part in the last action's probability, unless an episode began in between."""
    learner = RecurrentPPO(hidden_velocity(), **SMALL)
    theta = detach(learner.theta)
    seen = torch.randn(2, 6, 2, requires_grad=True)
    first = torch.zeros(2, 6, dtype=torch.bool)
    first[1, 3] = True
    last = learner.policy.logits(theta, learner.policy.unroll(theta, learner.policy.blank(2), seen, first))[:, -1, 0]
    (slope,) = torch.autograd.grad(last.sum(), seen)
    assert slope[0, 0].abs().sum() > 0 and not slope[1, :3].any() and slope[1, 3].abs().sum() > 0


@pytest.mark.parametrize(("kind", "family"), [*KINDS, (Reinforce, CartPole())], ids=called)
def test_a_default_device_elsewhere_changes_nothing(kind: Any, family: Any) -> None:
    """Everything made without a device would now be on `meta`, hold no numbers, and fail."""
    small: Any = {"episodes": 2} if kind is Reinforce else SMALL
    expected = kind(family, **small).step()
    with torch.device("meta"):
        learner = kind(family, **small)
        numbers = learner.step()
        play_out(family, learner.task, learner.watch(2), 2, learner.rng, horizon=5)
    assert numbers == expected
