"""Measures the tables of notebook 06b that compare ways to a starting point: on sinusoids, and on the two navigation families.

    python3 -m dremeta_lite starts                        about ten minutes on one CPU core
    python3 -m dremeta_lite starts --seeds 1 --to DIR     a quicker look, in a folder of your own

The files have the seeds, the versions and all settings. Parameters of seed 0 on sinusoids are kept beside them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dremeta_lite import store
from dremeta_lite.inner.fitting import one_rate
from dremeta_lite.learner import generator
from dremeta_lite.meta import MAML, MetaSGD, RegressionLearner, Reptile
from dremeta_lite.meta.regression import CEILING, adaptation_errors, mean_errors
from dremeta_lite.networks import Params
from dremeta_lite.recording.pretrain import row, trained
from dremeta_lite.recording.runner import Job, Tick, finish, options, origin, results, rounded, train
from dremeta_lite.tasks import MirroredNavigation2D, Navigation2D, Sinusoid

FOLDER = "lesson06"
SHOWN = (0, 1, 5, 10)  # adaptation steps in the table of sinusoids
TESTED = 600
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03)
PUBLISHED = {
    "source": "Finn et al. 2017, arXiv 1703.03400, appendix, 5-shot sinusoid (as commonly quoted)",
    "steps": [1, 5, 10],
    "maml": [0.67, 0.38, 0.35],
    "pooled": [2.41, 2.23, 2.19],
}
WAVES: dict[str, tuple[str, dict[str, Any]]] = {
    "pooled": ("pooled training, α tuned afterwards", {"lr_decay": 1500}),
    "reptile": ("Reptile, K = 5", {"lr_decay": 1500, "inner_steps": 5}),
    "first_order": ("first-order MAML", {"lr_decay": 1500}),
    "maml": ("MAML", {"lr_decay": 1500}),
    "meta_sgd": ("Meta-SGD", {"lr_decay": 1500}),
}
META_LR = 0.02
TIMES = {"meta_sgd": 4}
"""How many times as many seeds: its errors have heavy tails, so that a few seeds say little about them."""
FIRST_ORDER: tuple[str, Any, dict[str, Any], int] = ("first-order MAML", MAML, {"second_order": False}, 150)
REPTILE: tuple[str, Any, dict[str, Any], int] = ("Reptile, K = 3", Reptile, {}, 120)
META_SGD: tuple[str, Any, dict[str, Any], int] = ("Meta-SGD", MetaSGD, {}, 100)
NAVIGATION = {
    Navigation2D: {"reptile": REPTILE, "meta_sgd": META_SGD},
    MirroredNavigation2D: {"first_order": FIRST_ORDER, "reptile": REPTILE, "meta_sgd": META_SGD},
}
"""Those that `pretrain` has not measured: they are shown beside its rows."""


def waves(seeds: int, to: Path) -> dict[str, Any]:
    """Every algorithm on sinusoids: its errors on held-out tasks with 5 and with 10 points. Keeps the parameters of seed 0."""
    jobs = [
        Job(name, seed, f"sinusoids: {title}", hyper["lr_decay"])
        for name, (title, hyper) in WAVES.items()
        for seed in range(seeds * TIMES.get(name, 1))
    ]

    def run(job: Job, tick: Tick) -> dict[str, Any]:
        learner = RegressionLearner(Sinusoid(), job.row, job.seed, meta_lr=META_LR, **WAVES[job.row][1])
        seconds = train(learner, job.iterations, tick).seconds[-1]
        rate = tuned(learner) if job.row == "pooled" else None
        if job.seed == 0:
            learner.save(to / FOLDER / f"sinusoid_{job.row}.safetensors", origin="python3 -m dremeta_lite starts")
        return {"seconds": seconds, "alpha": rate} | {f"{points}_points": errors_of(learner, rate, points) for points in (5, 10)}

    rows = {}
    for name, runs in results(table_of(Sinusoid(), to), jobs, run).items():
        seconds = sum(each["seconds"] for each in runs) / len(runs)
        rows[name] = {"title": WAVES[name][0], "iterations": WAVES[name][1]["lr_decay"], "cpu_seconds": round(seconds, 1)}
        rows[name] |= {points: over_seeds([each[points] for each in runs]) for points in ("5_points", "10_points")}
        if name == "pooled":
            rows[name]["alpha"] = [each["alpha"] for each in runs]
    return rows


def tuned(learner: RegressionLearner) -> float:
    """The α with which a start adapts best, on tasks that are not the held-out ones: least error after 1, 5 and 10 steps together."""
    tasks = learner.family.sample_tasks(TESTED, generator(10_000 + learner.seed))
    total = lambda rate: sum(shown(learner, tasks, one_rate(learner.start, rate), 5)[1:])  # noqa: E731
    return min(RATES, key=total)


def shown(learner: RegressionLearner, tasks: Any, rates: Params | None, points: int) -> list[float]:
    """The mean error after the steps of the table."""
    return mean_errors(adaptation_errors(learner, tasks, points, SHOWN[-1], rates))[list(SHOWN)].tolist()


def errors_of(learner: RegressionLearner, rate: float | None, points: int) -> dict[str, Any]:
    """Errors on the held-out tasks: mean and median after the steps of the table, and how many tasks ran away in ten steps."""
    alpha = None if rate is None else one_rate(learner.start, rate)
    errors = adaptation_errors(learner, learner.family.held_out_tasks(TESTED), points, SHOWN[-1], alpha)[list(SHOWN)]
    return {
        "mean": rounded(mean_errors(errors), 3),
        "median": rounded(errors.nan_to_num(CEILING).median(-1).values, 3),
        "ran_away": int((~(errors[-1] < CEILING)).sum()),
    }


def over_seeds(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A row a seed, and the mean over seeds."""
    means, medians = ([run[name] for run in runs] for name in ("mean", "median"))
    mean = lambda rows: [round(sum(column) / len(column), 3) for column in zip(*rows, strict=True)]  # noqa: E731
    away = [run["ran_away"] for run in runs]
    return {"seeds": means, "mean": mean(means), "medians": medians, "median": mean(medians), "ran_away": away}


