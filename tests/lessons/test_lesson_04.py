"""Notebook 04: what it says was measured, over its own seeds. A long run may part from ours on another machine, so each bound lies far
from what was measured, and where one seed tells enough only one is run. A look is the greedy return over twenty episodes."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import grad

from dremeta_lite.inner.actor_critic import A2C, advantages
from dremeta_lite.inner.ppo import PPO
from dremeta_lite.inner.reinforce import Reinforce, score_objective
from dremeta_lite.lab.views.learning import cart_yardsticks
from dremeta_lite.learner import generator
from dremeta_lite.networks import detach
from dremeta_lite.rollout import Rollout, play, play_out
from dremeta_lite.tasks.cartpole import CartPole, hidden_velocity

CART = CartPole()
SOLVED = 475.0


def looks(learner: Any, *at: int) -> list[float]:
    """The greedy return after so many iterations, one number for each."""
    found = []
    for iterations in at:
        while learner.iteration < iterations:
            learner.step()
        found.append(play_out(learner.family, learner.task, learner.watch(20), 20, generator(99)).returns().mean().item())
    return found


def falls_back(found: Sequence[float]) -> bool:
    """Whether a look is solved, and a later one is 75 below that: measured, three times that and more."""
    return any(now >= SOLVED and min(found[i:]) < 400 for i, now in enumerate(found))


def test_random_pushes_last_22_steps() -> None:
    """The yardstick of the panels: 200 episodes of a spread of about 12 steps, so its error is about 1."""
    assert cart_yardsticks(CART)["random"] == pytest.approx(22, abs=3)


# --- REINFORCE --------------------------------------------------------------------------------------------------------------------------


def test_reinforce_is_solved_within_20_iterations_and_stays_so() -> None:
    """Measured over seeds 0 to 2, at every fifth iteration from the twentieth to the fortieth: 500. Seed 1 here, for less long."""
    assert min(looks(Reinforce(CART, seed=1), 20, 26)) >= SOLVED


def test_without_a_baseline_reinforce_falls_back() -> None:
    """Seed 2 was solved after 15 iterations and lasted 267 after 30; seeds 0 and 1 were solved after 20 and 30."""
    assert falls_back(looks(Reinforce(CART, seed=2, baseline=False), 15, 30))


def test_without_normalising_adam_hides_the_scale() -> None:
    """Measured over seeds 0 to 2 after 20 iterations: 500, as with it."""
    assert looks(Reinforce(CART, seed=1, normalise=False), 20)[0] >= SOLVED


def test_with_both_off_reinforce_is_worst() -> None:
    """Seeds 0 and 2 reached 500 and lost it (236 and 426 later on); seed 1, run here, had 249 after 30, where others have long had 500."""
    assert looks(Reinforce(CART, seed=1, baseline=False, normalise=False), 30)[0] < 400


def vector(gradient: dict[str, Tensor]) -> Tensor:
    return torch.cat([g.flatten() for name, g in gradient.items() if not name.startswith("value_")])


def noise(learner: Reinforce, rollouts: Sequence[Rollout], baseline: bool) -> float:
    """The variance of the gradient, summed over the parameters, as in the notebook."""
    learner.hyper.baseline, learner.hyper.normalise, theta, found = baseline, False, detach(learner.theta), []
    for rollout in rollouts:
        seen, acted = rollout.observation.flatten(0, 1), rollout.action.flatten(0, 1)
        advantage, weight = learner.weigh(rollout)
        objective = lambda x, s=seen, a=acted, A=advantage, w=weight: score_objective(learner.policy, x, s, a, A, w)
        found.append(vector(grad(objective)(theta)))
    learner.hyper.baseline = learner.hyper.normalise = True
    return torch.stack(found).var(0).sum().item()


def test_the_baseline_matters_more_for_a_policy_that_balances() -> None:
    """Measured as in the notebook, 30 gradients each, seeds 0 to 2: 2.1, 2.6 and 4.3 times less variance when fresh; 5.4, 6.5 and 3.7
    after six iterations; 16, 25 and 22 after ten. Here seed 1, with 12 episodes' batches that both share."""
    learner, less = Reinforce(CART, seed=1), {}
    for iterations in (0, 6, 10):
        while learner.iteration < iterations:
            learner.step()
        theta, rng = detach(learner.theta), generator(7)
        act = lambda s, theta=theta, rng=rng: learner.policy.sample(theta, s, rng)[0]
        rollouts = [play_out(CART, learner.task, act, 16, rng) for _ in range(12)]
        less[iterations] = noise(learner, rollouts, False) / noise(learner, rollouts, True)
    assert 1.3 < less[0] < 7 and 2 < less[6] < less[10] and less[10] > 8, less


# --- actor and critic -------------------------------------------------------------------------------------------------------------------


def test_a_critic_may_point_the_wrong_way() -> None:
    """Seed 0 after 20 iterations: the cosine of λ = 0.95 and λ = 1 is about -0.5, that of two halves of λ = 1 is 0.58; and the smaller λ,
    the smaller the variance, by more than ten times (0.26 against 4.2)."""
    learner = A2C(CART, seed=0)
    for _ in range(20):
        learner.step()
    theta = detach(learner.theta)
    found: dict[float, list[Tensor]] = {0.0: [], 0.95: [], 1.0: []}
    for _ in range(40):
        rollout = play(learner.stream, lambda s: learner.policy.sample(theta, s, learner.rng)[0], 64)
        seen, acted = rollout.observation.flatten(0, 1), rollout.action.flatten(0, 1)
        V, V_next = learner.value(theta, rollout.observation), learner.value(theta, rollout.next_observation)
        for lam, kept in found.items():
            A = advantages(rollout.reward, V, V_next, rollout.terminated, rollout.terminated | rollout.truncated, 0.99, lam).flatten()
            score = lambda x, s=seen, a=acted, A=A: (learner.policy.log_prob(x, s, a) * (A - A.mean())).mean()
            kept.append(vector(grad(score)(theta)))
    stacked = {lam: torch.stack(kept) for lam, kept in found.items()}
    means, cosine = {lam: x.mean(0) for lam, x in stacked.items()}, torch.nn.functional.cosine_similarity
    assert cosine(means[0.95], means[1.0], dim=0) < -0.1
    assert cosine(stacked[1.0][:20].mean(0), stacked[1.0][20:].mean(0), dim=0) > 0.25
    spread = [x.var(0).sum().item() for x in stacked.values()]
    assert 5 * spread[0] < spread[2] and spread[0] < spread[1] < spread[2]


