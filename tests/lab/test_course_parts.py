"""What the notebooks are made of beside the panel: views, playground, tables, budget and the settings of the process."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from traitlets import TraitError

from dremeta_lite import store
from dremeta_lite.compare import tables
from dremeta_lite.lab.budget import begin, budget
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.playground import Playground, pretrained
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.source import show_code
from dremeta_lite.lab.views.navigation import AdaptationView, showcase
from dremeta_lite.meta import MAML
from dremeta_lite.speed import prepare_cpu
from dremeta_lite.tasks import MirroredNavigation2D, Navigation2D, Pendulum


@pytest.mark.parametrize("family", [Navigation2D(), MirroredNavigation2D()], ids=lambda family: family.name)
def test_picture_and_words_tell_the_same_and_looking_does_not_change_the_training(family: Navigation2D) -> None:
    small: dict[str, Any] = {"tasks": 2, "trajectories": 4}
    runner, alone = (Runner(lambda seed: MAML(family, seed, **small)) for _ in range(2))
    view = AdaptationView(family, steps=2)
    picture = Picture(view)
    for _ in range(3):
        runner.run(1)
        alone.run(1)
        assert picture.draw(runner).startswith(b"\x89PNG")
    last = runner.history[-1]
    assert f"return {last['return_before']:.1f} before adaptation, {last['return_after']:.1f} after one step" in view.summary()
    curves: Any = view.parts[0]
    np.testing.assert_allclose(curves.series["return_after"][1, -1], last["return_after"])
    ours, theirs = runner.learner.state_dict(), alone.learner.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_the_tasks_on_the_map_are_held_out_and_lie_in_different_directions() -> None:
    family = Navigation2D()
    shown, held_out = showcase(family).goal, family.held_out_tasks().goal
    assert all((held_out == goal).all(-1).any() for goal in shown)
    cosines = torch.nn.functional.normalize(shown, dim=1) @ torch.nn.functional.normalize(shown, dim=1).T
    assert cosines.fill_diagonal_(-1).max() < np.cos(np.deg2rad(36))  # five directions: 72 degrees apart, half of that at least


def test_the_playground_follows_its_sliders_and_refuses_a_goal_outside() -> None:
    playground = Playground({"MAML": pretrained("maml"), "fresh": pretrained("fresh")}, controls=("goal_x", "steps"))
    boxes: dict[str, Any] = {name: control.box for name, control in playground.controls.items()}
    boxes["steps"].value = 2
    assert "after 2" in playground.view.summary()
    boxes["goal_x"].value = 3.0
    assert "goal_x must be in [-0.5, 0.5], got 3.0" in playground.trouble.value
    assert playground.hyper.goal_x == boxes["goal_x"].value == 0.35
    playground.menu.value = "fresh"
    assert playground.view.summary().startswith("Start: fresh.")
    with pytest.raises(TraitError):
        Playground({"MAML": pretrained("maml")}, goal_x=float("nan"))


def test_the_playground_counts_the_steps_that_the_return_needs() -> None:
    """On the map as it is: from a trained start one step covers most of the way, with a short step five do not. What is drawn stays."""
    playground = Playground({"MAML": pretrained("maml")}, steps=0)
    drawn = playground.view.summary()
    assert playground.steps_needed() == 1 and playground.steps_needed(0.9) in (2, 3) and playground.view.summary() == drawn
    playground.hyper.inner_lr = 0.01
    assert playground.steps_needed() == "more than 5"


def test_a_starting_point_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="called maml, pooled, fresh, not 'trained'"):
        pretrained("trained")


def test_a_missing_table_says_how_to_make_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(store, "DATA", tmp_path)
    tables.recorded.cache_clear()
    with pytest.raises(store.StoreError, match="dremeta_lite pretrain"):
        tables.recorded("Navigation2D")
    tables.recorded.cache_clear()


def test_a_table_has_a_line_for_each_agent_and_every_cell_is_recorded() -> None:
    text = tables.show_results(("maml", "pooled")).markdown()
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 2 + 1  # head, agents, the published row
    for name, row in zip(("maml", "pooled"), rows[2:4], strict=True):
        means = [float(cell) for cell in re.findall(r"(-\d+\.\d) \[", row)]
        assert means == pytest.approx(tables.recorded()["agents"][name]["mean"], abs=0.051)


def test_code_is_shown_with_the_shapes_that_it_names_and_no_others() -> None:
    shown = str(show_code(Pendulum.transition).data)
    assert shown.startswith('State = Float[Tensor, "*batch 2"]') and 'Torque = Float[Tensor, "*batch 1"]' in shown
    assert "def transition" in shown and "def reward" not in shown
    assert str(show_code(Pendulum.sample_tasks).data).startswith("    def sample_tasks")


def test_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DREMETA_BUDGET", raising=False)
    assert (budget().name, budget("laptop").iterations) == ("quick", 100)
    monkeypatch.setenv("DREMETA_BUDGET", "laptop")
    assert budget().name == "laptop"
    with pytest.raises(ValueError, match="one of quick, laptop, gpu, got 'huge'"):
        budget("huge")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="needs an NVIDIA GPU"):
            budget("gpu")


@pytest.mark.parametrize("wrong", ["0", "two", "-1", "1.5"])
def test_threads_are_a_whole_number_from_one_up(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("DREMETA_THREADS", wrong)
    with pytest.raises(ValueError, match=re.escape(f"got {wrong!r}")):
        prepare_cpu()


def test_one_thread_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DREMETA_THREADS", raising=False)
    assert prepare_cpu() == torch.get_num_threads() == 1


def test_one_call_begins_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DREMETA_BUDGET", raising=False)
    assert begin() == budget("quick") and torch.get_num_threads() == 1
    assert begin("laptop") == budget("laptop")
    with pytest.raises(ValueError, match="the budget must be one of"):
        begin("huge")
