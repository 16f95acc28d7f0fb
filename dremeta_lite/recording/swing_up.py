"""RL² in the pendulums of notebook 09, to hold beside the model that adapts: what each returns after so much training.

    python3 -m dremeta_lite models rl2                    about ten minutes of one CPU core

At each checkpoint of a training one episode of 100 steps from hanging is played in the same eight pendulums as the models with the same
seed have: by RL², and by planning with the Bayesian model. Both are told nothing before, and adapt as they go; `few` is the model that
adapts once, to 8 transitions of random play. Also, to see whether the learner or the task is what is hard, PPO trains in one pendulum
alone, the seed's first, and is judged in that.

RL²'s settings were tried as those of the models were, on pendulums apart; every try is in the file. Training is privileged (see
`meta.rl2`); playing is not.
"""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box
from torch import Tensor

from dremeta_lite.inner import PPO
from dremeta_lite.learner import generator
from dremeta_lite.meta.adaptive_model import BayesianModel
from dremeta_lite.meta.rl2 import RL2, with_horizon
from dremeta_lite.recording.runner import Job, Tick, finish, origin, results, rounded, train
from dremeta_lite.rollout import play_out
from dremeta_lite.tasks import Pendulum, PendulumTask, pick
from dremeta_lite.trials import play_trial
from dremeta_lite.world import Way, act_adaptively, wander

FAMILY, TASKS, STEPS = Pendulum("hanging"), 8, 100
ROWS: dict[str, tuple[str, int, tuple[int, ...]]] = {
    "bayes": ("Bayesian last layer, planning", 3, (0, 10, 40, 100, 400)),
    "few": ("the same, from 8 transitions alone", 3, (0, 10, 40, 100, 400)),
    "rl2": ("RL²", 3, (0, 45, 90, 175, 350, 500, 650, 800)),
    "ppo": ("PPO, in one pendulum alone", 3, (0, 25, 50, 100)),
}
"""By row: its title, how many seeds, and after how many iterations it plays; at the last, training is over."""
SETTINGS: dict[str, Any] = {"trials": 64, "learning_rate": 5e-3, "discount": 0.97, "entropy_weight": 0.0, "privileged": True}
"""What was found by hand: without them RL² learns next to nothing."""
TRIES: list[dict[str, Any]] = [
    {},
    {"learning_rate": 0.01},
    {"discount": 0.9},
    {"discount": 0.9, "learning_rate": 0.01},
]
TAKEN: dict[str, Any] = {"discount": 0.9, "learning_rate": 0.01}
"""The best of the tries."""
TRYING, TRIED_ON, TUNING_SEED = 300, 50, 1000
"""A try's iterations, as many as take a minute; in how many pendulums it is judged; and its seed."""


class Easier(Pendulum):
    """The same pendulums as a policy learns them best: actions in [-1, 1], rewards in tens, and starts at any angle and any speed."""

    action_space: Box = Box(-1.0, 1.0, (1,), np.float32)

    def initial(self, rng: torch.Generator | None, params: PendulumTask | None = None) -> Tensor:
        start = super().initial(rng, params)
        return start * start.new_tensor([1.0, self.max_velocity]) if self.start == "random" else start

    def torque(self, action: Tensor) -> Tensor:
        return super().torque(self.max_torque * action)

    def reward(self, *arguments: Any, **options: Any) -> Tensor:
        return super().reward(*arguments, **options) / 10


LEARNED_FROM, JUDGED_IN = (with_horizon(Easier(start), STEPS) for start in ("random", "hanging"))


def make(row: str, seed: int, tasks: PendulumTask, iterations: int, **settings: Any) -> Any:
    """A learner that is not trained yet."""
    if row in ("bayes", "few"):
        return BayesianModel(FAMILY, seed, iterations=iterations)
    if row == "ppo":
        return PPO(LEARNED_FROM, pick(tasks, 0), seed, discount=settings["discount"])
    return RL2(LEARNED_FROM, seed, encoding="pushes", iterations=iterations, **SETTINGS | settings)


def returned(row: str, learner: Any, tasks: PendulumTask, seed: int) -> list[float]:
    """The return of an episode in each pendulum; of PPO in its one."""
    rng = generator(seed + 200)
    if row in ("bayes", "few"):
        told = wander(FAMILY, tasks, 8, generator(seed + 100)) if row == "few" else None
        return rounded(act_adaptively(FAMILY, tasks, Way(learner.fit), rng, steps=STEPS, window=STEPS, told=told).sum(1), 1)
    if row == "ppo":
        return rounded(10 * play_out(JUDGED_IN, learner.task, learner.watch(1), 1, rng).returns(), 1)
    return rounded(10 * play_trial(JUDGED_IN, tasks, learner.agent(), rng).returns()[:, 0], 1)


def tried(settings: dict[str, Any], tick: Tick = lambda: None) -> dict[str, Any]:
    """A try: the mean return in pendulums apart after a short training."""
    tasks = FAMILY.sample_tasks(TRIED_ON, generator(TUNING_SEED))
    learner = make("rl2", TUNING_SEED, tasks, TRYING, **settings)
    trained = train(learner, TRYING, tick)
    found = returned("rl2", learner, tasks, TUNING_SEED)
    return {"settings": settings, "return": round(sum(found) / TRIED_ON, 1), "cpu_seconds": round(trained.seconds[-1], 1)}


def measure(row: str, seed: int, tick: Tick = lambda: None, stops: Sequence[int] = ()) -> dict[str, Any]:
    """One run: at each checkpoint the returns, and the steps of the world and the CPU-seconds that it took to get there."""
    tasks, stops = FAMILY.sample_tasks(TASKS, generator(seed)), stops or ROWS[row][2]
    learner = make(row, seed, tasks, stops[-1], **TAKEN)
    trained = train(learner, stops[-1], tick, stops, keep=lambda x: returned(row, x, tasks, seed))
    steps = list(accumulate((numbers["env_steps"] for numbers in trained.history), initial=0.0))
    names = ("iterations", "env_steps", "cpu_seconds", "returns")
    return {"checkpoints": [dict(zip(names, (n, steps[n], round(trained.seconds[n], 1), trained.kept[n]), strict=True)) for n in stops]}


def record(folder: Path) -> None:
    """Try, train, measure and write the file."""
    path = folder / "rl2.json"
    jobs = [Job("tries", k, "RL², tuning", TRYING) for k in range(len(TRIES))]
    jobs += [Job(row, seed, title, stops[-1]) for row, (title, seeds, stops) in ROWS.items() for seed in range(seeds)]
    runs = results(path, jobs, lambda job, tick: tried(TRIES[job.seed], tick) if job.row == "tries" else measure(job.row, job.seed, tick))
    rows = {row: {"title": title, "runs": runs[row]} for row, (title, _, _) in ROWS.items()}
    made = origin("models rl2", settings=SETTINGS | TAKEN, steps=STEPS, pendulums=TASKS, tried_on=TRIED_ON)
    finish(path, {"origin": made, "tries": runs["tries"], "rows": rows})
