"""`python3 -m dremeta_lite compare`: what it trains, keeps, writes, and does not do twice."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from dremeta_lite.compare.benchmarks import BENCHMARKS
from dremeta_lite.compare.recorded_runs import recorded_run
from dremeta_lite.compare.scores import play_agents
from dremeta_lite.meta.rl2 import RL2
from dremeta_lite.recording import benchmarks
from dremeta_lite.tasks import Bandit


def test_stops_are_early_and_late() -> None:
    assert benchmarks.stops(100) == [0, 2, 4, 7, 10, 15, 22, 32, 45, 60, 80, 100]
    assert benchmarks.stops(2) == [0, 1, 2] and benchmarks.stops(1) == [0, 1]


def test_training_keeps_what_was_learned_at_each_stop_and_counts_what_it_cost() -> None:
    family = Bandit(3, 4)
    learner, alone = (RL2(family, 0, memory=8, hidden=(8,), trials=8) for _ in range(2))
    kept, ticks = benchmarks.train(learner, 4, lambda: None), []
    assert [each.iteration for each in kept] == benchmarks.stops(4)
    for each in kept:
        while alone.iteration < each.iteration:
            ticks.append(alone.step()["env_steps"])
        assert all(each.theta[name].equal(p) for name, p in alone.theta.items())
        assert each.env_steps == sum(ticks) == 8 * 4 * each.iteration
    assert kept[0].cpu_seconds == 0 and [k.cpu_seconds for k in kept] == sorted(k.cpu_seconds for k in kept)


@pytest.mark.parametrize(("numbers", "kind", "places"), [(10, torch.float32, 12), (25_000, torch.float16, 12), (50_000, torch.float16, 6)])
def test_files_of_parameters_stay_small(numbers: int, kind: torch.dtype, places: int) -> None:
    kept = [benchmarks.Kept(i, 0.0, 0.0, {"p": torch.full((numbers,), i / 7)}) for i in range(12)]
    found = benchmarks.few_enough(kept)
    assert len(found) == places and {p.dtype for p in found.values()} == {kind} and {"0/p", "11/p"} <= found.keys()
    assert sum(p.numel() * p.itemsize for p in found.values()) <= benchmarks.LARGEST


def test_a_run_is_written_read_and_not_made_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["--benchmarks", "bandit", "--methods", "rl2", "--seeds", "1", "--iterations", "2", "--to", str(tmp_path)]
    benchmarks.main(command)
    path, benchmark = tmp_path / "bandit.json", BENCHMARKS["bandit"]
    data = json.loads(path.read_text(encoding="utf-8"))
    (run,) = data["methods"]["rl2"]["runs"]
    assert data["methods"].keys() == {"rl2"} and run["seed"] == 0 and run["peak_mb"] > 0 and run["bare_mb"] > 100
    assert [each["iteration"] for each in run["checkpoints"]] == [0, 1, 2]
    assert data["yardsticks"]["random policy"] == pytest.approx(benchmark.yardsticks["random policy"].tolist(), abs=1e-4)
    learner: Any = benchmark.methods["rl2"].make(0)
    for _ in range(2):
        learner.step()
    assert data["methods"]["rl2"]["hyper"] == learner.hyper.values()
    again = play_agents(benchmark.family, {"it": learner.agent()}, benchmark.tasks, benchmark.episodes, benchmark.score)["it"]
    assert run["checkpoints"][2]["returns"] == pytest.approx(again.tolist(), abs=1e-4)
    assert [checkpoint.iteration for checkpoint in recorded_run("bandit", "rl2", tmp_path).checkpoints] == [0, 1, 2]

    made: list[tuple[str, int]] = []
    monkeypatch.setattr(
        benchmarks, "in_own_process", lambda _, job, tick: made.append((job.row.split("/")[1], job.seed)) or {**run, "seed": job.seed}
    )
    before = path.read_bytes()
    benchmarks.main(command)
    assert made == [] and path.read_bytes() == before, "what is there is kept, to the byte"
    benchmarks.main([*command, "--seeds", "2"])
    assert made == [("rl2", 1)] and len(json.loads(path.read_text(encoding="utf-8"))["methods"]["rl2"]["runs"]) == 2
    benchmarks.main([*command, "--again"])
    assert made == [("rl2", 1), ("rl2", 0)]
    benchmarks.main([*command, "--iterations", "3"])
    assert made[2:] == [("rl2", 0)], "what other settings have made does not count"


def test_a_quick_look_does_not_touch_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        benchmarks.main(["--iterations", "2"])
    assert "add --to DIR" in capsys.readouterr().err
