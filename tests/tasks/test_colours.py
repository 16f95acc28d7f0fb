"""Colours follows its page, by cases computed by hand; and its yardsticks."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from torch import Tensor

import dremeta_lite  # noqa: F401  (registers the environments)
from dremeta_lite.agents import Oracle, RandomActions
from dremeta_lite.compare import play_agents
from dremeta_lite.tasks import Colours, ColoursTask
from dremeta_lite.tasks.family import pick, with_axes

ID = "dremeta/Colours-v0"
FAMILY = Colours()
LEFT, STAY, RIGHT = range(3)


def state(paddle: int, time: int, falls: tuple[int, ...] = (2, 5, 0, 7)) -> Tensor:
    return torch.tensor([paddle, time, *falls])


def step(before: Tensor, action: int, pays: int) -> tuple[list[int], float]:
    """The next state, and the reward."""
    task = ColoursTask(torch.eye(2)[pays])
    after = FAMILY.transition(before, torch.tensor(action), None, task)
    return after.tolist(), FAMILY.reward(before, torch.tensor(action), after, None, task).item()


def test_the_paddle_moves_and_stays_at_walls() -> None:
    for paddle, action, then in ((3, LEFT, 2), (3, STAY, 3), (3, RIGHT, 4), (0, LEFT, 0), (7, RIGHT, 7)):
        assert step(state(paddle, 1), action, 0) == ([then, 2, 2, 5, 0, 7], 0)


def test_only_the_colour_that_pays_pays_and_only_when_it_comes_down() -> None:
    assert [step(state(3, time), LEFT, 0)[1] for time in range(15)] == [0] * 6 + [1] + [0] * 8, "the first wave, in column 2"
    assert [step(state(6, time), RIGHT, 1)[1] for time in range(15)] == [0] * 14 + [1], "the second, in column 7"
    assert step(state(3, 6), LEFT, 1)[1] == 0 == step(state(4, 6), LEFT, 0)[1]


def test_the_picture_shows_what_falls_and_the_paddle() -> None:
    seen = FAMILY.observation(state(4, 3))
    assert seen.shape == (3, 8, 8) and [plane.nonzero().tolist() for plane in seen] == [[[7, 4]], [[3, 2]], [[3, 5]]]
    second = FAMILY.observation(torch.stack([state(4, 8), state(4, 15)]))
    assert [plane.nonzero().tolist() for plane in second[0]] == [[[7, 4]], [[0, 0]], [[0, 7]]]
    assert [plane.nonzero().tolist() for plane in second[1]] == [[[7, 4]], [[7, 0]], [[7, 7]]]
    image = FAMILY.render_image(state(4, 3), None)[1]
    assert image.shape == (160, 160, 3) and image[150, 90].tolist() == [34] * 3 and image[70, 50].tolist() == [0, 114, 178]


def test_all_functions_broadcast_over_leading_axes(rng: torch.Generator) -> None:
    tasks = FAMILY.sample_tasks(3, rng)
    wide, action = with_axes(tasks, 1), torch.randint(3, (3, 5), generator=rng)
    before = FAMILY.initial(rng, ColoursTask(wide.pays.expand(3, 5, 2))) + torch.tensor([0, 6, 0, 0, 0, 0])
    after = FAMILY.transition(before, action, None, wide)
    rewards, seen = FAMILY.reward(before, action, after, None, wide), FAMILY.observation(after)
    for i in range(3):
        one = FAMILY.transition(before[i, 2], action[i, 2], None, pick(tasks, i))
        assert torch.equal(after[i, 2], one) and torch.equal(seen[i, 2], FAMILY.observation(one))
        assert rewards[i, 2] == FAMILY.reward(before[i, 2], action[i, 2], one, None, pick(tasks, i))


def test_tasks_and_starts_are_drawn_as_the_page_says(rng: torch.Generator) -> None:
    family = Colours(3)
    tasks = family.sample_tasks(4000, rng)
    assert (tasks.pays.sum(-1) == 1).all()
    np.testing.assert_allclose(tasks.pays.mean(0), 1 / 3, atol=4 * (2 / 9 / 4000) ** 0.5)
    start = family.initial(rng, tasks)
    assert start.shape == (4000, 8) and (start[:, 1] == 0).all()
    for column in (0, *range(2, 8)):
        counts = torch.bincount(start[:, column], minlength=8) / 4000
        np.testing.assert_allclose(counts, 1 / 8, atol=4.5 * (7 / 64 / 4000) ** 0.5)
    for wave in start[:, 2:].unflatten(-1, (2, 3)).unbind(1):
        assert (wave.sort(-1).values.diff(dim=-1) > 0).all(), "never two in one column"
    with pytest.raises(ValueError, match="colours must be a whole number"):
        Colours(1)


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasiums_checks_pass_without_a_warning(render_mode: str | None) -> None:
    check_env(gymnasium.make(ID, render_mode=render_mode).unwrapped)


def test_registered_episodes_last_fifteen_steps() -> None:
    env = gymnasium.make(ID)
    env.reset(seed=0)
    assert [env.step(STAY)[2:4] for _ in range(15)] == [(False, False)] * 14 + [(False, True)]


def test_who_is_told_catches_all_and_who_catches_any_colour_half() -> None:
    """In 500 tasks, of two waves in each of 3 episodes: shares of 1000 have a standard error below 0.016."""
    tasks = FAMILY.held_out_tasks(500)
    any_colour = ColoursTask(torch.ones_like(tasks.pays))
    rivals = {"told": Oracle(FAMILY, tasks), "any": Oracle(FAMILY, any_colour), "random": RandomActions(FAMILY)}
    caught = {name: returns / FAMILY.waves for name, returns in play_agents(FAMILY, rivals, tasks).items()}
    assert (caught["told"] == 1).all()
    assert (caught["any"] - 0.5).abs().max() < 0.065 and (caught["random"] - 0.125).abs().max() < 0.045