def navigation(family: Navigation2D, seeds: int, to: Path) -> dict[str, Any]:
    """Every algorithm on policies, at about equal training time."""
    rows = NAVIGATION[type(family)]
    jobs = [Job(name, seed, f"{family.name}: {row[0]}", row[3]) for name, row in rows.items() for seed in range(seeds)]

    def run(job: Job, tick: Tick) -> dict[str, Any]:
        _, kind, hyper, iterations = rows[job.row]
        return trained(family, kind(family, job.seed, **hyper), iterations, tick)

    found = results(table_of(family, to), jobs, run)
    return {name: row(rows[name][0], runs, sum(each["seconds"] for each in runs) / seeds) for name, runs in found.items()}


def table_of(family: Any, to: Path) -> Path:
    return to / FOLDER / f"{family.name.lower()}.json"


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = options("starts", "Measure again what ways to a start lead to.", arguments, store.DATA, seeds=3)
    made = origin(f"starts --seeds {chosen.seeds}", seeds=list(range(chosen.seeds)))
    settings = {"meta_lr": META_LR, "tested": TESTED, "rates_tried": RATES, "steps": SHOWN}
    settings["hyper"] = {name: hyper for name, (_, hyper) in WAVES.items()}
    rows = waves(chosen.seeds, chosen.to)
    finish(table_of(Sinusoid(), chosen.to), {"origin": made | settings, "algorithms": rows, "published": PUBLISHED})
    for family in (kind() for kind in NAVIGATION):
        finish(table_of(family, chosen.to), {"origin": made, "agents": navigation(family, chosen.seeds, chosen.to)})
