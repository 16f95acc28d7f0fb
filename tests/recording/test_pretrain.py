"""The recording of the stored starts runs from end to end; what it has recorded is in tests/test_data.py."""

from pathlib import Path
from typing import Any

import pytest

from dremeta_lite import store
from dremeta_lite.meta import MAML, Pooled
from dremeta_lite.recording import pretrain
from dremeta_lite.tasks import Navigation2D


def test_a_quick_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    family = Navigation2D()
    monkeypatch.setattr(Navigation2D, "horizon", 10)
    few: dict[str, Any] = {"tasks": 2, "trajectories": 2}
    monkeypatch.setattr(pretrain, "STOPS", (0, 1))
    monkeypatch.setattr(pretrain, "RATES", [0.1, 0.2])
    monkeypatch.setattr(pretrain, "FAMILIES", ((family, {"maml": ("MAML", few, 1)}),))
    monkeypatch.setattr(pretrain, "Pooled", lambda family, seed: Pooled(family, seed, **few))
    pretrain.main(["--seeds", "2", "--to", str(tmp_path)])
    data = store.read_figures(tmp_path / "navigation2d" / "results.json", "pretrain")
    recorded = store.read_figures(store.DATA / "navigation2d" / "results.json", "pretrain")
    assert data.keys() == recorded.keys() and data["origin"].keys() == recorded["origin"].keys()
    assert list(data["agents"]) == ["maml", *pretrain.POOLED_TITLES] and data["agents"]["maml"].keys() == recorded["agents"]["maml"].keys()
    for agent in data["agents"].values():
        assert [len(each) for each in agent["seeds"]] == [4, 4] and len(agent["interval"]) == 4
    assert data["agents"]["pooled"]["iterations"][0] == 1 and data["agents"]["scratch"]["iterations"] == [0, 0]
    for name, learner in (("maml", MAML(family)), ("pooled", Pooled(family))):
        assert "held_out_returns" in learner.load(tmp_path / "navigation2d" / f"{name}.safetensors")
