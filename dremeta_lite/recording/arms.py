"""Trains and measures the agents of notebook 12 that steer an arm whose motors are miswired.

    python3 -m dremeta_lite robots arms                    about fifteen minutes of one CPU core
    python3 -m dremeta_lite robots arms --to FOLDER        in a folder of your own

RL²; a policy that is told nothing, pooled over all tasks; and a student of the controller that is told the task. Seed 0 of RL² and of the
student is kept, to be loaded.
"""

from pathlib import Path
from typing import Any

from torch import Tensor

from dremeta_lite.agents.yardsticks import Oracle, RandomActions, StandingStill
from dremeta_lite.compare.robot_tables import ARM_ROWS, arm_learner
from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.learner import generator
from dremeta_lite.recording.runner import Job, Tick, finish, origin, results, rounded, train
from dremeta_lite.tasks.arm import MiswiredArm
from dremeta_lite.titles import ORACLE, RANDOM, STILL
from dremeta_lite.trials import Agent, play_trial

ITERATIONS, EVERY, SEEDS = 250, 10, 3
TASKS, TENTH = 200, 10
"""Held-out tasks to be judged in; the steps over which rewards are added up."""


def rewards(agent: Agent) -> Tensor:
    """What an agent is paid in each step, mean over the held-out tasks [step]."""
    family = MiswiredArm()
    return play_trial(family, family.held_out_tasks(TASKS), agent, generator(PLAYING_SEED), 1).reward[:, 0].mean(0)


def measure(row: str, seed: int, folder: Path, tick: Tick = lambda: None, iterations: int = ITERATIONS) -> dict[str, Any]:
    """One run.

    Returns:
        curve: what an episode returns in the held-out tasks after each ten iterations, with the CPU-seconds of training until then.
        paid: at the end, what each ten steps of an episode return.
    """
    learner, stops = arm_learner(row, seed), range(0, iterations + 1, EVERY)
    trained = train(learner, iterations, tick, stops, keep=lambda x: rewards(x.agent(greedy=True)))
    if seed == 0 and row in ("rl2", "student"):
        seconds = round(trained.seconds[-1])
        learner.save(folder / f"arm_{row}.safetensors", cpu_seconds=seconds, origin="python3 -m dremeta_lite robots arms")
    curve = [{"iteration": n, "cpu_seconds": round(trained.seconds[n], 1), "return": round(trained.kept[n].sum().item(), 2)} for n in stops]
    return {"curve": curve, "paid": rounded(trained.kept[iterations].unflatten(0, (-1, TENTH)).sum(-1), 3)}


def record(folder: Path) -> None:
    """Train, measure and write the files."""
    family, path = MiswiredArm(), folder / "arms.json"
    jobs = [Job(row, seed, f"{title} on the arm", ITERATIONS) for seed in range(SEEDS) for row, (title, _) in ARM_ROWS.items()]
    runs = results(path, jobs, lambda job, tick: measure(job.row, job.seed, folder, tick))
    tasks = family.held_out_tasks(TASKS)
    agents = {ORACLE: Oracle(family, tasks), RANDOM: RandomActions(family), STILL: StandingStill(family)}
    yardsticks = {name: rounded(rewards(agent).unflatten(0, (-1, TENTH)).sum(-1), 3) for name, agent in agents.items()}
    settings = {row: arm_learner(row).hyper.values() for row in ARM_ROWS}
    made = origin("robots arms", seeds=SEEDS, held_out_tasks=TASKS, tenth=TENTH, settings=settings)
    rows = {row: {"title": title, "runs": runs[row]} for row, (title, _) in ARM_ROWS.items()}
    finish(path, {"origin": made, "yardsticks": yardsticks, "rows": rows})
