"""The one runner behind everything that is recorded: rows × seeds, with progress, saved after every run, and resumed where it was ended.

A file of `recording/` says which runs there are (`Job`), how one is made, and what becomes of the results. The user says
who makes the runs: this process, some processes (`--workers 4`) or Ray's workers (`--ray`), see `dremeta_lite.workers`. A run depends on
its row and its seed alone, so its numbers are the same everywhere; only CPU-seconds are not.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from dremeta_lite import store
from dremeta_lite.ray_workers import workers_for
from dremeta_lite.speed import prepare_cpu
from dremeta_lite.workers import Inline, Tick, Workers


class Job(NamedTuple):
    """One run: a row of a table, and a seed."""

    row: str
    seed: int
    title: str
    """What the progress bar says."""
    iterations: int
    """How many ticks it takes."""


class Trained(NamedTuple):
    """What a training has left behind."""

    learner: Any
    seconds: list[float]
    """CPU-seconds of training after so many iterations; the last is that of all."""
    history: list[dict[str, float]]
    """The numbers of each iteration."""
    kept: dict[int, Any]
    """By iteration, what was kept there."""


def train(
    learner: Any,
    iterations: int,
    tick: Tick = lambda: None,
    stops: Iterable[int] = (),
    keep: Callable[[Any], Any] = lambda x: x.state_dict(),
) -> Trained:
    """Train a learner. At each of `stops` `keep(learner)` is kept, by default its state; the first stop may be 0."""
    seconds, history, kept = [0.0], [], {}
    for iteration in range(iterations + 1):
        if iteration in stops:
            kept[iteration] = keep(learner)
        if iteration < iterations:
            began = time.process_time()
            history.append(learner.step())
            seconds.append(seconds[-1] + time.process_time() - began)
            tick()
    return Trained(learner, seconds, history, kept)


_workers: Workers = Inline()


def record(jobs: Sequence[Job], run: Callable[[Job, Tick], Any], keep: Callable[[Job, Any], None]) -> None:
    """Do every job, and hand its result to `keep` at once, so that a recording that is ended loses the present runs alone."""
    inline = isinstance(_workers, Inline)
    with tqdm(total=sum(job.iterations for job in jobs), unit=" iterations", file=sys.stdout) as bar:

        def titled(job: Job, tick: Tick) -> Any:
            bar.set_description(f"{job.title}, seed {job.seed}")
            return run(job, tick)

        with closing(_workers.each(titled if inline else run, jobs, bar.update)) as found:
            for place, result in found:
                job = jobs[place]
                if not inline:
                    bar.set_description(f"{_workers.many} workers; done: {job.title}, seed {job.seed}")
                if not _workers.ticks:
                    bar.update(job.iterations)
                keep(job, result)


def results(path: Path, jobs: Sequence[Job], run: Callable[[Job, Tick], Any]) -> dict[str, list[Any]]:
    """The results of all jobs, by row, in the order of their seeds. They have to be what JSON can hold.

    Until the table itself is written (`finish`) they are kept beside it, and a recording that was ended goes on from there, if it is for
    the same jobs with the same versions.
    """
    part, about = beside(path), {"jobs": [list(job) for job in jobs], **store.versions()}
    found: dict[str, Any] = {}
    if part.exists() and (old := store.read_figures(part, "")).get("about") == about:
        found = old["found"]

    def keep(job: Job, result: Any) -> None:
        found[f"{job.row}, {job.seed}"] = result
        store.write_figures(part, {"about": about, "found": found})

    record([job for job in jobs if f"{job.row}, {job.seed}" not in found], run, keep)
    return {row: [found[f"{row}, {job.seed}"] for job in jobs if job.row == row] for row in dict.fromkeys(job.row for job in jobs)}


def finish(path: Path, figures: Mapping[str, Any]) -> None:
    """Write the table, and remove what `results` has kept beside it."""
    store.write_figures(path, figures)
    beside(path).unlink(missing_ok=True)


def beside(path: Path) -> Path:
    """Where unfinished results are."""
    return path.with_name(f".{path.stem}.part.json")


def origin(command: str, **more: Any) -> dict[str, Any]:
    """Where figures come from: the command of `python3 -m dremeta_lite` that makes them again, the versions, and what else it takes."""
    return {"command": f"python3 -m dremeta_lite {command}", **store.versions(), **more}


def options(
    command: str, what: str, arguments: Sequence[str] | None, to: Path, seeds: int | None = None, names: Sequence[str] = ()
) -> argparse.Namespace:
    """The command line that most recordings have: which of the names and how many seeds, if there are any to choose, by whom, and `--to`.
    Sets torch's threads."""
    parser = argparse.ArgumentParser(prog=f"python3 -m dremeta_lite {command}", description=what)
    if names:
        parser.add_argument("names", nargs="*", default=list(names), help=f"which of {', '.join(names)} (default: all)")
    if seeds is not None:
        parser.add_argument("--seeds", type=int, default=seeds, help=f"how many seeds each (default {seeds})")
    parser.add_argument("--to", type=Path, default=to, help=f"where to write (default: {to.relative_to(store.DATA.parent)})")
    if names or seeds is not None:
        chosen = parsed(parser, arguments)
        if unknown := [name for name in getattr(chosen, "names", ()) if name not in names]:
            parser.error(f"there is no {unknown[0]!r} here, only {', '.join(names)}")
        return chosen
    prepare_cpu()
    return parser.parse_args(arguments)


def parsed(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read a command line that may also say who makes the runs, and get these workers. Sets torch's threads."""
    global _workers
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="make so many runs at a time, each in its process (default 1)")
    parser.add_argument("--ray", nargs="?", const="local", metavar="ADDRESS", help="let Ray make them: a new one here, or one that runs")
    found = parser.parse_args(arguments)
    if "to" in found:
        found.to = found.to.expanduser().absolute()  # a worker may stand in another folder
    prepare_cpu()
    try:
        _workers.close()
        _workers = workers_for(found.workers, found.ray)
    except (ModuleNotFoundError, ConnectionError, ValueError) as error:
        parser.error(str(error))
    return found


def rounded(values: Any, digits: int) -> list[float]:
    """Numbers of a tensor or a list, rounded."""
    return [round(float(value), digits) for value in values]
