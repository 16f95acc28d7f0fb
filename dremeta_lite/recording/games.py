"""Measures the tables of notebook 14: who wins the battles of a Skirmish, and keeps the training of one commander; and `colours`.

    python3 -m dremeta_lite games battles                    about five minutes of one CPU core
    python3 -m dremeta_lite games pixels                     the same battles, seen as pictures: about twenty minutes
    python3 -m dremeta_lite games colours --to FOLDER        the other table, in a folder of your own

Three are trained by the same algorithm, for as many iterations: RL²; the same with a memory that is told nothing, which makes a pooled
policy of it; and that one in battles in which the medic's colour is seen. RL² is trained from pictures, too, with the sums of its
eyes and without. What RL² learned with seed 0, from numbers and with whole eyes, is kept, to be looked at.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box
from torch import Tensor

from dremeta_lite.agents.commander import Commander
from dremeta_lite.agents.yardsticks import Oracle, RandomActions
from dremeta_lite.compare.game_tables import EYES, ROWS, RUN, RUNS
from dremeta_lite.compare.recorded_runs import write_run
from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.learner import generator
from dremeta_lite.meta.rl2 import RL2
from dremeta_lite.recording import colours
from dremeta_lite.recording.runner import Job, Tick, finish, options, origin, results, rounded, train
from dremeta_lite.tasks.skirmish import ENEMIES, Skirmish, SkirmishTask
from dremeta_lite.tasks.skirmish_pixels import SkirmishPixels
from dremeta_lite.titles import ORACLE, RANDOM
from dremeta_lite.trials import Agent, play_trial

SEEDS, JUDGED = 3, 1000
STOPS = (0, 25, 50, 75, 100, 150, 200, 250)
"""Iterations at which a learner is judged, and of which parameters are kept."""
PIXEL_SEEDS, PIXEL_STOPS = {"eyes": 5, "places": 3}, (0, 50, 100, 150, 200)


class SeenSkirmish(Skirmish):
    """The same battles, and the medic's colour is among what is seen."""

    observation_space: Box = Box(-1.0, 1.0, (22 + ENEMIES,), np.float32)

    def observation(self, state: Tensor, rng: Any = None, params: SkirmishTask | None = None) -> Tensor:  # type: ignore[override]
        heals = (params or self.default_params).heals
        return torch.cat([super().observation(state), heals.expand(*state.shape[:-1], ENEMIES)], -1)


def make(row: str, seed: int) -> RL2:
    """A learner that is not trained yet."""
    if row in EYES:
        return RL2(SkirmishPixels(), seed, privileged=True, iterations=PIXEL_STOPS[-1], core=row)
    family = SeenSkirmish() if row == "told" else Skirmish()
    return RL2(family, seed, privileged=True, iterations=STOPS[-1], encoding="plain" if row == "rl2" else "nothing")


def judged(family: Skirmish, agent: Agent) -> dict[str, list[float]]:
    """The share of each battle that is won, and what each returns."""
    trial = play_trial(family, family.held_out_tasks(JUDGED), agent, generator(PLAYING_SEED))
    return {"won": rounded(family.won(trial).mean(0), 3), "returns": rounded(trial.returns().mean(0), 3)}


def run(row: str, seed: int, to: Path, tick: Tick = lambda: None, stops: Sequence[int] = STOPS) -> dict[str, Any]:
    """One training: what comes of it after each of the stops, and at the end with a memory that is wiped between battles."""
    learner: Any = make(row, seed)
    trained = train(learner, stops[-1], tick, stops, keep=lambda x: (x.parameters(), judged(x.family, x.agent())))
    if row in RUNS and seed == 0:
        kept = {f"{n}/{name}": p.half() for n, (theta, _) in trained.kept.items() for name, p in theta.items()}
        write_run(to / RUNS[row].name, kept, learner, "skirmish", row, origin="python3 -m dremeta_lite games battles pixels")
    found = {name: [numbers[name] for _, numbers in trained.kept.values()] for name in ("won", "returns")}
    wiped = judged(learner.practised, learner.agent(wipe=True))["won"] if learner.network.encoding.tells else []
    return {**found, "wiped": wiped, "cpu_seconds": rounded((trained.seconds[n] for n in stops), 1)}


def record(to: Path) -> None:
    """Measure and write the battles."""
    path, family = to / "battles.json", Skirmish()
    jobs = [Job(row, seed, title, STOPS[-1]) for seed in range(SEEDS) for row, title in ROWS.items()]
    runs = results(path, jobs, lambda job, tick: run(job.row, job.seed, to, tick))
    rivals = {"tests by rule": Commander(family), ORACLE: Oracle(family, family.held_out_tasks(JUDGED)), RANDOM: RandomActions(family)}
    made = origin("games battles", seeds=SEEDS, judged=JUDGED, stops=list(STOPS), settings=make("rl2", 0).hyper.values())
    yardsticks = {name: judged(family, agent) for name, agent in rivals.items()}
    finish(path, {"origin": made, "yardsticks": yardsticks, "rows": runs})


def record_pixels(to: Path) -> None:
    """Measure and write the battles that are seen as pictures."""
    path = to / "pixels.json"
    jobs = [Job(row, seed, title, PIXEL_STOPS[-1]) for row, title in EYES.items() for seed in range(PIXEL_SEEDS[row])]
    runs = results(path, jobs, lambda job, tick: run(job.row, job.seed, to, tick, PIXEL_STOPS))
    options = {"seeds": PIXEL_SEEDS, "judged": JUDGED, "stops": list(PIXEL_STOPS), "settings": make("eyes", 0).hyper.values()}
    finish(path, {"origin": origin("games pixels", **options), "rows": runs})


PARTS = {"battles": record, "pixels": record_pixels, "colours": colours.record}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write what was named."""
    chosen = options("games", "Measure the tables of notebook 14 again.", arguments, RUN.parent, names=list(PARTS))
    for name in chosen.names:
        PARTS[name](chosen.to)
