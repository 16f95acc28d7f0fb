"""The comparison bench: every figure is what the file says, nothing is read ahead of the budget, and no digit is typed."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dremeta_lite.compare import benchmark_results as figures
from dremeta_lite.compare.benchmark_results import Results, show_benchmarks, table
from dremeta_lite.compare.texts import filled, reveal
from dremeta_lite.lab.comparison import Comparison
from dremeta_lite.meta.evaluation import bootstrap_interval
from dremeta_lite.store import StoreError


def checkpoint(iteration: int, seconds: float, *returns: float) -> dict[str, Any]:
    return {"iteration": iteration, "cpu_seconds": seconds, "env_steps": 1000 * iteration, "returns": list(returns)}


def method(title: str, *runs: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [{"seed": seed, "peak_mb": 10.0 + seed, "bare_mb": 200.0, "checkpoints": each} for seed, each in enumerate(runs)]
    return {"title": title, "kind": "start", "assumes": "that", "iterations": 20, "hyper": {}, "parameters": 70, "runs": rows}


def recorded() -> dict[str, Any]:
    """Two episodes; the floor is 0, the ceiling 10."""
    return {
        "origin": {"command": "python3 -m dremeta_lite compare", "tasks": 7},
        "title": "A toy",
        "unit": "episode",
        "episodes": 2,
        "optimum": 10.0,
        "floor": "random",
        "ceiling": "Bayes-optimal",
        "yardsticks": {"random": [0.0, 0.0], "Bayes-optimal": [4.0, 6.0]},
        "methods": {
            "maml": method(
                "MAML",
                [checkpoint(0, 0.0, 0.0, 1.0), checkpoint(10, 2.0, 1.0, 3.0), checkpoint(20, 4.1, 2.0, 5.0)],
                [checkpoint(0, 0.0, 1.0, 1.0), checkpoint(10, 2.4, 1.0, 4.0), checkpoint(20, 4.9, 3.0, 6.0)],
            ),
            "rl2": method("RL²", [checkpoint(0, 0.0, -1.0, 0.0), checkpoint(20, 30.0, 4.0, 5.5)]),
        },
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two recorded benchmarks, in the place of the course's own."""
    for name in ("bandit", "hidden_goal"):
        (tmp_path / f"{name}.json").write_text(json.dumps(recorded() | {"title": f"A toy {name}"}), encoding="utf-8")
    monkeypatch.setattr(figures, "results", lambda name, where=tmp_path: Results(figures.store.read_figures(where / f"{name}.json", "")))
    monkeypatch.setattr(figures, "recorded_benchmarks", lambda: ["hidden_goal", "bandit"])
    return tmp_path


def test_figures_are_means_over_seeds_of_the_last_checkpoints() -> None:
    f = Results(recorded()).figures("maml")
    assert (f.total, f.fraction, f.first, f.last) == pytest.approx((8.0, 0.8, 2.5, 5.5))
    assert (f.seconds, f.env_steps, f.iterations, f.parameters, f.peak_mb, f.seeds) == pytest.approx((4.5, 20_000, 20, 70, 10.5, 2))
    assert (f.low, f.high) == bootstrap_interval(figures.torch.tensor([7.0, 9.0]))


@pytest.mark.parametrize(
    ("budget", "reached"), [(0.0, [0, 0]), (1.99, [0, 0]), (2.0, [10, 0]), (2.4, [10, 10]), (4.5, [20, 10]), (math.inf, [20, 20])]
)
def test_nothing_is_read_ahead_of_the_budget(budget: float, reached: list[int]) -> None:
    assert [each["iteration"] for each in Results(recorded()).reached("maml", budget)] == reached


def test_what_cannot_be_asked_is_refused() -> None:
    data = Results(recorded())
    for wrong in (-1.0, math.nan):
        with pytest.raises(ValueError, match="budget must be CPU-seconds from 0 up"):
            data.reached("maml", wrong)
    with pytest.raises(ValueError, match="seeds must be at least 1, got 0"):
        data.runs("maml", 0)
    with pytest.raises(KeyError, match="nobody is called 'dqn' here; there are maml, rl2, random"):
        data.figures("dqn")


