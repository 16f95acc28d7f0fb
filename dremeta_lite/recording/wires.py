"""Trains the agents of notebook 12 that run with a half cheetah whose legs may be miswired. Needs the extra `robots`.

    python3 -m dremeta_lite robots wires                   about an hour of one CPU core

Three are trained by the same learner, for as many iterations: RL²; a policy that is told nothing, pooled over all wirings; and an oracle,
which undoes the wiring, so that it has the right robot before it. Each tries some settings before, from a seed apart and for half as long,
and takes the best. Where the best step size lies at an end, further ones are tried; one that is ahead of all others is trained in full as
well.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from dremeta_lite.agents.yardsticks import RandomActions, StandingStill
from dremeta_lite.compare.robot_tables import WIRED
from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.inner.baselines import least_squares
from dremeta_lite.learner import generator
from dremeta_lite.meta.rl2_ppo import RL2PPO
from dremeta_lite.recording.poles import Blank
from dremeta_lite.recording.runner import Job, Tick, beside, finish, origin, results, rounded, train
from dremeta_lite.recording.tuning import HEAT_SEEDS, PLAY_SEED, onwards
from dremeta_lite.tasks.cheetah import MiswiredCheetah, Wiring
from dremeta_lite.titles import RANDOM, STILL
from dremeta_lite.trials import Agent, play_trial

ITERATIONS, TRIED_FOR, EVERY, SEEDS, ROBOTS, READ, TENTH = 250, 125, 50, 3, 25, 400, 10
"""Of a run, and of a try; robots of each wiring when it is judged, and in all when wirings are read off; steps that are added up."""
BLIND = {"nothing": (3e-3, 1.5e-3, 6e-3, 1.2e-2)}
WAYS = {"rl2": {"effects": (3e-3, 1.5e-3, 6e-3), "plain": (3e-3, 6e-3, 1.2e-2)}, "pooled": BLIND, "oracle": BLIND}
"""By row and by what the memory is told: the step sizes that are tried first."""
RANGE = 1e-5, 0.1
"""Step sizes that are tried on from there, as long as the best lies at an end."""
WIRINGS = {"both right": (1, 1), "back leg reversed": (-1, 1), "front leg reversed": (1, -1), "both reversed": (-1, -1)}


def make(row: str, seed: int, settings: Mapping[str, Any], iterations: int = ITERATIONS) -> RL2PPO:
    """A learner that is not trained yet."""
    return RL2PPO(MiswiredCheetah(undone=row == "oracle"), seed, privileged=True, iterations=iterations, **settings)


def paid(family: MiswiredCheetah, agent: Agent, seed: int = PLAYING_SEED) -> Tensor:
    """What an agent earns in each ten steps of an episode, by wiring [4, tenth]."""
    tasks = Wiring(*torch.tensor([*WIRINGS.values()], dtype=torch.float32).repeat_interleave(ROBOTS, 0).unbind(1))
    reward = play_trial(family, tasks, agent, generator(seed), 1).reward[:, 0]
    return reward.unflatten(0, (-1, ROBOTS)).mean(1).unflatten(1, (-1, TENTH)).sum(-1)


def read_off(family: MiswiredCheetah, agent: Agent) -> dict[str, list[float]]:
    """How well a look at the body tells how a leg is wired, every ten steps: the fraction that a formula gets right, linear in what is seen
    and in its squares. It is fitted to one half of the robots, and asked about the other half."""
    tasks = family.sample_tasks(READ, generator(PLAYING_SEED))
    seen = play_trial(family, tasks, agent, generator(PLAYING_SEED), 1).observation[:, 0, ::TENTH].transpose(0, 1)
    x, half = torch.cat([seen, seen.square(), torch.ones_like(seen[..., :1])], -1).double(), READ // 2
    found = {}
    for leg, sign in tasks._asdict().items():
        told = x[:, half:] @ least_squares(x[:, :half], sign[:half].expand(len(x), half), 1.0)[..., None]
        found[leg] = rounded((told[..., 0] * sign[half:] > 0).double().mean(1), 3)
    return found


class Way(NamedTuple):
    """What is tried."""

    row: str
    encoding: str
    learning_rate: float

    @property
    def settings(self) -> dict[str, Any]:
        return {"learning_rate": self.learning_rate, "encoding": self.encoding}


def one_try(row: str, settings: Mapping[str, Any], tick: Tick = lambda: None, iterations: int = TRIED_FOR) -> float:
    """The return of an episode, mean over the wirings, after a short training from a seed apart, with other draws than the table's."""
    learner = make(row, HEAT_SEEDS[0], settings, iterations)
    train(learner, iterations, tick)
    return round(paid(learner.family, learner.agent(greedy=True), PLAY_SEED).sum(1).mean().item(), 1)  # type: ignore[arg-type]


