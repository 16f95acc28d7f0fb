"""Trilateration: where three distances lead, against a walk written out by hand and an agent that was told the goal."""

import math

import pytest
import torch

from dremeta_lite.agents.trilateration import Trilateration, locate
from dremeta_lite.learner import generator
from dremeta_lite.tasks import Bandit, MirroredNavigation2D, Navigation2D
from dremeta_lite.tasks.navigation import NavigationTask
from dremeta_lite.trials import play_trial

FAMILY = Navigation2D()


def walk(place: tuple[float, float], goal: tuple[float, float]) -> float:
    """The return of the straight way to the goal: on each axis with the largest step, until the point is within 0.01 on both."""
    (x, y), total = place, 0.0
    while max(abs(x - goal[0]), abs(y - goal[1])) >= 0.01:
        x, y = x + min(max(goal[0] - x, -0.1), 0.1), y + min(max(goal[1] - y, -0.1), 0.1)
        total -= math.hypot(goal[0] - x, goal[1] - y)
    return total


def test_three_distances_say_where_it_is() -> None:
    rng = generator(1)
    points, place = torch.randn(3, 2, generator=rng).double(), torch.randn(50, 2, generator=rng).double()
    torch.testing.assert_close(locate(points, torch.cdist(place, points)), place, atol=1e-9, rtol=1e-9)
    with pytest.raises(RuntimeError, match="singular"):
        locate(torch.tensor([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]), torch.ones(3))


def test_it_measures_three_steps_long_walks_straight_and_remembers() -> None:
    """The first episode is three known places and the straight way from the last; all others are the straight way from the origin."""
    tasks, agent = FAMILY.held_out_tasks(300), Trilateration(FAMILY)
    trial = play_trial(FAMILY, tasks, agent, generator(0), 3)
    assert trial.terminated.any(-1).all()
    torch.testing.assert_close(agent.goal, tasks.goal, atol=1e-5, rtol=0)
    goals = [(x, y) for x, y in tasks.goal.double().tolist()]
    places = ((0.1, 0.0), (0.0, 0.1), (-0.1, 0.0))
    missed = torch.tensor([all(max(abs(px - x), abs(py - y)) >= 0.01 for px, py in places) for x, y in goals])
    first = torch.tensor([walk(places[2], g) - sum(math.dist(p, g) for p in places) for g in goals])
    straight = torch.tensor([walk((0.0, 0.0), g) for g in goals])
    torch.testing.assert_close(trial.returns()[missed, 0], first[missed].float(), atol=1e-4, rtol=0)
    torch.testing.assert_close(trial.returns()[missed, 1:], straight[missed, None].float().expand(-1, 2), atol=1e-4, rtol=0)


def test_an_episode_that_ends_while_it_measures_is_no_trouble() -> None:
    """A goal on the first place: the other two distances are measured in the second episode, and the way back from there is two steps."""
    tasks = NavigationTask(torch.tensor([[0.1, 0.0], [0.0, 0.1], [0.3, -0.2], [0.0, 0.0]]))
    agent = Trilateration(FAMILY)
    trial = play_trial(FAMILY, tasks, agent, generator(0), 3)
    assert trial.mask.sum(-1).tolist()[0] == [1, 4, 1] and trial.mask.sum(-1).tolist()[1] == [2, 2, 1]
    torch.testing.assert_close(agent.goal, tasks.goal, atol=1e-5, rtol=0)


@pytest.mark.parametrize("family, says", [(Bandit(2), "needs distances .* Bandit has none"), (MirroredNavigation2D(), "may be reversed")])
def test_other_families_are_refused(family: Bandit | MirroredNavigation2D, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Trilateration(family)
