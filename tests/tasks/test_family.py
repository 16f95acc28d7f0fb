"""What turns one task into the task of a learner, or of many players."""

import torch

from dremeta_lite.tasks.family import crowd_of, task_on
from dremeta_lite.tasks.pendulum import Pendulum

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
