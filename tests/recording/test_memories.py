"""The memories of notebook 07 can be trained again: here one iteration, written with all that is noted of it."""

from pathlib import Path

import pytest

from dremeta_lite import store
from dremeta_lite.recording import memories


def test_a_run_is_written_with_its_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    family, hyper = memories.RUNS["hidden_goal"]
    monkeypatch.setitem(memories.RUNS, "hidden_goal", (family, {**hyper, "iterations": 1}))
    memories.run("hidden_goal", 0, tmp_path)
    _, notes = store.read(tmp_path / "hidden_goal.safetensors")
    assert {"return", "return_greedy", "return_wiped", "cpu_seconds", "torch", "version"} <= notes.keys()
    assert notes["version"] == store.versions()["version"]
