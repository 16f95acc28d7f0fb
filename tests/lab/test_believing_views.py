"""A learned belief beside the exact one: what the pictures and tables show is what is believed."""

from typing import Any

import numpy as np
import pytest
import torch

from dremeta_lite import store
from dremeta_lite.agents.exact_belief import ExactBelief, belief_along
from dremeta_lite.compare import tables
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.views.belief import calibration_picture
from dremeta_lite.lab.views.believing import BeliefLearningView, BeliefSide, BelievingView, believe_along, divergence
from dremeta_lite.meta.belief_encoder import BeliefEncoder, Wanderer
from dremeta_lite.meta.varibad import VariBAD
from dremeta_lite.tasks.hidden_goal import HiddenGoal
from dremeta_lite.trials import play_trial
from tests.conftest import seeded

FAMILY = HiddenGoal()
SMALL: dict[str, Any] = {"latent": 3, "memory": 6, "hidden": (8,), "trials": 4}


def test_every_belief_can_be_asked_along_a_trial() -> None:
    tasks = FAMILY.sample_tasks(5, seeded(0))
    trial = play_trial(FAMILY, tasks, Wanderer(FAMILY), seeded(1))
    torch.testing.assert_close(believe_along(ExactBelief(FAMILY), trial), belief_along(FAMILY, trial))
    encoder = BeliefEncoder(FAMILY, trials=4)
    encoder.step()
    torch.testing.assert_close(believe_along(encoder.belief(), trial), encoder.beliefs(trial))
    agent = VariBAD(FAMILY, **SMALL).agent()
    played = play_trial(FAMILY, tasks, agent, seeded(2))
    torch.testing.assert_close(believe_along(agent.belief, played), agent.beliefs())


def test_divergence_is_a_kl() -> None:
    exact, other = torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]), torch.tensor([[0.25, 0.5, 0.25], [1.0, 0.0, 0.0]])
    assert divergence(exact, other).tolist() == pytest.approx([0.5 * np.log(2), 0.0])


def test_the_learning_view_tells_what_the_encoder_believes_and_does_not_touch_its_training() -> None:
    runner, alone = (Runner(lambda seed: BeliefEncoder(FAMILY, seed, trials=8)) for _ in range(2))
    view = BeliefLearningView(FAMILY, trials=20)
    picture = Picture(view)
    assert picture.draw(runner).startswith(b"\x89PNG") and "Nothing has been trained yet" in view.summary()
    assert 0.5 < view.heights["exact belief"] < view.heights["knows nothing"] == pytest.approx(np.log(21))
    np.testing.assert_array_equal(view.before.get_ydata(), view.now.get_ydata())
    for _ in range(2):
        runner.run(10)
        alone.run(10)
        picture.draw(runner)
    now = divergence(view.exact, runner.learner.beliefs(view.trial)).mean(0).flatten()  # type: ignore[attr-defined]
    np.testing.assert_allclose(np.asarray(view.now.get_ydata(), float), now, atol=1e-6)
    assert f"is {now.mean():.2f} nats" in view.summary()
    assert f"cross-entropy {runner.history[-1]['cross_entropy']:.2f}" in view.summary()
    ours, theirs = runner.learner.state_dict(), alone.learner.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_the_maps_are_those_of_the_moments() -> None:
    tasks = FAMILY.sample_tasks(3, seeded(0))
    trial = play_trial(FAMILY, tasks, Wanderer(FAMILY), seeded(1))
    side = BeliefSide(FAMILY, moments=(15, 16), index=2)
    runner: Any = None
    view: Any = type("V", (), {"size": (6, 4), "update": lambda s, r: None, "summary": side.summary})()
    view.setup = lambda figure: side.setup(figure, figure.add_gridspec(1, 1)[0])
    picture = Picture(view)
    side.beliefs = torch.full((3, 4, 15, 25), 0.04)
    side.show(trial, tasks)
    picture.draw(runner)
    exact = belief_along(FAMILY, trial)[2].flatten(0, 1)
    for j, moment in enumerate((15, 16)):
        np.testing.assert_allclose(np.asarray(side.rows[0][j].fill.get_array()), exact[moment - 1])
        np.testing.assert_allclose(np.asarray(side.rows[1][j].fill.get_array()), 0.04)
    assert [np.shape(row.path.get_xydata())[0] for row in side.rows[0]] == [16, 2]
    assert f"after 15, 16 steps, 4 ({100 * exact[14, tasks.goal[2]]:.0f}), 4 (" in side.summary()


def test_the_believing_view_shows_the_learners_own_belief_below() -> None:
    runner = Runner(lambda seed: VariBAD(FAMILY, seed, **SMALL))
    yardsticks = {"best": torch.tensor([4.0, 11, 11, 11])}
    view = BelievingView(
        FAMILY, yardsticks, index=1, tasks=FAMILY.sample_tasks(6, seeded(3)), others={"sampled": lambda x: x.agent(sample=True)}
    )
    picture = Picture(view)
    picture.draw(runner)
    runner.run(2)
    assert picture.draw(runner).startswith(b"\x89PNG")
    agent: Any = runner.learner.agent()  # type: ignore[attr-defined]
    view.maps.beliefs = torch.zeros(())  # so that judging does not replace it
    _, trial = view.judge(agent)
    view.maps.beliefs = None
    view.judge(agent)
    torch.testing.assert_close(view.maps.beliefs, agent.beliefs())
    goal = int(view.tasks.goal[1])
    said = 100 * agent.beliefs()[1].flatten(0, 1)[2, goal]
    assert f"steps, {said:.0f} (" in view.summary() and "With sampled" in view.summary() and trial.reward.shape == (6, 4, 15)


def test_a_bin_without_forecasts_has_no_point() -> None:
    said, happened = torch.tensor([0.1, torch.nan, 0.9]), torch.tensor([0.2, torch.nan, 0.8])
    axes = calibration_picture({"exact": (said, happened), "learned": (said[:1], happened[:1])}).axes[0]
    np.testing.assert_allclose(np.asarray(axes.lines[1].get_xydata()), [[0.1, 0.2], [0.9, 0.8]])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["exact", "learned"]  # type: ignore[union-attr]


def test_the_table_of_the_recorded_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    run = {"sampled": [4.0, 10, 10, 10], "kl_before": 0.125, "kl_after": 0.5}
    rows = {"a": {"title": "first", "seeds": {"10": run, "0": {**run, "sampled": [3.0, 9, 9, 9]}}}, "b": {"title": "none", "seeds": {}}}
    monkeypatch.setattr(tables, "recorded", lambda _: {"bayes_optimal": 40.0, "rows": rows, "origin": {"tasks": "all", "command": "c"}})
    lines = tables.beliefs().markdown().splitlines()
    assert lines[2] == "| first | 30.0, 34.0 | 80% | 0.12, 0.12 | 0.50, 0.50 |" and not lines[3]
    monkeypatch.undo()
    monkeypatch.setattr(store, "DATA", tmp_path)
    tables.recorded.cache_clear()
    with pytest.raises(store.StoreError, match="dremeta_lite beliefs"):
        tables.recorded("beliefs")
