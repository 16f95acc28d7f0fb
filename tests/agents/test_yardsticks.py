"""Agents that learn nothing: what they return is known without playing."""

import pytest
import torch

from dremeta_lite.agents.yardsticks import Oracle, RandomActions, StandingStill
from dremeta_lite.learner import generator
from dremeta_lite.meta.evaluation import oracle, standing_still
from dremeta_lite.tasks import Bandit, HiddenGoal, Navigation2D
from dremeta_lite.trials import play_trial
from dremeta_lite.world.bayes_optimal import known_goal_returns

NAVIGATION = Navigation2D()


def test_random_actions_cover_the_action_space_evenly() -> None:
    """5 % of 4000 arms is 15 standard errors of a share; a mean of 8000 uniform numbers from -1 to 1 has the standard error 0.0065."""
    arms = play_trial(Bandit(4, 10), Bandit(4, 10).held_out_tasks(400), RandomActions(Bandit(4, 10)), generator(0)).action
    assert torch.bincount(arms.flatten(), minlength=4).div(arms.numel()) == pytest.approx([0.25] * 4, abs=0.03)
    action = play_trial(NAVIGATION, NAVIGATION.held_out_tasks(40), RandomActions(NAVIGATION), generator(0), 1).action
    assert action.min() >= -1 and action.max() <= 1
    assert action.mean().item() == pytest.approx(0, abs=0.03) and action.std().item() == pytest.approx(3**-0.5, abs=0.02)


def test_standing_still_and_knowing_the_task_return_what_is_computed() -> None:
    tasks = NAVIGATION.held_out_tasks(10)
    for agent, expected in ((StandingStill(NAVIGATION), standing_still), (Oracle(NAVIGATION, tasks), oracle)):
        played = play_trial(NAVIGATION, tasks, agent, generator(0), 2).returns()
        torch.testing.assert_close(played, expected(NAVIGATION, tasks)[:, None].expand(-1, 2))
    grid = HiddenGoal()
    played = play_trial(grid, grid.all_tasks(), Oracle(grid, grid.all_tasks()), generator(0)).returns()
    torch.testing.assert_close(played, known_goal_returns(grid).float()[:, None].expand(-1, 4))


def test_an_oracle_of_other_tasks_is_refused() -> None:
    with pytest.raises(ValueError, match="knows 3 tasks, and is let into 4"):
        Oracle(NAVIGATION, NAVIGATION.held_out_tasks(3)).begin(4, generator(0))
