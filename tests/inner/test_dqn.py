"""DQN: targets against hand-computed numbers, and what it learns on CartPole and from pixels."""

from typing import Any

import gymnasium
import pytest
import torch
from torch import Tensor

from dremeta_lite.inner.dqn import DQN, WARM_UP, bootstrap_value, q_loss
from dremeta_lite.inner.q_learning import best_return
from dremeta_lite.inner.replay import Transitions
from dremeta_lite.learner import generator
from dremeta_lite.rollout import play_out
from dremeta_lite.tasks.cartpole import CartPole
from dremeta_lite.tasks.grid import GridTask, GridWorld
from dremeta_lite.tasks.navigation import Navigation2D


class Fixed:
    """A network whose values are known: Q(s, ·) = s · params["w"], for numbers s."""

    def forward(self, params: dict[str, Tensor], observation: Tensor) -> Tensor:
        return observation[:, :1] * params["w"]


@pytest.fixture
def by_hand() -> tuple[DQN, Transitions]:
    """A learner with Q(s, ·) = s · (1, 2) online and s · (5, 3) in the target network, γ = 0.5, and three transitions to s' = 1, 2, 3."""
    learner = DQN(CartPole(), discount=0.5)
    learner.network, learner.scale = Fixed(), torch.ones(())  # type: ignore[assignment]
    learner.theta = {"w": torch.tensor([1.0, 2.0], requires_grad=True)}
    learner.target = {"w": torch.tensor([5.0, 3.0])}
    after = torch.tensor([[1.0], [2.0], [3.0]]).expand(3, 4)
    experience = Transitions(after, torch.tensor([0, 1, 0]), torch.tensor([1.0, 1.0, 10.0]), after, torch.tensor([False, False, True]))
    return learner, experience


def test_double_target_by_hand(by_hand: tuple[DQN, Transitions]) -> None:
    """The online network prefers action 1; the target network says 3 s'. The last transition has terminated."""
    learner, experience = by_hand
    assert learner.targets(experience).tolist() == [1 + 0.5 * 3, 1 + 0.5 * 6, 10]


def test_plain_target_by_hand(by_hand: tuple[DQN, Transitions]) -> None:
    learner, experience = by_hand
    learner.hyper.double = False
    assert learner.targets(experience).tolist() == [1 + 0.5 * 5, 1 + 0.5 * 10, 10]


def test_without_a_target_network_the_network_sets_its_own_targets(by_hand: tuple[DQN, Transitions]) -> None:
    learner, experience = by_hand
    learner.hyper.target_network = False
    assert learner.targets(experience).tolist() == [1 + 0.5 * 2, 1 + 0.5 * 4, 10]


def test_without_the_mask_a_terminal_state_counts(by_hand: tuple[DQN, Transitions]) -> None:
    learner, experience = by_hand
    learner.hyper.termination_mask = False
    assert learner.targets(experience).tolist() == [1 + 0.5 * 3, 1 + 0.5 * 6, 10 + 0.5 * 9]


def test_no_gradient_flows_through_the_target(by_hand: tuple[DQN, Transitions]) -> None:
    """dL/dw by hand: mean over the batch of 2 (Q(s, a) - y) s in the column of the action taken, with y constant."""
    learner, experience = by_hand
    learner.hyper.target_network = False  # the target depends on the same w, and must not pass a gradient on
    y = learner.targets(experience)
    assert not y.requires_grad
    loss = q_loss(learner.see(learner.theta, experience.observation), experience.action, y)
    (gradient,) = torch.autograd.grad(loss, [learner.theta["w"]])
    # Q(s, a) = 1·1, 2·2, 3·1 and y = 2, 3, 10
    assert gradient.tolist() == pytest.approx([2 / 3 * ((1 - 2) * 1 + (3 - 10) * 3), 2 / 3 * (4 - 3) * 2])


def test_bootstrap_value_by_hand() -> None:
    online, target = torch.tensor([[1.0, 9.0, 2.0]]), torch.tensor([[7.0, 3.0, 8.0]])
    assert bootstrap_value(online, target, double=True).item() == 3
    assert bootstrap_value(online, target, double=False).item() == 8


