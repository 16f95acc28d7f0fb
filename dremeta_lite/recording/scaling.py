"""Measures what notebook 16 shows: tasks a second with one worker and with two, what a share costs, and what it takes to start.

    python3 -m dremeta_lite scaling               about two minutes, in the environment of the extra `scale`

Machines differ, and so do their other loads: the file says how many processors there were, and how busy they were. All kinds of workers are
there from the beginning and take turns, an iteration each, so that none has the quiet minute alone: ratios within a turn are fair.
"""

import os
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from statistics import mean, median, pstdev
from typing import Any

import psutil

from dremeta_lite.compare.scaling import FILE
from dremeta_lite.meta import SplitMAML
from dremeta_lite.meta.split_maml import Piece, Share, piece_of
from dremeta_lite.ray_workers import RayWorkers
from dremeta_lite.recording.runner import finish, options, origin
from dremeta_lite.tasks import Navigation2D
from dremeta_lite.workers import Call, Found, Inline, Processes, Tick, Workers

TASKS, SHARES, TURNS, REPEATS = 40, 4, 20, 20
KINDS: list[tuple[str, int]] = [("inline", 1), ("processes", 1), ("processes", 2), ("ray", 1), ("ray", 2)]


def started(kind: str, many: int) -> tuple[Workers, dict[str, float]]:
    """Workers that have made a call, how long that took, and the memory (resident) of all processes that they are."""
    began, before = time.perf_counter(), {process.pid for process in psutil.Process().children(recursive=True)}
    workers: Workers = Processes(many) if kind == "processes" else RayWorkers(many)
    SplitMAML(Navigation2D(), 0, workers=workers, shares=many, tasks=2 * many, trajectories=2).step()
    seconds = time.perf_counter() - began
    new = [process for process in psutil.Process().children(recursive=True) if process.pid not in before]
    memory = sum(process.memory_info().rss for process in new)
    return workers, {"workers": many, "seconds": round(seconds, 2), "memory_mb": round(memory / 1e6), "processes": len(new)}


def echo(piece: tuple[Share, Piece], tick: Tick) -> Piece:
    """What a call costs besides its work: a share goes out, a piece comes back."""
    return piece[1]


def call_seconds(workers: Workers) -> float:
    """Of one call, as far as the driver is kept busy: the median over rounds of many at once."""
    learner = SplitMAML(Navigation2D(), 0, tasks=TASKS)
    share = learner.split_tasks(learner.family.sample_tasks(TASKS, learner.rng))[0]
    piece = piece_of(share)
    rounds = []
    for _ in range(5):
        began = time.perf_counter()
        list(workers.each(echo, [(share, piece)] * REPEATS))
        rounds.append((time.perf_counter() - began) / REPEATS)
    return median(rounds)


class Answered(Workers):
    """Workers that know the answer already: what an iteration takes with them is the driver's own time."""

    many = 1

    def __init__(self, piece: Piece) -> None:
        self.piece = piece

    def each(self, function: Call, inputs: Sequence[Any], tick: Tick = lambda: None) -> Found:
        yield from ((place, self.piece) for place in range(len(inputs)))


def cpu_seconds(act: Callable[[], Any]) -> list[float]:
    """Of this process, whoever else computes here; the first times warm up."""
    found = []
    for _ in range(16):
        began = time.process_time()
        act()
        found.append(time.process_time() - began)
    return found[2:]


def costs() -> dict[str, Any]:
    """The constants of a share and of the driver, in CPU-seconds."""

    def share_of(tasks: int) -> Share:
        learner = SplitMAML(Navigation2D(), 0, shares=1, tasks=tasks)
        return learner.split_tasks(learner.family.sample_tasks(tasks, learner.rng))[0]

    few, many = share_of(5), share_of(20)
    less, more = cpu_seconds(lambda: piece_of(few)), cpu_seconds(lambda: piece_of(many))
    task = (median(more) - median(less)) / 15
    driver = SplitMAML(Navigation2D(), 0, workers=Answered(piece_of(many)), shares=1, tasks=20)
    return {
        "task": round(task, 6),
        "share": round(max(0.0, median(less) - 5 * task), 6),
        "driver": round(median(cpu_seconds(driver.step)), 6),
        "spread": round(pstdev(more[2:]) / mean(more[2:]), 3),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the file."""
    chosen = options("scaling", "Measure again what notebook 16 shows of many workers.", arguments, FILE)
    starts: dict[str, Any] = {}
    crews: list[tuple[str, int, Workers]] = [("inline", 1, Inline()), ("processes", 1, started("processes", 1)[0])]
    for kind in ("processes", "ray") if find_spec("ray") else ("processes",):
        workers, starts[kind] = started(kind, 2)
        crews += [(kind, 1, workers), (kind, 2, workers)] if isinstance(workers, RayWorkers) else [(kind, 2, workers)]
    calls = {kind: round(call_seconds(workers), 6) for kind, many, workers in crews if many == 1 and kind != "inline"}
    learners = [SplitMAML(Navigation2D(), 0, workers=workers, shares=SHARES, tasks=TASKS) for _, _, workers in crews]
    rows: list[dict[str, Any]] = [{"kind": kind, "workers": many, "seconds": []} for kind, many, _ in crews]
    for turn in range(TURNS + 1):
        for (_, many, workers), learner, row in zip(crews, learners, rows, strict=True):
            actors = getattr(workers, "actors", [])
            if actors:
                workers.actors = actors[:many]  # type: ignore[attr-defined]
            began = time.perf_counter()
            learner.step()
            row["seconds"] += [round(time.perf_counter() - began, 4)] * (turn > 0)  # the first one warms up
            if actors:
                workers.actors = actors  # type: ignore[attr-defined]
    constants = costs()
    for _, _, workers in crews:
        workers.close()
    load = os.getloadavg()[1] if hasattr(os, "getloadavg") else None
    machine = f"{os.cpu_count()} processors" + ("" if load is None else f", wanted by {load:.1f} processes on average, ours among them")
    about = {"origin": origin("scaling"), "machine": machine, "tasks": TASKS, "shares": SHARES}
    finish(chosen.to, {**about, "rows": rows, "starts": starts, "call": calls, **constants})
