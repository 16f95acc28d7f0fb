"""The second recording of notebook 14, shortened."""

from pathlib import Path

import pytest

from dremeta_lite.compare.game_tables import CATCHER, CATCHERS, EPISODES, REMEMBER
from dremeta_lite.compare.recorded_runs import read_run
from dremeta_lite.meta import MAML
from dremeta_lite.recording import colours
from dremeta_lite.tasks import Colours


@pytest.mark.parametrize("row", CATCHERS)
def test_a_run_is_judged_at_its_stops_and_one_is_kept(row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = colours.LEARNERS[row]

    def small(seed: int) -> object:
        learner = make(seed)
        setattr(learner.hyper, "trials" if row in REMEMBER else "tasks", 2)
        return learner

    monkeypatch.setattr(colours, "JUDGED", 2)
    monkeypatch.setattr(colours, "MORE", 2)
    monkeypatch.setattr(colours, "LEARNERS", {row: small})
    found = colours.run(row, 0, tmp_path, stops=(0, 1))
    assert [len(each) for each in found["caught"]] == [3 if row in REMEMBER else 2] * 2 and len(found["cpu_seconds"]) == 2
    assert all(0 <= share <= 1 for each in found["caught"] for share in each)
    assert len(found.get("by_rate", [])) == (5 if row == "pooled" else 0) and ("by_episodes" in found) == (row in ("maml", "half"))
    if row == "maml":
        learner = MAML(Colours(), 1, hidden=(64,), episodes=2 * EPISODES)
        (point,) = read_run(tmp_path / CATCHER.name, learner, "MAML", 2 * EPISODES).checkpoints
        agent = point.agents["MAML"]
        assert point.iteration == 1 and agent.support == EPISODES and agent.steps == 1 and agent.baseline is not None  # type: ignore[attr-defined]
    else:
        assert [*tmp_path.iterdir()] == []
