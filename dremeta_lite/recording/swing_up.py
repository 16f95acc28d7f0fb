"""RL² in the pendulums of notebook 09, to hold beside the models that adapt.

    python3 -m dremeta_lite models rl2                    about ten minutes of one CPU core

It is trained for as long as the model is (`cpu`), and on as many steps of the world (`steps`), and plays one episode of 100 steps from
hanging in the same eight pendulums as the models with the same seed, told nothing before.

What was tried by hand before, one seed each, for one to four CPU-minutes: starts from hanging (nothing was learned), the "plain" encoding,
and actions of ±2 with rewards as they are (nothing); from there came `Easier`. Training is privileged (see `meta.rl2`); playing is not.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box
from torch import Tensor

from dremeta_lite.learner import generator
from dremeta_lite.meta.rl2 import RL2, with_horizon
from dremeta_lite.recording.runner import Job, Tick, finish, origin, results, rounded, train
from dremeta_lite.tasks.pendulum import Pendulum, PendulumTask
from dremeta_lite.trials import play_trial

FAMILY, TASKS, STEPS = Pendulum("hanging"), 8, 100
BUDGETS: dict[str, tuple[str, int, int]] = {
    "cpu": ("as many CPU-seconds", 45, 3),
    "steps": ("as many steps", 170, 3),
}
"""By row: its title, iterations, and seeds."""
SETTINGS: dict[str, Any] = {"trials": 64, "learning_rate": 5e-3, "discount": 0.97, "entropy_weight": 0.0, "privileged": True}


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


def measure(row: str, seed: int, tick: Tick = lambda: None, iterations: int | None = None) -> dict[str, Any]:
    """One run: the return in each pendulum, steps of the world and CPU-seconds of training."""
    iterations = BUDGETS[row][1] if iterations is None else iterations
    learner = RL2(with_horizon(Easier("random"), STEPS), seed, encoding="pushes", iterations=iterations, **SETTINGS)
    trained = train(learner, iterations, tick)
    tasks = FAMILY.sample_tasks(TASKS, generator(seed))
    played = play_trial(with_horizon(Easier("hanging"), STEPS), tasks, learner.agent(), generator(seed + 200))
    return {
        "returns": rounded(10 * played.returns()[:, 0], 1),
        "env_steps": sum(numbers["env_steps"] for numbers in trained.history),
        "cpu_seconds": round(trained.seconds[-1], 1),
    }


def record(path: Path) -> None:
    """Train, measure and write the file."""
    jobs = [Job(row, seed, f"RL², {title}", n) for row, (title, n, seeds) in BUDGETS.items() for seed in range(seeds)]
    runs = results(path, jobs, lambda job, tick: measure(job.row, job.seed, tick))
    rows = {row: {"title": title, "iterations": n, "runs": runs[row]} for row, (title, n, _) in BUDGETS.items()}
    finish(path, {"origin": origin("models rl2", settings=SETTINGS, steps=STEPS), "rows": rows})