def measure(row: str, seed: int, settings: Mapping[str, Any], tick: Tick = lambda: None, iterations: int = ITERATIONS) -> dict[str, Any]:
    """One run.

    Returns:
        curve: what an episode returns after some iterations, mean over the wirings, with the CPU-seconds of training until then.
        wirings: what it returns at the end with each; blank: the mean again, with a memory that stays blank.
        paid: at the end, what each ten steps of an episode return.
        read_off: see there.
    """
    learner, stops = make(row, seed, settings, iterations), range(0, iterations + 1, EVERY)
    family: Any = learner.family
    trained = train(learner, iterations, tick, stops, keep=lambda x: paid(family, x.agent(greedy=True)))
    agent, end = learner.agent(greedy=True), trained.kept[stops[-1]]
    returns = {n: round(each.sum(1).mean().item(), 1) for n, each in trained.kept.items()}
    curve = [{"iteration": n, "cpu_seconds": round(trained.seconds[n], 1), "return": returns[n]} for n in stops]
    wirings = dict(zip(WIRINGS, rounded(end.sum(1), 1), strict=True))
    blank = round(paid(family, Blank(agent)).sum(1).mean().item(), 1)
    return {"curve": curve, "wirings": wirings, "blank": blank, "paid": rounded(end.mean(0), 2), "read_off": read_off(family, agent)}


def tries(path: Path, ways: Sequence[Way]) -> dict[Way, float]:
    """The score of each; kept beside the path."""
    named = {f"{way.row}, {way.encoding}, β {way.learning_rate:g}": way for way in ways}
    jobs = [Job(key, HEAT_SEEDS[0], f"miswired cheetahs: trying {key}", TRIED_FOR) for key in named]
    found = results(path, jobs, lambda job, tick: one_try(named[job.row].row, named[job.row].settings, tick))
    return {named[key]: score for key, (score,) in found.items()}


def tried_on(scores: Mapping[Way, float], further: Path) -> dict[Way, float]:
    """Further tries, of each row and of what its memory is told: on from the best, where it lies at an end."""
    found = dict[Way, float]()
    for row, name in dict.fromkeys((way.row, way.encoding) for way in scores):
        way = partial(Way, row, name)
        score = lambda rate, way=way: tries(further, [way(rate)])[way(rate)]  # noqa: E731
        each = onwards({rate: scores[way(rate)] for rate in WAYS[row][name]}, score, RANGE)
        found |= {way(rate): each[rate] for rate in each if rate not in WAYS[row][name]}
    return found


def best(scores: Mapping[Way, float]) -> dict[str, Way]:
    """By row: what returned most."""
    return {row: max((way for way in scores if way.row == row), key=lambda way: scores[way]) for row in WIRED}


def record(folder: Path) -> None:
    """Try settings, train, measure and write the file."""
    path, tried, further = (folder / f"wires{part}.json" for part in ("", "_tries", "_further"))
    first = tries(tried, [Way(row, name, rate) for row in WAYS for name in WAYS[row] for rate in WAYS[row][name]])
    family = MiswiredCheetah()
    scores = first | tried_on(first, further)
    taken, later = best(first), {f"{row}, further": way for row, way in best(scores).items() if way not in first}
    ways = {**taken, **later}
    jobs = [Job(key, seed, f"{WIRED[way.row]} on miswired cheetahs", ITERATIONS) for seed in range(SEEDS) for key, way in ways.items()]
    runs = results(path, jobs, lambda job, tick: measure(ways[job.row].row, job.seed, ways[job.row].settings, tick))
    yardsticks = {name: paid(family, agent) for name, agent in ((RANDOM, RandomActions(family)), (STILL, StandingStill(family)))}
    about = {"seeds": SEEDS, "robots": ROBOTS * len(WIRINGS), "read": READ, "tenth": TENTH}
    about |= {"tried_seed": HEAT_SEEDS[0], "tried_for": TRIED_FOR, "settings": make("rl2", 0, taken["rl2"].settings).hyper.values()}
    made = origin("robots wires", mujoco=family.version, **about)
    rows: dict[str, Any] = {}
    for row, title in WIRED.items():
        each = [{"settings": way.settings, "score": score, "further": way not in first} for way, score in scores.items() if way.row == row]
        rows[row] = {"title": title, "tries": each, "taken": taken[row].settings, "runs": runs[row]}
        if way := later.get(f"{row}, further"):
            rows[row]["further"] = {"settings": way.settings, "runs": runs[f"{row}, further"]}
    earned = {name: dict(zip(WIRINGS, rounded(each.sum(1), 1), strict=True)) for name, each in yardsticks.items()}
    finish(path, {"origin": made, "yardsticks": earned, "rows": rows})
    for each in (tried, further):
        beside(each).unlink(missing_ok=True)
