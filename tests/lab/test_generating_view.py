"""The views of tasks that are made show what is shown and what is drawn; a click paints a task, and a star asks for a skill."""

import math
from typing import Any

import numpy as np
import torch
from toy import drawn

from dremeta_lite.lab.panel import LivePanel
from dremeta_lite.lab.views.curriculum import CurriculumView
from dremeta_lite.lab.views.generating import DRAWN, LOOKING_SEED, GeneratorsView
from dremeta_lite.lab.views.skills import PATHS, SkillsView
from dremeta_lite.learner import generator
from dremeta_lite.meta.goal_curriculum import GoalCurriculum
from dremeta_lite.meta.goal_generators import GoalGenerators
from dremeta_lite.meta.skills import SkillDiscovery
from dremeta_lite.tasks.drawn_goals import NavigationTo
from dremeta_lite.tasks.practice import Practice
from dremeta_lite.tasks.spiral import SpiralMaze

SMALL = {"hidden": (4,), "examples": 4}


def test_the_view_shows_both_clouds_and_their_shares() -> None:
    view = GeneratorsView()
    runner, picture, said = drawn(view, lambda seed: GoalGenerators(NavigationTo(), seed, **SMALL), 1, 1)
    assert "Nothing has been trained yet" in said and "4 tasks are shown." in said and picture.redraws <= 4
    learner = runner.learner
    for cloud, draw in zip(view.clouds, (learner.gan, learner.vae), strict=True):
        np.testing.assert_allclose(cloud.series["shown"].T, learner.examples(), atol=1e-6)
        np.testing.assert_allclose(cloud.series["drawn"].T, draw(DRAWN, generator(LOOKING_SEED)), atol=1e-6)
    assert view.curves.series["vae_coverage"][1].shape == (2,) and "tasks shown, covered" in view.summary()


def test_a_click_shows_a_task_of_ones_own_and_the_slider_follows() -> None:
    view = GeneratorsView()
    panel = LivePanel("painting", lambda seed: GoalGenerators(NavigationTo(), seed, **SMALL), view, controls=("examples",))
    panel.require(1)
    for region, place in ((0, [0.1, 0.2]), (1, [-0.3, 0.1])):
        panel._touched({"kind": "click", "region": region, "path": [place]})
    panel.require(2)
    learner: Any = panel.learner
    np.testing.assert_allclose(learner.examples(), [[0.1, 0.2], [-0.3, 0.1]], atol=1e-6)
    assert panel.controls["examples"].box.value == learner.hyper.examples == 2
    panel._paint()
    assert "2 tasks are shown, 2 of them painted." in view.summary()
    panel.runner.reset(1)
    panel.require(1)
    panel._paint()
    assert panel.learner is not learner and "painted" not in view.summary()
    panel.close()


def test_the_maze_shows_goals_by_how_often_they_were_reached_and_the_way_to_the_star() -> None:
    view = CurriculumView()
    runner, picture, said = drawn(view, lambda seed: GoalCurriculum(SpiralMaze(), "uniform", seed, hidden=(4,)), 1)
    assert "Nothing has been trained yet" in said and picture.redraws <= 4
    learner, shown = runner.learner, view.map.series
    for name, share in (("never reached", 0.0), ("sometimes", 0.5), ("always", 1.0)):
        np.testing.assert_allclose(shown[name].T, learner.goals[learner.success == share], atol=1e-6)
    assert np.abs(shown["way"][:, 0]).max() <= 0.2 and len(shown["way"][0]) <= 51, "from the start on"
    assert (
        f"{int(learner.maze.inside(learner.goals).sum())} lie in the corridor" in view.summary()
        and f"At iteration {learner.iteration}, the star is" in view.summary()
    )
    runner.set("goal_x", 4.0)
    runner.run(1)
    picture.draw(runner)
    np.testing.assert_allclose(view.map.series["goal"][:, 0], [4.0, 0.0])


def test_the_map_of_skills_shows_where_they_lead_and_what_q_guesses_at_the_star() -> None:
    practice = Practice(3, 4)
    view = SkillsView(practice)
    runner, picture, said = drawn(view, lambda seed: SkillDiscovery(practice, seed, hidden=(4,)), 1, 2)
    assert (
        "Nothing has been trained yet" in said and "log K, all told apart 1.10, no skill told apart 0.00" in said and picture.redraws <= 4
    )
    learner, shown = runner.learner, view.map.series
    for i in (1, 2, 3):
        path = shown[f"skill {i}"].reshape(2, PATHS, 6)  # the origin, four steps, a gap
        assert not path[:, :, 0].any() and np.isnan(path[:, :, 5]).all() and np.abs(path[:, :, 1:5]).max() <= 0.4 + 1e-6
        np.testing.assert_allclose(shown[f"end {i}"], path[:, :, 4])
    assert view.curves.series["information"][1].shape == (3,)
    runner.set("place_x", -0.75)
    picture.draw(runner)
    np.testing.assert_allclose(view.map.series["place"][:, 0], [-0.75, 0.4])
    chance = learner.guesser.log_q(torch.tensor([[-0.75, 0.4]])).exp()[0].detach()
    i = int(chance.argmax())
    guess = f"q guesses skill {i + 1} of 3 with probability {chance[i]:.2f}: being there pays that skill {math.log(3 * chance[i]):.2f} nats"
    assert f"At the star, at x = -0.75 and y = 0.40, {guess}." in view.summary()


def test_the_colours_behind_the_skills_are_those_of_the_guesses_and_white_where_q_cannot_tell() -> None:
    practice = Practice(2, 2)
    view = SkillsView(practice)
    runner, picture, _ = drawn(view, lambda seed: SkillDiscovery(practice, seed, hidden=(4,)))
    learner: Any = runner.learner
    for sharp, colours in ((0.0, np.ones((2, 3))), (1e3, 1 - view.map.hues)):
        learner.guesser.log_q = lambda places, sharp=sharp: (sharp * places).log_softmax(-1)  # skill 1 where x > y, else skill 2
        picture.draw(runner)
        shades: Any = view.map.shades.get_array()
        np.testing.assert_allclose([shades[10, -10], shades[-10, 10]], colours, atol=1e-6)
