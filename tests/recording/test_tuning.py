"""The tuning of notebook 10's methods, and of the rows of notebooks 12 to 15: the same number of tries for all, on tasks apart; and what
was found is what they are."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from dremeta_lite import store
from dremeta_lite.compare.benchmarks import BENCHMARKS, HIDDEN_GOAL, METHODS, Benchmark
from dremeta_lite.compare.recorded_runs import FOLDER
from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.meta import DPT, RL2, FastWeights
from dremeta_lite.recording import tuning
from dremeta_lite.recording.tuned_tables import FOLDERS, TABLES
from dremeta_lite.tasks import HiddenGoal, HiddenLanguage

ALL = {**BENCHMARKS, **TABLES}
EVERYBODY = [(name, key) for name in ALL for key in ALL[name].methods]
EACH = pytest.mark.parametrize(("name", "key"), EVERYBODY)


def recorded_way(benchmark: Benchmark) -> float:
    """From floor to ceiling, as recorded: to play all yardsticks again takes a minute."""
    if benchmark.name in TABLES:
        (way,) = {recorded(benchmark.name, key)["way"] for key in benchmark.methods}
        return way
    figures = store.read_figures(FOLDER / f"{benchmark.name}.json", "compare")
    return sum(figures["yardsticks"][benchmark.ceiling]) - sum(figures["yardsticks"][benchmark.floor])


def recorded(name: str, key: str) -> dict[str, Any]:
    return store.read_figures(FOLDERS.get(name, FOLDER) / tuning.FILE, "compare --tune")["benchmarks"][name][key]


@EACH
def test_everybody_had_as_many_tries(name: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five in the heat, of which the first is the method as it was; a final where another was clearly ahead, and for those with a stop."""
    monkeypatch.setattr(tuning, "way", recorded_way)
    found = recorded(name, key)
    heat, final = found["heat"], found["final"]
    assert len(heat) == 5 and heat[0]["settings"] == {} and len({str(each["settings"]) for each in heat}) == 5
    assert len({each["iterations"] for each in heat}) == 1
    ahead = (max(each["score"] for each in heat[1:]) - heat[0]["score"]) / recorded_way(ALL[name]) > tuning.CLEARLY
    assert len(final) == (2 if ahead else 1 if "alphas" in heat[0] else 0)
    assert found["taken"] == tuning.winner(ALL[name], final or heat[:1])


@EACH
def test_what_was_taken_is_what_takes_part(name: str, key: str) -> None:
    taken, method = recorded(name, key)["taken"], ALL[name].methods[key]
    learner: Any = method.make(0)
    for setting, value in taken["settings"].items():
        assert getattr(learner.hyper, setting) == pytest.approx(value)
    if "alphas" in taken:
        assert learner.agent().inner_lr == taken["trial_lr"] and method.iterations == taken["stop"]


@pytest.mark.parametrize(("name", "key"), [each for each in EVERYBODY if ALL[each[0]].methods[each[1]].kind in ("pooled", "start")])
def test_no_alpha_stands_at_the_end_of_those_tried(name: str, key: str) -> None:
    found = recorded(name, key)
    for each in (*found["heat"], *found["final"]):
        assert len(each["alphas"]) >= 5 and min(each["alphas"]) < each["trial_lr"]
        assert each["trial_lr"] < max(each["alphas"]) or 2 * each["trial_lr"] > tuning.BOUNDS[1], "searched up to what α may be"
    for each in (*found["final"], found["taken"]):
        assert min(each["alphas"]) < each["trial_lr"] < max(each["alphas"])


FEW = ("hidden_goal", "contexts", "distilled", "battles", "colours", "colours_steps", "words", "grammar", "walk")
"""Families with so few tasks that there are no others: only the draws differ from those of the judgements."""


@pytest.mark.parametrize("name", ALL)
def test_tries_are_judged_on_tasks_apart(name: str) -> None:
    """Other seeds of training and of play than the recorded ones; and other tasks, where there are enough of them."""
    benchmark = ALL[name]
    used = {*tuning.HEAT_SEEDS, *tuning.FINAL_SEEDS, tuning.TASKS_SEED, tuning.PLAY_SEED}
    assert len(used) == 5 and not used & {*range(100), benchmark.family.held_out_seed, *range(PLAYING_SEED, PLAYING_SEED + 100)}
    tried, judged = tuning.tuning_tasks(benchmark)[0], benchmark.tasks[0]
    if name == "hidden_goal":
        assert tried.unique().tolist() == judged.unique().tolist() == HIDDEN_GOAL.goal_cells.tolist(), "it has these 21 and no others"
    if name not in FEW:
        assert not {*map(str, tried.tolist())} & {*map(str, judged.tolist())}


