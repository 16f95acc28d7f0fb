"""What notebook 09 says it has measured: read from the recorded runs, with room; and what can be computed at once."""

from itertools import pairwise
from statistics import mean
from typing import Any

import pytest
import torch

from dremeta_lite.compare import needed_for, returned_after, show_model_or_policy, show_models, show_reversed
from dremeta_lite.compare.tables import recorded
from dremeta_lite.learner import generator
from dremeta_lite.tasks import Pendulum
from dremeta_lite.world.adaptive_agent import SEARCH
from dremeta_lite.world.hidden_pendulum import first, known_form, wander

HANGING = Pendulum("hanging")


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    return recorded("models that adapt")["rows"]


def earned(rows: dict[str, Any], row: str, n: str, what: str = "returns") -> list[float]:
    """The mean over pendulums, for each seed."""
    return [mean(run[what][n]) for run in rows[row]["runs"]]


def test_five_seeds_were_run_and_the_bayesian_layer_is_trained_in_ten_seconds(rows: dict[str, Any]) -> None:
    assert all(len(row["runs"]) == 5 for row in rows.values())
    assert max(run["cpu_seconds"] for run in rows["bayes"]["runs"]) < 10


def test_after_eight_transitions_it_is_within_five_percent_of_the_known_form(rows: dict[str, Any]) -> None:
    for other in ("known", "true"):
        assert mean(earned(rows, "bayes", "8")) == pytest.approx(mean(earned(rows, other, "8")), rel=0.05)


def test_meta_learning_wins_where_data_are_few_and_fine_tuning_comes_close_later(rows: dict[str, Any]) -> None:
    gaps = {n: mean(earned(rows, "bayes", n)) - mean(earned(rows, "sgd", n)) for n in ("2", "8", "32")}
    assert gaps["2"] > 60 and gaps["2"] > 2 * abs(gaps["32"])
    assert gaps["2"] > gaps["8"] > 20
    for n in ("2", "8"):
        assert mean(earned(rows, "sgd", n)) < mean(earned(rows, "maml", n)) < mean(earned(rows, "bayes", n))
    assert all(mean(earned(rows, "pooled", n)) < mean(earned(rows, "sgd", n)) - 100 for n in gaps)
    assert mean(earned(rows, "bayes", "2")) < mean(earned(rows, "bayes", "8")), "all of them do worse with two"
    assert earned(rows, "pooled", "2") == earned(rows, "pooled", "32"), "it does not look"
    longest = max(rows, key=lambda row: mean(run["cpu_seconds"] for run in rows[row]["runs"]))
    assert longest == "maml"


def test_the_window_matters_more_than_the_learner(rows: dict[str, Any]) -> None:
    after = lambda row, window: mean(earned(rows, row, window, "reversed"))
    short = [after(row, "6") for row in ("known", "bayes", "maml", "sgd")]
    everything = [after(row, "200") for row in ("known", "bayes")]
    assert min(short) > -150 and max(everything) < -250 and max(short) - min(short) < min(short) - max(everything)
    assert after("bayes", "2") > after("bayes", "6") - 10 > after("bayes", "16") > after("bayes", "200")


def test_what_was_learned_over_pendulums_counts_where_data_are_few(rows: dict[str, Any]) -> None:
    gain = {n: mean(earned(rows, "bayes", n)) - mean(earned(rows, "untrained", n)) for n in ("2", "8", "32")}
    assert gain["2"] > 150 and 60 < gain["8"] < gain["2"] and 0 < gain["32"] < 30


def test_more_steps_of_sgd_help_less_and_less() -> None:
    tries = recorded("models that adapt")["tuning"]["sgd"]
    sums = [sum(each["error"].values()) for each in tries if each["settings"]["inner_lr"] == 0.06 and each["settings"]["inner_steps"] >= 50]
    gains = [before - after for before, after in pairwise(sums)]
    assert len(tries) == 18 and len(gains) == 3 and gains == sorted(gains, reverse=True) and gains[-1] > 0


def test_fine_tuning_on_and_on_does_no_worse_than_beginning_at_theta_if_it_is_tuned(rows: dict[str, Any]) -> None:
    for window in ("6", "16"):
        assert mean(earned(rows, "on", window, "reversed")) > mean(earned(rows, "sgd", window, "reversed")) - 10
    tries = recorded("models that adapt")["tuning"]["on"]
    lost = {each["settings"]["inner_steps"]: each["lost"]["6"] for each in tries if each["settings"]["inner_lr"] == 0.03}
    assert lost[1] > 10 * lost[16]


