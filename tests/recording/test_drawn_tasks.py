"""The recording of notebook 11: a run holds what the tables show."""

import pytest

from dremeta_lite.compare.task_tables import CURRICULA, FROM_SKILLS, PRACTISED, WAYS
from dremeta_lite.learner import generator
from dremeta_lite.meta.goal_curriculum import GoalCurriculum
from dremeta_lite.recording import drawn_tasks
from dremeta_lite.tasks import Navigation2D


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


def test_practice_and_what_maml_makes_of_it_are_measured_in_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small: with one step of practice, nobody can be told apart yet; all ways begin from the same start, which nobody trains."""
    for name, value in (("PRACTICE", 1), ("STOPS", (1,)), ("JUDGED", 50)):
        monkeypatch.setattr(drawn_tasks, name, value)
    monkeypatch.setattr(Navigation2D, "held_out_tasks", lambda self: self.sample_tasks(3, generator(0)))
    for row in PRACTISED:
        run = drawn_tasks.practised(row, 0)
        assert abs(run["information"]) < 0.1 and 1 / 8 - 1e-3 <= run["sure"] < 0.5
        assert run["away"] < 0.1 * 2**0.5 * (5 if row == "short" else 8) and run["inside"] > 0.5
    found = {row: drawn_tasks.trained_on(row, 0) for row in FROM_SKILLS}
    assert all(len(run) == 1 and len(run[0]) == 4 for run in found.values())
    assert len({str(run) for run in found.values()}) == len(FROM_SKILLS)