def test_the_table_says_what_the_figures_say(folder: Path) -> None:
    text = table(figures.results("bandit"), budget=2.4).markdown()
    assert "| MAML | 4.50 [4.00, 5.00] | 45 % | 1.00 | 3.50 | 2.2 | 0.01 | 70 | 10 | that |" in text
    assert "| *Bayes-optimal* | *10.00* | *100 %* | *4.00* | *6.00* |" in text and "at most 2.4 CPU-seconds" in text
    assert "over 1 to 2 seeds" in text and "The Bayes-optimal return over all tasks is 10.00 exactly." in text
    assert (
        "over 1 seeds" in table(figures.results("bandit"), seeds=1).markdown()
        and "all of its training" in table(figures.results("bandit")).markdown()
    )
    assert table(figures.results("bandit")).markdown() in show_benchmarks("hidden_goal", "bandit")
    assert {len(row) for row in table(Results(recorded()), ["maml", "rl2"]).rows} == {10}


def test_texts_are_filled_with_figures(folder: Path) -> None:
    text = "{bandit[maml].total:.1f} of {bandit.optimum:.0f}, {bandit[rl2].fraction:.0%}; in 3 s {bandit[maml].at[3].last:.2f}, {{so}}"
    assert filled(text) == "8.0 of 10, 95%; in 3 s 3.50, {so}"
    assert filled("{bandit[Bayes-optimal].first:.1f} {bandit[rl2].at[0.5].seconds}") == "4.0 0.0"
    shown = reveal("It is {hidden_goal[rl2].total:.1f}.")
    assert shown.startswith("<details>") and "It is 9.5." in shown


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{arm[rl2].total}", r"\{arm\[rl2\].total\} cannot be filled in: arm. Benchmarks: hidden_goal, bandit"),
        ("{bandit[dqn].total}", "nobody is called 'dqn' here"),
        ("{bandit[rl2].reward}", "there is no figure 'reward'; there are title, total"),
        ("{bandit[rl2].at[-2].total}", "budget must be CPU-seconds"),
        ("{bandit[rl2].total:.1z}", r"\{bandit\[rl2\].total\} cannot be filled in"),
    ],
)
def test_an_unknown_field_is_named(folder: Path, template: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        filled(template)


class TestPanel:
    """What is moved is what is drawn."""

    def test_the_picture_is_what_was_recorded(self, folder: Path) -> None:
        panel = Comparison(folder=folder)
        assert panel.view.summary().startswith("A toy hidden_goal.") and "best first: RL² 9.50" in panel.view.summary()
        over, within = panel.view.over.series, panel.view.within.series
        np.testing.assert_allclose(within["MAML"], [[1, 2], [2.5, 5.5]])
        np.testing.assert_allclose(over["MAML"][:, 1:], [[2.2, 4.5], [4.5, 8.0]])
        assert over["MAML"][1, 0] == 1.5 and over["budget"][0].tolist() == [30, 30]
        assert panel.image.frame[:4] == b"\x89PNG" and "<caption>A toy hidden_goal" in panel.table.value

    def test_beyond_the_budget_lines_are_pale(self, folder: Path) -> None:
        panel = Comparison(folder=folder, budget=2.3)
        over = panel.view.over.series
        assert (over["MAML"].shape[1], over["MAML, beyond"].shape[1]) == (1, 3), "one of two runs is not there yet"
        assert "MAML 3.00 [2.00, 4.00], 30 % of the way" in panel.view.summary(), "each run by its own last checkpoint"

    def test_controls(self, folder: Path) -> None:
        panel = Comparison(benchmark="bandit", folder=folder)
        assert panel.menu.value == "bandit" and panel.hyper.values() == {"budget": 30.0, "seeds": 2}
        panel.boxes["rl2"].value = False
        assert panel.keys == ["maml"] and "RL²" not in panel.view.summary() and "RL²" not in panel.table.value
        panel.controls["seeds"].box.value = 1
        assert "7.00 [7.00, 7.00]" in panel.view.summary() and "1 seed)" in panel.view.summary()
        panel.boxes["maml"].value = False
        assert "no learner is chosen" in panel.view.summary()
        panel.menu.value = "hidden_goal"
        assert panel.keys == ["maml", "rl2"] and "A toy hidden_goal" in panel.table.value

    def test_the_table_has_heads_for_a_screen_reader(self) -> None:
        text = table(Results(recorded()), ["maml"], math.inf, 2).html()
        assert text.count('<th scope="col">') == 10 and '<th scope="row">MAML</th><td>8.00 [7.00, 9.00]</td><td>80 %</td>' in text

    def test_without_runs_it_says_what_to_do(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="python3 -m dremeta_lite compare"):
            Comparison(folder=tmp_path)
        with pytest.raises(ValueError, match="benchmark must be one of"):
            (tmp_path / "bandit.json").write_text(json.dumps(recorded()), encoding="utf-8")
            Comparison(benchmark="casino", folder=tmp_path)
