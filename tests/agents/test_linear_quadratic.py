"""The regulator solves the Riccati equation, and holds every pole."""

import numpy as np
import pytest
import torch

from dremeta_lite.agents.linear_quadratic import LinearQuadratic, linearised, regulator
from dremeta_lite.compare.scores import play_agents
from dremeta_lite.tasks import PoleOnCart, PoleTask

FAMILY = PoleOnCart()


def test_in_one_dimension_it_is_the_root_of_a_quadratic() -> None:
    """p = q + a² p r / (r + b² p) has the root in closed form; K = a b p / (r + b² p)."""
    a, b, q, r = 1.2, 0.5, 1.0, 0.3
    p = max(np.roots([b**2, r - q * b**2 - a**2 * r, -q * r]).real)
    one = lambda x: torch.tensor([[x]], dtype=torch.float64)
    found = regulator(one(a), one(b), one(q), one(r))
    assert found.item() == pytest.approx(a * b * p / (r + b**2 * p), abs=1e-9)


def test_the_linear_model_is_that_of_small_moves() -> None:
    task = PoleTask(torch.tensor(-1.3, dtype=torch.float64), torch.tensor(0.4, dtype=torch.float64))
    a, b = linearised(FAMILY, task, 4, 1)
    state, action = 1e-4 * torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64), 1e-4 * torch.ones(1, dtype=torch.float64)
    torch.testing.assert_close(a @ state + b @ action, FAMILY.transition(state, action, None, task), atol=1e-9, rtol=0)


def test_told_the_task_it_lets_no_pole_fall_and_told_a_wrong_one_it_does() -> None:
    tasks = FAMILY.held_out_tasks(50)
    told, misled = LinearQuadratic(FAMILY, tasks), LinearQuadratic(FAMILY, tasks)
    misled.tell(tasks._replace(gain=-tasks.gain))
    returned = play_agents(FAMILY, {"told": told, "misled": misled}, tasks)
    assert returned["told"].item() > 4.7 and returned["misled"].item() < -4