def test_the_target_network_lags_and_is_then_copied() -> None:
    learner = DQN(CartPole(), agents=20, steps=WARM_UP // 20 + 9, target_every=10)
    first = {name: p.clone() for name, p in learner.target.items()}
    learner.step()  # 10 updates: the first when the warm-up is complete
    assert learner.updates == 10
    assert all(torch.equal(learner.target[name], p) for name, p in learner.theta.items())
    assert any(not torch.equal(first[name], p) for name, p in learner.theta.items())
    learner.steps = 9
    learner.step()
    assert any(not torch.equal(learner.target[name], p) for name, p in learner.theta.items())


def test_epsilon_falls_in_a_straight_line_and_stays() -> None:
    learner = DQN(CartPole(), exploration=0.2, explore_for=10)
    seen = []
    for learner.iteration in (0, 5, 10, 50):
        seen.append(learner.epsilon)
    assert seen == pytest.approx([1.0, 0.6, 0.2, 0.2])


def test_a_state_can_be_kept_and_brought_back() -> None:
    """The buffer, the target network and the running episodes are in it: the other learner goes on in the same way."""
    learner, other = (DQN(CartPole(), seed, agents=20, steps=60, capacity=2000) for seed in (0, 1))
    learner.step()
    state = learner.state_dict()
    other.load_state_dict(state)
    assert learner.step() == other.step()
    assert all(torch.equal(learner.theta[name], other.theta[name]) for name in learner.theta)


def test_looking_does_not_change_the_training() -> None:
    runs = []
    for look in (False, True):
        learner = DQN(CartPole(), 3, agents=20, steps=60)
        learner.step()
        if look:
            learner.judge()
        runs.append(learner.step())
    assert runs[0] == runs[1]


def test_needs_a_choice_of_actions() -> None:
    with pytest.raises(ValueError, match="needs actions to choose from"):
        DQN(Navigation2D())
    with pytest.raises(ValueError, match="take tabular Q-learning"):
        DQN(GridWorld())


def test_a_heartbeat_comes_after_every_update() -> None:
    learner, beats = DQN(CartPole(), agents=2, steps=7), []
    learner.heartbeat = lambda: beats.append(1)
    learner.step()
    assert len(beats) == 7


FROM_PIXELS: dict[str, Any] = {
    "learning_rate": 1e-3,
    "discount": 0.9,
    "exploration": 0.5,
    "explore_for": 30,
    "batch": 64,
    "target_every": 50,
}


def reach(learner: DQN, mark: float, iterations: int) -> float:
    """Train until the greedy policy reaches a mark over 100 fresh episodes; its mean return there."""
    achieved = -float("inf")
    for _ in range(iterations):
        if learner.step()["greedy_return"] >= 475:
            achieved = play_out(learner.family, learner.task, learner.greedy, 100, generator(99)).returns().mean().item()
            if achieved >= mark:
                break
    return achieved


def gymnasium_returns(learner: DQN, episodes: int = 100) -> Tensor:
    """The judge that we have not written: returns of the greedy policy on Gymnasium's own CartPole-v1."""
    envs = gymnasium.make_vec("CartPole-v1", num_envs=episodes, vectorization_mode="vector_entry_point")
    observation, _ = envs.reset(seed=123)
    alive, returns = torch.ones(episodes, dtype=torch.bool), torch.zeros(episodes)
    for _ in range(500):
        observation, _, terminated, truncated, _ = envs.step(learner.greedy(torch.as_tensor(observation)).numpy())
        returns += alive
        alive &= ~torch.as_tensor(terminated | truncated)
    envs.close()
    return returns


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_solves_cartpole(seed: int) -> None:
    """Measured with seeds 0 to 4: after 50 to 70 iterations, in 4 to 5 CPU-s; on Gymnasium's own environment 480 to 492. The bound is twice
    the slowest, and the run goes on until it is solved, so that other kernels, like other seeds, change only when that is.
    A return of 485 in a hundred episodes has a standard error of about 6, and so has the judgement: it is made within four of its own."""
    learner = DQN(CartPole(), seed)
    assert reach(learner, mark=485, iterations=150) >= 485
    returns = gymnasium_returns(learner)
    assert returns.mean() + 4 * returns.std() / len(returns) ** 0.5 >= 475


@pytest.mark.slow
def test_finds_the_shortest_way_to_every_goal_from_pixels() -> None:
    """A CNN sees the picture only. Measured with seeds 0 to 3: the optimal return for each of the 23 goals after 66 to 83 iterations, in
    12 to 17 CPU-s. The bound is half as much again as the slowest, and the run goes on until all goals are found: other kernels, like
    other seeds, change only when that is."""
    family = GridWorld(observe="image")
    goals = family.goal_cells
    tasks = GridTask(goals, torch.zeros(len(goals)))
    optimal = best_return(family.transition_matrix(tasks), family.reward_matrix(tasks), family.horizon, family.start)
    learner = DQN(family, 0, tasks=tasks, agents=32, steps=25, capacity=20_000, **FROM_PIXELS)
    shortfall = torch.ones(len(goals))
    for _ in range(130):
        learner.step()
        achieved = play_out(family, tasks, learner.greedy, len(goals), generator(0)).returns()
        shortfall = optimal - achieved
        if shortfall.max() < 1e-4:
            break
    assert shortfall.max() < 1e-4


@pytest.mark.claims
def test_without_the_mask_values_pass_every_bound_and_the_pole_falls() -> None:
    """Notebook 03: measured with seeds 0 to 2, Q passes its largest possible value 100, and the greedy return stays below random's 22."""
    learner = DQN(CartPole(), 0, termination_mask=False)
    numbers = [learner.step() for _ in range(40)]
    assert numbers[-1]["value"] > 200
    assert max(row["greedy_return"] for row in numbers[15:]) < 22
