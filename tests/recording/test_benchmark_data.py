"""What `data/lesson10/` holds: made with the present settings, complete, small, and what the stored parameters really return."""

import json
from typing import Any

import pytest
import torch

from dremeta_lite.compare.benchmark_results import Results, results, table
from dremeta_lite.compare.benchmarks import BENCHMARKS
from dremeta_lite.compare.recorded_runs import FOLDER, recorded_run, run_path
from dremeta_lite.compare.scores import play_agents
from dremeta_lite.recording import benchmarks
from dremeta_lite.table import Table

EACH = pytest.mark.parametrize("name", BENCHMARKS)


def data_of(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def in_short(benchmark: Results, *keys: str) -> Table:
    """What a trial returns under these learners, how near that is to the ceiling, and what training took."""
    whole = table(benchmark, keys)
    head, *rows = ([row[i] for i in (0, 1, 2, 5)] for row in (whole.head, *whole.rows[: len(keys)]))
    note = f"Mean over seeds [95 % bootstrap interval]. Fraction of the way: from *{benchmark.floor}* to *{benchmark.ceiling}*."
    return Table(head, rows, note)


def test_readme_and_results_show_the_recorded_comparison() -> None:
    readme, whole = ((FOLDER.parents[1] / name).read_text(encoding="utf-8") for name in ("README.md", "RESULTS.md"))
    assert in_short(results("hidden_goal"), "maml", "rl2", "varibad").markdown() in readme
    assert table(results("hidden_goal")).markdown() in whole


@EACH
def test_every_run_was_made_with_the_present_settings(name: str) -> None:
    data, benchmark = data_of(name), BENCHMARKS[name]
    assert data["methods"].keys() == benchmark.methods.keys()
    assert {"command", "version", "torch", "python", "threads", "tasks"} <= data["origin"].keys()
    for key, row in data["methods"].items():
        fresh = benchmarks.empty(benchmark, key, benchmark.methods[key].iterations)
        known = {"hyper": {name: value for name, value in fresh["hyper"].items() if name in row["hyper"]}}  # others: see lesson 10's test
        assert {**row, "runs": []} == fresh | known, "record it again: python3 -m dremeta_lite compare"
        assert [run["seed"] for run in row["runs"]] == list(range(len(row["runs"]))) and len(row["runs"]) >= 3
        for run in row["runs"]:
            assert [each["iteration"] for each in run["checkpoints"]] == benchmarks.stops(row["iterations"])
            assert {len(each["returns"]) for each in run["checkpoints"]} == {data["episodes"]}
        assert run_path(name, key).stat().st_size < 700_000


@EACH
def test_the_table_is_computed_from_the_file_to_the_digit(name: str) -> None:
    """Read anew by plain means."""
    data, text = data_of(name), table(results(name)).markdown()
    totals = {rival: sum(each) for rival, each in data["yardsticks"].items()}
    for row in data["methods"].values():
        reached = [sum(run["checkpoints"][-1]["returns"]) for run in row["runs"]]
        mean = sum(reached) / len(reached)
        share = (mean - totals[data["floor"]]) / (totals[data["ceiling"]] - totals[data["floor"]])
        assert f"| {row['title']} | {mean:.2f} [" in text and f"] | {100 * share:.0f} % |" in text
    assert text == table(results(name), budget=1e9, seeds=99).markdown().replace(
        "at most 1e+09 CPU-seconds of training", "all of its training"
    )


@pytest.mark.parametrize(("name", "key"), [("hidden_goal", "belief"), ("bandit", "maml")])
def test_stored_parameters_return_what_was_recorded(name: str, key: str) -> None:
    """Seed 0 at the end. Half of the digits are kept of large networks, so a few actions differ: by less than 2 % of the way."""
    benchmark, figures = BENCHMARKS[name], Results(data_of(name))
    agent = recorded_run(name, key).checkpoints[-1].agents[benchmark.methods[key].title]
    returns = play_agents(benchmark.family, {"it": agent}, benchmark.tasks, benchmark.episodes, benchmark.score)["it"]
    way = figures.totals[figures.ceiling] - figures.totals[figures.floor]
    assert returns.sum().item() == pytest.approx(figures.returns(key, seeds=1).sum().item(), abs=0.02 * way)


def test_yardsticks_are_played_as_recorded() -> None:
    again = BENCHMARKS["hidden_goal"].yardsticks
    for name, each in results("hidden_goal").yardsticks.items():
        torch.testing.assert_close(each, again[name], atol=1e-4, rtol=0)
