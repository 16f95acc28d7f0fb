"""The learners learn: CartPole to Gymnasium's mark, judged by Gymnasium; Navigation2D with the same code; and memory where it is needed."""

from typing import Any

import gymnasium
import pytest
import torch

from dremeta_lite.inner.actor_critic import A2C
from dremeta_lite.inner.ppo import PPO
from dremeta_lite.inner.recurrent import RecurrentPPO
from dremeta_lite.inner.reinforce import Reinforce
from dremeta_lite.rollout import play_out
from dremeta_lite.tasks.cartpole import CartPole, hidden_velocity
from dremeta_lite.tasks.navigation import Navigation2D

SEEDS = pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])


def greedy_return(learner: Any, episodes: int = 50) -> float:
    rng = torch.Generator().manual_seed(99)
    return play_out(learner.family, learner.task, learner.watch(episodes), episodes, rng).returns().mean().item()


def on_gymnasiums_own_cartpole(learner: Any, episodes: int = 100) -> torch.Tensor:
    """The greedy policy's returns in `CartPole-v1` itself, in so many episodes side by side until each has ended once."""
    env = gymnasium.make_vec("CartPole-v1", num_envs=episodes, vectorization_mode="vector_entry_point")
    observation, _ = env.reset(seed=5)
    act, total, alive = learner.watch(episodes), torch.zeros(episodes), torch.ones(episodes, dtype=torch.bool)
    for _ in range(500):
        observation, _, terminated, truncated, _ = env.step(act(torch.as_tensor(observation)).numpy())
        total += alive
        alive &= ~torch.as_tensor(terminated | truncated)
    assert not alive.any()
    return total


@SEEDS
@pytest.mark.parametrize(("kind", "most", "every"), [(Reinforce, 60, 10), (A2C, 200, 10), (PPO, 60, 5)], ids=["REINFORCE", "A2C", "PPO"])
def test_cartpole_is_solved(kind: Any, most: int, every: int, seed: int) -> None:
    """Trained until a look shows at least 490, which asks for more than the mark of 475, since the look is a choice; then judged by
    Gymnasium on other starts, within four standard errors. `most` is twice what the slowest of 12 runs took (20, 95 and 25 iterations), so
    that other kernels, like other seeds, change only when it is solved."""
    learner = kind(CartPole(), seed=seed)
    while learner.iteration < most:
        learner.step()
        if learner.iteration % every == 0 and greedy_return(learner) >= 490:
            break
    returns = on_gymnasiums_own_cartpole(learner)
    assert returns.mean() + 4 * returns.std() / len(returns) ** 0.5 >= 475, f"after {learner.iteration} iterations"


@SEEDS
@pytest.mark.parametrize(
    ("kind", "iterations", "hyper"),
    [(Reinforce, 30, {}), (A2C, 60, {"episodes": 16, "steps": 100}), (PPO, 30, {"episodes": 16, "steps": 100})],
    ids=["REINFORCE", "A2C", "PPO"],
)
def test_the_same_code_walks_to_a_goal_in_the_plane(kind: Any, iterations: int, hyper: dict[str, Any], seed: int) -> None:
    """Standing still returns -50, the oracle -1. Measured, mean action, three seeds: REINFORCE -4.4 to -5.6, A2C -1.9 to -4, PPO -0.8. The
    bound is five times as far from these as they are from each other."""
    learner = kind(Navigation2D(), seed=seed, **hyper)
    for _ in range(iterations):
        learner.step()
    assert greedy_return(learner, 1) > -12


@pytest.mark.slow
def test_a_memory_makes_up_for_hidden_velocities() -> None:
    """Measured over three seeds after 30 iterations: 326 to 476 with a memory, 42 to 44 without (and no more after 60)."""
    for seed in range(3):
        with_memory = RecurrentPPO(hidden_velocity(), seed=seed, hidden=(32, 32))
        without = PPO(hidden_velocity(), seed=seed)
        for _ in range(30):
            with_memory.step()
            without.step()
        assert greedy_return(without) < 80 < 120 < greedy_return(with_memory)


@pytest.mark.slow
def test_reusing_experience_needs_the_clip() -> None:
    """What notebook 04 says of twelve epochs, over three seeds. With the clip the greedy policy is solved by iteration 20. Without it the
    return of finished episodes falls again, in some seed by more than 150 from its best (measured: by 321, 140 and 166)."""
    losses, solved = [], 0
    for seed in range(3):
        learner = PPO(CartPole(), seed=seed, epochs=12)
        for _ in range(20):
            learner.step()
        solved += greedy_return(learner) >= 475
        learner = PPO(CartPole(), seed=seed, epochs=12, clip=False)
        returns = [learner.step()["return"] for _ in range(40)]
        losses.append(max(max(returns[:t]) - returns[t] for t in range(1, 40)))
    assert max(losses) > 150 and solved >= 2
