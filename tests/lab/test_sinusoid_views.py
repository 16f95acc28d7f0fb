"""The pictures of sinusoids: what is drawn is what was learned."""

from typing import Any

import numpy as np
import pytest
import torch

from dremeta_lite.compare.regression_side_by_side import RegressionSideBySide
from dremeta_lite.inner.fitting import mse
from dremeta_lite.lab.parts import Part
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.views.sinusoid import FIXED_ANSWER, LOOKING_SEED, SHOWN_TASKS, SinusoidView, WaysView
from dremeta_lite.learner import generator
from dremeta_lite.meta.regression import ALGORITHMS, RegressionLearner, adapted
from dremeta_lite.tasks import Sinusoid
from dremeta_lite.titles import LEARNERS
from tests.oracles import best_fixed_answer

FAMILY = Sinusoid()


def test_the_fixed_yardstick_is_that_of_the_best_answer_for_all() -> None:
    x = torch.linspace(-5, 5, 501)
    y = FAMILY.points_at(x, FAMILY.sample_tasks(20_000, generator(0))).y[..., 0]
    assert (y - best_fixed_answer(x)).square().mean().item() == pytest.approx(FIXED_ANSWER, abs=0.1)


def test_the_waves_show_what_is_said_before_and_after() -> None:
    runner, view = Runner(lambda seed: RegressionLearner(FAMILY, "maml", seed, tasks=4), 0), SinusoidView(steps=2)
    picture = Picture(view)
    assert picture.draw(runner).startswith(b"\x89PNG") and "Nothing has been trained yet" in view.summary()
    runner.require(3)
    picture.draw(runner)
    learner = runner.learner
    assert isinstance(learner, RegressionLearner)
    support = FAMILY.sample_points(SHOWN_TASKS, 5, generator(LOOKING_SEED))
    grid = FAMILY.points_at(torch.linspace(-5, 5, 121), SHOWN_TASKS)
    phi = adapted(learner, support, 2, None)
    waves: Any = view.parts[1:]
    for i, wave in enumerate(waves):
        np.testing.assert_allclose(wave.series["seen"][1], support.y[i, :, 0], rtol=1e-5)
        np.testing.assert_allclose(wave.series["after"][1], learner.network.forward(phi[2], grid.x)[i, :, 0], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(wave.series["truth"][1], grid.y[i, :, 0], rtol=1e-5)
    before = mse(learner.network, phi[0], grid)
    assert f"and {before[1].item():.1f} before and" in view.summary()
    assert "Meta-iteration 3:" in view.summary() and "after 2 steps" in view.summary() and "oracle 0.0" in view.summary()


def test_all_ways_are_drawn_and_told() -> None:
    runner, view = Runner(lambda seed: RegressionSideBySide(FAMILY, (), seed, tasks=3), 0), WaysView(FAMILY, tasks=10)
    picture = Picture(view)
    picture.draw(runner)
    runner.require(2)
    picture.draw(runner)
    over, by_step = view.parts
    assert isinstance(over, Part) and isinstance(by_step, Part)
    for way in ALGORITHMS:
        assert over.series[f"after_{way}"][1, 0] == pytest.approx(runner.history[0][f"after_{way}"])
        assert by_step.series[LEARNERS[way]].shape == (2, 6)
    for name in ("pooled", "Reptile", "first-order MAML", "Meta-SGD"):
        assert name in view.summary()
