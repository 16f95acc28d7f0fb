"""Duan et al. 2016, the last column: RL², trained by us, in the settings of the tables, one seed each.

    python3 -m dremeta_lite published --learned                  what is not recorded yet; all: a quarter of an hour of one CPU core
    python3 -m dremeta_lite published --learned --only mdps      one of the two tables

The paper trains by TRPO for far longer. Where `privileged` is among the settings, training (not playing) is told the task; see `meta.rl2`.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dremeta_lite.compare import published
from dremeta_lite.compare.published import Row
from dremeta_lite.meta.rl2 import RL2
from dremeta_lite.recording import duan
from dremeta_lite.recording.plays import Method, measure
from dremeta_lite.recording.runner import Job, Tick, record, train
from dremeta_lite.tasks import Bandit, RandomMDP

NAME = "RL²"
LONG = {"iterations": 1400, "privileged": True, "discount": 0.99, "gae_lambda": 0.99, "entropy_weight": 0.01, "reward_weight": 0.5}
BANDITS: Mapping[tuple[int, int], Mapping[str, Any]] = {
    (10, 5): {"iterations": 400},
    (10, 10): {"iterations": 400},
    (10, 50): {"iterations": 600, "entropy_weight": 0.01, "reward_weight": 0.5},
    (100, 5): LONG,
    (100, 10): LONG,
}
"""Settings by (pulls, arms); what is not named are the learner's defaults."""
MDPS: Mapping[int, Mapping[str, Any]] = {10: {}, 25: {"iterations": 240}}
"""Settings by episodes."""
OURS = "*RL²*: ours, one seed, trained for the CPU-seconds of the last column, summed over all settings; the paper's is trained far longer."
NOTES: Mapping[str, str] = {
    "bandits": f"{OURS} At n = 100 training is told the task; playing is told nothing.",
    "mdps": f"{OURS} The memory begins with a mean and a count for each pair of state and action.",
}
"""By the table that they stand below."""


def bandit_row(n: int, k: int, trials: int, tick: Tick = lambda: None) -> Row:
    """RL² on bandits: trained, and measured on the tasks of table 1."""
    paper = dict(zip(duan.BANDIT_COLUMNS, duan.BANDITS[n, k], strict=True))[NAME]
    return row(RL2(Bandit(k, n), **BANDITS[n, k]), duan.bandit_setting(n, k), paper, trials, tick)


def mdp_row(n: int, trials: int, tick: Tick = lambda: None) -> Row:
    """RL² on random MDPs: trained, and measured on the tasks of table 2."""
    paper = dict(zip(duan.MDP_COLUMNS, duan.MDPS[n], strict=True))[NAME]
    return row(RL2(RandomMDP(episodes=n), **MDPS[n]), duan.mdp_setting(n), paper, trials, tick)


def row(learner: RL2, setting: str, paper: float, trials: int, tick: Tick = lambda: None) -> Row:
    """Train for as long as is planned, then measure."""
    seconds = train(learner, learner.hyper.iterations, tick).seconds[-1]
    measured = measure(learner.family, setting, Method(NAME, learner.agent), paper, trials)
    return measured._replace(cpu_s=round(seconds, 1), parameters={name: float(x) for name, x in learner.hyper.values().items()})


def add(folder: Path, name: str, found: Sequence[Row]) -> None:
    """Put rows into a file of rows, in the place of those of the same agent and setting; everything else stays as it is."""
    old, about = published.read(name, folder)
    new = {(r.name, r.setting) for r in found}
    origin = {key: value for key, value in about["origin"].items() if key not in published.VERSIONS}
    notes = about["notes"] | {NAME: NOTES[name]}
    kept = [r for r in old if (r.name, r.setting) not in new]
    published.write(
        folder / f"{name}.json",
        [*kept, *found],
        about["source"],
        notes,
        **origin | {"learned": "python3 -m dremeta_lite published --learned"},
    )


def main(folder: Path, only: str | None = None, fraction: float = 1.0) -> None:
    """Train, measure and write, setting by setting; what is recorded already is kept."""
    trials = lambda full: max(2, round(full * fraction))  # noqa: E731
    made: dict[tuple[str, str], Callable[[Tick], Row]] = {}
    for n, k in BANDITS:
        made["bandits", duan.bandit_setting(n, k)] = lambda tick, n=n, k=k: bandit_row(n, k, trials(duan.TRIALS[n]), tick)
    for n in MDPS:
        made["mdps", duan.mdp_setting(n)] = lambda tick, n=n: mdp_row(n, trials(duan.MDP_TRIALS), tick)
    tables = [only] if only else ["bandits", "mdps"]
    done = {(name, r.setting) for name in tables for r in published.read(name, folder)[0] if r.name == NAME}
    planned = [settings["iterations"] for settings in BANDITS.values()]
    planned += [RL2(RandomMDP(episodes=n), **settings).hyper.iterations for n, settings in MDPS.items()]
    todo = [(key, n) for key, n in zip(made, planned, strict=True) if key[0] in tables and key not in done]
    jobs = [Job("/".join(key), 0, f"{NAME}, {key[1]}", n) for key, n in todo]
    key_of = lambda job: tuple(job.row.split("/", 1))  # noqa: E731
    record(jobs, lambda job, tick: made[key_of(job)](tick), lambda job, found: add(folder, key_of(job)[0], [found]))
