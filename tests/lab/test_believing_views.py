"""A learned belief beside the exact one: what the pictures and tables show is what is believed."""

from typing import Any

import numpy as np
import pytest
import torch
from toy import drawn

from dremeta_lite import store
from dremeta_lite.agents.exact_belief import belief_along
from dremeta_lite.compare import tables
from dremeta_lite.lab.parts import Row
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.still import still
from dremeta_lite.lab.views.belief import Calibration
from dremeta_lite.lab.views.believing import BeliefLearningView, BeliefSide
from dremeta_lite.lab.views.trials import BEGUN, TrialsView
from dremeta_lite.meta.belief_encoder import BeliefEncoder, Wanderer, divergence
from dremeta_lite.meta.varibad import VariBAD
from dremeta_lite.tasks.hidden_goal import HiddenGoal
from dremeta_lite.trials import play_trial
from tests.conftest import seeded

FAMILY = HiddenGoal()
SMALL: dict[str, Any] = {"latent": 3, "memory": 6, "hidden": (8,), "trials": 4}


def test_divergence_is_a_kl() -> None:
    exact, other = torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]), torch.tensor([[0.25, 0.5, 0.25], [1.0, 0.0, 0.0]])
    assert divergence(exact, other).tolist() == pytest.approx([0.5 * np.log(2), 0.0])


def test_the_learning_view_tells_what_the_encoder_believes_and_does_not_touch_its_training() -> None:
    view, alone = BeliefLearningView(FAMILY, trials=20), BeliefEncoder(FAMILY, trials=8)
    runner, _, said = drawn(view, lambda seed: BeliefEncoder(FAMILY, seed, trials=8), 10, 10)
    assert "Nothing has been trained yet" in said
    assert 0.5 < view.curve.heights["exact belief"] < view.curve.heights["knows nothing"] == pytest.approx(np.log(21))
    np.testing.assert_array_equal(view.within.series[BEGUN][1], view.measure(alone))
    for _ in range(20):
        alone.step()
    now = divergence(view.exact, runner.learner.beliefs(view.trial)).mean(0).flatten()
    np.testing.assert_allclose(view.within.series["now"][1], now, atol=1e-6)
    assert f"is {now.mean():.2f} nats" in view.summary()
    assert f"cross-entropy {runner.history[-1]['cross_entropy']:.2f}" in view.summary()
    ours, theirs = runner.learner.state_dict(), alone.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_the_maps_are_those_of_the_moments() -> None:
    tasks = FAMILY.sample_tasks(3, seeded(0))
    trial = play_trial(FAMILY, tasks, Wanderer(FAMILY), seeded(1))
    side = BeliefSide(FAMILY, moments=(15, 16), index=2)
    Picture(side)
    side.compare(trial, tasks, torch.full((3, 4, 15, 25), 0.04))
    exact = belief_along(FAMILY, trial)[2].flatten(0, 1)
    for above, below, moment in zip(side.exact, side.learned, (15, 16), strict=True):
        np.testing.assert_allclose(np.asarray(above.fill.get_array()), exact[moment - 1])
        np.testing.assert_allclose(np.asarray(below.fill.get_array()), 0.04)
    assert [part.series["path"].shape[1] for part in side.exact] == [16, 2]
    assert f"after 15, 16 steps, 4 ({100 * exact[14, tasks.goal[2]]:.0f}), 4 (" in side.summary()


def test_the_learners_own_belief_is_shown_below_its_trials() -> None:
    tasks, others = FAMILY.sample_tasks(6, seeded(3)), {"sampled": lambda x: x.agent(sample=True)}
    view = TrialsView(FAMILY, {"best": torch.tensor([4.0, 11, 11, 11])}, BeliefSide(FAMILY, index=1), tasks=tasks, others=others)
    runner, *_ = drawn(view, lambda seed: VariBAD(FAMILY, seed, **SMALL), 2)
    agent = runner.learner.agent()
    view.judge(agent)
    said = 100 * agent.beliefs()[1].flatten(0, 1)[2, int(tasks.goal[1])]
    assert f"steps, {said:.0f} (" in view.summary() and "With sampled" in view.summary()


def test_a_bin_without_forecasts_has_no_point() -> None:
    said, happened = torch.tensor([0.1, torch.nan, 0.9]), torch.tensor([0.2, torch.nan, 0.8])
    part = Calibration({"exact": (said, happened), "learned": (said[:1], happened[:1])})
    still(Row(part))
    np.testing.assert_allclose(part.series["exact"], [[0.1, 0.9], [0.2, 0.8]])
    assert part.words() == "exact belief, said: true in 0.10: 0.20, 0.90: 0.80. learned belief, said: true in 0.10: 0.20."


def test_the_table_of_the_recorded_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    run = {"sampled": [4.0, 10, 10, 10], "kl_before": 0.125, "kl_after": 0.5}
    rows = {"a": {"title": "first", "seeds": {"10": run, "0": {**run, "sampled": [3.0, 9, 9, 9]}}}, "b": {"title": "none", "seeds": {}}}
    monkeypatch.setattr(tables, "recorded", lambda _: {"bayes_optimal": 40.0, "rows": rows, "origin": {"tasks": "all", "command": "c"}})
    lines = tables.show_beliefs().splitlines()
    assert lines[4] == "| first | 30.0, 34.0 | 80% | 0.12, 0.12 | 0.50, 0.50 |" and not lines[5]
    monkeypatch.undo()
    monkeypatch.setattr(store, "DATA", tmp_path)
    tables.recorded.cache_clear()
    with pytest.raises(store.StoreError, match="dremeta_lite beliefs"):
        tables.recorded("beliefs")