@pytest.fixture(scope="module")
def ends() -> dict[str, list[dict[str, Any]]]:
    """The last checkpoint of each seed, by row."""
    return {name: [run["checkpoints"][-1] for run in row["runs"]] for name, row in recorded("RL² on pendulums")["rows"].items()}


def test_rl2_needs_millions_of_steps_and_the_model_none(rows: dict[str, Any], ends: dict[str, Any]) -> None:
    online = {row: mean(mean(run["online"]) for run in rows[row]["runs"]) for row in ("true", "bayes", "untrained")}
    assert online["bayes"] == pytest.approx(online["true"], rel=0.08) == pytest.approx(online["untrained"], rel=0.08)
    model = recorded("models that adapt")["origin"]["env_steps"]
    assert mean(end["env_steps"] for end in ends["bayes"]) == pytest.approx(model, rel=0.02)
    last = mean(mean(end["returns"]) for end in ends["rl2"])
    needed = needed_for("env_steps", last)
    assert len(needed) == 2 and set(needed.values()) == {0.0}


def test_rl2_has_hardly_begun_at_as_many_seconds_and_stays_far_below_the_model(ends: dict[str, Any]) -> None:
    """Ways are from where it began to the model. Three seeds end 100 apart, so a mean is known to some 30 of 500: 0.06 of the way."""
    seconds, steps = (mean(end[unit] for end in ends["bayes"]) for unit in ("cpu_seconds", "env_steps"))
    (early,), (first, later, last) = returned_after("cpu_seconds", [seconds])["RL²"], returned_after("env_steps", [0, steps, 1e9])["RL²"]
    way = lambda x: (x - first) / (mean(mean(end["returns"]) for end in ends["bayes"]) - first)
    assert way(early) < 0.1 and way(later) == pytest.approx(0.25, abs=0.06) and way(last) == pytest.approx(0.42, abs=0.06)
    assert 4 < mean(end["env_steps"] for end in ends["rl2"]) / steps < 5
    with pytest.raises(ValueError, match="from 0 of env_steps or of cpu_seconds, got 3 of 'years'"):
        returned_after("years", [3])


def test_one_pendulum_alone_is_learned_sooner(ends: dict[str, Any]) -> None:
    for memory, alone in zip(*(recorded("RL² on pendulums")["rows"][row]["runs"] for row in ("rl2", "ppo")), strict=True):
        before, last = alone["checkpoints"][-2:]
        assert last["returns"][0] > before["returns"][0] and last["returns"][0] > memory["checkpoints"][-1]["returns"][0] + 50
    seconds = [mean(end["cpu_seconds"] for end in ends[row]) for row in ("ppo", "rl2")]
    assert seconds == [pytest.approx(7, rel=0.1), pytest.approx(75, rel=0.1)]


def test_the_tables_have_a_row_for_each(rows: dict[str, Any]) -> None:
    for text, without in ((show_models(), "on"), (show_reversed(), "")):
        assert [name for name, row in rows.items() if f"| {row['title']} |" not in text] == [without] * bool(without) and "Made by" in text
    assert "RL², as many steps" in show_model_or_policy() and "1.14 million" in show_model_or_policy()


def test_two_transitions_are_enough_for_most_with_the_known_form_and_five_for_nearly_all() -> None:
    """200 pendulums. Measured: 73 % are wrong by less than 0.01 after two, 95 % after five, and more than 99 % after eight."""
    tasks = HANGING.sample_tasks(200, generator(1))
    seen, later = wander(HANGING, tasks, 8, generator(2)), wander(HANGING, tasks, 50, generator(3))
    fit, share = known_form(HANGING), {}
    for n in (1, 2, 5, 8):
        wrong = (fit(first(seen, n))(later.state, later.action) - later.next_state)[..., 1].abs().mean(1)
        share[n] = (wrong < 0.01).float().mean().item()
    assert share[1] < 0.2 and 0.6 < share[2] < 0.85 and share[5] > 0.9 and share[8] > 0.97


def test_what_is_imagined_before_every_step() -> None:
    assert SEARCH["plans"] * SEARCH["horizon"] * SEARCH["refits"] == 1536
    assert torch.isclose(HANGING.reward(torch.tensor([torch.pi, 0.0]), torch.zeros(1), torch.zeros(2)), torch.tensor(-9.87), atol=0.01)
