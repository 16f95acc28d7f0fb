"""Playing an environment by hand: what the buttons and letters do, and what is shown of it."""

import re
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from toy import words

from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.play import Play, show
from dremeta_lite.lab.play_bandit import PlayBandit
from dremeta_lite.lab.play_belief import BeliefPlay
from dremeta_lite.lab.views.discounting import DiscountHyper, DiscountView
from dremeta_lite.tasks import Bandit, GridWorld, HiddenGoal, MirroredNavigation2D, Navigation2D
from dremeta_lite.tasks.grid import GridTask
from dremeta_lite.tasks.navigation import NavigationTask

GRID = GridWorld("S..\n.#x\n..G")


def cells(table: str) -> list[list[str]]:
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in table.split("<tr>")[2:]]


def test_the_buttons_are_steps_of_the_gymnasium_environment() -> None:
    play = Play(GRID)
    play.paint()
    env: Any = gymnasium.make("dremeta/GridWorld-v0", family=GRID)
    observation, _ = env.reset(seed=0)
    total = 0.0
    for word, action in (("Down", 2), ("Left", 3), ("Down", 2), ("Right", 1), ("Right", 1)):
        play.buttons[word].click()
        before = observation
        observation, reward, terminated, truncated, _ = env.step(action)
        total += reward
        last = play.episode.steps[-1]
        assert last == (before, action, reward, observation, terminated, truncated)
        assert f"s = {before}, a = {action}, r = {reward:.3f}, s' = {observation}. Return so far {total:.3f}" in play.view.summary()
    assert play.episode.over and "terminated" in play.summary.value
    expected = sum(0.9**t * r for t, r in enumerate([-0.04] * 4 + [1]))
    assert f"discounted with γ = 0.9: {expected:.3f}" in play.view.summary()
    assert cells(play.table.value)[-1][:7] == ["4", "7", "1", "1.000", "8", "True", "False"] and len(cells(play.table.value)) == 5
    play.buttons["Up"].click()
    assert "The episode is over" in play.trouble.value and len(play.episode.steps) == 5
    play.reset.click()
    assert not play.episode.steps and play.trouble.value == play.table.value == "" and "A new episode" in play.view.summary()


def test_letters_walk_and_deleting_them_does_not() -> None:
    play = Play(GRID)
    play.keys.value = "s"
    play.keys.value = "sSxd"
    assert [step.action for step in play.episode.steps] == [2, 2, 1]
    play.keys.value = "sS"
    play.keys.value = ""
    assert len(play.episode.steps) == 3
    play.reset.click()
    play.keys.value = "wa"
    assert [step.action for step in play.episode.steps] == [0, 3]


def test_navigation_is_walked_in_vectors() -> None:
    task = NavigationTask(torch.tensor([0.1, 0.0]))
    play = Play(Navigation2D(), task, name="plane", show_goal=False)
    star: Any = play.view.map.drawn["goal"]
    play.paint()
    assert len(star.get_xdata()) == 0
    play.buttons["Up"].click()
    step = play.episode.steps[0]
    np.testing.assert_array_equal(step.action, [0, 1])
    assert step.reward == pytest.approx(-(0.02**0.5)) and "s' = (0.00, 0.10)" in play.view.summary()
    play.buttons["Right"].click()
    play.buttons["Down"].click()
    assert play.episode.over and "has terminated" in play.view.summary()
    np.testing.assert_allclose(star.get_xydata(), [[0.1, 0]], atol=1e-7)  # now it is shown


def test_time_runs_out() -> None:
    play = Play(GRID)
    for _ in range(50):
        play.episode.act(0)
    assert "The episode was truncated: its time is up." in play.view.summary() and play.episode.over
    play.paint()
    assert len(cells(play.table.value)) == 8 and "Steps 42 to 49" in play.table.value