def test_a2c_is_solved_after_90_iterations_with_setbacks() -> None:
    """Measured over seeds 0 to 2, after 90 iterations: 500. Seed 1, run here, had 498 after 30, 168 after 45, and 500 from 75 on."""
    found = looks(A2C(CART, seed=1), 30, 45, 60, 90)
    assert found[-1] >= SOLVED and min(found[1:3]) < 400


def test_normalising_is_a_baseline_too() -> None:
    """Baseline off, after 105 and 120 iterations: 500 in each of seeds 0 to 2; in seed 0, run here, from 45 on. With both off seed 0, run
    here, had 500 after 45, 221 after 60 and 119 after 75; the others lost it as well (128 after 90, 136 after 120)."""
    assert looks(A2C(CART, seed=0, baseline=False), 60)[0] >= SOLVED
    assert falls_back(looks(A2C(CART, seed=0, baseline=False, normalise=False), 45, 60))


def test_a2c_with_a_small_lambda_does_not_get_there() -> None:
    """λ = 0, after 120 iterations, seeds 0 to 2: 53, 42 and 26 (seed 0, run here: 60 after 45). λ = 0.9: 500, 500 and 391 after 15, and
    121, 134 and 40 after 120 (seed 2, run here: 25 after 45)."""
    assert looks(A2C(CART, seed=0, gae_lambda=0.0), 45)[0] < 150
    start, end = looks(A2C(CART, seed=2, gae_lambda=0.9), 15, 45)
    assert start > 300 and end < 200


# --- PPO --------------------------------------------------------------------------------------------------------------------------------


def before_a_fall(learner: PPO) -> tuple[float, float]:
    """The critic's value of the states before a fall, and of all states, over 32 episodes of the acting policy."""
    theta, rng = detach(learner.theta), generator(3)
    rollout = play_out(CART, learner.task, lambda s: learner.policy.sample(theta, s, rng)[0], 32, rng)
    value, mask = learner.value(theta, rollout.observation), rollout.mask.bool()
    return value[rollout.terminated & mask].mean().item(), value[mask].mean().item()


def test_ppo_is_solved_after_20_iterations_and_stays_so() -> None:
    """Measured over seeds 0 to 2, at every fifth iteration from the twentieth to the fortieth: 500, and the curve at 500 after 30. Seed 0
    here, for less long. After 12 iterations the critic says 13 to 18 before a fall, and 53 to 59 on average."""
    learner = PPO(CART, seed=0)
    looks(learner, 12)
    low, mean = before_a_fall(learner)
    assert low < 30 and mean > 40
    assert min(looks(learner, 20, 25)) >= SOLVED


def test_without_the_clip_ppo_is_not_steady() -> None:
    """Four epochs. Seed 0 had 500 after 10 and 20 iterations, 313 between them, 39 after 35; seed 1 had 500 after 20, its curve 66."""
    assert falls_back(looks(PPO(CART, seed=0, clip=False), 10, 15))
    learner = PPO(CART, seed=1, clip=False)
    assert looks(learner, 20)[0] > 300 and learner.stream.recent_return() < 200


def test_twelve_epochs_without_the_clip_earn_less() -> None:
    """The curve after 20 iterations, seeds 0 to 2: 362, 246 and 157; with the clip 500, 500 and 478. Seed 2 here. (Its ups and downs, and
    that with the clip it is solved after 15, are in tests/inner.)"""
    learner = PPO(CART, seed=2, epochs=12, clip=False)
    looks(learner, 20)
    assert learner.stream.recent_return() < 330


def test_without_the_done_mask_ppo_learns_slowly() -> None:
    """The curve after 30 iterations, seeds 0 to 2: 391, 260 and 42, where it is at 500 with the mask. Seed 2, run here, lasted 45 to 104
    from iteration 15 to 30. After 12 iterations the critic says 33, 64 and 47 before a fall, and 61 to 68 on average."""
    learner = PPO(CART, seed=2, done_mask=False)
    looks(learner, 12)
    low, mean = before_a_fall(learner)
    assert 20 < low < mean - 5
    assert max(looks(learner, 15, 20, 25, 30)) < 250 and learner.stream.recent_return() < 250


def test_without_normalising_ppo_is_solved_later() -> None:
    """Looks every five iterations, seeds 0 to 2: solved after 25, 35 and 35, where it is after 20 with it. Seed 1 here: 287 after 20."""
    first, last = looks(PPO(CART, seed=1, normalise=False), 20, 35)
    assert first < 450 and last >= SOLVED


# --- memory -----------------------------------------------------------------------------------------------------------------------------


def test_without_a_memory_sixty_iterations_do_not_help() -> None:
    """Measured over seeds 0 to 2, at every fifteenth iteration: 41 to 44. (With a memory: tests/inner.)"""
    assert looks(PPO(hidden_velocity(), seed=0), 60)[0] < 80
