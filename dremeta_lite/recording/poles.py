"""Trains and measures the agents of notebook 12 that balance a pole.

    python3 -m dremeta_lite robots poles                   about five minutes of one CPU core
    python3 -m dremeta_lite robots poles --to FOLDER       in a folder of your own

Three are trained by the same learner, for as many iterations: RL² on tasks that stay; on tasks that are switched in the middle of a trial;
and with a memory that is told nothing, which makes a pooled policy of it. A student imitates the regulator that is told the task. Seed 0 of
each is kept, to be loaded.
"""

from pathlib import Path
from typing import Any

from dremeta_lite.agents.linear_quadratic import LinearQuadratic
from dremeta_lite.agents.yardsticks import RandomActions, StandingStill
from dremeta_lite.compare.scores import PLAYING_SEED, play_agents
from dremeta_lite.episodes import Episodes
from dremeta_lite.learner import generator
from dremeta_lite.meta.rl2_ppo import RL2PPO
from dremeta_lite.meta.student import Student
from dremeta_lite.recording.runner import Job, Tick, finish, origin, results, rounded, train
from dremeta_lite.tasks.pole import PoleOnCart
from dremeta_lite.titles import LEARNERS, ORACLE, POOLED, RANDOM, STILL
from dremeta_lite.trials import Agent, Through, play_trial

ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "rl2": (LEARNERS["rl2"], {"learning_rate": 0.012}),
    "switched": ("RL², tasks switched", {"learning_rate": 0.012, "switch": 0.02}),
    "pooled": (POOLED, {"encoding": "nothing"}),
    "student": ("student", {}),
}
"""By row: its title, and what is different from RL²'s settings for this family, as `recording.tuned_tables` has found it."""
ITERATIONS, EVERY, SEEDS = 60, 10, 3
TASKS, REVERSED_AT, LONG, TENTH = 300, 100, 200, 10
"""Held-out tasks to be judged in; the step at which motors are reversed, in trials of so many; the steps over which falls are counted."""


class Long(PoleOnCart):
    """The same poles for eight seconds."""

    horizon = LONG


class Turned:
    """Reverses all motors before one step: the `disturb` of `play_trial`."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self, step: int, episodes: Episodes) -> None:
        if step == self.at:
            episodes.tasks = episodes.tasks._replace(gain=-episodes.tasks.gain)  # type: ignore[attr-defined]


def make(row: str, seed: int) -> RL2PPO:
    """A learner that is not trained yet."""
    kind = Student if row == "student" else RL2PPO
    return kind(PoleOnCart(), seed, privileged=True, **ROWS[row][1])


def returned(agent: Agent) -> float:
    """The return of an episode in the held-out tasks, mean over them."""
    family = PoleOnCart()
    return round(play_agents(family, {"it": agent}, family.held_out_tasks(TASKS))["it"].item(), 3)


def falls(agent: Agent) -> list[float]:
    """How often a pole falls in each ten steps of a long trial in the middle of which the motor is reversed, mean over held-out tasks."""
    family = Long()
    seen = play_trial(family, family.held_out_tasks(TASKS), agent, generator(PLAYING_SEED), 1, Turned(REVERSED_AT)).next_observation[:, 0]
    fallen = family.fallen(seen * seen.new_tensor(family.scale)).to(seen.dtype)
    return rounded(fallen.unflatten(1, (-1, TENTH)).sum(-1).mean(0), 3)


class Blank(Through):
    """An agent that is kept from seeing what happened: its memory stays as it was in the beginning."""

    def see(self, step: Any) -> None:
        """Nothing."""


def measure(row: str, seed: int, folder: Path, tick: Tick = lambda: None, iterations: int = ITERATIONS) -> dict[str, Any]:
    """One run. Seed 0 is kept in a file.

    Returns:
        curve: what an episode returns in the held-out tasks after each ten iterations, with the CPU-seconds of training until then.
        blank: what it returns at the end with a memory that stays blank.
        falls: see there.
    """
    learner, stops = make(row, seed), range(0, iterations + 1, EVERY)
    trained = train(learner, iterations, tick, stops, keep=lambda x: returned(x.agent(greedy=True)))
    if seed == 0:
        learner.save(
            folder / f"pole_{row}.safetensors", cpu_seconds=round(trained.seconds[-1]), origin="python3 -m dremeta_lite robots poles"
        )
    curve = [{"iteration": n, "cpu_seconds": round(trained.seconds[n], 1), "return": trained.kept[n]} for n in stops]
    agent = learner.agent(greedy=True)
    return {"curve": curve, "blank": returned(Blank(agent)), "falls": falls(agent)}


def record(folder: Path) -> None:
    """Train, measure and write the files."""
    family, path = PoleOnCart(), folder / "poles.json"
    jobs = [Job(row, seed, title, ITERATIONS) for seed in range(SEEDS) for row, (title, _) in ROWS.items()]
    runs = results(path, jobs, lambda job, tick: measure(job.row, job.seed, folder, tick))
    tasks = family.held_out_tasks(TASKS)
    yardsticks = {ORACLE: LinearQuadratic(family, tasks), RANDOM: RandomActions(family), STILL: StandingStill(family)}
    rows = {row: {"title": title, "runs": runs[row]} for row, (title, _) in ROWS.items()}
    made = origin(
        "robots poles", seeds=SEEDS, held_out_tasks=TASKS, reversed_at=REVERSED_AT, tenth=TENTH, settings=make("rl2", 0).hyper.values()
    )
    finish(path, {"origin": made, "yardsticks": {name: returned(agent) for name, agent in yardsticks.items()}, "rows": rows})
