"""Trains MAML on the half cheetah, forwards or backwards, for notebook 12, beside RL² (`recording.cheetah`). Needs the extra `robots`.

    python3 -m dremeta_lite robots maml                    about ten minutes of one CPU core

It takes several clipped outer steps with each batch, since the robot is slow to simulate. α and the outer step size are
tried before, from a seed apart and for a third as long, and further outer step sizes as long as the best lies at an end; the pair that
returns most after one inner step is taken.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.meta.clipped_maml import ClippedMAML
from dremeta_lite.meta.evaluation import adapt_to
from dremeta_lite.recording.cheetah import SIGNS
from dremeta_lite.recording.runner import Job, Tick, beside, finish, origin, results, rounded, train
from dremeta_lite.recording.tuning import HEAT_SEEDS, PLAY_SEED, onwards
from dremeta_lite.tasks.cheetah import Direction, HalfCheetahDir

ITERATIONS, TRIED_FOR, EVERY, SEEDS, LEAST = 150, 50, 50, 3, 0.03
COPIES, EPISODES = 4, 20
"""How often it adapts to each direction when it is judged, and the episodes before each inner step then."""
SETTINGS: dict[str, Any] = {"tasks": 2, "trajectories": 32, "inner_steps": 1, "fraction": 1.0, "discount": 0.97, "hidden": (64, 64)}
TRIED, RANGE = [(0.2, 3e-3), (0.1, 3e-3), (0.4, 3e-3), (0.2, 1.5e-3), (0.2, 6e-3)], (1e-5, 0.1)
"""α and the outer step size, of which the first is where the search began; and where the second goes on to, as long as the best lies at an
end."""


class BothDirections(HalfCheetahDir):
    """The same robot, whose tasks are drawn in pairs, one of each direction: in a batch of two there would often be one direction alone."""

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> Direction:
        """Forwards, backwards, forwards, … [task]"""
        return Direction(torch.tensor([*SIGNS.values()]).repeat(n // 2).to(device))


def judged(learner: ClippedMAML, seed: int = PLAYING_SEED) -> dict[str, dict[str, list[float]]]:
    """The return after 0 to 3 inner steps in each direction, of actions that are drawn and of the likeliest ones."""
    h, tasks = learner.hyper, learner.family.sample_tasks(2 * COPIES, learner.rng)
    options: dict[str, Any] = {"trajectories": EPISODES, "discount": h.discount, "lam": h.gae_lambda, "seed": seed, "calm": True}
    found = adapt_to(learner.family, tasks, learner.policy, learner.theta, inner_lr=h.inner_lr, **options)
    returns = {"drawn": found.returns(), "likeliest": torch.stack([t.returns().mean(1) for t in found.calm])}
    return {name: {way: rounded(each[:, tasks.sign == sign].mean(1), 1) for way, sign in SIGNS.items()} for name, each in returns.items()}


def trained(seed: int, rates: tuple[float, float], iterations: int, stops: Any, tick: Tick = lambda: None) -> Any:
    """A training whose outer step size falls to 3 %, as RL²'s does, with what was `judged` at the stops."""
    learner = ClippedMAML(BothDirections(), seed, inner_lr=rates[0], meta_lr=rates[1], **SETTINGS)

    def fall() -> None:
        learner.hyper.meta_lr = rates[1] * max(LEAST, 1 - learner.iteration / iterations)
        tick()

    return train(learner, iterations, fall, stops, judged)


def one_try(rates: tuple[float, float], tick: Tick = lambda: None, iterations: int = TRIED_FOR) -> float:
    """The return after one inner step, mean over the directions, with other draws than the table's."""
    found = judged(trained(HEAT_SEEDS[0], rates, iterations, (), tick).learner, PLAY_SEED)["drawn"]
    return round(sum(returns[1] for returns in found.values()) / len(SIGNS), 1)


def measure(seed: int, rates: tuple[float, float], tick: Tick = lambda: None, iterations: int = ITERATIONS) -> list[dict[str, Any]]:
    """One run: what was `judged` after some iterations, with the CPU-seconds of training until then."""
    stops = range(0, iterations + 1, EVERY)
    run = trained(seed, rates, iterations, stops, tick)
    return [{"iteration": n, "cpu_seconds": round(run.seconds[n], 1), **run.kept[n]} for n in stops]


def name(alpha: float, beta: float) -> str:
    """Of a pair of step sizes."""
    return f"α {alpha:g}, β {beta:g}"


def tries(path: Path, pairs: Sequence[tuple[float, float]]) -> dict[tuple[float, float], float]:
    """The score of each pair; kept beside the path."""
    ways = {name(*rates): rates for rates in pairs}
    jobs = [Job(key, HEAT_SEEDS[0], f"MAML on the half cheetah: trying {key}", TRIED_FOR) for key in ways]
    return {ways[key]: score for key, (score,) in results(path, jobs, lambda job, tick: one_try(ways[job.row], tick)).items()}


def record(folder: Path) -> None:
    """Try settings, train, measure and write the file."""
    path, tried, further = (folder / f"cheetah_maml{part}.json" for part in ("", "_tries", "_further"))
    scores = tries(tried, TRIED)
    alpha, _ = max(scores, key=lambda rates: scores[rates])
    betas = {beta: score for (with_alpha, beta), score in scores.items() if with_alpha == alpha}
    found = onwards(betas, lambda beta: tries(further, [(alpha, beta)])[alpha, beta], RANGE)
    scores |= {(alpha, beta): score for beta, score in found.items()}
    taken = max(scores, key=lambda rates: scores[rates])
    jobs = [Job("maml", seed, "MAML on the half cheetah", ITERATIONS) for seed in range(SEEDS)]
    runs = results(path, jobs, lambda job, tick: measure(job.seed, taken, tick))["maml"]
    learner = ClippedMAML(BothDirections(), inner_lr=taken[0], meta_lr=taken[1], **SETTINGS)
    about = {"seeds": SEEDS, "adapted": COPIES, "episodes": EPISODES, "tried_seed": HEAT_SEEDS[0], "tried_for": TRIED_FOR}
    made = origin("robots maml", mujoco=HalfCheetahDir().version, **about, settings=learner.hyper.values())
    finish(path, {"origin": made, "tries": {name(*x): score for x, score in scores.items()}, "taken": name(*taken), "runs": runs})
    for each in (tried, further):
        beside(each).unlink(missing_ok=True)
