"""What turns one task into the task of a learner, or of many players."""

from typing import Any

import pytest
import torch

from dremeta_lite.tasks import Bandit, GridWorld, HiddenGoal, Navigation2D, RandomMDP, Sinusoid
from dremeta_lite.tasks.family import crowd_of, task_on
from dremeta_lite.tasks.pendulum import Pendulum
from tests.conftest import seeded

FAMILY = Pendulum()


def test_no_task_is_the_default_one() -> None:
    default = FAMILY.default_params
    heavy = default._replace(mass=torch.tensor(2.5))
    assert task_on(FAMILY, None, "cpu") == default
    assert task_on(FAMILY, heavy, "cpu").mass == 2.5
    assert all(x.device.type == "meta" for x in task_on(FAMILY, heavy, "meta"))


def test_each_player_of_a_crowd_has_the_same_task() -> None:
    crowd = crowd_of(FAMILY.default_params, 3)
    for one, many in zip(FAMILY.default_params, crowd, strict=True):
        assert many.shape == (3, *one.shape) and all(torch.equal(x, one) for x in many)


@pytest.mark.parametrize("family", [Navigation2D(), Bandit(5, 10), RandomMDP(), Sinusoid()], ids=lambda f: f.name)
def test_where_tasks_are_drawn_from_a_continuum_training_meets_none_of_the_held_out(family: Any) -> None:
    drawn, kept = (tasks[0].reshape(len(tasks[0]), -1) for tasks in (family.sample_tasks(1000, seeded(0)), family.held_out_tasks(300)))
    assert not set(map(tuple, drawn.tolist())) & set(map(tuple, kept.tolist()))


@pytest.mark.parametrize(("family", "goals"), [(HiddenGoal(), 21), (GridWorld(), 23)], ids=["HiddenGoal", "GridWorld"])
def test_where_there_are_few_tasks_training_meets_all_of_them(family: Any, goals: int) -> None:
    """As `held_out_tasks` says: there nothing is new but which of them it is."""
    drawn, kept = (set(tasks.goal.tolist()) for tasks in (family.sample_tasks(1000, seeded(0)), family.held_out_tasks(1000)))
    assert drawn == kept and len(drawn) == goals
