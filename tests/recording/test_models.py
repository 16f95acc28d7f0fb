"""The recording of notebook 09: what a run holds, and that the settings taken are the best that were tried."""

from typing import Any

import pytest

from dremeta_lite import store
from dremeta_lite.recording import models, swing_up
from dremeta_lite.tasks import Pendulum
from tests.conftest import seeded


def test_a_run_has_what_the_tables_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small: two pendulums, a few steps, three iterations of training."""
    for name, value in (("TASKS", 2), ("STEPS", 4), ("REVERSED_AT", 4), ("AFTER", 3)):
        monkeypatch.setattr(models, name, value)
    make = models.learner_of

    def briefly(row: str, seed: int, tick: Any, **settings: Any) -> Any:
        return make(row, seed, tick, **settings, iterations=3) if row != "sgd" else make("pooled", seed, tick)

    monkeypatch.setattr(models, "learner_of", briefly)
    monkeypatch.setitem(models.POOLED, "iterations", 3)
    known, truth, bayes = (models.measure(row, 0) for row in ("known", "true", "bayes"))
    for row, run in (("known", known), ("true", truth), ("bayes", bayes)):
        assert [len(each) for each in run["returns"].values()] == [2, 2, 2] and list(run["returns"]) == ["2", "8", "32"]
        assert list(run["reversed"]) == [str(window) for window in models.ROWS[row][1]] and len(run["online"]) == 2
    assert known["returns"]["32"] == pytest.approx(truth["returns"]["32"], abs=0.2), "the same draws, and the same model"
    assert truth["returns"]["2"] == truth["returns"]["32"] and bayes["cpu_seconds"] >= 0


def test_the_settings_taken_are_the_best_of_the_tries() -> None:
    tuning = store.read_figures(models.FOLDER / "models.json", "models table")["tuning"]
    for row, tries in tuning.items():
        assert [each["settings"] for each in tries] == list(models.TRIES[row])
        assert min(tries, key=lambda each: sum(each["error"].values()))["settings"] == models.TAKEN[row]


def test_easier_pendulums_are_the_same_pendulums() -> None:
    family, easier = Pendulum(), swing_up.Easier()
    tasks = family.sample_tasks(5, seeded(0))
    state, action = family.initial(seeded(1), tasks), 4 * seeded_uniform() - 2
    following = family.transition(state, action, None, tasks)
    assert easier.transition(state, action / 2, None, tasks).allclose(following)
    assert (10 * easier.reward(state, action / 2, following)).allclose(family.reward(state, action, following))
    assert easier.initial(seeded(2), family.sample_tasks(500, seeded(0)))[:, 1].abs().max() > 7
    run = swing_up.measure("cpu", 0, iterations=1)
    assert len(run["returns"]) == swing_up.TASKS and run["env_steps"] == 64 * 100 and -1400 < min(run["returns"]) < 0


def seeded_uniform() -> Any:
    import torch

    return torch.rand(5, 1, generator=seeded(3))
