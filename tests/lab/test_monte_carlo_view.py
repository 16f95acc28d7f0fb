"""The picture of value by Monte Carlo says what it shows."""

from typing import Any

import numpy as np
import pytest
import torch
from toy import drawn

from dremeta_lite.inner.monte_carlo import MonteCarlo
from dremeta_lite.lab.views.monte_carlo import MonteCarloView
from dremeta_lite.tasks.grid import GridWorld

FAMILY = GridWorld("S.#\n.x.\n..G")


def test_averages_exact_values_and_errors_since_the_averages_began() -> None:
    view, alone = MonteCarloView(FAMILY), MonteCarlo(FAMILY, 0)
    runner, picture, said = drawn(view, lambda seed: MonteCarlo(FAMILY, seed), 5, 5, 5, 5)
    assert said.startswith("No episode yet. The exact value of the start is")
    for _ in range(20):
        alone.step()
    learner, last, parts = runner.learner, runner.history[-1], list[Any](view.parts)
    error = parts[2]
    assert f"After 20 episodes the average return of the start is {last['value_start']:.3f}" in view.summary()
    assert f"its exact value is {last['exact_start']:.3f}. Error {last['error_start']:.3f}" in view.summary()
    for part, values in zip(parts, (learner.V, learner.exact()), strict=False):
        np.testing.assert_array_equal(part.values[:-1], values[part.free[:-1]])
    np.testing.assert_allclose(error.series["cell S"][1], [max(row["error_start"], 1e-6) for row in runner.history])
    x, y = error.series["σ/√n"]
    assert np.interp(np.log(20), np.log(x), np.log(y)) == pytest.approx(np.log(last["standard_error"]))
    assert picture.redraws <= 3
    ours, theirs = learner.state_dict(), alone.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs), "looking changes nothing"
    runner.set("discount", 0.5)
    runner.run(2)
    picture.draw(runner)
    assert "After 2 episodes" in view.summary() and error.series["all cells (RMS)"][0].tolist() == [1, 2]
