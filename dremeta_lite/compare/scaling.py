"""What limits many workers: a model on paper of one iteration of `SplitMAML`, and the figures measured on one machine."""

import math
from statistics import mean, median
from typing import NamedTuple

from dremeta_lite import store
from dremeta_lite.compare.tables import recorded
from dremeta_lite.table import Table

FILE = store.DATA / "lesson16" / "scaling.json"
RLLIB = store.DATA / "lesson16" / "rllib.json"
WORDS = {"inline": "one process", "processes": "processes", "ray": "Ray"}


class Costs(NamedTuple):
    """What an iteration is made of, in seconds."""

    task: float
    """Of a worker: to play, adapt and differentiate in one task."""
    share: float
    """Of a worker: what each share takes besides its tasks."""
    call: float
    """Of the driver, for each share: to send θ, and to take a gradient in. It does this for one share after the other."""
    driver: float
    """Of the driver, once: to draw tasks, to add gradients up, to make Adam's step."""
    spread: float = 0.0
    """Standard deviation of a worker's time, as a fraction of it: what makes stragglers."""


def iteration_seconds(costs: Costs, tasks: float, workers: float, shares: float | None = None) -> float:
    """How long an iteration takes with a share for each worker, or with so many `shares`, as long as there is a task for each worker.

    The driver's calls come one after the other, the shares side by side. All wait for the slowest: of W normal numbers the largest lies
    about √(2 ln W) standard deviations above the mean (an upper bound for every W: Boucheron, Lugosi and Massart 2013, theorem 2.5).
    """
    shares = workers if shares is None else shares
    slowest = 1 + costs.spread * math.sqrt(2 * math.log(workers))
    return costs.driver + costs.call * shares + (costs.share * shares + costs.task * tasks) / workers * slowest


def tasks_per_second(costs: Costs, tasks: float, workers: float, shares: float | None = None) -> float:
    return tasks / iteration_seconds(costs, tasks, workers, shares)


def measured_costs(kind: str = "ray") -> Costs:
    """The model's constants as measured one by one with this kind of workers: not fitted to the times of whole iterations."""
    found = recorded("more workers")
    return Costs(found["task"], found["share"], found["call"].get(kind, 0.0), found["driver"], found["spread"])


def show_scaling() -> Table:
    """Tasks a second by workers: measured, and by the model; how much faster than one process; and what it takes to have them."""
    found, rows = recorded("more workers"), []
    alone = found["rows"][0]["seconds"]
    for row in found["rows"]:
        kind, many = row["kind"], row["workers"]
        paper = tasks_per_second(measured_costs(kind)._replace(spread=0.0), found["tasks"], many, found["shares"])
        times = sorted(one / seconds for one, seconds in zip(alone, row["seconds"], strict=True))
        name = WORDS[kind] if kind == "inline" else f"{WORDS[kind]}, {many} worker{'s' * (many > 1)}"
        middle = f"{median(times):.2f} [{times[len(times) // 4]:.2f}, {times[-1 - len(times) // 4]:.2f}]"
        rows.append(
            [name, f"{found['tasks'] / median(row['seconds']):.0f}", f"{found['tasks'] / min(row['seconds']):.0f}", middle, f"{paper:.0f}"]
        )
    starts = "; ".join(
        f"{WORDS[kind]}: {each['seconds']:.0f} s to start two workers, {each['processes']} processes, {each['memory_mb']} MB"
        for kind, each in found["starts"].items()
    )
    note = (
        f"Navigation2D, {found['tasks']} tasks an iteration in {found['shares']} shares, {len(alone)} turns on {found['machine']}. "
        f"Times one process: in the same turn, median [half of the turns]. {starts}. Made by `{found['origin']['command']}`."
    )
    return Table(["who computes", "tasks a second, median", "fastest", "times one process", "by the model"], rows, note)


def show_rllib() -> Table:
    """MAML with RLlib's learners beside ours: the return after each step, and CPU-seconds; means over seeds, [least, greatest]."""
    found, rows = recorded("RLlib"), []
    for name, runs in {"ours": found["maml ours"], "RLlib's learners": found["maml rllib"]}.items():
        columns = [*zip(*(run["returns"] for run in runs), strict=True), [run["seconds"] for run in runs]]
        rows.append([name, *(f"{mean(x):.1f} [{min(x):.1f}, {max(x):.1f}]" for x in columns)])
    made = found["origin"]
    note = (
        f"Navigation2D: {made['iterations']['maml']} meta-iterations, {len(found['maml ours'])} seeds [least, greatest], then "
        f"{made['judged_tasks']} held-out tasks. Made by `{made['command']}`, with Ray {made['ray']}."
    )
    return Table(["who differentiates", "0 steps", "1 step", "2 steps", "3 steps", "CPU-seconds"], rows, note)


def rllib_curves() -> tuple[dict[str, list[float]], dict[str, float]]:
    """The memories: what the trials of each iteration have returned, and the CPU-seconds of training, in the mean over seeds."""
    runs = {"ours": recorded("RLlib")["memory ours"], "RLlib": recorded("RLlib")["memory rllib"]}
    curves = {name: [mean(x) for x in zip(*(run["curve"] for run in each), strict=True)] for name, each in runs.items()}
    return curves, {name: mean(run["seconds"] for run in each) for name, each in runs.items()}
