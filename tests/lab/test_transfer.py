"""The pictures of lesson 05: what stands in the transfer matrix, and pooled training beside MAML's yardstick."""

from typing import Any, cast

import numpy as np
import pytest
import torch

from dremeta_lite.compare.tables import recorded
from dremeta_lite.inner.specialists import Specialists, transfer_matrix
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.views.navigation import showcase
from dremeta_lite.lab.views.transfer import PooledView, TransferView
from dremeta_lite.meta.fine_tuning import FineTuned
from dremeta_lite.tasks import MirroredNavigation2D, Navigation2D

FAMILY = Navigation2D()


@pytest.fixture
def tasks() -> Any:
    return showcase(FAMILY, 3)


def test_matrix_curves_and_words_tell_the_same_and_looking_does_not_change_the_training(tasks: Any) -> None:
    runner, alone = (Runner(lambda seed: Specialists(FAMILY, tasks, seed, trajectories=4)) for _ in range(2))
    view = TransferView(FAMILY, tasks)
    picture = Picture(view)
    picture.draw(runner)
    assert view.summary().startswith("Iteration 0: 3 policies")
    for _ in range(2):
        runner.run(2)
        alone.run(2)
        assert picture.draw(runner).startswith(b"\x89PNG")
    learner: Any = runner.learner
    matrix = transfer_matrix(FAMILY, tasks, learner.policy, learner.theta, 8, 5)
    curves, table, _ = parts = cast(Any, view.parts)
    assert np.array_equal(table.values, matrix.numpy())
    own, others = matrix.diagonal().mean().item(), ((matrix.sum() - matrix.trace()) / 6).item()
    assert f"Return in its own task {own:.1f} on average, in the others {others:.1f}." in view.summary()
    x, y = curves.series["elsewhere"]
    assert x.tolist() == [0, 2, 4] and y[-1] == pytest.approx(others)
    assert curves.series["return_own"].shape == (2, 4) and len(parts) == 3
    ours, theirs = runner.learner.state_dict(), alone.learner.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_reset_begins_the_curves_again(tasks: Any) -> None:
    runner, view = Runner(lambda seed: Specialists(FAMILY, tasks, seed, trajectories=4)), TransferView(FAMILY, tasks)
    picture = Picture(view)
    for iterations in (3, 2):
        runner.run(iterations)
        picture.draw(runner)
    runner.reset(1)
    runner.refresh()
    picture.draw(runner)
    curves = cast(Any, view.parts[0])
    assert curves.series["elsewhere"][0].tolist() == [0] and curves.series["return_own"].shape == (2, 0)


@pytest.mark.parametrize("family", [FAMILY, MirroredNavigation2D()], ids=lambda family: family.name)
def test_pooled_training_is_shown_beside_what_maml_reaches(family: Navigation2D) -> None:
    runner, view = Runner(lambda seed: FineTuned(family, seed, tasks=2, trajectories=4)), PooledView(family, steps=3)
    picture = Picture(view)
    runner.run(2)
    picture.draw(runner)
    curves = cast(Any, view.parts[0])
    assert curves.heights["MAML, 3 steps"] == recorded(family.name)["agents"]["maml"]["mean"][3]
    assert view.summary().startswith("Iteration 2: return") and "MAML, 3 steps" in view.summary()
    assert curves.axes.get_xlabel() == "iteration of pooled training"
