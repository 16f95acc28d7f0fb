"""The live bench: what is chosen is what trains, in turns that are the same on every machine."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from dremeta_lite.compare.benchmarks import BENCHMARKS
from dremeta_lite.lab import live_bench
from dremeta_lite.lab.live_bench import LiveBench, iterations_in_turn


def test_it_is_set_up_with_the_first_choice_and_again_with_another(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_bench, "recorded", lambda benchmark: SimpleNamespace(methods={}, yardsticks={"good": torch.ones(10)}))
    bench = LiveBench("bandit", ("maml", "rl2"), headless_iterations=1)
    first = bench.panel
    assert list(bench.learner.learners) == ["MAML", "RL²"] and bench.learner.episodes == 10
    bench.show()
    assert "return of a trial in 2000 tasks" in capsys.readouterr().out and bench.panel.png[:4] == b"\x89PNG"
    bench.menu.value = "random_mdp"
    assert list(bench.boxes) == ["pooled", "maml", "rl2"] and bench.panel is first, "until the button is pressed"
    bench.boxes["rl2"].value = False
    bench.button.click()
    assert first.closed and list(bench.learner.learners) == ["pooled", "MAML"]
    assert bench.below.children == (bench.panel.widget,)
    for box in bench.boxes.values():
        box.value = False
    bench.button.click()
    assert "tick at least one box" in bench.trouble.value and not bench.panel.closed
    bench.panel.close()


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="benchmark must be one of hidden_goal"):
        LiveBench("casino")
    for _ in range(2):  # who was refused is not in the way of the next
        with pytest.raises(ValueError, match="methods of bandit are pooled, maml, rl2, not 'varibad'"):
            LiveBench("bandit", ("varibad",))


def test_turns_follow_the_recorded_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    def row(seconds: float, iterations: int) -> dict[str, Any]:
        return {"iterations": iterations, "runs": [{"checkpoints": [{"cpu_seconds": seconds}]}]}

    rows = {"pooled": row(1.0, 1000), "maml": row(10.0, 200), "rl2": row(12.0, 100)}
    monkeypatch.setattr(live_bench, "recorded", lambda benchmark: SimpleNamespace(methods=rows))
    benchmark = BENCHMARKS["bandit"]
    assert iterations_in_turn(benchmark, ["maml", "rl2"]) == {"maml": 2, "rl2": 1}
    assert iterations_in_turn(benchmark, ["pooled", "rl2"]) == {"pooled": live_bench.MOST_TURNS, "rl2": 1}
    rows.pop("rl2")
    assert iterations_in_turn(benchmark, ["maml", "rl2"]) == {"maml": 1, "rl2": 1}, "of the other nothing is known"
