"""Trains RL² on MuJoCo's half cheetah, forwards or backwards, for notebook 12, and keeps how it runs. Needs the extra `robots`.

    python3 -m dremeta_lite robots cheetah                 about six minutes of one CPU core

A run has its learning curve; what a memory that stays blank earns; and of seed 0, at some moments of its training, the limbs of the robot
through five seconds in each direction, so that notebooks can play them where there is no MuJoCo.
"""

from pathlib import Path
from typing import Any

import torch

from dremeta_lite.agents.yardsticks import RandomActions, StandingStill
from dremeta_lite.compare.films import FRAMES, SIGNS, filmed
from dremeta_lite.compare.scores import PLAYING_SEED, play_agents
from dremeta_lite.meta.rl2_ppo import RL2PPO
from dremeta_lite.recording.poles import Blank
from dremeta_lite.recording.runner import Job, Tick, finish, origin, results, rounded, train
from dremeta_lite.tasks.cheetah import Direction, HalfCheetahDir
from dremeta_lite.titles import LEARNERS, RANDOM, STILL
from dremeta_lite.trials import Agent

ITERATIONS, EVERY, SEEDS, ROBOTS = 120, 20, 3, 24
FILMED = (0, 20, 60, 120)  # iterations after which seed 0 is filmed


def judged(family: HalfCheetahDir, agent: Agent, seed: int = PLAYING_SEED) -> dict[str, float]:
    """The mean return in each direction, of twelve robots each."""
    tasks = {name: Direction(torch.full((ROBOTS // 2,), sign)) for name, sign in SIGNS.items()}
    return {name: round(play_agents(family, {"it": agent}, each, seed=seed)["it"].item(), 1) for name, each in tasks.items()}


def film(family: HalfCheetahDir, agent: Agent) -> dict[str, Any]:
    """What `filmed` gives, as a file keeps it."""
    takes = filmed(family, agent)
    return {
        name: {"limbs": [rounded(frame.ravel(), 3) for frame in each.limbs], "speed": rounded(each.speed, 2)}
        for name, each in takes.items()
    }


def measure(seed: int, tick: Tick = lambda: None, iterations: int = ITERATIONS) -> dict[str, Any]:
    """One run."""
    family = HalfCheetahDir()
    learner, stops = RL2PPO(family, seed, privileged=True), range(0, iterations + 1, EVERY)

    def keep(learner: RL2PPO) -> tuple[dict[str, float], Any]:
        agent = learner.agent(greedy=True)
        return judged(family, agent), film(family, agent) if seed == 0 and learner.iteration in FILMED else None

    trained = train(learner, iterations, tick, stops, keep)
    curve = [{"iteration": n, "cpu_seconds": round(trained.seconds[n], 1), **trained.kept[n][0]} for n in stops]
    films = {str(n): trained.kept[n][1] for n in stops if trained.kept[n][1]}
    return {"curve": curve, "blank": judged(family, Blank(learner.agent(greedy=True))), "films": films}


def record(folder: Path) -> None:
    """Train, measure and write the file."""
    path, family = folder / "cheetah.json", HalfCheetahDir()
    jobs = [Job("rl2", seed, f"{LEARNERS['rl2']} on the half cheetah", ITERATIONS) for seed in range(SEEDS)]
    runs = results(path, jobs, lambda job, tick: measure(job.seed, tick))["rl2"]
    yardsticks = {RANDOM: judged(family, RandomActions(family)), STILL: judged(family, StandingStill(family))}
    settings = RL2PPO(family, privileged=True).hyper.values()
    made = origin(
        "robots cheetah",
        mujoco=family.version,
        seeds=SEEDS,
        robots=ROBOTS,
        frames_a_second=round(1 / (FRAMES * family.seconds)),
        settings=settings,
    )
    finish(path, {"origin": made, "yardsticks": yardsticks, "runs": runs})