def test_the_slider_discounts_what_was_played() -> None:
    play = Play(GRID, GridTask(torch.tensor(1), torch.tensor(0.0)))
    play.buttons["Left"].click()
    play.buttons["Right"].click()
    box: Any = play.controls["discount"].box
    for discount in (0.5, 0.0):
        box.value = discount
        assert f"γ = {discount:g}: {-0.04 + discount:.3f}" in play.view.summary()
    box.value = 2.0
    assert "must be in [0, 1]" in play.trouble.value and play.hyper.discount == 0.0


def test_where_nobody_can_press_a_button_a_sample_is_played(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DREMETA_HEADLESS", "1")
    play = Play(GRID, sample=(2, 2))
    play.show()
    assert "t = 1: s = 3, a = 2" in capsys.readouterr().out
    play.show()
    assert len(play.episode.steps) == 2


def test_every_control_has_a_name_in_plain_text() -> None:
    play = Play(GRID)
    assert [button.description for button in (*play.buttons.values(), play.reset)] == ["Up", "Right", "Down", "Left", "Reset"]
    assert play.keys.description and all(button.tooltip for button in play.buttons.values())


def test_other_families_are_refused() -> None:
    with pytest.raises(TypeError, match="can be played with four directions"):
        Play("GridWorld")  # type: ignore[arg-type]
    assert Play(MirroredNavigation2D()).episode.act(0)


def test_states_are_shown_as_what_they_are() -> None:
    assert show(np.int64(4)) == "4" and show(np.float32(0.5)) == "0.5" and show(np.array([0.5, -1])) == "(0.50, -1.00)"
    assert show(np.eye(9)[3]) == "one-hot 3" and show(np.zeros((3, 5, 6))) == "image 3×5×6"


def test_an_explorer_follows_its_slider() -> None:
    hyper = DiscountHyper()
    explorer = Explorer("discount", hyper, DiscountView(hyper), ["discount"])
    explorer.paint()
    box: Any = explorer.controls["discount"].box
    box.value = 0.95
    assert "goes right" in explorer.summary.value and hyper.discount == 0.95
    box.value = -1
    assert "must be in [0, 1], got -1" in explorer.trouble.value


def touch(play: Any, **message: Any) -> str:
    """What the page tells of a touch of the map; returns what is said to it."""
    play._touched({"region": 0, **message})
    return words(play.trouble)


def test_arrow_keys_and_clicks_walk_on_the_map() -> None:
    play = Play(GRID)
    play.paint()
    assert set(play.picture.parts[0].keys) == {"ArrowUp", "ArrowRight", "ArrowDown", "ArrowLeft", *"wasd"}
    touch(play, kind="key", key="ArrowDown")
    touch(play, kind="click", path=[[0.1, 1.9]])  # below the agent
    touch(play, kind="click", path=[[0.1, 1.9]])  # on the agent: nothing
    touch(play, kind="click", path=[[2.0, 2.4], [2.0, 2.4]])  # twice to the right
    assert [step.action for step in play.episode.steps] == [2, 2, 1, 1] and play.episode.over
    assert touch(play, kind="key", key="w") == play.over and len(play.episode.steps) == 4
    assert touch(play, kind="key", key="q") != ""


def test_in_the_plane_a_click_above_goes_up() -> None:
    play = Play(Navigation2D())
    play.paint()
    for place in ([0.0, 0.4], [0.3, 0.2], [-0.5, 0.1]):
        touch(play, kind="click", path=[place])
    assert [step.action.tolist() for step in play.episode.steps] == [[0, 1], [1, 0], [-1, 0]]


def test_an_arm_is_pulled_by_its_number_or_a_click() -> None:
    play = PlayBandit(Bandit(3, 3))
    play.paint()
    touch(play, kind="key", key="3")
    touch(play, kind="click", path=[[1.2, 0.5]])
    touch(play, kind="click", path=[[3.6, 0.5]])  # beside the arms
    assert play.trial.actions == [2, 0]


def test_in_the_search_the_agent_stays_where_it_is_clicked() -> None:
    play = BeliefPlay(HiddenGoal())
    play.paint()
    touch(play, kind="key", key="ArrowUp")
    agent = play.view.map.series["agent"][:, 0].tolist()
    touch(play, kind="click", path=[agent])
    assert play.trial.actions == [1, 0]
