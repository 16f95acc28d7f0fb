"""The runner: every row with every seed, nothing twice, and a recording that was ended goes on where it stopped."""

from pathlib import Path
from typing import Any

import pytest

from dremeta_lite import store
from dremeta_lite.inner.dqn import DQN
from dremeta_lite.recording.runner import Job, Tick, beside, finish, origin, results, rounded, train
from dremeta_lite.tasks import CartPole

JOBS = [Job(row, seed, row, 1) for row in ("a", "b") for seed in range(2)]


def test_a_recording_that_was_ended_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path, made = tmp_path / "table.json", []

    def run(job: Job, tick: Tick) -> dict[str, Any]:
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append((job.row, job.seed))
        tick()
        return {"return": job.seed / 3}

    with pytest.raises(KeyboardInterrupt):
        results(path, JOBS, run)
    assert made == [("a", 0), ("a", 1), ("b", 0)] and beside(path).exists() and not path.exists()
    made.clear()
    found = results(path, JOBS, run)
    assert made == [("b", 1)] and found == {"a": [{"return": 0.0}, {"return": 1 / 3}], "b": [{"return": 0.0}, {"return": 1 / 3}]}
    finish(path, found)
    assert store.read_figures(path, "")["b"] == found["b"] and not beside(path).exists()


def test_other_jobs_begin_anew(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    results(path, JOBS, lambda job, tick: 1)
    assert results(path, JOBS[:1], lambda job, tick: 2) == {"a": [2]}


def test_training_counts_and_keeps() -> None:
    learner, ticks = DQN(CartPole(), 0), []
    found = train(learner, 3, lambda: ticks.append(1), stops=(0, 2), keep=lambda each: each.iteration)
    assert found.learner is learner and found.kept == {0: 0, 2: 2} and len(ticks) == len(found.history) == 3
    assert len(found.seconds) == 4 and found.seconds == sorted(found.seconds) and found.seconds[0] == 0


def test_where_figures_come_from() -> None:
    assert origin("starts", seeds=[0])["command"] == "python3 -m dremeta_lite starts" and origin("starts", seeds=[0])["seeds"] == [0]
    assert rounded([1.2345, 2], 2) == [1.23, 2.0]
