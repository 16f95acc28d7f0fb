"""The pictures of action values: what they show is what the learner holds, also in words."""

from typing import Any

import numpy as np
import pytest
import torch
from toy import drawn

from dremeta_lite.inner.dqn import DQN
from dremeta_lite.inner.q_learning import QLearning
from dremeta_lite.lab.views.learning import LearningCurveView, cart_yardsticks
from dremeta_lite.lab.views.q_values import PixelSide, QTableView, TiltSide, all_cells, pixel_yardsticks
from dremeta_lite.tasks.cartpole import CartPole
from dremeta_lite.tasks.grid import GridTask, GridWorld


def test_the_table_is_drawn_before_and_after_learning() -> None:
    family = GridWorld("S..\n#.#\nx.G\n")
    view: Any = QTableView(family)
    runner, picture, said = drawn(view, lambda seed: QLearning(family, seed, learning_rate=1.0, exploration=0.5), 40)
    assert "Nothing has been trained yet" in said
    table, (returns, errors), last = view.parts[0], view.parts[1].parts, runner.history[-1]
    assert "Iteration 40" in view.summary() and "optimal 0.88" in view.summary()  # 1 - 3 · 0.04
    assert f"Error of Q: {last['error']:.3f} at most" in view.summary() and f"the agents got {last['return']:.2f}" in view.summary()
    assert returns.series["greedy_return"][1, -1] == last["greedy_return"]
    assert errors.series["mean_error"][1, -1] == max(last["mean_error"], 1e-6)
    assert np.nanmax(table.values) == pytest.approx(runner.learner.Q[0].max().item())
    redraws = picture.redraws
    picture.draw(runner)
    assert picture.redraws == redraws


def test_the_yardsticks_follow_the_slip() -> None:
    family = GridWorld()
    view: Any = QTableView(family)
    runner, picture, before = drawn(view, lambda seed: QLearning(family, seed))
    runner.set("slip", 0.5)
    runner.run(1)
    picture.draw(runner)
    assert "optimal 0.72" in before and "optimal 0.72" not in view.summary()


def test_q_over_the_tilt_is_what_the_network_says() -> None:
    family = CartPole()
    side: Any = TiltSide(family)
    view = LearningCurveView(side, cart_yardsticks(family), number="greedy_return")
    runner, *_ = drawn(view, lambda seed: DQN(family, seed, agents=8, steps=10), 1)
    tilted = torch.tensor([[0.0, 0.0, family.tilt, 0.0]])
    shown = [line[1, -1] for line in side.series.values()]
    assert shown == pytest.approx(runner.learner.values(tilted)[0].tolist(), abs=1e-5)
    assert "at most 1/(1-γ) = 100" in side.words()


def test_q_from_pixels_has_a_value_for_every_cell_and_the_map_shows_it() -> None:
    family = GridWorld(observe="image")
    tasks = GridTask(family.goal_cells, torch.zeros(len(family.goal_cells)))
    side = PixelSide(family)
    view = LearningCurveView(side, pixel_yardsticks(family, tasks), number="greedy_return")
    runner, *_ = drawn(view, lambda seed: DQN(family, seed, tasks=tasks, agents=4, steps=5, capacity=100), 1)
    Q = all_cells(runner.learner, family, family.default_params)
    assert Q.shape == (family.n_cells, 4)
    image = family.observation(torch.tensor([family.start]), None, GridTask(*(x[None] for x in family.default_params)))
    assert torch.allclose(Q[family.start], runner.learner.values(image)[0], atol=1e-6)
    np.testing.assert_allclose(side.values[0], Q[side.free[0]])
    assert "of the cells" in side.words()


def test_yardsticks_of_the_default_task_by_hand() -> None:
    """Two cells and a goal: the best way takes one step. Random: a coin with one side in four that ends it, at most 50 times."""
    heights = pixel_yardsticks(GridWorld("SG"))
    chance = [0.25 * 0.75**n for n in range(50)]
    random = sum(p * (1 - 0.04 * n) for n, p in enumerate(chance)) - 0.75**50 * 50 * 0.04
    assert heights == pytest.approx({"random policy": random, "optimal": 1.0})
