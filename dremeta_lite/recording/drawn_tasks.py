"""Measures the tables of notebook 11: what learned task distributions are worth.

    python3 -m dremeta_lite tasks                         all tables; about half an hour of one CPU core
    python3 -m dremeta_lite tasks search --to FOLDER      the first alone, in a folder of your own

`search`: N tasks of the ring are known. Each way to a p(T) draws 400 goals, the best path for those is computed, and judged on 2,000 goals
of the ring itself. `maze`: goals in the spiral maze are chosen in four ways. `skills`: skills are found without a reward, and MAML trains
on what is made of them, and on other goals. A seed means other known tasks, and a training of its own.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from dremeta_lite import store
from dremeta_lite.compare.task_tables import CURRICULA, FROM_SKILLS, PRACTISED, WAYS
from dremeta_lite.learner import generator
from dremeta_lite.meta import MAML, GoalCurriculum, GoalGenerators, SkillDiscovery, adapt_to, kernel_width, near, resampled
from dremeta_lite.recording.runner import Job, Tick, finish, options, origin, results, rounded, train
from dremeta_lite.tasks.drawn_goals import Draw, NavigationTo, ring
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.tasks.navigation import Navigation2D
from dremeta_lite.tasks.practice import Practice, SkillRewards
from dremeta_lite.tasks.spiral import SpiralMaze
from dremeta_lite.world.blind_search import best_path, share_found

FOLDER = store.DATA / "lesson11"
KNOWN, SEEDS, ITERATIONS, DRAWN, JUDGED, NOISE = (5, 20, 50), 5, 150, 400, 2000, 0.02
MAZE_SEEDS, LONG, EVERY = range(3, 8), 150, 5
"""Seeds and iterations in the maze, and over how many the coverage is averaged. The settings of the maze were chosen on seeds 0 to 2."""
SKILL_SEEDS, SKILLS, PRACTICE, STOPS, NEAR, FAR, SLOWEST = range(5, 10), 8, 60, (6, 30), 5, 8, 1e-5
"""Of skills: seeds, how many, iterations of practice, iterations of MAML after which it is judged, steps of practice, and a step size that
learns hardly anything. The settings were chosen on seeds 0 to 4."""
UNSEEN = ((1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0))
"""Corners of the map, to which no practice leads: it reaches 0.8 at most along each axis."""


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


def practise(steps: int, seed: int, tick: Tick, **hyper: Any) -> tuple[SkillDiscovery, dict[str, float]]:
    """Skills that were practised, and the last numbers."""
    trained = train(SkillDiscovery(Practice(SKILLS, steps), seed, **hyper), PRACTICE, tick)
    return trained.learner, trained.history[-1]


def practised(row: str, seed: int, tick: Tick = lambda: None) -> dict[str, float]:
    """How well the skills can be told apart, how far away and how often inside the square they end, and how sure q is where none has been:
    the probability of what it guesses in the four corners of the map."""
    slow = {"q_alone": {"learning_rate": SLOWEST}, "policy_alone": {"guess_lr": SLOWEST}}.get(row, {})
    learner, numbers = practise(NEAR if row == "short" else FAR, seed, tick, **slow)
    ends, corners = learner.ends(JUDGED, generator(seed + 1000)), torch.tensor(UNSEEN, device=learner.device)
    found = {name: numbers[name] for name in ("information", "guessed")}
    found |= {"away": ends.norm(dim=-1).mean().item(), "inside": (ends.abs() <= Navigation2D.goal_range).all(-1).double().mean().item()}
    found["sure"] = learner.guesser.log_q(corners).exp().amax(-1).mean().item()
    return {name: round(value, 3) for name, value in found.items()}


def trained_on(row: str, seed: int, tick: Tick = lambda: None) -> list[list[float]]:
    """The return on held-out goals after 0 to 3 steps of adaptation, at each stop of MAML's training on these tasks."""
    families: dict[str, TaskFamily] = {"ring": NavigationTo(ring), "square": Navigation2D(), "untrained": Navigation2D()}
    if row not in families:
        learner, _ = practise(NEAR if row == "near" else FAR, seed, tick)
        long = Navigation2D.horizon if row == "paid_long" else None
        paid = row.startswith("paid")
        families[row] = SkillRewards(learner.practice, learner.pays, long) if paid else NavigationTo(learner.ends)
    maml, family = MAML(families[row], seed), Navigation2D()
    tasks, rate = family.held_out_tasks(), maml.hyper.inner_lr
    judge = lambda maml: rounded(adapt_to(family, tasks, maml.policy, maml.theta, inner_lr=rate).returns().mean(1), 2)  # noqa: E731
    if row == "untrained":
        return [judge(maml)] * len(STOPS)
    return [*train(maml, max(STOPS), tick, STOPS, judge).kept.values()]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write what was named."""
    chosen = options("tasks", "Measure the tables of notebook 11 again.", arguments, FOLDER, names=("search", "maze", "skills"))
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
    if "skills" in chosen.names:
        path = chosen.to / "skills.json"
        jobs = [Job(f"practised {row}", seed, title, PRACTICE) for seed in SKILL_SEEDS for row, title in PRACTISED.items()]
        most = {"untrained": 0, "ring": max(STOPS), "square": max(STOPS)}
        rows = {row: (title, most.get(row, PRACTICE + max(STOPS))) for row, title in FROM_SKILLS.items()}
        jobs += [Job(f"trained {row}", seed, *each) for seed in SKILL_SEEDS for row, each in rows.items()]
        makers: dict[str, Any] = {"practised": practised, "trained": trained_on}
        found = results(path, jobs, lambda job, tick: makers[job.row.split()[0]](job.row.split()[1], job.seed, tick))
        judged = len(Navigation2D().held_out_tasks().goal)
        about = origin("tasks skills", seeds=[*SKILL_SEEDS], skills=SKILLS, practice=PRACTICE, stops=STOPS, judged=judged)
        tables = {name: {row.split()[1]: runs for row, runs in found.items() if row.startswith(name)} for name in makers}
        finish(path, {"origin": about, **tables})
