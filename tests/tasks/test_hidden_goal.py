"""HiddenGoal is what its page says: against a second one in plain Python, as a Gymnasium environment, and in trials."""

import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from torch import Tensor

from dremeta_lite.tasks import HiddenGoal, HiddenGoalTask
from dremeta_lite.trials import Agent, Seen, play_trial
from tests.conftest import seeded
from tests.stepping import step_both

ID = "dremeta/HiddenGoal-v0"
STAY, UP, RIGHT, DOWN, LEFT = range(5)


def by_hand(size: int, goal: int, cell: int, action: int) -> tuple[int, float]:
    """One move, from the page alone: the next cell, and the reward."""
    row, column = cell // size, cell % size
    if action == UP and row > 0:
        row -= 1
    elif action == DOWN and row < size - 1:
        row += 1
    elif action == RIGHT and column < size - 1:
        column += 1
    elif action == LEFT and column > 0:
        column -= 1
    following = size * row + column
    return following, 1.0 if following == goal else -0.1


@pytest.mark.parametrize("size", [3, 5])
def test_every_step_of_every_task_is_the_one_on_the_page(size: int) -> None:
    family = HiddenGoal(size)
    tasks = HiddenGoalTask(family.goal_cells[:, None, None])
    state, action = torch.arange(size**2)[:, None], torch.arange(5)
    following = family.transition(state, action, None, tasks)
    reward = family.reward(state, action, following, None, tasks)
    assert following.shape == (size**2, 5) and reward.shape == (len(family.goal_cells), size**2, 5)
    for i, goal in enumerate(family.goal_cells.tolist()):
        for cell in range(size**2):
            for a in range(5):
                wanted = by_hand(size, goal, cell, a)
                assert (following[cell, a].item(), reward[i, cell, a].item()) == (wanted[0], pytest.approx(wanted[1]))
    assert not family.terminal(following, None, tasks).any()


def test_goals_are_uniform_over_the_cells_away_from_the_start() -> None:
    """21 of 25; four standard errors of a share of 1/21 among 21 000 draws."""
    family = HiddenGoal()
    assert sorted(set(range(25)) - set(family.goal_cells.tolist())) == [15, 16, 20, 21] and family.initial().item() == 20
    goal = family.sample_tasks(21_000, seeded(0)).goal
    counts = torch.bincount(goal, minlength=25)
    assert (counts[family.goal_cells] - 1000).abs().max() < 4 * 1000**0.5 and counts.sum() == counts[family.goal_cells].sum()
    assert torch.equal(family.all_tasks().goal, family.goal_cells)
    assert len(HiddenGoal(3).goal_cells) == 5
    with pytest.raises(ValueError, match=r"size of a HiddenGoal .*, got 2"):
        HiddenGoal(2)


def test_the_shortest_way_is_one() -> None:
    """From every cell to every goal: as many steps as rows and columns lie between, along any action that is said to lead nearer."""
    family = HiddenGoal()
    goal, rng = family.goal_cells[:, None].expand(-1, 25), seeded(0)
    tasks, start = HiddenGoalTask(goal), torch.arange(25).expand(21, -1)
    rows, columns = (goal // 5 - start // 5).abs(), (goal % 5 - start % 5).abs()
    assert torch.equal(family.distance(start, goal), rows + columns)
    some, best = start, start
    for left in range(8, 0, -1):
        arrived = rows + columns <= 8 - left
        assert torch.equal(best == goal, arrived) and torch.equal(some == goal, arrived)
        some = family.transition(some, torch.multinomial(family.nearer(some, tasks).float().view(-1, 5), 1, generator=rng).view(21, 25))
        best = family.transition(best, family.best_action(best, tasks))
    assert torch.equal(best, goal) and torch.equal(some, goal)
    assert (family.best_action(goal, tasks) == STAY).all()
    assert family.best_action(torch.tensor(20), HiddenGoalTask(torch.tensor(4))) == UP


class Walk(Agent):
    """Right and up by turns, then stays: to the top right in 8 steps."""

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.n = n

    def begin_episode(self) -> None:
        self.t = 0

    def act(self, observation: Tensor) -> Tensor:
        self.t += 1
        return torch.full((self.n,), STAY if self.t > 8 else (RIGHT, UP)[self.t % 2])

    def see(self, step: Seen) -> None:
        pass


def test_a_trial_is_four_episodes_of_fifteen_steps_and_the_goal_pays_in_every_step_on_it() -> None:
    family = HiddenGoal()
    tasks = HiddenGoalTask(torch.tensor([4, 0]))
    trial = play_trial(family, tasks, Walk(), seeded(0))
    assert trial.reward.shape == (2, 4, 15) and trial.mask.all()
    torch.testing.assert_close(trial.returns(), torch.tensor([[8 - 0.7], [-1.5]]).expand(2, 4))
    assert (trial.observation[:, :, 0] == 20).all() and (trial.next_observation[:, :, -1] == 4).all()


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasiums_own_checks_pass_without_a_warning(render_mode: str | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(ID, render_mode=render_mode)
        assert env.spec is not None and env.spec.max_episode_steps == HiddenGoal.horizon
        check_env(env.unwrapped)


def test_many_at_once_agree_step_by_step_with_one_by_one() -> None:
    paid, _, cut = step_both(ID, HiddenGoal().sample_tasks(6, seeded(5)), 60)
    assert (paid > 0).any() and cut.any()


def test_the_picture_shows_goal_agent_and_where_it_has_been() -> None:
    env: Any = gymnasium.make(ID, render_mode="rgb_array", task=HiddenGoalTask(torch.tensor(7)))
    env.reset(seed=0)
    env.render()
    env.step(np.int64(UP))
    image = env.render()
    corner = lambda row, column: tuple(image[row * 32 + 3, column * 32 + 3].tolist())
    assert image.shape == (160, 160, 3) and image.dtype == np.uint8
    assert corner(1, 2) == (230, 159, 0) and corner(4, 0) == corner(3, 0) == (200, 200, 200) and corner(4, 1) == (255, 255, 255)
    rows, columns = np.nonzero((image == (0, 114, 178)).all(-1))
    assert (rows.mean(), columns.mean()) == pytest.approx((3 * 32 + 15.5, 15.5))
