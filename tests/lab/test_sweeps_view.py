"""The pictures of sweeps and of the transition matrix: what they show is what is computed."""

import io
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from toy import drawn

from dremeta_lite.lab.still import show_figure
from dremeta_lite.lab.views.sweeps import SweepView, transition_picture
from dremeta_lite.tasks import GridTask, GridWorld
from dremeta_lite.world.sweeps import Sweeps

GRID = GridWorld()


def test_the_sweep_view_says_how_far_it_is() -> None:
    view = SweepView(GRID)
    runner, picture, said = drawn(view, lambda seed: Sweeps(GRID, seed), 1, 1, 1, 1, 1)
    assert "No sweep yet" in said
    last, parts = runner.history[-1], list[Any](view.parts)
    np.testing.assert_allclose(parts[1].series["error"][1], [row["error"] for row in runner.history])
    np.testing.assert_allclose(parts[0].values[0], runner.learner.V[0])
    assert f"Sweep 5: the start is worth {last['value_start']:.4f}; exactly it is {last['exact_start']:.4f}" in view.summary()
    assert "by value iteration, with γ = 0.95" in view.summary() and picture.redraws <= 2
    runner.set("policy_iteration", True)
    runner.run(1)
    picture.draw(runner)
    assert "policy iteration" in view.summary()


def test_the_picture_of_the_transition_matrix_shows_the_matrix(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    figure = transition_picture(GRID, slip=0.3, action=1, cell=19)
    matrix, plane = (axes for axes in figure.axes if axes.get_title("left"))
    P = GRID.transition_matrix(GridTask(GRID.default_params.goal, torch.tensor(0.3)))[:, 1]
    np.testing.assert_allclose(np.asarray(matrix.images[0].get_array()), P)
    written = sorted(text.get_text() for text in plane.texts if text.get_text()[:2] == "0.")
    assert written == ["0.10", "0.10", "0.10", "0.70"]
    shown: list[Any] = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    show_figure(figure, "four cells")
    assert capsys.readouterr().out == "four cells\n" and shown[0].data[:4] == b"\x89PNG" and shown[0].alt == "four cells"
    assert Image.open(io.BytesIO(shown[0].data)).size == (1200, 487)
