"""The recording of notebook 11: a run holds what the tables show."""

import pytest

from dremeta_lite.compare.task_tables import CURRICULA, WAYS
from dremeta_lite.meta.goal_curriculum import GoalCurriculum
from dremeta_lite.recording import drawn_tasks


def test_a_search_has_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ITERATIONS", 1), ("DRAWN", 20), ("JUDGED", 300)):
        monkeypatch.setattr(drawn_tasks, name, value)
    monkeypatch.setattr(drawn_tasks, "best_path", lambda goals, rng: goals[:1].repeat(80, 1))
    found = drawn_tasks.searched(3, 0)
    assert [*found] == [*WAYS] and all(set(each) == {"worth", "precision", "coverage"} for each in found.values())
    assert found["known"]["coverage"] < found["true"]["coverage"] and found["known"]["precision"] > 0.5


def test_an_exploration_says_how_far_it_got(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("LONG", 2), ("EVERY", 2)):
        monkeypatch.setattr(drawn_tasks, name, value)
    monkeypatch.setattr(GoalCurriculum, "improve", lambda self, batch: {"entropy": 0.0})
    run = drawn_tasks.explored("uniform", 0)
    assert len(run["coverage"]) == 1 and 0 < run["coverage"][0] < 0.5 and run["env_steps"] > 1000
    assert set(CURRICULA) == {"uniform", "goal_gan", "remembered", "oracle"}
