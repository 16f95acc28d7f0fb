"""Recorded runs: parameters θ at some iterations in one file, and the run that is read from it.

θ is all that is kept: enough to play with, not enough to go on training. It may be kept with half of its digits (float16), so that files
stay small; who comes back then plays all but as the one who was judged.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from traitlets import TraitError

from dremeta_lite import store
from dremeta_lite.compare.benchmarks import BENCHMARKS
from dremeta_lite.compare.checkpoints import Checkpoint, RecordedRun
from dremeta_lite.learner import GradientLearner
from dremeta_lite.learner_state import State
from dremeta_lite.meta.varibad import VariBAD
from dremeta_lite.tasks.hidden_goal import HiddenGoal

COMMAND = "compare"
"""Of `python3 -m dremeta_lite`: makes these files."""
AGAIN = f"`python3 -m dremeta_lite {COMMAND}` makes it again."
FOLDER = store.DATA / "lesson10"


def run_path(benchmark: str, method: str, folder: Path = FOLDER) -> Path:
    """Where the run of a method in a benchmark is kept."""
    return folder / f"{benchmark}_{method}.safetensors"


def write_run(path: Path, kept: Mapping[str, Tensor], learner: GradientLearner, benchmark: str, method: str, **notes: Any) -> None:
    """Write what was kept of a run.

    Args:
        kept: θ at some iterations, named `<iteration>/<parameter>`.
        learner: who was trained: its seed and its hyperparameters are written down.
        benchmark, method: where it took part, and as whom, by their keys.

    Raises:
        OSError: the folder cannot be written; nothing is left behind.
    """
    iterations = sorted({int(name.partition("/")[0]) for name in kept})
    about = {"benchmark": benchmark, "method": method, "seed": learner.seed, "hyper": learner.hyper.values(), "iterations": iterations}
    store.write(path, kept, {**learner.identity(), **about, **notes})


def read_run(path: Path, learner: GradientLearner, title: str, episodes: int, figures: Mapping[str, Any] | None = None) -> RecordedRun:
    """What `write_run` has written, as a run with one learner.

    Args:
        learner: a fresh one of the same kind and layout; it is given the parameters of the file, and its hyperparameters.
        title: what the learner is called in the run.
        figures: what was measured at checkpoints of the same run, if that is known: a list `checkpoints` of iterations and returns.

    Raises:
        store.StoreError: the file is missing, truncated, foreign, or of another learner, family or layout.
    """
    tensors, about = store.read(path, COMMAND)
    for key, wanted in learner.identity().items():
        if about.get(key) != wanted:
            raise store.StoreError(f"{path} is for the {key} {about.get(key)!r}, and this is {wanted!r}: {AGAIN}")
    judged = {point["iteration"]: torch.tensor(point["returns"]) for point in (figures or {}).get("checkpoints", [])}
    run = RecordedRun(learner.family, episodes, device=learner.device)
    try:
        learner.hyper.change(**about["hyper"])
        for iteration, theta in _by_iteration(tensors).items():
            learner.set_parameters(theta)
            returns = {title: judged[iteration]} if iteration in judged else {}
            run.checkpoints.append(Checkpoint(iteration, {title: cast(Any, learner).agent()}, returns))
    except (KeyError, TypeError, ValueError, TraitError) as error:
        raise store.StoreError(f"{path} does not fit {title}: {error}. {AGAIN}") from error
    return run


def recorded_run(benchmark: str, method: str, folder: Path = FOLDER) -> RecordedRun:
    """The recorded run of a method in a benchmark, with what was measured of it and the benchmark's yardsticks.

    Args:
        benchmark, method: by their keys in `BENCHMARKS`.
        folder: where recorded runs are.

    Raises:
        ValueError: there is no such benchmark, or no such method in it.
        store.StoreError: the file is missing, truncated, foreign, or does not fit; the message names it and the command that makes it.
    """
    if benchmark not in BENCHMARKS:
        raise ValueError(f"there is no benchmark {benchmark!r}; there are {', '.join(BENCHMARKS)}")
    place = BENCHMARKS[benchmark]
    if method not in place.methods:
        raise ValueError(f"{method!r} takes no part in {benchmark}; those who do are {', '.join(place.methods)}")
    figures = store.read_figures(folder / f"{benchmark}.json", COMMAND)
    who = place.methods[method]
    fresh: Any = who.make(0)
    runs = [run for run in figures["methods"].get(method, {}).get("runs", []) if run["seed"] == 0]
    run = read_run(run_path(benchmark, method, folder), fresh, who.title, place.episodes, runs[0] if runs else None)
    run.yardsticks = {name: torch.tensor(returns) for name, returns in figures["yardsticks"].items()}
    return run


def trained_varibad(family: HiddenGoal) -> VariBAD:
    """A fresh copy of the VariBAD of notebook 08b. Its planned iterations are over: raise `hyper.iterations` to let it learn on at a larger
    rate. Raises store.StoreError: its file is missing or damaged."""
    learner = VariBAD(family)
    learner.load(store.DATA / "lesson08" / "varibad.safetensors")
    return learner


def _by_iteration(tensors: Mapping[str, Tensor]) -> dict[int, State]:
    """Parameters by iteration, in the order of the iterations. Raises ValueError for a name without one."""
    found: dict[int, State] = {}
    for name, p in tensors.items():
        iteration, _, parameter = name.partition("/")
        found.setdefault(int(iteration), {})[parameter] = p.float() if p.dtype == torch.float16 else p  # long runs keep half of the digits
    return dict(sorted(found.items()))
