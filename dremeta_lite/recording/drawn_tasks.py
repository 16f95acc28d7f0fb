"""Measures the tables of notebook 11: what learned task distributions are worth.

    python3 -m dremeta_lite tasks                         all tables; about twenty-five minutes of one CPU core
    python3 -m dremeta_lite tasks search --to FOLDER      the first alone, in a folder of your own

`search`: N tasks of the ring are known. Each way to a p(T) draws 400 goals, the best path for those is computed, and judged on 2,000 goals
of the ring itself. `maze`: goals in the spiral maze are chosen in four ways. A seed means other known tasks, and a training of its own.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from dremeta_lite import store
from dremeta_lite.compare.task_tables import CURRICULA, WAYS
from dremeta_lite.learner import generator
from dremeta_lite.meta import GoalCurriculum, GoalGenerators, kernel_width, near, resampled
from dremeta_lite.recording.runner import Job, Tick, finish, options, origin, results, rounded, train
from dremeta_lite.tasks.drawn_goals import Draw, NavigationTo, ring
from dremeta_lite.tasks.spiral import SpiralMaze
from dremeta_lite.world.blind_search import best_path, share_found

FOLDER = store.DATA / "lesson11"
KNOWN, SEEDS, ITERATIONS, DRAWN, JUDGED, NOISE = (5, 20, 50), 5, 150, 400, 2000, 0.02
MAZE_SEEDS, LONG, EVERY = range(3, 8), 150, 5
"""Seeds and iterations in the maze, and over how many the coverage is averaged. The settings of the maze were chosen on seeds 0 to 2."""


def searched(known: int, seed: int, tick: Tick = lambda: None) -> dict[str, dict[str, float]]:
    """By way to draw tasks, for those who know so many: what the best path for what it draws is worth on the ring (share of the steps at
    the goal), and how near to the ring it draws."""
    learner = GoalGenerators(NavigationTo(), seed, examples=known)
    train(learner, ITERATIONS, tick)
    examples, test, found = learner.examples(), ring(JUDGED, generator(seed + 1000)), {}
    noisy = {"known": 0.0, "noise": NOISE, "kernel": kernel_width(examples)}
    ways: dict[str, Draw] = {way: partial(resampled, examples, noise=noise) for way, noise in noisy.items()}
    for way, draw in {**ways, "gan": learner.gan, "vae": learner.vae, "true": ring}.items():
        goals = draw(DRAWN, generator(seed + 2000))
        worth = share_found(best_path(goals, generator(seed + 3000)), test).mean().item()
        found[way] = {"worth": round(worth, 4), "precision": round(near(goals, test), 3), "coverage": round(near(test, goals), 3)}
        tick()
    return found


def explored(way: str, seed: int, tick: Tick = lambda: None) -> dict[str, Any]:
    """The share of the corridor that is reached, five iterations at a time, and what it took."""
    trained = train(GoalCurriculum(SpiralMaze(), way, seed), LONG, tick)
    coverage = [numbers["coverage"] for numbers in trained.history]
    fives = [sum(coverage[i : i + EVERY]) / EVERY for i in range(0, LONG, EVERY)]
    steps = sum(numbers["env_steps"] for numbers in trained.history)
    return {"coverage": rounded(fives, 3), "cpu_seconds": round(trained.seconds[-1], 1), "env_steps": steps}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write what was named."""
    chosen = options("tasks", "Measure the tables of notebook 11 again.", arguments, FOLDER, names=("search", "maze"))
    if "search" in chosen.names:
        path = chosen.to / "search.json"
        jobs = [Job(str(n), seed, f"{n} known", ITERATIONS + len(WAYS)) for seed in range(SEEDS) for n in KNOWN]
        runs = results(path, jobs, lambda job, tick: searched(int(job.row), job.seed, tick))
        finish(path, {"origin": origin("tasks search", seeds=SEEDS, judged=JUDGED, drawn=DRAWN), "known": runs})
    if "maze" in chosen.names:
        path = chosen.to / "maze.json"
        jobs = [Job(way, seed, title, LONG) for seed in MAZE_SEEDS for way, title in CURRICULA.items()]
        runs = results(path, jobs, lambda job, tick: explored(job.row, job.seed, tick))
        finish(path, {"origin": origin("tasks maze", seeds=[*MAZE_SEEDS], iterations=LONG, every=EVERY), "ways": runs})
