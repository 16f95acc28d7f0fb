"""Sweep a learner's hyperparameters with Ray Tune: the search space is made from the bounds that each of them declares, in the
environment of the extra `scale`.

    python3 -m dremeta_lite sweep MAML Navigation2D inner_lr meta_lr --samples 20 --iterations 60 --to runs/sweep

Settings are drawn at random between the bounds, on a logarithmic scale where the hyperparameter has one. Asynchronous successive halving
(Li et al. 2020, arXiv 1810.05934) ends those early that are behind after the same number of iterations. A sweep that was stopped goes on by
the same command: each try keeps its state. `<to>/sweep.json` has every try, the best one first.
"""

import argparse
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dremeta_lite import meta, tasks
from dremeta_lite.hyper import HyperParameters, Switch, Whole
from dremeta_lite.ray_workers import import_ray, start_ray
from dremeta_lite.recording.runner import finish, origin
from dremeta_lite.speed import prepare_cpu

METRIC, STATE = "return_last", "learner.safetensors"


def space(hyper: type[HyperParameters], names: Sequence[str]) -> dict[str, Any]:
    """What Ray Tune draws from: each hyperparameter between its own bounds, on its own scale. Raises traitlets.TraitError: no such name."""
    tune, found = import_module("ray.tune"), {}
    for name in names:
        hyper()._demand(name)
        trait: Any = hyper.class_traits()[name]
        if isinstance(trait, Switch):
            found[name] = tune.choice([False, True])
        elif isinstance(trait, Whole):
            found[name] = (tune.lograndint if trait.scale == "log" else tune.randint)(trait.low, trait.high + 1)
        else:
            found[name] = (tune.loguniform if trait.scale == "log" else tune.uniform)(trait.low, trait.high)
    return found


def attempt(settings: dict[str, Any], learner: str, family: str, iterations: int) -> None:
    """One try, in a worker of Ray: train, and report each iteration; every tenth is kept."""
    tune = import_module("ray.tune")
    prepare_cpu()
    made = getattr(meta, learner)(getattr(tasks, family)(), 0, **settings)
    if kept := tune.get_checkpoint():
        with kept.as_directory() as folder:
            made.load(Path(folder) / STATE)
    while made.iteration < iterations:
        numbers = {METRIC: made.step()[METRIC], "iteration": made.iteration}
        if made.iteration % 10 and made.iteration < iterations:
            tune.report(numbers)
            continue
        with TemporaryDirectory() as folder:
            made.save(Path(folder) / STATE)
            tune.report(numbers, checkpoint=tune.Checkpoint.from_directory(folder))


class Left:
    """How many tries have not ended. Tune takes Ctrl-C for itself and then returns as if all had."""

    tries = 0


def watched() -> Any:
    """What tells `Left` after each of Tune's steps."""

    class Watch(import_module("ray.tune").Callback):
        def on_step_end(self, iteration: int, trials: Sequence[Any], **info: Any) -> None:
            Left.tries = sum(not trial.is_finished() for trial in trials)

    return Watch()


def sweep(
    learner: str, family: str, names: Sequence[str], samples: int, iterations: int, to: Path, address: str | None = None
) -> list[dict[str, Any]]:
    """All tries, the best first: what was set, its last return, and after how many iterations. Goes on with one that is in `to`, a folder
    that all machines share if Ray is one that runs already, at `address`.
    Raises KeyboardInterrupt: it was stopped before all of them had ended."""
    ray, tune = import_ray(), import_module("ray.tune")
    if not ray.is_initialized():
        start_ray(ray, None, address)
    work = tune.with_parameters(attempt, learner=learner, family=family, iterations=iterations)
    path = str(to.resolve() / "tries")
    if tune.Tuner.can_restore(path):
        tuner = tune.Tuner.restore(path, work, resume_unfinished=True, resume_errored=False)
    else:
        halving = import_module("ray.tune.schedulers").ASHAScheduler(
            time_attr="iteration", max_t=iterations, grace_period=min(10, iterations)
        )
        tuner = tune.Tuner(
            work,
            param_space=space(getattr(meta, learner).hyper_type, names),
            tune_config=tune.TuneConfig(metric=METRIC, mode="max", num_samples=samples, scheduler=halving),
            run_config=tune.RunConfig(name="tries", storage_path=str(to.resolve()), verbose=1, callbacks=[watched()]),
        )
    found = tuner.fit()
    if Left.tries:
        raise KeyboardInterrupt
    found = [result for result in found if result.metrics and METRIC in result.metrics]
    rows = [{"settings": each.config, METRIC: each.metrics[METRIC], "iteration": each.metrics["iteration"]} for each in found]
    rows.sort(key=lambda row: -row[METRIC])
    command = f"sweep {learner} {family} {' '.join(names)} --samples {samples} --iterations {iterations}"
    finish(to / "sweep.json", {"origin": origin(command), "tries": rows})
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Sweep, write, and print the best."""
    parser = argparse.ArgumentParser(prog="python3 -m dremeta_lite sweep", description="Sweep hyperparameters with Ray Tune.")
    parser.add_argument("learner", help="one that reports return_last, such as MAML, EMAML, MetaSGD or Reptile")
    parser.add_argument("family", help="a family of tasks, such as Navigation2D")
    parser.add_argument("names", nargs="+", help="hyperparameters, such as inner_lr")
    parser.add_argument("--samples", type=int, default=20, help="how many settings are tried (default 20)")
    parser.add_argument("--iterations", type=int, default=60, help="of a try that is not ended early (default 60)")
    parser.add_argument("--to", type=Path, default=Path("runs/sweep"), help="a folder (default runs/sweep)")
    parser.add_argument("--ray", metavar="ADDRESS", help="let a Ray that runs make them (default: a new one here)")
    chosen = parser.parse_args(arguments)
    try:
        rows = sweep(chosen.learner, chosen.family, chosen.names, chosen.samples, chosen.iterations, chosen.to, chosen.ray)
    except (ModuleNotFoundError, ConnectionError) as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        parser.exit(130, "Stopped. The same command goes on.\n")
    for row in rows[:5]:
        print(f"{row[METRIC]:9.2f} after {row['iteration']} iterations: {row['settings']}")
