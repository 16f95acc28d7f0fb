"""The picture of value by Monte Carlo blits, and says in words what it shows."""

import io

import numpy as np
import torch
from PIL import Image

from dremeta_lite.inner.monte_carlo import MonteCarlo
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.views.monte_carlo import MonteCarloView, since_restart
from dremeta_lite.tasks.grid import GridWorld

FAMILY = GridWorld("S.#\n.x.\n..G")


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png))).astype(int)


def test_value_by_monte_carlo_blits_and_tells_what_it_shows() -> None:
    runner, alone = (Runner(lambda seed: MonteCarlo(FAMILY, seed)) for _ in range(2))
    view = MonteCarloView(FAMILY)
    picture = Picture(view)
    picture.draw(runner)
    assert view.summary().startswith("No episode yet. The exact value of the start is")
    for _ in range(4):
        runner.run(5)
        alone.run(5)
        png = picture.draw(runner)
    last = runner.history[-1]
    assert (
        "After 20 episodes" in view.summary()
        and f"is {last['value_start']:.3f}; its exact value is {last['exact_start']:.3f}" in view.summary()
    )
    np.testing.assert_allclose(view.lines["error_start"].get_ydata(), [max(row["error_start"], 1e-6) for row in runner.history])
    again = Picture(MonteCarloView(FAMILY))
    again.draw(runner)
    assert (np.abs(pixels(png) - pixels(again.draw(runner))) > 40).any(-1).mean() < 0.01 and picture.redraws <= 3
    ours, theirs = runner.learner.state_dict(), alone.learner.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    runner.set("discount", 0.5)
    runner.run(2)
    picture.draw(runner)
    assert "After 2 episodes" in view.summary() and len(np.asarray(view.lines["error_rms"].get_xdata())) == 2


def test_since_restart() -> None:
    rows = [{"episodes": n} for n in (1, 2, 3, 1, 2)]
    assert since_restart(rows) == rows[3:] and since_restart([]) == [] and since_restart(rows[:2]) == rows[:2]
