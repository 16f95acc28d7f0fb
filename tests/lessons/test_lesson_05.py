"""Notebook 05: each claim in words stands here as a number. (Those about the program and its repair are in tests/meta.)"""

from typing import Any

import pytest
import torch

from dremeta_lite.exercises.lesson_05 import mean_and_error, transfer_gap
from dremeta_lite.lab.playground import pretrained
from dremeta_lite.lab.tables import recorded
from dremeta_lite.lab.views.navigation import showcase
from dremeta_lite.learner import generator
from dremeta_lite.meta.evaluation import adapt_to, standing_still
from dremeta_lite.meta.repair import random_play
from dremeta_lite.meta.specialists import Specialists, transfer_matrix
from dremeta_lite.policies import stack
from dremeta_lite.rollout import collect
from dremeta_lite.tasks import GridTask, GridWorld, MirroredNavigation2D, Navigation2D


@pytest.fixture
def agents() -> dict[str, Any]:
    return recorded()["agents"]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_transfer_matrix_of_the_panel(seed: int) -> None:
    """Measured over seeds 0 to 3: own -2.6 to -3.6, others -64.1 to -66.4; and neighbours on the map suffer less than opposites."""
    family = Navigation2D()
    five = showcase(family, 5)
    learner = Specialists(family, five, seed, learning_rate=0.01)
    for _ in range(40):
        learner.step()
    matrix = transfer_matrix(family, five, learner.policy, learner.theta, trajectories=40)
    own, others = transfer_gap(matrix)
    assert own > -5 and -70 < others < -60
    assert standing_still(family, five).mean() == pytest.approx(-42.5, abs=0.1)
    for i in range(5):
        near, far = (max(matrix[i, (i + d) % 5].item() for d in steps) for steps in ((1, 4), (2, 3)))
        assert near > far and min(matrix[i, (i + d) % 5] for d in (1, 4)) > far


def test_wandering_about_beats_being_sure() -> None:
    """Random play in the corridor, against a policy that always goes to one side: (0.92 + 0.96 + 1 - 3 · 2) / 6 = -0.52."""
    corridor = GridWorld("...S...", observe="one_hot")
    tasks = GridTask(corridor.goal_cells, torch.zeros(6))
    returns = random_play(corridor, tasks, 2000, generator(1)).reward.sum(-1)
    assert -0.2 < returns.mean() < -0.1


def test_tuned_pooled_training_ties_on_navigation(agents: dict[str, Any]) -> None:
    assert agents["pooled"]["mean"][1] > agents["maml"]["mean"][1] - 1
    assert agents["pooled_three"]["mean"][3] == pytest.approx(agents["maml"]["mean"][3], abs=0.3)
    assert agents["pooled_plain"]["mean"][1] < -200


def test_where_tasks_disagree_pooled_training_is_stuck_half_way() -> None:
    mirrored = recorded("MirroredNavigation2D")["agents"]
    for name in ("pooled", "pooled_three"):
        assert -21 < mirrored[name]["mean"][3] < -18
    assert mirrored["maml"]["mean"][3] > -7 and mirrored["maml"]["mean"][0] < -75
    assert mirrored["pooled"]["mean"][1] > mirrored["maml"]["mean"][1]


def test_pooled_training_on_mirrored_tasks_has_learned_to_stand_still() -> None:
    family = MirroredNavigation2D()
    policy, theta = pretrained("pooled", family)
    tasks = family.held_out_tasks(20)
    walks = collect(family, tasks, policy, stack(theta, 20), 1, generator(0), noise=0.0)
    assert walks.observation.norm(dim=-1).mean() < 0.1  # plane units, over 100 steps of at most 0.14


def test_the_gap_is_many_times_its_error() -> None:
    """Measured: MAML -4.9 ± 0.27, pooled -19.9 ± 0.54. Taking episodes for tasks makes the error four to five times too small."""
    family = MirroredNavigation2D()
    tasks, found = family.held_out_tasks(100), {}
    for name in ("maml", "pooled"):
        policy, theta = pretrained(name, family)
        alpha = recorded(family.name)["agents"][name]["inner_lr"][0]
        returns = adapt_to(family, tasks, policy, theta, inner_lr=alpha, steps=3, trajectories=40, seed=1).trajectories[-1].returns()
        mean, error = mean_and_error(returns)
        found[name] = (mean.item(), error.item())
        assert error > 3 * returns.std() / returns.numel() ** 0.5
    gap = found["maml"][0] - found["pooled"][0]
    assert gap > 10 * (found["maml"][1] + found["pooled"][1])
