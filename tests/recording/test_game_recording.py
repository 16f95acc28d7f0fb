"""The recording of notebook 14, shortened: what a run has written can be read, scrubbed through and fought against."""

from pathlib import Path
from typing import Any

import pytest
import torch

from dremeta_lite.compare import skirmish_run, trained_commander
from dremeta_lite.compare.game_tables import EYES, ROWS, RUNS
from dremeta_lite.compare.recorded_runs import read_run
from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.compare.tables import recorded
from dremeta_lite.learner import generator
from dremeta_lite.meta import RL2
from dremeta_lite.recording import games
from dremeta_lite.tasks import Skirmish
from dremeta_lite.trials import play_trial


@pytest.mark.parametrize("row", ["rl2", "told", "eyes", "places"])
def test_a_run_is_measured_at_its_stops_and_one_is_kept(row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = games.make

    def small(row: str, seed: int) -> RL2:
        learner = make(row, seed)
        learner.hyper.trials = 4
        return learner

    monkeypatch.setattr(games, "JUDGED", 20)
    monkeypatch.setattr(games, "make", small)
    ticks: list[int] = []
    found = games.run(row, 0, tmp_path, lambda: ticks.append(1), (0, 1))
    assert len(ticks) == 1 and [len(found[name]) for name in ("won", "returns", "cpu_seconds")] == [2] * 3
    assert all(len(each) == 3 and 0 <= min(each) <= max(each) <= 1 for each in found["won"])
    assert len(found["wiped"]) == (0 if row == "told" else 3)
    if row in RUNS:
        run = read_run(tmp_path / RUNS[row].name, make(row, 1), "RL²", 3)
        assert [checkpoint.iteration for checkpoint in run.checkpoints] == [0, 1]
    else:
        assert [*tmp_path.iterdir()] == []


def test_who_is_told_sees_the_colour_behind_all_that_others_see() -> None:
    seen, plain = games.SeenSkirmish(), Skirmish()
    tasks = plain.all_tasks()
    state = plain.initial(torch.Generator().manual_seed(0), tasks)
    told = seen.observation(state, None, tasks)
    torch.testing.assert_close(told, torch.cat([plain.observation(state), tasks.heals], -1))
    assert {*ROWS} == {"rl2", "pooled", "told"}
    assert games.make("told", 0).network.encoding.tells is False and games.make("rl2", 0).network.encoding.tells


def test_the_stored_run_fits_and_its_commander_is_greedy() -> None:
    run, agent = skirmish_run(), trained_commander()
    last: Any = run.checkpoints[-1]
    assert last.iteration == games.STOPS[-1] and {*run.yardsticks} == {"tests by rule", "oracle", "random policy"}
    assert last.returns["RL²"].shape == (3,) and agent.greedy and not last.agents["RL²"].greedy


def test_who_sees_pictures_fights_where_battles_can_be_shown() -> None:
    """The stored run, in the plain family: it wins about as many third battles as were recorded, 1000 tasks there and 150 here."""
    run = skirmish_run("eyes")
    family, agent = run.family, run.checkpoints[-1].agents[EYES["eyes"]]
    assert isinstance(family, Skirmish) and run.checkpoints[-1].iteration == games.PIXEL_STOPS[-1]
    won = family.won(play_trial(family, family.held_out_tasks(150), agent, generator(PLAYING_SEED))).mean(0)
    assert won[2].item() == pytest.approx(recorded("pixels")["rows"]["eyes"][0]["won"][-1][2], abs=0.07)