@pytest.mark.parametrize("name", BENCHMARKS)
def test_whoever_takes_steps_takes_them_after_the_same_episodes(name: str) -> None:
    """As played, and as recorded: pooled training as MAML."""
    rows = store.read_figures(FOLDER / f"{name}.json", "compare")["methods"]
    steps = {key: row["adapts"] for key, row in rows.items() if row["adapts"]}
    assert {"pooled", "maml"} <= steps.keys() and len({(each["steps"], each["episodes"]) for each in steps.values()}) == 1
    for key, each in steps.items():
        agent: Any = METHODS[name][key].make(0).agent()  # type: ignore[attr-defined]
        assert (agent.inner_lr, agent.steps, agent.support) == tuple(each.values())
    if name == "navigation":
        assert (steps["pooled"]["steps"], steps["pooled"]["episodes"]) == (2, 8)


def test_alpha_is_searched_on_from_where_the_best_lies_at_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    learner: Any = METHODS["bandit"]["maml"].make(0)
    monkeypatch.setattr(tuning, "scored", lambda benchmark, learners, inner_lr: -abs(inner_lr - 40.0))
    found = tuning.by_alpha(BENCHMARKS["bandit"], [learner])
    assert sorted(found) == [0.625, 1.25, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0] and max(found, key=lambda each: found[each]) == 40.0
    monkeypatch.setattr(tuning, "scored", lambda benchmark, learners, inner_lr: inner_lr)
    assert max(tuning.by_alpha(BENCHMARKS["bandit"], [learner])) == 80.0, "100 is the bound of the hyperparameter"


@pytest.mark.parametrize(("heat", "final", "taken"), [(0.5, 0.1, {"meta_lr": 2e-3}), (0.5, 0.05, {}), (0.01, 0.1, {})])
def test_another_setting_is_taken_if_it_is_clearly_ahead_twice(
    heat: float, final: float, taken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ahead by so much in the heat and in the final. The way is 1.65 long: 0.01 is less than 2 % of it, and 0.05 less than 4 %."""

    def one_try(benchmark: Any, key: str, settings: Any, seeds: Any, *_: Any) -> dict[str, Any]:
        lead = heat if seeds == tuning.HEAT_SEEDS else final
        return {"settings": settings, "trial_lr": 1.0, "score": lead if settings == {"meta_lr": 2e-3} else 0.0}

    monkeypatch.setattr(tuning, "one_try", one_try)
    monkeypatch.setattr(tuning, "way", lambda benchmark: 1.65)
    found = tuning.tune(BENCHMARKS["bandit"], "maml")
    assert found["taken"]["settings"] == taken and len(found["heat"]) == 5 and len(found["final"]) == (2 if heat > 0.1 else 1)


def test_the_command_writes_tries_and_does_not_repeat_them(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {key: method._replace(iterations=10) for key, method in METHODS["bandit"].items()}
    monkeypatch.setitem(BENCHMARKS, "bandit", replace(BENCHMARKS["bandit"], methods=few, tuned_on=20))
    monkeypatch.setattr(tuning, "way", lambda benchmark: 1.65)
    tuning.tune_all(tmp_path, {"bandit": BENCHMARKS["bandit"]}, ["pooled", "rl2"])
    written = store.read_figures(tmp_path / tuning.FILE, "")["benchmarks"]["bandit"]
    assert written.keys() == {"pooled", "rl2"} and len(written["rl2"]["heat"]) == 5 and written["rl2"]["heat"][0]["iterations"] == 2
    assert "alphas" in written["pooled"]["heat"][0] and "alphas" not in written["rl2"]["heat"][0]
    monkeypatch.setattr(tuning, "tune", lambda *_: pytest.fail("it is there already"))
    tuning.tune_all(tmp_path, {"bandit": BENCHMARKS["bandit"]}, ["pooled", "rl2"])


def test_what_pooled_training_does_in_a_trial_is_a_setting_of_its_own() -> None:
    """Its α and its steps change nothing that it learns."""
    learners: list[Any] = [METHODS["bandit"]["pooled"].make(3) for _ in range(2)]
    one, other = learners
    other.hyper.inner_lr, other.hyper.inner_steps = 0.5, 2
    for learner in learners:
        learner.step()
    assert all(torch.equal(p, other.state_dict()[name]) for name, p in one.state_dict().items())
    assert (one.agent().inner_lr, one.agent().steps, other.agent().inner_lr, other.agent().steps) == (5.0, 4, 0.5, 2)


def test_the_second_setting_is_one_that_the_learner_uses() -> None:
    """A policy gradient has the weight of its entropy; what only imitates gets two more step sizes."""
    learners = RL2(HiddenGoal()), FastWeights(HiddenLanguage()), DPT(HiddenGoal())
    last = [[*tuning.settings_tried(learner)[-1]] for learner in learners]
    assert last == [["entropy_weight"], ["entropy_weight"], ["learning_rate"]]


def test_a_row_is_judged_in_its_own_world_and_as_its_table_judges() -> None:
    """The commander that is told the colour sees more than the others; and words are judged by the likeliest actions."""
    told: Any = TABLES["battles"].methods["told"].make(0)
    assert tuning.scored(replace(TABLES["battles"], tuned_on=5), [told]) < 0
    listener: Any = TABLES["words"].methods["pairs"].make(0)
    table = replace(TABLES["words"], tuned_on=300)
    drawn, likeliest = (tuning.scored(replace(table, greedy=greedy), [listener]) for greedy in (False, True))
    assert table.greedy and drawn != likeliest
