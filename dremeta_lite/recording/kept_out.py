"""Goals kept out of training: what learners return where they have met the hidden goal in training, and where they have not.

    python3 -m dremeta_lite compare --kept-out             about three minutes of one CPU core

Its grid has 21 goals, and a training that draws on all of them leaves no new one for the judgement. Here five, others for each seed, are
never drawn in training. Writes `data/lesson10/kept_out.json`.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dremeta_lite import titles
from dremeta_lite.compare.benchmarks import HIDDEN_GOAL, METHODS
from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.learner import generator
from dremeta_lite.recording.runner import Job, Tick, finish, origin, results, train
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


def run(key: str, seed: int, tick: Tick = lambda: None) -> dict[str, Any]:
    """Train without some goals, and see what a trial returns where the learner has met the goal, and where it has not."""
    (family, out), method = without(seed), METHODS["hidden_goal"][key]
    learner: Any = method.make(seed)
    learner.family = family
    train(learner, method.iterations, tick)
    return judged(learner.agent(), seed, family, out)


def judged(agent: Any, seed: int, family: HiddenGoal, out: Tensor) -> dict[str, Any]:
    met, new = returns(HIDDEN_GOAL, agent, family.goal_cells), returns(HIDDEN_GOAL, agent, out)
    return {"seed": seed, "out": out.tolist(), "met": met, "new": new}


def record(folder: Path) -> None:
    """Train, judge and write."""
    methods = METHODS["hidden_goal"]
    what = {key: f"goals kept out: {methods[key].title}" for key in LEARNERS}
    jobs = [Job(key, seed, what[key], methods[key].iterations) for key in LEARNERS for seed in range(SEEDS)]
    runs = results(folder / FILE, jobs, lambda job, tick: run(job.row, job.seed, tick))
    rows = {key: {"title": methods[key].title, "runs": runs[key]} for key in LEARNERS}
    best = BayesOptimal(HIDDEN_GOAL)
    rows["best"] = {"title": titles.BAYES, "runs": [judged(best, seed, *without(seed)) for seed in range(SEEDS)]}
    made = origin("compare --kept-out", kept_out=KEPT_OUT, trials=TRIALS)
    finish(folder / FILE, {"origin": made, "learners": rows})
