"""The look inside a memory: the plane is that of PCA, the readout is honest, and the picture follows its slider."""

from typing import Any

import numpy as np
import pytest
import torch

from dremeta_lite.lab.views.memory import MemoryExplorer, principal_plane, readout
from dremeta_lite.learner import generator


def test_the_plane_is_that_of_the_covariance() -> None:
    rng = generator(0)
    memory = torch.randn(30, 4, 6, generator=rng, dtype=torch.float64) * torch.tensor([5.0, 0.5, 3.0, 0.2, 0.1, 0.4]).double() + 7
    plane, share = principal_plane(memory)
    flat = memory.flatten(0, 1)
    values, vectors = np.linalg.eigh(np.cov(flat.T.numpy()))
    assert share == pytest.approx(values[-2:].sum() / values.sum())
    wanted = (flat - flat.mean(0)).numpy() @ vectors[:, [-1, -2]]
    np.testing.assert_allclose(np.abs(plane.flatten(0, 1).numpy()), np.abs(wanted), atol=1e-9)


def test_the_readout_finds_what_is_there_and_nothing_else() -> None:
    rng = generator(1)
    label = torch.randint(3, (600,), generator=rng)
    noise = torch.randn(600, 2, 8, generator=rng, dtype=torch.float64)
    noise[:, 1, :3] += 8 * torch.nn.functional.one_hot(label, 3)
    known = readout(noise, label)
    assert known[0] == pytest.approx(1 / 3, abs=0.12), "noise says nothing on tasks that it was not fitted to"
    assert known[1] > 0.98


def test_the_slider_goes_through_the_trial() -> None:
    rng = generator(2)
    label = torch.arange(60) % 2
    memory = torch.randn(60, 5, 4, generator=rng)
    memory[:, 4, 0] += 10 * label
    panel = MemoryExplorer(memory, label, at=4, name="door", step="visit", yardsticks={"chance": 0.5})
    last = panel.paint()
    assert "After 4 visits the door can be read off the memory in 100% of new trials" in panel.view.summary()
    step: Any = panel.hyper.traits()["step"]
    assert step.high == 4
    plane, _ = principal_plane(memory)
    np.testing.assert_allclose(panel.view.dots.series["2"].T, plane[label == 1, 4], rtol=1e-4, atol=1e-5)
    assert panel.view.curve.series["here"].tolist() == [[4], [1]]
    panel.hyper.step = 0
    assert panel.paint() != last and "After 0 visits" in panel.view.summary()
    with pytest.raises(Exception, match=r"step must be in \[0, 4\]"):
        panel.hyper.step = 5
