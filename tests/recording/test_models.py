"""The recording of notebook 09: what a run holds, and that the settings taken are the best that were tried."""

from typing import Any

import pytest

from dremeta_lite import store
from dremeta_lite.recording import models, swing_up
from dremeta_lite.tasks import Pendulum
from tests.conftest import seeded


def test_a_run_has_what_the_tables_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small: two pendulums, a few steps, three iterations of training."""
    for name, value in (("TASKS", 2), ("STEPS", 4), ("AFTER", 3)):
        monkeypatch.setattr(models, name, value)
    make = models.learner_of

    def briefly(row: str, seed: int, tick: Any, **settings: Any) -> Any:
        return make(row, seed, tick, **settings, iterations=3) if row in ("bayes", "maml") else make(row, seed, tick, **settings)

    monkeypatch.setattr(models, "learner_of", briefly)
    monkeypatch.setitem(models.POOLED, "iterations", 3)
    known, truth, bayes = (models.measure(row, 0) for row in ("known", "true", "bayes"))
    for row, run in (("known", known), ("true", truth), ("bayes", bayes)):
        assert [len(each) for each in run["returns"].values()] == [2, 2, 2] and list(run["returns"]) == ["2", "8", "32"]
        assert list(run["reversed"]) == [str(window) for window in models.ROWS[row][2]] and len(run["online"]) == 2
    assert known["returns"]["32"] == pytest.approx(truth["returns"]["32"], abs=0.2), "the same draws, and the same model"
    on = models.measure("on", 0)
    assert list(on["reversed"]) == ["6", "16"] and not on["returns"], "it is fine-tuned where it acts, and nowhere else"
    assert truth["returns"]["2"] == truth["returns"]["32"] and bayes["cpu_seconds"] >= 0


def test_the_settings_taken_are_the_cheapest_of_the_best_tries() -> None:
    tuning = store.read_figures(models.FOLDER / "models.json", "models table")["tuning"]
    for row, tries in tuning.items():
        assert [each["settings"] for each in tries] == list(models.TRIES[row])
        scores = [sum(each["lost" if row == "on" else "error"].values()) for each in tries]
        near = [each["settings"] for each, score in zip(tries, scores, strict=True) if score < 1.01 * min(scores)]
        assert min(near, key=lambda settings: settings["inner_steps"]) == models.TAKEN[row]


def test_easier_pendulums_are_the_same_pendulums() -> None:
    family, easier = Pendulum(), swing_up.Easier()
    tasks = family.sample_tasks(5, seeded(0))
    state, action = family.initial(seeded(1), tasks), 4 * seeded_uniform() - 2
    following = family.transition(state, action, None, tasks)
    assert easier.transition(state, action / 2, None, tasks).allclose(following)
    assert (10 * easier.reward(state, action / 2, following)).allclose(family.reward(state, action, following))
    assert easier.initial(seeded(2), family.sample_tasks(500, seeded(0)))[:, 1].abs().max() > 7


def test_a_run_beside_the_model_has_its_checkpoints() -> None:
    """Of RL² and of PPO alone, two iterations each; of the model that adapts, one."""
    for row, steps, pendulums in (("rl2", 64 * 100, 8), ("ppo", 32 * 64, 1)):
        untrained, later = swing_up.measure(row, 0, stops=(0, 2))["checkpoints"]
        assert untrained["env_steps"] == untrained["cpu_seconds"] == 0 and later["env_steps"] == 2 * steps and later["iterations"] == 2
        assert len(later["returns"]) == pendulums and -1400 < min(later["returns"]) <= max(later["returns"]) < 0
    assert len(swing_up.measure("bayes", 0, stops=(1,))["checkpoints"][0]["returns"]) == 8


def test_rl2_has_the_best_of_its_tries() -> None:
    tries = store.read_figures(models.FOLDER / "rl2.json", "models rl2")["tries"]
    assert [each["settings"] for each in tries] == swing_up.TRIES
    assert max(tries, key=lambda each: each["return"])["settings"] == swing_up.TAKEN


def seeded_uniform() -> Any:
    import torch

    return torch.rand(5, 1, generator=seeded(3))


def test_a_table_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        models.main(["tables"])
    assert "there is no 'tables' here, only table, rl2" in capsys.readouterr().err
