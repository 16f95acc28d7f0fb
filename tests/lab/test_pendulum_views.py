"""The views of notebook 02 show what the learner says, in the picture and in words."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.views.pendulum import SHOWN, ModelView, SwingUpView, episode, still_error
from dremeta_lite.lab.views.sweeps import SweepView
from dremeta_lite.tasks import GridWorld, Pendulum
from dremeta_lite.world.model_learner import ModelLearner
from dremeta_lite.world.planning_agent import PlanningAgent
from dremeta_lite.world.sweeps import Sweeps

HANGING = Pendulum(start="hanging")


def small_learner(seed: int) -> ModelLearner:
    return ModelLearner(HANGING, seed, members=3, hidden=(8,), updates=3)


def test_the_model_view_shows_errors_and_the_real_piece_up_to_k() -> None:
    runner, view = Runner(small_learner), ModelView()
    picture = Picture(view)
    picture.draw(runner)
    assert "Nothing has been learned yet" in view.summary()
    runner.run(4)
    runner.set("k", 40)
    runner.run(1)
    picture.draw(runner)
    learner: Any = runner.learner
    for name, line in view.lines.items():
        np.testing.assert_allclose(line.get_ydata(), [row[name] for row in runner.history])
    np.testing.assert_allclose(view.real.get_ydata(), np.degrees(learner.held_out.states[SHOWN, :41, 0].numpy()))
    assert view.here.get_xdata()[0] == 40  # type: ignore[index]
    assert view.here.get_ydata()[0] == pytest.approx(runner.history[-1]["k_step_error"], rel=1e-4)  # type: ignore[index]
    imagined = learner.model().imagine(learner.held_out.states[:, 0], learner.held_out.actions)[:, SHOWN, :41, 0]
    np.testing.assert_allclose(view.mean.get_ydata(), np.degrees(imagined.mean(0).numpy()), rtol=1e-4)
    drawn = [line for line in view.members if len(np.asarray(line.get_xdata()))]
    assert len(drawn) == 3
    assert "after 40 steps" in view.summary() and f"{still_error(learner, 40):.2f} after 40 steps" in view.summary()


def test_the_error_of_a_still_model_is_what_it_says() -> None:
    learner = small_learner(0)
    states = learner.held_out.states
    moved = ((states[:, 7] - states[:, 0]) / learner.spread).square().mean().sqrt()
    assert still_error(learner, 7) == pytest.approx(moved.item(), rel=1e-5)


def test_the_swing_up_view_shows_the_pole_its_past_and_the_plans() -> None:
    runner, view = Runner(lambda seed: PlanningAgent(HANGING, None, seed, plans=60, horizon=8)), SwingUpView()
    picture = Picture(view)
    picture.draw(runner)
    assert "180 degrees from upright, and no action" in view.summary()
    runner.run(12)
    picture.draw(runner)
    agent: Any = runner.learner
    angle = agent.state[0].item()
    np.testing.assert_allclose(np.asarray(view.pole.get_xydata())[1], [-np.sin(angle), np.cos(angle)], atol=1e-6)
    assert len(np.asarray(view.past.get_ydata())) == 12 and np.asarray(view.past.get_ydata())[-1] == pytest.approx(np.degrees(angle))
    chosen = np.asarray(view.chosen.get_xydata())
    assert len(chosen) == 9 and chosen[0, 0] == pytest.approx(11 * 0.05), "the plan begins where the last action was chosen"
    assert chosen[0, 1] == pytest.approx(np.asarray(view.past.get_ydata())[-2], abs=1e-3)
    assert (
        "0.60 s" in view.summary()
        and "true model" in view.summary()
        and f"return so far {runner.history[-1]['return']:.0f}" in view.summary()
    )


def test_a_new_episode_begins_a_new_curve() -> None:
    rows = [{"time": float(t)} for t in (1, 2, 3, 1, 2)]
    assert episode(rows) == rows[3:] and episode([]) == []


@pytest.mark.parametrize("make", ["model", "swing-up", "sweeps"])
def test_a_blitted_frame_equals_a_full_drawing_and_few_frames_redraw(make: str) -> None:
    grid = GridWorld()
    make_learner: Any = {
        "model": small_learner,
        "swing-up": lambda seed: PlanningAgent(HANGING, None, seed, plans=60, horizon=8),
        "sweeps": lambda seed: Sweeps(grid, seed),
    }[make]
    make_view: Any = {"model": ModelView, "swing-up": SwingUpView, "sweeps": lambda: SweepView(grid)}[make]
    runner = Runner(make_learner)
    picture = Picture(make_view())
    picture.draw(runner)
    for _ in range(10):
        runner.run(1)
        last = picture.draw(runner)
    assert picture.redraws <= 4
    again = Picture(make_view())
    full = np.asarray(Image.open(io.BytesIO(again.draw(runner)))).astype(int)
    blitted = np.asarray(Image.open(io.BytesIO(last))).astype(int)
    assert full.shape == blitted.shape
