"""Measures the tables of notebook 06 that compare ways to a starting point: on sinusoids, and on the two navigation families.

    python3 -m dremeta_lite starts                        about ten minutes on one CPU core
    python3 -m dremeta_lite starts --seeds 1 --to DIR     a quicker look, in a folder of your own

The files have the seeds, the versions and all settings. Parameters of seed 0 on sinusoids are kept beside them.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from dremeta_lite import store
from dremeta_lite.inner.fitting import one_rate
from dremeta_lite.learner import generator
from dremeta_lite.meta import MAML, MetaSGD, RegressionLearner, Reptile
from dremeta_lite.meta.regression import CEILING, adaptation_errors, mean_errors
from dremeta_lite.networks import Params
from dremeta_lite.recording.pretrain import Agents, Choice
from dremeta_lite.speed import prepare_cpu
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


def waves(seeds: int, to: Path, bar: tqdm) -> dict[str, Any]:
    """Every way to a start for sinusoids: its errors on held-out tasks with 5 and with 10 points. Keeps the parameters of seed 0."""
    rows = {}
    for way, (title, hyper) in WAVES.items():
        learners, began = [], time.process_time()
        for seed in range(seeds * TIMES.get(way, 1)):
            bar.set_description(f"sinusoids: {title}, seed {seed}")
            learner = RegressionLearner(Sinusoid(), way, seed, meta_lr=META_LR, **hyper)
            for _ in range(hyper["lr_decay"]):
                learner.step()
                bar.update()
            learners.append(learner)
        seconds = (time.process_time() - began) / len(learners)
        rates = [tuned(learner) if way == "pooled" else None for learner in learners]
        rows[way] = {"title": title, "iterations": hyper["lr_decay"], "cpu_seconds": round(seconds, 1)} | {
            f"{points}_points": errors_of(learners, rates, points) for points in (5, 10)
        }
        if way == "pooled":
            rows[way]["alpha"] = [rate for rate in rates if rate is not None]
        learners[0].save(to / FOLDER / f"sinusoid_{way}.safetensors", origin="python3 -m dremeta_lite starts")
    return rows


def tuned(learner: RegressionLearner) -> float:
    """The α with which a start adapts best, on tasks that are not the held-out ones: least error after 1, 5 and 10 steps together."""
    tasks = learner.family.sample_tasks(TESTED, generator(10_000 + learner.seed))
    total = lambda rate: sum(shown(learner, tasks, one_rate(learner.start, rate), 5)[1:])  # noqa: E731
    return min(RATES, key=total)


def shown(learner: RegressionLearner, tasks: Any, rates: Params | None, points: int) -> list[float]:
    """The mean error after the steps of the table."""
    return mean_errors(adaptation_errors(learner, tasks, points, SHOWN[-1], rates))[list(SHOWN)].tolist()


def errors_of(learners: Sequence[RegressionLearner], rates: Sequence[float | None], points: int) -> dict[str, Any]:
    """Errors on the held-out tasks: mean and median, a row a seed, the mean over seeds, and how many tasks ran away in ten steps."""
    rows, medians, away = [], [], []
    for learner, rate in zip(learners, rates, strict=True):
        tasks = learner.family.held_out_tasks(TESTED)
        alpha = None if rate is None else one_rate(learner.start, rate)
        errors = adaptation_errors(learner, tasks, points, SHOWN[-1], alpha)[list(SHOWN)]
        rows.append([round(error, 3) for error in mean_errors(errors).tolist()])
        medians.append([round(error, 3) for error in errors.nan_to_num(CEILING).median(-1).values.tolist()])
        away.append(int((~(errors[-1] < CEILING)).sum()))
    over_seeds = lambda rows: [round(sum(column) / len(column), 3) for column in zip(*rows, strict=True)]  # noqa: E731
    return {"seeds": rows, "mean": over_seeds(rows), "medians": medians, "median": over_seeds(medians), "ran_away": away}


def navigation(family: Navigation2D, seeds: int, bar: tqdm) -> dict[str, Any]:
    """Every way to a start for policies, at about equal training time."""
    agents, rows = Agents(family, {}, bar), {}
    for name, (title, kind, hyper, iterations) in NAVIGATION[type(family)].items():
        make = lambda seed, kind=kind, hyper=hyper: kind(family, seed, **hyper)  # noqa: E731
        learners, seconds = agents.train(title, make, iterations, seeds)
        rows[name] = agents.row(title, [Choice(learner.theta, learner.hyper.inner_lr, iterations) for learner in learners], seconds)
    return rows


def origin(seeds: int) -> dict[str, Any]:
    """Where the figures come from: enough to make them again."""
    return {
        "command": f"python3 -m dremeta_lite starts --seeds {seeds}",
        **store.versions(),
        "seeds": list(range(seeds)),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python3 -m dremeta_lite starts", description="Measure anew what ways to a start lead to.")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds each (default 3)")
    parser.add_argument("--to", type=Path, default=store.DATA, help="the folder to write to (default: data)")
    options = parser.parse_args(arguments)
    prepare_cpu()
    training = [hyper["lr_decay"] * TIMES.get(way, 1) for way, (_, hyper) in WAVES.items()] + [
        row[3] for rows in NAVIGATION.values() for row in rows.values()
    ]
    with tqdm(total=options.seeds * sum(training), unit=" iterations", file=sys.stdout) as bar:
        settings = {"meta_lr": META_LR, "tested": TESTED, "rates_tried": RATES, "steps": SHOWN}
        settings["hyper"] = {way: hyper for way, (_, hyper) in WAVES.items()}
        table = {"origin": origin(options.seeds) | settings, "algorithms": waves(options.seeds, options.to, bar), "published": PUBLISHED}
        store.write_figures(options.to / FOLDER / "sinusoid.json", table)
        for family in (kind() for kind in NAVIGATION):
            table = {"origin": origin(options.seeds), "agents": navigation(family, options.seeds, bar)}
            store.write_figures(options.to / FOLDER / f"{family.name.lower()}.json", table)


if __name__ == "__main__":
    main()
