"""Recorded runs: who is read back plays as it did, and what does not fit is refused with the file's name and the command."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from dremeta_lite import store
from dremeta_lite.compare import recorded_runs as module
from dremeta_lite.compare.benchmarks import BENCHMARKS
from dremeta_lite.compare.recorded_runs import read_run, recorded_run, run_path, write_run
from dremeta_lite.compare.scores import play_agents
from dremeta_lite.learner import generator
from dremeta_lite.learner_state import State
from dremeta_lite.meta import MAML, RL2, VariBAD
from dremeta_lite.tasks import HiddenGoal, Navigation2D
from dremeta_lite.trials import Agent, Trial, play_trial

GRID, PLANE = HiddenGoal(), Navigation2D()


def keep(learner: Any) -> State:
    return {f"{learner.iteration}/{name}": p.detach().clone() for name, p in learner.theta.items()}


def played(agent: Agent, family: Any = GRID, episodes: int = 2) -> Trial:
    return play_trial(family, family.held_out_tasks(3), agent, generator(2), episodes)


@pytest.mark.parametrize(
    ("family", "make"),
    [
        (GRID, lambda seed, **hyper: RL2(GRID, seed, memory=8, trials=4, **hyper)),
        (GRID, lambda seed, **hyper: VariBAD(GRID, seed, latent=2, memory=8, trials=4, **hyper)),
        (PLANE, lambda seed, **hyper: MAML(PLANE, seed, hidden=(8,), tasks=2, trajectories=2, **hyper)),
    ],
)
def test_a_recorded_run_plays_as_it_did(family: Any, make: Any, tmp_path: Path) -> None:
    learner = make(3, discount=0.9)
    kept, expected = {}, {}
    for iteration in range(11):
        if iteration in (0, 2, 10):  # as text, "10" would come before "2"
            kept |= keep(learner)
            expected[iteration] = played(learner.agent(), family)
        if iteration < 2 or iteration == 9:
            learner.step()
        else:
            learner.iteration += 1
    learner.iteration = 10
    path = run_path("benchmark", "method", tmp_path)
    write_run(path, kept, learner, benchmark="benchmark", method="method", origin="a test")
    assert {name: store.read(path)[1][name] for name in ("benchmark", "method", "seed", "iterations", "origin")} == {
        "benchmark": "benchmark",
        "method": "method",
        "seed": 3,
        "iterations": [0, 2, 10],
        "origin": "a test",
    }
    fresh = make(0)
    run = read_run(path, fresh, "someone", 2, {"checkpoints": [{"iteration": 2, "returns": [1.0, 2.0]}]})
    assert [checkpoint.iteration for checkpoint in run.checkpoints] == list(expected) and run.names() == ["someone"]
    assert [{name: x.tolist() for name, x in checkpoint.returns.items()} for checkpoint in run.checkpoints] == [
        {},
        {"someone": [1.0, 2.0]},
        {},
    ]
    assert fresh.hyper.discount == 0.9, "the settings are those of the run"
    for checkpoint in run.checkpoints:
        assert torch.equal(played(checkpoint.agents["someone"], family).reward, expected[checkpoint.iteration].reward)


def test_half_of_the_digits_will_do(tmp_path: Path) -> None:
    path, learner = tmp_path / "run.safetensors", MAML(PLANE, hidden=(8,), tasks=2, trajectories=2)
    write_run(path, {name: p.half() for name, p in keep(learner).items()}, learner, benchmark="plane", method="maml")
    agent: Any = read_run(path, MAML(PLANE, 1, hidden=(8,)), "MAML", 2).checkpoints[0].agents["MAML"]
    for name, p in learner.theta.items():
        assert agent.theta[name].dtype == torch.float32
        torch.testing.assert_close(agent.theta[name], p.detach(), rtol=1e-3, atol=1e-6)


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    path, learner = tmp_path / "run.safetensors", RL2(GRID, memory=8)
    with pytest.raises(store.StoreError, match=r"run.safetensors does not exist. `python3 -m dremeta_lite compare` makes"):
        read_run(path, learner, "RL²", 4)
    write_run(path, keep(learner), learner, benchmark="hidden_goal", method="rl2")
    with pytest.raises(store.StoreError, match=r"is for the learner 'RL2', and this is 'VariBAD': `python3 -m dremeta_lite compare`"):
        read_run(path, VariBAD(GRID), "VariBAD", 4)
    with pytest.raises(store.StoreError, match=r"run.safetensors does not fit RL².*this learner needs.*compare"):
        read_run(path, RL2(GRID, memory=9), "RL²", 4)
    store.write(path, {"no iteration": torch.zeros(1)}, {**learner.identity(), "hyper": {}})
    with pytest.raises(store.StoreError, match=r"does not fit RL².*compare"):
        read_run(path, learner, "RL²", 4)
    path.write_bytes(b"nothing")
    with pytest.raises(store.StoreError, match="cannot be read"):
        read_run(path, learner, "RL²", 4)


def test_a_run_of_an_benchmark_comes_with_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learner = RL2(GRID, memory=8)
    method = SimpleNamespace(title="RL²", make=lambda seed: RL2(GRID, seed, memory=8))
    monkeypatch.setattr(module, "BENCHMARKS", {"grid": SimpleNamespace(episodes=4, methods={"rl2": method})})
    with pytest.raises(store.StoreError, match=r"grid.json does not exist. `python3 -m dremeta_lite compare`"):
        recorded_run("grid", "rl2", tmp_path)
    runs = [{"seed": seed, "checkpoints": [{"iteration": 0, "returns": [seed, 2.0, 3.0, 4.0]}]} for seed in (1, 0)]
    figures = {"yardsticks": {"random": [-1.0] * 4}, "methods": {"rl2": {"runs": runs}}}
    (tmp_path / "grid.json").write_text(json.dumps(figures), encoding="utf-8")
    write_run(run_path("grid", "rl2", tmp_path), keep(learner), learner, benchmark="grid", method="rl2")
    run = recorded_run("grid", "rl2", tmp_path)
    assert run.checkpoints[0].returns["RL²"].tolist() == [0, 2, 3, 4] and run.yardsticks["random"].tolist() == [-1] * 4
    with pytest.raises(ValueError, match="no benchmark 'plane'; there are grid"):
        recorded_run("plane", "rl2", tmp_path)
    with pytest.raises(ValueError, match="'maml' takes no part in grid; those who do are rl2"):
        recorded_run("grid", "maml", tmp_path)


def test_recorded_runs_play_what_was_measured() -> None:
    """The same draws in the same tasks. Half of the digits change few actions: measured, the return by 0.06 at most."""
    benchmark = BENCHMARKS["hidden_goal"]
    there = [key for key in benchmark.methods if run_path("hidden_goal", key).exists()]
    assert len(there) >= 3
    for key in there:
        run = recorded_run("hidden_goal", key)
        for checkpoint in (run.checkpoints[0], run.checkpoints[-1]):
            [(name, agent)] = checkpoint.agents.items()
            returns = play_agents(benchmark.family, {name: agent}, benchmark.tasks, benchmark.episodes)[name]
            assert returns.sum().item() == pytest.approx(checkpoint.returns[name].sum().item(), abs=0.3)
