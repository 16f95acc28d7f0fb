"""Record what lesson 10 compares: every method of every benchmark, trained from several seeds and judged on the way.

    python3 -m dremeta_lite compare                                  what is not recorded yet; all of it: about 45 minutes of one CPU core
    python3 -m dremeta_lite compare --benchmarks bandit --again          one benchmark, all of it
    python3 -m dremeta_lite compare --tune                           the tries that the settings come from: see `recording.tuning`
    python3 -m dremeta_lite compare --kept-out                       hidden goals that are kept out of training
    python3 -m dremeta_lite compare --seeds 1 --iterations 20 --to DIR     a quick look, in a folder of your own

Writes `data/lesson10/<benchmark>.json` after every run, and keeps what is there already, as long as the present settings made it. A
run is a method and a seed, trained in a process of its own. At some iterations its parameters are kept; when it has been trained, each of
them plays a trial in every one of the benchmark's tasks. So seconds and memory are those of the training alone. The parameters of seed 0
are written to `<benchmark>_<method>.safetensors`, for the scrubber (`compare.recorded_runs`). One process at a time may write to a
benchmark's file.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from itertools import accumulate
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import torch

from dremeta_lite import store
from dremeta_lite.compare.benchmarks import BENCHMARKS, Benchmark
from dremeta_lite.compare.recorded_runs import FOLDER, run_path, write_run
from dremeta_lite.compare.scores import play_agents
from dremeta_lite.learner import GradientLearner
from dremeta_lite.meta.adapting import GradientAgent
from dremeta_lite.networks import Params
from dremeta_lite.recording import kept_out, runner
from dremeta_lite.recording.runner import Job, origin, parsed, record, rounded
from dremeta_lite.recording.tuned_tables import FOLDERS, TABLES
from dremeta_lite.recording.tuning import tune_all
from dremeta_lite.speed import prepare_cpu
from dremeta_lite.workers import Tick, in_own_process

FRACTIONS = (0, 0.02, 0.04, 0.07, 0.1, 0.15, 0.22, 0.32, 0.45, 0.6, 0.8, 1)
"""Of the iterations: when a method is judged. Early ones and late ones, since budgets are compared on a logarithmic scale."""
LARGEST = 650_000  # bytes of parameters in a file
MEANINGS = {
    "returns": "of each episode of a trial, mean over the tasks, actions as the agent draws them; where the score is `chances`, a pull "
    "counts with the probability of its arm, which is its reward on average",
    "adapts": "in a trial: α, how many steps of policy gradient, and how many episodes each of them learns from",
    "yardsticks": "the same for the agents to compare with, mean over their plays",
    "plays": "of the agents to compare with: what a trial returned in each play of all tasks",
    "cpu_seconds": "of training up to there, one thread, without judging",
    "env_steps": "steps in the tasks that it was trained on, up to there",
    "peak_mb": "the most memory that the process which trained it ever held, less what it held before (bare_mb: Python, torch and the "
    "package); 1 MB = 10⁶ bytes",
}


class Kept(NamedTuple):
    """A learner as it was on the way."""

    iteration: int
    cpu_seconds: float
    env_steps: float
    theta: Params


def stops(iterations: int) -> list[int]:
    """The iterations at which a method is judged: the first is 0, the last is its last."""
    return sorted({round(fraction * iterations) for fraction in FRACTIONS})


def train(learner: GradientLearner, iterations: int, tick: Tick = lambda: None) -> list[Kept]:
    """Train, and keep the parameters at every stop."""
    found = runner.train(learner, iterations, tick, stops(iterations), lambda learner: learner.parameters())
    steps = [0.0, *accumulate(row["env_steps"] for row in found.history)]
    return [Kept(iteration, found.seconds[iteration], steps[iteration], theta) for iteration, theta in found.kept.items()]


def judge(benchmark: Benchmark, learner: Any, kept: Kept) -> dict[str, Any]:
    """One checkpoint: what it had cost, and what each episode of a trial returns with those parameters."""
    learner.set_parameters(kept.theta)
    returns = play_agents(benchmark.family, {"it": learner.agent()}, benchmark.tasks, benchmark.episodes, benchmark.score)["it"]
    row = {"iteration": kept.iteration, "cpu_seconds": round(kept.cpu_seconds, 3), "env_steps": round(kept.env_steps)}
    return {**row, "returns": rounded(returns, 4)}


def peak_memory() -> int:
    """The most bytes of memory that this process has held so far."""
    if sys.platform == "linux":  # `resource` would count what the parent held when it started this one
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def warm_up() -> None:
    """Let torch load what it loads at the first use, so that it does not count as the first learner's memory."""
    x = torch.zeros(2, requires_grad=True, device="cpu")
    optimiser = torch.optim.Adam([x])
    x.grad = torch.func.grad(lambda y: torch.func.vmap(torch.sin)(y).sum())(x.detach())
    optimiser.step()


