"""Beliefs as heat maps: played by hand and replayed, the pictures and words show what Bayes' rule says."""

from typing import Any

import numpy as np
import pytest
import torch

from dremeta_lite.agents.exact_belief import PosteriorSampling, belief_along
from dremeta_lite.lab.play_belief import BeliefPlay, Replay, Search
from dremeta_lite.lab.views.belief import bits, walked
from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.trials import play_trial
from dremeta_lite.world.bayes_optimal import BayesOptimal
from tests.conftest import seeded

FAMILY = HiddenGoal()
TASKS = HiddenGoalTask(torch.tensor([9, 2]))


def test_bits_count_open_questions() -> None:
    beliefs = torch.tensor([[0.25] * 4, [1.0, 0, 0, 0], [0.5, 0.25, 0.25, 0]])
    assert bits(beliefs).tolist() == pytest.approx([2, 0, 1.5])


def test_a_trial_by_hand_is_the_familys_own() -> None:
    trial = Search(FAMILY, seed=1)
    trial.episode.tasks = HiddenGoalTask(torch.tensor([11]))
    for action in (1, 1, 2):
        assert trial.act(action)
    assert trial.cells == [20, 15, 10, 11] and trial.left == [21, 21, 20, 1] and trial.goal == 11
    assert trial.rewards == pytest.approx([-0.1, -0.1, 1.0])
    for _ in range(57):
        assert trial.act(0)
    assert not trial.act(0) and trial.over and trial.cells == [20] * 16
    assert trial.returns() == pytest.approx([12.8, -1.5, -1.5, -1.5])
    before = trial.task.goal
    trial.reset()
    assert trial.left == [21] and trial.cells == [20] and trial.goal is None and before is not trial.task.goal


def test_buttons_and_letters_walk_and_the_picture_tells_the_same() -> None:
    play = BeliefPlay(FAMILY)
    play.trial.episode.tasks = HiddenGoalTask(torch.tensor([4]))
    play.paint()
    assert "21 cells can still be the goal: 4.39 bits are open. Returns so far: 0." in play.summary.value
    play.buttons["Up"].click()
    play.keys.value = "wqd"
    assert play.trial.cells == [20, 15, 10, 11] and "Step 3, episode 1. 19 cells" in play.summary.value
    assert [text.get_text() for text in play.view.map.numbers][9:12] == ["5", "", ""]
    assert not play.view.map.series["goal"].size
    play.keys.value = ""
    for word in ("Up", "Up", "Right", "Right", "Right", "Stay"):
        play.buttons[word].click()
    assert "The goal is row 1, column 5. Returns so far: 1.3." in play.summary.value
    assert play.view.map.series["goal"].tolist() == [[4], [0]]
    assert play.view.curve.series["left"].tolist() == [list(range(10)), [21, 21, 20, 19, 18, 17, 16, 15, 1, 1]]
    play.trial.rewards += [0.0] * 51
    play.buttons["Stay"].click()
    assert "The trial is over" in play.trouble.value
    play.reset.click()
    assert not play.trial.rewards and play.trouble.value == ""


def test_a_replay_shows_each_moment() -> None:
    best, guess = (play_trial(FAMILY, TASKS, agent, seeded(0)) for agent in (BayesOptimal(FAMILY), PosteriorSampling(FAMILY)))
    trials = {"best": walked(FAMILY, best, TASKS), "guess": walked(FAMILY, guess, TASKS, index=1)}
    replay = Replay(FAMILY, trials, step=15)
    slider: Any = replay.controls["step"]
    assert replay.paint().startswith(b"\x89PNG")
    assert "Step 15, in episode 1; return so far -1.5. Exact belief: 2.81 bits open, 14% on the goal" in replay.view.summary()
    assert replay.view.maps[0].series["path"].shape == (2, 16)
    slider.box.value = 16
    assert "Step 16, in episode 2" in replay.view.summary() and replay.view.maps[0].series["path"].shape == (2, 2)
    slider.box.value = 60
    assert "0.00 bits open, 100% on the goal, most on row 2, column 5" in replay.view.summary()
    replay.menu.value = "guess"
    exact = belief_along(FAMILY, guess)[1].flatten(0, 1)[:, 2]
    np.testing.assert_allclose(replay.view.curve.series["exact"][1, 1:], exact)
    slider.box.value = 0
    assert "Step 0, in episode 1; return so far 0.0. Exact belief: 4.39 bits open, 5% on the goal" in replay.view.summary()


def test_another_belief_stands_beside_the_exact_one() -> None:
    trial = play_trial(FAMILY, TASKS, BayesOptimal(FAMILY), seeded(0))
    flat = torch.full((2, 4, 15, 25), 1 / 25)
    replay = Replay(FAMILY, {"one": walked(FAMILY, trial, TASKS, learned=flat)}, step=30)
    replay.paint()
    assert len(replay.view.maps) == 2 and "Learned belief: 4.64 bits open, 4% on the goal" in replay.view.summary()
    assert replay.view.curve.series["learned"][1] == pytest.approx([1 / 21, *[1 / 25] * 30])
