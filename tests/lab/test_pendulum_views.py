"""The views of the pendulum show what the learner says, in the picture and in words."""

from typing import Any

import numpy as np
import pytest
import torch
from toy import drawn

from dremeta_lite.lab.panel import LivePanel
from dremeta_lite.lab.views.pendulum import MEMBERS, PLANS, SHOWN, ModelView, SwingUpView, still_error
from dremeta_lite.tasks import Pendulum
from dremeta_lite.world.model_learner import ModelLearner
from dremeta_lite.world.planning_agent import PlanningAgent

HANGING = Pendulum(start="hanging")


def small_learner(seed: int) -> ModelLearner:
    return ModelLearner(HANGING, seed, members=3, hidden=(8,), updates=3)


def test_the_model_view_shows_errors_and_the_real_piece_up_to_k() -> None:
    view = ModelView()
    runner, picture, said = drawn(view, small_learner, *[1] * 10)
    assert "Nothing has been trained yet" in said and "after 25 steps" in said and picture.redraws <= 4
    runner.set("k", 40)
    runner.run(1)
    picture.draw(runner)
    learner = runner.learner
    for name, (_, y) in view.errors.series.items():
        np.testing.assert_allclose(y, [row[name] for row in runner.history])
    assert view.growth.series["_k"].flatten().tolist() == [40, pytest.approx(runner.history[-1]["k_step_error"], rel=1e-4)]
    assert view.growth.axes.get_ylim() == view.errors.axes.get_ylim()
    piece = view.piece.series
    np.testing.assert_allclose(piece["real"][1], np.degrees(learner.held_out.states[SHOWN, :41, 0].numpy()))
    imagined = learner.model().imagine(learner.held_out.states[:, 0], learner.held_out.actions)[:, SHOWN, :41, 0]
    np.testing.assert_allclose(piece["imagined"][1], np.degrees(imagined.mean(0).numpy()), rtol=1e-4)
    assert [name for name in MEMBERS if piece[name].size] == MEMBERS[:3]
    assert f"{runner.history[-1]['transitions']:.0f} transitions" in view.summary()
    assert f"wrong by {still_error(learner, 1):.2f} after 1 step and {still_error(learner, 40):.2f} after 40 steps" in view.summary()


def test_the_error_of_a_still_model_is_what_it_says() -> None:
    learner = small_learner(0)
    states = learner.held_out.states
    moved = ((states[:, 7] - states[:, 0]) / learner.spread).square().mean().sqrt()
    assert still_error(learner, 7) == pytest.approx(moved.item(), rel=1e-5)


def test_the_swing_up_view_shows_the_pole_its_past_and_the_plans() -> None:
    view = SwingUpView()
    runner, picture, said = drawn(view, lambda seed: PlanningAgent(HANGING, None, seed, plans=60, horizon=8), *[1] * 12)
    assert "180 degrees from upright, and no action" in said and picture.redraws <= 4
    agent = runner.learner
    angle, last = agent.state[0].item(), runner.history[-1]
    np.testing.assert_allclose(view.pendulum.series["pole"][:, 1], [-np.sin(angle), np.cos(angle)], atol=1e-6)
    past, chosen = view.angle.series["real"], view.angle.series["plan chosen"]
    assert past.shape == (2, 12) and past[1, -1] == pytest.approx(np.degrees(angle))
    assert chosen.shape == (2, 9) and chosen[0, 0] == pytest.approx(11 * 0.05), "the plan begins where the last action was chosen"
    assert chosen[1, 0] == pytest.approx(past[1, -2], abs=1e-3)
    tried = len(agent.planned.returns)
    assert [view.angle.series[name].shape for name in PLANS[:tried]] == [(2, 9)] * min(tried, len(PLANS))
    assert view.pendulum.series["way"].shape == (2, 9)
    assert view.reward.series["reward"][1, -1] == last["reward"]
    assert "0.60 s" in view.summary() and "true model" in view.summary() and f"return so far {last['return']:.0f}" in view.summary()


@pytest.mark.parametrize(("angle", "place", "sign"), [(0.0, [-1, 0], 1), (0.0, [1, 0], -1), (3.1, [-0.5, -1.0], -1), (3.1, [0.5, -1.0], 1)])
def test_a_click_pushes_the_pendulum_to_its_side(angle: float, place: list[float], sign: int) -> None:
    """At the top as below: a greater angle is further to the left above, and to the right below."""
    panel = LivePanel("pushed", lambda seed: PlanningAgent(Pendulum(), None, seed, plans=10, rounds=1), SwingUpView())
    agent: Any = panel.learner
    panel.runner.refresh()
    agent.put(torch.tensor([angle, 0.5]))
    panel._touched({"kind": "click", "region": 0, "path": [place]})
    assert agent.state.tolist() == pytest.approx([angle, 0.5 + sign])
    panel._touched({"kind": "key", "region": 0, "key": "ArrowRight" if place[0] < 0 else "ArrowLeft"})
    assert agent.state.tolist() == pytest.approx([angle, 0.5])
    for _ in range(9):
        panel._touched({"kind": "click", "region": 0, "path": [place]})
    assert abs(agent.state[1].item()) <= 8
    panel.require(3)
    panel.close()
