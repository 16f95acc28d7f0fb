"""The views of models that adapt show what the learner and the agents say, in the picture and in words."""

import math

import numpy as np
import pytest
import torch
from toy import drawn

from dremeta_lite.lab.panel import LivePanel
from dremeta_lite.lab.views.adapting_model import SHOWN, TORQUE, AdaptiveModelView, ReversalView
from dremeta_lite.meta.adaptive_model import BayesianModel, GradientModel
from dremeta_lite.tasks import Pendulum
from dremeta_lite.world.adaptive_agent import AdaptiveAgents, Way
from dremeta_lite.world.hidden_pendulum import first, known_form
from dremeta_lite.world.model_learner import Transitions

HANGING = Pendulum("hanging")
WAYS = {"last M": Way(known_form(HANGING)), "everything": Way(known_form(HANGING), forgets=False), "true model": Way(None)}


@pytest.mark.parametrize("make", [BayesianModel, GradientModel])
def test_the_model_view_shows_the_errors_and_one_pendulum(make: type) -> None:
    view = AdaptiveModelView()
    runner, picture, said = drawn(view, lambda seed: make(HANGING, seed, hidden=(8,), tasks=4), 1, 2)
    assert "Nothing has been trained yet" in said and picture.redraws <= 4
    for name, (_, y) in view.errors.series.items():
        np.testing.assert_allclose(y, [row[name] for row in runner.history])
    learner, one = runner.learner, view.one.series
    task = type(HANGING.default_params)(*(x[SHOWN] for x in HANGING.held_out_tasks(SHOWN + 1)))
    upright = HANGING.transition(torch.zeros(2), torch.tensor([TORQUE]), None, task)[1].item()
    assert one["the pendulum"][1, 36] == pytest.approx(upright, abs=1e-5)
    seen = Transitions(*(x[SHOWN : SHOWN + 1] for x in learner.judged[0]))
    after = learner.fit(first(seen, 8))(torch.zeros(1, 1, 2), torch.full((1, 1, 1), TORQUE))[0, 0, 1].item()
    assert one["after 8"][1, 36] == pytest.approx(after, abs=1e-5)
    assert (one["_below"].size > 0) == hasattr(learner, "sure"), "only the Bayesian one says how sure it is"
    assert "after 32" in view.summary() and "pooled" in view.summary() and "before any transition" in view.summary()


def test_the_reversal_view_shows_all_ways_and_where_the_motor_was_turned() -> None:
    view = ReversalView(list(WAYS))
    runner, picture, said = drawn(view, lambda seed: AdaptiveAgents(HANGING, WAYS, seed, window=3), *[1] * 6)
    assert "Nothing has been trained yet" in said
    runner.set("reversed_motor", True)
    runner.run(3)
    picture.draw(runner)
    agents = runner.learner
    for way in WAYS:
        angle = agents.swinging[way].path[0, 9, 0].item()
        np.testing.assert_allclose(view.poles.series[way][:, 1], [-math.sin(angle), math.cos(angle)], atol=1e-6)
        np.testing.assert_allclose(view.rewards.series[f"reward {way}"][1], [row[f"reward {way}"] for row in runner.history])
        assert f"{way} {agents.earned[way]:.0f}" in view.summary()
    assert "the motor is reversed" in view.summary() and "M = 3" in view.summary() and "hanging -9.9" in view.summary()
    assert [change.iteration for change in runner.changes] == [6]


def test_the_motor_is_turned_by_a_box_or_by_a_click() -> None:
    view = ReversalView(list(WAYS))
    panel = LivePanel("turning", lambda seed: AdaptiveAgents(HANGING, WAYS, seed), view, controls=("window", "reversed_motor"))
    motor = panel.controls["reversed_motor"].box
    panel.require(2)
    click = {"kind": "click", "region": 0, "path": [[0.1, 0.2]]}
    panel._touched(click)
    panel.require(3)
    assert panel.learner.hyper.values()["reversed_motor"] is True and motor.value
    panel._touched(click)
    panel.require(4)
    assert panel.learner.hyper.values()["reversed_motor"] is False and not motor.value
    panel.close()


def test_the_weight_is_dragged_along_the_rod() -> None:
    view = ReversalView(list(WAYS))
    panel = LivePanel("stretching", lambda seed: AdaptiveAgents(HANGING, WAYS, seed), view, controls=("rod",))
    panel.require(2)
    (weight,) = view.poles.handles
    assert weight.at == (view.poles.series["last M"][0, 1], view.poles.series["last M"][1, 1])
    drag = {"kind": "move", "region": 0, "handle": 0, "path": [[0.36, 0.48]]}
    panel._touched(drag)
    assert panel.controls["rod"].box.value == panel.learner.hyper.values()["rod"] == 0.6
    panel.require(3)
    panel._paint()
    assert np.hypot(*view.poles.series["last M"][:, 1]) == pytest.approx(0.6) and "the rod is 0.60 m long" in view.summary()
    panel._touched({**drag, "path": [[0.9, 1.2]]})
    assert panel.controls["rod"].box.value == 1.3, "as far as the slider goes"
    panel.close()
