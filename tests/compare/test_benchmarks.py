"""The benchmarks: their yardsticks are in the order that theory asks for, and everybody who enters can train and play there."""

from typing import Any

import pytest
import torch

from dremeta_lite import store
from dremeta_lite.compare.benchmarks import BENCHMARKS, Benchmark
from dremeta_lite.compare.recorded_runs import FOLDER
from dremeta_lite.compare.scores import play_agents
from dremeta_lite.learner import generator
from dremeta_lite.meta.rl2 import RL2
from dremeta_lite.tasks import HiddenGoal
from dremeta_lite.trials import play_trial


@pytest.mark.parametrize("benchmark", BENCHMARKS.values(), ids=list(BENCHMARKS))
def test_yardsticks_have_their_order(benchmark: Benchmark) -> None:
    """As they were recorded: `tests/recording/test_benchmark_data.py` plays them anew."""
    figures = store.read_figures(FOLDER / f"{benchmark.name}.json", "compare")
    totals = {name: sum(each) for name, each in figures["yardsticks"].items()}
    assert list(totals) == list(benchmark.rivals(benchmark.family.held_out_tasks(2)))
    assert all(len(each) == benchmark.episodes for each in figures["yardsticks"].values())
    assert min(totals, key=lambda name: totals[name]) == benchmark.floor
    assert list(totals)[-1] == max(totals, key=lambda name: totals[name]), "the oracle comes last, and nobody does better"
    assert benchmark.ceiling in totals and (benchmark.best is None or benchmark.ceiling == "Bayes-optimal")
    assert figures["optimum"] is None or figures["optimum"] == pytest.approx(benchmark.optimum, abs=1e-4)


def test_the_optimum_is_what_the_optimal_agent_plays() -> None:
    """On the hidden goal every task is played, so exactly. On bandits within 4 standard errors: a trial's chances vary by about 1.4."""
    for name, tolerance in (("hidden_goal", 1e-3), ("bandit", 4 * 1.4 / 2000**0.5)):
        figures = store.read_figures(FOLDER / f"{name}.json", "compare")
        assert sum(figures["yardsticks"]["Bayes-optimal"]) == pytest.approx(figures["optimum"], abs=tolerance)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_everybody_trains_and_plays(name: str) -> None:
    """With as little as their settings allow: a few tasks."""
    benchmark = BENCHMARKS[name]
    for method in benchmark.methods.values():
        learner: Any = method.make(3)
        assert learner.seed == 3 and learner.family is benchmark.family and method.assumes
        if method.kind in ("memory", "belief"):
            assert learner.hyper.iterations == method.iterations, "the rates fall over the iterations that are recorded"
        for many in {"tasks", "trials"} & set(learner.hyper.names()):
            setattr(learner.hyper, many, 2)
        learner.step()
        agent, tasks = learner.agent(), benchmark.family.held_out_tasks(2)
        few = 1 if name == "navigation" else benchmark.episodes
        returns = play_agents(benchmark.family, {"it": agent}, tasks, few, benchmark.score)["it"]
        assert returns.isfinite().all() and len(returns) == few


def test_the_same_seed_makes_the_same_learner() -> None:
    method = BENCHMARKS["bandit"].methods["rl2"]
    one, same, other = (method.make(seed).state_dict()["theta.see"] for seed in (1, 1, 2))
    assert one.equal(same) and not one.equal(other)


def test_further_episodes_are_played_like_the_last_that_a_memory_knows() -> None:
    family = HiddenGoal(3)
    agent = RL2(family, 0, memory=8, hidden=(8,), episodes=2).agent(greedy=True)
    trial = play_trial(family, family.all_tasks(), agent, generator(0), 4)
    assert trial.action[:, 2].equal(trial.action[:, 1]) and trial.action[:, 3].equal(trial.action[:, 1])
    memories = agent.memories()
    torch.testing.assert_close(memories[:, 3], memories[:, 1])
    assert not memories[:, 1].equal(memories[:, 0])


def test_who_learns_from_a_start_divides_the_trial_evenly() -> None:
    methods = BENCHMARKS["navigation"].methods
    for key in ("maml", "first_order", "reptile"):
        agent: Any = methods[key].make(0).agent()  # type: ignore[attr-defined]
        assert (agent.support, agent.steps) == (8, 2)
