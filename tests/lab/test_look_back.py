"""Looking back through a training: what is shown is what was shown then, and whoever goes back trains as if nothing had come after."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from toy import Climb, until, words

from dremeta_lite import HiddenGoal, NavigationTo, SpiralMaze
from dremeta_lite.lab import moments as moments_file
from dremeta_lite.lab.moments import Moments
from dremeta_lite.lab.panel import LivePanel
from dremeta_lite.lab.views.curriculum import CurriculumView
from dremeta_lite.lab.views.generating import GeneratorsView
from dremeta_lite.lab.views.hidden_goal import PathsSide
from dremeta_lite.lab.views.trials import TrialsView
from dremeta_lite.meta import RL2, GoalCurriculum, GoalGenerators

GRID = HiddenGoal()
KINDS: dict[str, tuple[Callable[[int], Any], Callable[[], Any]]] = {
    "a cloud of goals": (lambda seed: GoalCurriculum(SpiralMaze(), "remembered", seed), CurriculumView),
    "generators": (lambda seed: GoalGenerators(NavigationTo(), seed, hidden=(4,), examples=4), GeneratorsView),
    "trials": (lambda seed: RL2(GRID, seed, trials=2), lambda: TrialsView(GRID, {}, PathsSide(GRID), tasks=GRID.all_tasks())),
}


def seen(panel: LivePanel) -> dict[str, Any]:
    """All lines of the picture as data, and its words."""
    lines = {f"{i} {name}": xy for i, part in enumerate(panel.picture.parts) for name, xy in getattr(part, "series", {}).items()}
    return {**lines, "words": panel.picture.view.summary()}


def look_at(panel: LivePanel, iteration: float) -> dict[str, Any]:
    panel.past.control.box.value = iteration
    return seen(panel)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shown_is_what_was_shown_then(kind: str) -> None:
    make, view = KINDS[kind]
    panel, then = LivePanel(f"look-back-{kind}", make, view()), {}
    for n in (1, 2, 4):
        panel.require(n)
        then[n] = seen(panel)
    assert then[1]["words"] != then[2]["words"] != then[4]["words"]
    for n in (1, 4, 2, 1, 4):
        np.testing.assert_equal(look_at(panel, n), then[n])
    assert panel.past.at is None and panel.learner.iteration == 4
    panel.close()


def test_going_back_trains_as_if_nothing_had_come_after() -> None:
    make, view = KINDS["a cloud of goals"]
    panel = LivePanel("rewind", make, view())
    first = [dict(row) for row in panel.require(4)]
    look_at(panel, 2)
    assert not panel.past.rewind.disabled and "iteration 4 · shown as it was after 2" in words(panel.status)
    panel.past.rewind.click()
    assert panel.learner.iteration == 2 == len(panel.runner.history) and panel.past.rewind.disabled
    assert panel.runner.seconds == first[1]["seconds"] and "iteration 2 · " in words(panel.status) and "shown" not in words(panel.status)
    again = panel.require(4)
    for before, after in zip(first, again, strict=True):
        assert before.keys() == after.keys()
        assert all(before[name] == after[name] for name in before if name != "seconds")
    panel.close()


def test_sliders_show_how_they_stood_and_go_back_with_the_training(make: Any) -> None:
    panel = make()
    panel.require(2)
    panel.controls["step_size"].box.value = 0.2
    panel.require(6)
    panel.controls["step_size"].box.value = 0.3
    panel.controls["ascend"].box.value = False
    panel.require(8)
    shown = lambda: (panel.controls["step_size"].box.value, panel.controls["ascend"].box.value)
    for iteration, stood in ((2, (0.1, True)), (4, (0.2, True)), (8, (0.3, False)), (4, (0.2, True))):
        look_at(panel, iteration)
        assert shown() == stood and panel.learner.hyper.step_size == 0.3
    panel.past.rewind.click()
    assert shown() == (panel.learner.hyper.step_size, panel.learner.hyper.ascend) == (0.2, True)
    assert [(each.iteration, each.name, each.new) for each in panel.runner.changes] == [(2, "step_size", 0.2)]


def test_no_slider_changes_the_past_but_what_is_dragged_in_the_picture_can_be_looked_at(make: Any) -> None:
    panel = make()
    panel.require(3)
    look_at(panel, 1)
    panel.controls["step_size"].box.value = 0.5
    panel.controls["ascend"].box.value = False
    assert "the past cannot be changed" in words(panel.trouble)
    assert (panel.controls["step_size"].box.value, panel.controls["ascend"].box.value) == (0.1, True)
    assert panel.learner.hyper.values() == Climb().hyper.values()
    learner, view = KINDS["a cloud of goals"]
    maze: Any = LivePanel("star-then", learner, view(), controls=("goal_x", "noise"))
    maze.require(3)
    look_at(maze, 1)
    maze._touched({"kind": "move", "region": 0, "path": [[3.0, 0.5]]})
    assert words(maze.trouble) == "" and maze.controls["goal_x"].box.value == 3.0 and maze.past.at == 1
    np.testing.assert_allclose(maze.picture.view.map.series["goal"][:, 0], [3.0, 0.5])
    maze.close()


def test_moments_are_few_evenly_spread_and_begin_at_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = Climb()
    moments = Moments(learner)
    assert moments.most == moments_file.MOST
    for n in range(1, 1001):
        learner.step()
        moments.keep(learner)
        kept = [moment.iteration for moment in moments.kept]
        assert kept == list(range(0, n + 1, moments.every)) and len(kept) <= moments_file.MOST
    assert moments.every == 16 and moments.nearest(485).iteration == 480
    assert all(int(moment.state["iteration"]) == moment.iteration for moment in moments.kept)
    monkeypatch.setattr(moments_file, "ROOM", 1)
    assert Moments(learner).most == moments_file.FEWEST and Moments(learner).kept[0].iteration == 1000


@pytest.mark.parametrize(
    ("typed", "said"),
    [(9, "look_back must be in [0, 3], got 9"), (-1, "got -1"), (1.5, "must be a whole number in [0, 3], got 1.5")],
)
def test_what_is_no_moment_is_refused_in_a_sentence(make: Any, typed: float, said: str) -> None:
    panel = make()
    panel.require(3)
    look_at(panel, typed)
    assert said in words(panel.trouble) and panel.past.at is None and panel.past.control.box.value == 3


def test_the_past_cannot_be_changed() -> None:
    make, view = KINDS["generators"]
    panel: Any = LivePanel("painted-then", make, view(), controls=("examples",))
    panel.require(2)
    look_at(panel, 1)
    click = {"kind": "click", "region": 0, "path": [[0.1, 0.2]]}
    panel._touched(click)
    assert "the past cannot be changed" in words(panel.trouble) and panel.learner.painted == 0 == panel.past.runner.then(1).learner.painted
    look_at(panel, 2)
    panel._touched(click)
    panel.require(3)
    assert words(panel.trouble) == "" and panel.learner.painted == 1 and "1 of them painted" in panel.picture.view.summary()
    look_at(panel, 1)
    assert "painted" not in panel.picture.view.summary()
    look_at(panel, 3)
    assert "1 of them painted" in panel.picture.view.summary()
    panel.close()


@pytest.mark.parametrize("command", ["start", "step", "reset"])
def test_every_command_comes_back_to_the_present(make: Any, live: None, shown: list[Any], command: str) -> None:
    panel = make(pause=0.001)
    panel.show()
    panel.step.click()
    until(lambda: panel.runner.state == "paused" and panel.past.control.box.value == 1)
    panel.past.control.slider.value = 0
    until(lambda: "shown as it was after 0" in words(panel.status))
    assert panel.picture.view.xs == []
    getattr(panel, command).click()
    until(lambda: "shown" not in words(panel.status) and panel.past.rewind.disabled)
    assert panel.past.at is None


def test_it_works_where_the_pause_fell_inside_an_iteration(make: Any, live: None, shown: list[Any]) -> None:
    panel = make(pause=0.01, beats=50)
    panel.show()
    panel.start.click()
    until(lambda: panel.past.control.iterations[-1] > 0)
    panel.past.control.slider.value = 0
    until(lambda: "shown as it was after" in words(panel.status))
    at = panel.past.at
    assert panel.runner.state == "paused" and at is not None and len(panel.picture.view.xs) == at
    panel.past.rewind.click()
    until(lambda: panel.learner.iteration == at == len(panel.runner.history))
    panel.start.click()
    until(lambda: panel.learner.iteration == at + 1)
