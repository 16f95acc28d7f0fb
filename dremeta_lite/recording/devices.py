"""Measures how long an iteration takes on each device of this machine, with 1, 10, 20 and 100 times the tasks, and prints it.

    python3 -m dremeta_lite devices               about four minutes with an NVIDIA GPU, two without

Each learner does the same work everywhere. On a GPU it is measured twice: with draws on the CPU, as a seed means them everywhere, and with
draws on the GPU (`draws_on`). At last come the lines of the course at which the CPU waits for the GPU.
"""

import argparse
import os
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from traceback import extract_stack
from typing import Any, NamedTuple

import torch

from dremeta_lite.compatibility import on_device
from dremeta_lite.hyper import Whole
from dremeta_lite.learner import Learner, describe_device, draws_on
from dremeta_lite.meta import MAML, RL2, VariBAD
from dremeta_lite.meta.maml import MAMLHyper
from dremeta_lite.speed import prepare_cpu
from dremeta_lite.tasks import HiddenGoal, Navigation2D

TIMES, TASKS = (1, 10, 20, 100), 20
ENOUGH, MOST = 2.5, 9
"""A measurement is over after so many seconds, or so many iterations."""


class ManyTasksHyper(MAMLHyper):
    """MAML's, with more tasks than a slider has room for."""

    tasks = Whole(20, low=1, high=100_000, symbol="N", unit="tasks", help="tasks in one meta-iteration")


class ManyTasks(MAML):
    """MAML with as many tasks as one likes."""

    hyper_type = ManyTasksHyper


LEARNERS: dict[str, Callable[[int], Learner]] = {
    "MAML": lambda tasks: ManyTasks(Navigation2D(), tasks=tasks),
    "RL²": lambda tasks: RL2(HiddenGoal(), trials=tasks),
    "RL² with a transformer": lambda tasks: RL2(HiddenGoal(), trials=tasks, core="transformer"),
    "VariBAD": lambda tasks: VariBAD(HiddenGoal(), trials=tasks),
}


class Place(NamedTuple):
    """Where an iteration is computed."""

    device: str
    threads: int = 1
    draws: str = "cpu"

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Learners that are made in here compute there."""
        prepare_cpu(self.threads)
        with on_device(self.device), draws_on(self.draws):
            yield

    def title(self) -> str:
        return describe_device(torch.device(self.device)) + (f", draws on {self.draws}" if self.device != "cpu" else "")


def places() -> list[Place]:
    """One thread of this machine's CPU; as many as it has processors; and a GPU, with draws here and there."""
    cores = os.cpu_count() or 1
    on_gpu = [Place("cuda"), Place("cuda", draws="cuda")] if torch.cuda.is_available() else []
    return [Place("cpu"), *[Place("cpu", cores)] * (cores > 1), *on_gpu]


def iteration_seconds(learner: Learner) -> list[float]:
    """How long iterations take, without the first one, in which much is done for the first time; of very long ones the first alone."""

    def once() -> float:
        began = time.perf_counter()
        learner.step()  # its numbers are read at its end, so the device has done its work
        return time.perf_counter() - began

    found = [once()]
    if found[0] > 4 * ENOUGH:
        return found
    found = [once()]
    while sum(found) < ENOUGH and len(found) < MOST:
        found.append(once())
    return found


def waits(learner: Learner) -> dict[str, int]:
    """Where the CPU waits for the GPU in one iteration: lines of the course, and how often each of them does so."""
    found: Counter[str] = Counter()
    root = Path(__file__).parents[1]

    def note(*told: Any, **more: Any) -> None:
        ours = [frame for frame in extract_stack() if root in Path(frame.filename).parents and frame.filename != __file__]
        found[f"{Path(ours[-1].filename).relative_to(root)}:{ours[-1].lineno} {ours[-1].name}" if ours else "torch"] += 1

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = note
        torch.cuda.set_sync_debug_mode("warn")
        try:
            learner.step()
        finally:
            torch.cuda.set_sync_debug_mode("default")
    return dict(found.most_common())


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python3 -m dremeta_lite devices", description="Measure the learners on each device of this machine."
    )
    parser.add_argument("names", nargs="*", default=list(LEARNERS), help=f"which of {', '.join(LEARNERS)} (default: all)")
    chosen = parser.parse_args(arguments).names
    if unknown := set(chosen) - set(LEARNERS):
        parser.error(f"there is no {', '.join(sorted(unknown))}: take one of {', '.join(LEARNERS)}")
    for name in chosen:
        for place in places():
            with place.entered():
                for times in TIMES:
                    learner = LEARNERS[name](TASKS * times)
                    seconds = median(iteration_seconds(learner))
                    print(
                        f"{name}, {TASKS * times} tasks, {place.title()}: {1000 * seconds:.1f} ms, {TASKS * times / seconds:.0f} tasks/s",
                        flush=True,
                    )
        if torch.cuda.is_available():
            with Place("cuda", draws="cuda").entered():
                learner = LEARNERS[name](TASKS)
                learner.step()
                print(f"{name}: the CPU waits in", *(f"    {line}: {many}" for line, many in waits(learner).items()), sep="\n")
