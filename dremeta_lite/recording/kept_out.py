"""Goals kept out of training: what learners return where they have met the hidden goal in training, and where they have not.

    python3 -m dremeta_lite compare --kept-out             about three minutes of one CPU core

Its grid has 21 goals, and a training that draws on all of them leaves no new one for the judgement. Here five, others for each seed, are
never drawn in training. Writes `data/lesson10/kept_out.json`.
"""

import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from dremeta_lite import store, titles
from dremeta_lite.compare.benchmarks import HIDDEN_GOAL, METHODS
from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.learner import generator
from dremeta_lite.tasks import HiddenGoal, HiddenGoalTask
from dremeta_lite.trials import play_trial
from dremeta_lite.world.bayes_optimal import BayesOptimal

FILE = "kept_out.json"
KEPT_OUT, SEEDS, TRIALS = 5, 3, 20
LEARNERS = ("rl2",)


def without(seed: int) -> tuple[HiddenGoal, Tensor]:
    """The family that trains, and the goals that it never draws."""
    family = HiddenGoal()
    order = torch.randperm(len(family.goal_cells), generator=generator(seed))
    out = family.goal_cells[order[:KEPT_OUT].sort().values]
    family.goal_cells = family.goal_cells[order[KEPT_OUT:].sort().values]
    return family, out


def returns(family: HiddenGoal, agent: Any, goals: Tensor) -> list[float]:
    """What each episode returns, mean over the goals."""
    tasks = HiddenGoalTask(goals.repeat(TRIALS))
    return [round(x, 3) for x in play_trial(family, tasks, agent, generator(PLAYING_SEED)).returns().mean(0).tolist()]


def record(folder: Path) -> None:
    """Train, judge and write."""
    methods, rows = METHODS["hidden_goal"], {}
    total = SEEDS * sum(methods[key].iterations for key in LEARNERS)
    with tqdm(total=total, unit=" iterations", file=sys.stdout) as bar:
        for key in LEARNERS:
            runs = []
            for seed in range(SEEDS):
                bar.set_description(f"goals kept out: {methods[key].title}, seed {seed}")
                (family, out), learner = without(seed), methods[key].make(seed)
                learner.family = family
                for _ in range(methods[key].iterations):
                    learner.step()
                    bar.update()
                agent: Any = learner.agent()  # type: ignore[attr-defined]
                met, new = returns(HIDDEN_GOAL, agent, family.goal_cells), returns(HIDDEN_GOAL, agent, out)
                runs.append({"seed": seed, "out": out.tolist(), "met": met, "new": new})
            rows[key] = {"title": methods[key].title, "runs": runs}
    best = BayesOptimal(HIDDEN_GOAL)
    for run in rows[LEARNERS[0]]["runs"]:
        family, out = without(run["seed"])
        rows.setdefault("best", {"title": titles.BAYES, "runs": []})["runs"].append(
            {"seed": run["seed"], "out": out.tolist()}
            | {"met": returns(HIDDEN_GOAL, best, family.goal_cells), "new": returns(HIDDEN_GOAL, best, out)}
        )
    origin = {"command": "python3 -m dremeta_lite compare --kept-out", **store.versions(), "kept_out": KEPT_OUT, "trials": TRIALS}
    store.write_figures(folder / FILE, {"origin": origin, "learners": rows})
