"""A memory that imitates a teacher who is told the task."""

from typing import Any

import pytest
import torch
from torch import Tensor

from dremeta_lite.agents.linear_quadratic import LinearQuadratic
from dremeta_lite.agents.yardsticks import Oracle
from dremeta_lite.learner import generator
from dremeta_lite.meta import Student
from dremeta_lite.tasks import MiswiredArm, Pendulum, PoleOnCart
from dremeta_lite.trials import play_trial

FAMILY = PoleOnCart()


def small(**options: Any) -> Student:
    return Student(FAMILY, **{"memory": 4, "hidden": (4,), "trials": 3, "practice": 6, "piece": 3, "encoding": "effects", **options})


def test_the_teacher_says_for_many_states_what_it_says_for_each() -> None:
    tasks = FAMILY.held_out_tasks(3)
    teacher, seen = LinearQuadratic(FAMILY, tasks), torch.randn(3, 2, 5, 4, generator=generator(0))
    for i in range(2):
        for j in range(5):
            torch.testing.assert_close(teacher.asked(seen)[:, i, j], teacher.act(seen[:, i, j]))


def test_it_is_drawn_to_the_teachers_action_in_its_own_states() -> None:
    learner = small()
    with torch.no_grad():
        trial, memory = learner.play(learner.theta, learner.family.sample_tasks(3, learner.rng))
        pieces = learner.cut(learner.theta, trial, memory, torch.zeros(()))
    found, wrong = learner.improve(learner.theta, pieces, torch.zeros(())), 0.0
    for i in range(3):
        told = LinearQuadratic(FAMILY, type(learner.met)(*(x[i : i + 1] for x in learner.met)))
        for t in range(6):
            situation = learner.network.situation(memory[i, 0, t][None], trial.observation[i, 0, t][None])
            meant = learner.network.actor.mean(learner.theta, situation)  # type: ignore[attr-defined]
            wrong += (meant - told.asked(trial.observation[i : i + 1, 0, t])).square().sum().item() / 18
    assert found["imitation_error"].item() == pytest.approx(wrong, rel=1e-4) and found["objective"].item() == pytest.approx(
        -wrong, rel=1e-4
    )


def test_a_family_that_knows_what_is_best_is_its_own_teacher() -> None:
    arm = MiswiredArm()
    learner = Student(arm, memory=4, hidden=(4,), trials=3, practice=6, piece=3)
    with torch.no_grad():
        trial, _ = learner.play(learner.theta, arm.held_out_tasks(3))
    teacher = Oracle(arm, learner.met)
    for t in range(6):
        torch.testing.assert_close(learner.taught(trial.observation)[:, 0, t], teacher.act(trial.observation[:, 0, t]))


def test_anybody_can_be_its_teacher() -> None:
    """Who is asked about all of the student's states, and the tasks that they belong to."""
    family, asked = Pendulum(), []

    def teacher(observation: Tensor, tasks: Any) -> Tensor:
        asked.append((observation.shape, tasks.length.shape))
        return 0.5 * observation[..., :1] * tasks.length[..., None]

    learner = Student(family, memory=4, hidden=(4,), trials=3, practice=6, piece=3, teacher=teacher)
    assert "imitation_error" in learner.step()
    assert asked == [((3, family.episodes, 6, 3), (3, 1, 1))]


def test_it_gets_closer_to_its_teacher() -> None:
    """In six seeds the error of steps 16 to 20 was 0.10 to 0.29 times that of the first five."""
    learner = small(memory=16, hidden=(16,), trials=32, practice=20, piece=10, learning_rate=1e-2)
    errors = [learner.step()["imitation_error"] for _ in range(20)]
    assert sum(errors[-5:]) < 0.5 * sum(errors[:5])
    assert play_trial(FAMILY, FAMILY.held_out_tasks(2), learner.agent(), generator(0)).reward.shape == (2, 1, 100)


def test_it_is_refused_where_there_is_no_teacher_or_tasks_are_switched() -> None:
    with pytest.raises(ValueError, match="Student needs a teacher"):
        Student(Pendulum())
    with pytest.raises(ValueError, match="needs tasks that stay"):
        small(switch=0.1).step()
