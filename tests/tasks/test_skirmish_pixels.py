"""The picture of a Skirmish says what its numbers say, by a case computed by hand and beside the plain family."""

import gymnasium
import pytest
import torch
from gymnasium.utils.env_checker import check_env

import dremeta_lite  # noqa: F401  (registers the environments)
from dremeta_lite.agents import Oracle
from dremeta_lite.agents.on_pictures import OnPictures
from dremeta_lite.compare import play_agents
from dremeta_lite.tasks import Skirmish, SkirmishPixels

FAMILY, PLAIN = SkirmishPixels(), Skirmish()


def test_the_picture_shows_who_stands_where() -> None:
    """Two marines in one cell, one on the upper right corner; a fallen enemy is not seen."""
    at, foes_at = [0.5, 0.9, 0.1, 0.2, 12.0, 12.0], [9.0, 3.99, 11.5, 0.0, 4.0, 4.0, 4.0, 4.0]
    picture = FAMILY.observation(torch.tensor([45, 22.5, 9, 30, 15, 0, 3, *at, *foes_at, 7]))
    assert picture.shape == FAMILY.observation_space.shape
    seen = {(channel, row, column): round(picture[channel, row, column].item(), 4) for channel, row, column in picture.nonzero().tolist()}
    assert seen == {(0, 11, 0): 1.5, (0, 0, 11): 0.2, (1, 8, 9): 1, (2, 11, 11): 0.5, (4, 7, 4): 0.1, (5, 11, 0): 0.5}


def test_who_is_told_the_colour_fights_alike_by_numbers_and_by_pictures() -> None:
    """An oracle that sees pictures gives the same orders, in its own battles and in those of the plain family."""
    tasks = PLAIN.held_out_tasks(40)
    numbers = play_agents(PLAIN, {"it": Oracle(PLAIN, tasks)}, tasks)["it"]
    assert torch.equal(play_agents(FAMILY, {"it": Oracle(FAMILY, tasks)}, tasks)["it"], numbers)
    drawn = play_agents(PLAIN, {"it": OnPictures(Oracle(FAMILY, tasks))}, tasks)["it"]
    torch.testing.assert_close(drawn, numbers)


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasiums_checks_pass_without_a_warning(render_mode: str | None) -> None:
    check_env(gymnasium.make("dremeta/SkirmishPixels-v0", render_mode=render_mode).unwrapped)