def run(job: Job, to: Path, tick: Tick = lambda: None) -> dict[str, Any]:
    """One run. Its memory is told rightly only by a process that has done nothing else."""
    prepare_cpu(threads=1)
    warm_up()
    bare = psutil.Process().memory_info().rss
    name, key = job.row.split("/")
    learner: Any = BENCHMARKS[name].methods[key].make(job.seed)
    kept = train(learner, job.iterations, tick)
    memory = {"peak_mb": round((peak_memory() - bare) / 1e6, 1), "bare_mb": round(bare / 1e6, 1)}
    if job.seed == 0:
        write_run(run_path(name, key, to), few_enough(kept), learner, name, key, origin="python3 -m dremeta_lite compare")
    return {"seed": job.seed, **memory, "checkpoints": [judge(BENCHMARKS[name], learner, each) for each in kept]}


def few_enough(kept: Sequence[Kept]) -> Params:
    """Parameters by "<iteration>/<name>": with half the digits where all of them would make too large a file, and then fewer of them."""
    size = sum(p.numel() for p in kept[0].theta.values())
    kind = torch.float32 if 4 * size * len(kept) < LARGEST else torch.float16
    most = max(2, LARGEST // (size * kind.itemsize))
    places = torch.linspace(0, len(kept) - 1, min(len(kept), most), device="cpu").round().int().tolist()
    return {f"{kept[place].iteration}/{name}": p.to(kind) for place in places for name, p in kept[place].theta.items()}


def described(benchmark: Benchmark) -> dict[str, Any]:
    """The benchmark's file without runs: where its numbers come from, what they mean, and the yardsticks."""
    return {
        "origin": origin("compare", tasks=len(benchmark.tasks[0]), meanings=MEANINGS),
        "title": benchmark.title,
        "unit": benchmark.unit,
        "episodes": benchmark.episodes,
        "score": benchmark.score.__name__,
        "optimum": None if benchmark.optimum is None else round(benchmark.optimum, 4),
        "floor": benchmark.floor,
        "ceiling": benchmark.ceiling,
        "yardsticks": {name: rounded(each, 4) for name, each in benchmark.yardsticks.items()},
        "plays": {name: rounded(each.sum(-1), 4) for name, each in benchmark.plays.items()},
        "methods": {},
    }


def empty(benchmark: Benchmark, key: str, iterations: int) -> dict[str, Any]:
    """A method's row without runs."""
    method = benchmark.methods[key]
    learner: Any = method.make(0)
    agent = learner.agent()
    steps = {"inner_lr": agent.inner_lr, "steps": agent.steps, "episodes": agent.support} if isinstance(agent, GradientAgent) else None
    return {
        "title": method.title,
        "kind": method.kind,
        "assumes": method.assumes,
        "learner": type(learner).__name__,
        "iterations": iterations,
        "hyper": learner.hyper.values(),
        "adapts": steps,
        "parameters": sum(p.numel() for p in learner.parameters().values()),
        "runs": [],
    }


def with_recorded(benchmark: Benchmark, path: Path, iterations: int | None) -> dict[str, Any]:
    """The benchmark's file as it should begin: as described now, with the recorded runs that the present settings would make again."""
    data = described(benchmark)
    old = store.read_figures(path, "compare")["methods"] if path.exists() else {}
    for key, method in benchmark.methods.items():
        row = data["methods"][key] = empty(benchmark, key, iterations or method.iterations)
        same = ("learner", "iterations", "hyper", "adapts", "parameters")
        if key in old and all(old[key].get(name, row[name]) == row[name] for name in same):
            row["runs"] = old[key]["runs"]
    return data


def save(path: Path, data: Mapping[str, Any]) -> None:
    """Write a benchmark's file, without methods that have no run yet; lists of numbers take one line each."""
    content = {**data, "methods": {key: row for key, row in data["methods"].items() if row["runs"]}}
    text = json.dumps({**content, "seal": store.seal(content)}, indent=1, ensure_ascii=False)
    text = re.sub(r"\[[^][{}\"]*\]", lambda found: " ".join(found[0].split()).replace("[ ", "[").replace(" ]", "]"), text)
    store.write_atomically(path, (text + "\n").encode())


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    methods = sorted({key for benchmark in BENCHMARKS.values() for key in benchmark.methods})
    parser = argparse.ArgumentParser(prog="python3 -m dremeta_lite compare", description="Record again what notebook 10 compares.")
    parser.add_argument("--benchmarks", nargs="+", choices=list(BENCHMARKS), default=list(BENCHMARKS), help="which (default: all)")
    parser.add_argument("--methods", nargs="+", choices=methods, default=methods, help="which, where they take part (default: all)")
    parser.add_argument("--seeds", type=int, default=5, help="how many seeds a method (default 5)")
    parser.add_argument("--iterations", type=int, help="so many for every method, instead of its own number; asks for --to")
    parser.add_argument("--to", type=Path, default=FOLDER, help="the folder to write to (default: data/lesson10)")
    parser.add_argument("--again", action="store_true", help="train what is recorded already, too")
    parser.add_argument("--tune", action="store_true", help="instead, tune the methods: a heat and a final of settings for each")
    parser.add_argument(
        "--tables", nargs="+", choices=list(TABLES), help="with --tune: instead, the rows of these tables of notebooks 12 to 15"
    )
    parser.add_argument("--kept-out", action="store_true", help="instead, train on some hidden goals and judge on the others")
    options = parsed(parser, arguments)
    if options.iterations and options.to == FOLDER:
        parser.error("--iterations is for a quick look, in a folder of your own: add --to DIR, so that data/ stays as it is")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, judge and write, run by run."""
    options = parse(arguments)
    prepare_cpu(threads=1)
    if options.kept_out:
        kept_out.record(options.to)
        return
    if options.tune:
        for name in options.tables or ():
            command = " ".join(["compare --tune --tables", *(each for each in TABLES if FOLDERS[each] == FOLDERS[name])])
            tune_all(FOLDERS[name], {name: TABLES[name]}, (), options.again, command)
        if not options.tables:
            tune_all(options.to, {name: BENCHMARKS[name] for name in options.benchmarks}, options.methods, options.again)
        return
    files = {name: with_recorded(BENCHMARKS[name], options.to / f"{name}.json", options.iterations) for name in options.benchmarks}
    todo: list[tuple[int, str, str, Any]] = []
    for name, data in files.items():
        for key, row in data["methods"].items():
            if key in options.methods:
                row["runs"] = [] if options.again else row["runs"]
                todo += [(seed, name, key, row) for seed in range(options.seeds) if seed not in [each["seed"] for each in row["runs"]]]
    jobs = [
        Job(f"{name}/{key}", seed, f"{name}: {row['title']}", row["iterations"]) for seed, name, key, row in sorted(todo, key=itemgetter(0))
    ]

    def make(job: Job, tick: Tick) -> dict[str, Any]:
        return in_own_process(lambda job, tick: run(job, options.to, tick), job, tick)

    def keep(job: Job, run: dict[str, Any]) -> None:
        name, key = job.row.split("/")
        runs = files[name]["methods"][key]["runs"]
        runs.append(run)
        runs.sort(key=itemgetter("seed"))
        save(options.to / f"{name}.json", files[name])

    record(jobs, make, keep)  # everybody once, before anybody twice
    for name, data in files.items():  # also where nothing was left to train: yardsticks may have changed
        save(options.to / f"{name}.json", data)
