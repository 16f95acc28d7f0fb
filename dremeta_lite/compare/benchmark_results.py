"""The recorded runs of notebook 10 as figures: what each learner reached within a budget, in tables and in texts. No digit is typed.

A *budget* is CPU-seconds of training. Of each run it shows the last checkpoint that was not later: nothing is ever read ahead.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite import store
from dremeta_lite.compare.benchmarks import BENCHMARKS
from dremeta_lite.meta.evaluation import bootstrap_interval
from dremeta_lite.table import Table, Text, italic, together, within

FOLDER = store.DATA / "lesson10"


class Figures(NamedTuple):
    """What a learner reached, or an agent to compare with. Means over seeds; an agent that was not trained has no costs."""

    title: str
    total: float
    """Return of a trial."""
    low: float
    high: float
    """95 % bootstrap interval of it: over seeds, or over the plays of an agent to compare with."""
    fraction: float
    """Of the way from the floor (0) to the ceiling (1)."""
    first: float
    last: float
    """Return of the trial's first and last episode."""
    seconds: float = 0.0
    """CPU-seconds of training."""
    env_steps: float = 0.0
    iterations: float = 0.0
    parameters: int = 0
    peak_mb: float = 0.0
    """Of the whole training, whatever the budget."""
    seeds: int = 0
    assumes: str = ""


class Within:
    """The figures of one learner within any budget: `figures.at[10]`."""

    def __init__(self, benchmark: "Results", key: str) -> None:
        self.benchmark, self.key = benchmark, key

    def __getitem__(self, budget: float | str) -> Figures:
        return self.benchmark.figures(self.key, float(budget))


class Row:
    """The figures of one learner with its whole training and all its seeds; `row.at[10]` those within a budget of 10 s."""

    def __init__(self, benchmark: "Results", key: str) -> None:
        self._figures = benchmark.figures(key)
        self.at = Within(benchmark, key)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in Figures._fields:
            raise AttributeError(f"there is no figure {name!r}; there are {', '.join(Figures._fields)}, and at[budget]")
        return getattr(self._figures, name)


class Results:
    """One benchmark's recorded runs. `data`: what `python3 -m dremeta_lite compare` has written."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data, self.methods = data, data["methods"]
        self.title, self.unit, self.episodes = data["title"], data["unit"], data["episodes"]
        self.optimum, self.floor, self.ceiling = data["optimum"], data["floor"], data["ceiling"]
        self.yardsticks = {name: torch.tensor(each, device="cpu") for name, each in data["yardsticks"].items()}
        self.totals = {name: each.sum().item() for name, each in self.yardsticks.items()}

    def __getitem__(self, key: str) -> Row | Figures:
        """A learner by its key, or an agent to compare with by its name."""
        return self.yardstick(key) if key in self.yardsticks else Row(self, key)

    def runs(self, key: str, seeds: int | None = None) -> Sequence[Mapping[str, Any]]:
        """The runs of the first so many seeds, all of them if None.

        Raises:
            KeyError: nobody of this name was recorded.
            ValueError: fewer than one seed is asked for.
        """
        if key not in self.methods:
            raise KeyError(f"nobody is called {key!r} here; there are {', '.join([*self.methods, *self.yardsticks])}")
        if seeds is not None and seeds < 1:
            raise ValueError(f"seeds must be at least 1, got {seeds}")
        return self.methods[key]["runs"][:seeds]

    def reached(self, key: str, budget: float = math.inf, seeds: int | None = None) -> list[Mapping[str, Any]]:
        """Of each run the last checkpoint within the budget. Raises ValueError: the budget is negative, or no number."""
        if not budget >= 0:
            raise ValueError(f"budget must be CPU-seconds from 0 up, got {budget}")
        return [[each for each in run["checkpoints"] if each["cpu_seconds"] <= budget][-1] for run in self.runs(key, seeds)]

    def returns(self, key: str, budget: float = math.inf, seeds: int | None = None) -> Float[Tensor, "seed episode"]:
        """What each episode returned, a row a seed."""
        return torch.tensor([checkpoint["returns"] for checkpoint in self.reached(key, budget, seeds)], device="cpu")

    def figures(self, key: str, budget: float = math.inf, seeds: int | None = None) -> Figures:
        """What a learner reached within a budget."""
        row, reached, returns = self.methods.get(key, {}), self.reached(key, budget, seeds), self.returns(key, budget, seeds)
        mean = lambda name: sum(checkpoint[name] for checkpoint in reached) / len(reached)  # noqa: E731
        low, high = bootstrap_interval(returns.sum(-1))
        cost = {"seconds": mean("cpu_seconds"), "env_steps": mean("env_steps"), "iterations": mean("iteration"), "seeds": len(reached)}
        cost["peak_mb"] = sum(run["peak_mb"] for run in self.runs(key, seeds)) / len(reached)
        about = {"parameters": row["parameters"], "assumes": row["assumes"]}
        return self.of_curve(row["title"], returns.mean(0))._replace(low=low, high=high, **cost, **about)

    def yardstick(self, name: str) -> Figures:
        """An agent to compare with."""
        plays = self.data.get("plays", {}).get(name)
        low, high = bootstrap_interval(torch.tensor(plays, device="cpu")) if plays else (self.totals[name], self.totals[name])
        return self.of_curve(name, self.yardsticks[name])._replace(low=low, high=high)

    def of_curve(self, title: str, each: Float[Tensor, " episode"]) -> Figures:
        """The figures that follow from what each episode returned."""
        total = each.sum().item()
        fraction = (total - self.totals[self.floor]) / (self.totals[self.ceiling] - self.totals[self.floor])
        return Figures(title, total, total, total, fraction, each[0].item(), each[-1].item())

    def longest(self) -> float:
        """CPU-seconds of the longest training of all."""
        return max(run["checkpoints"][-1]["cpu_seconds"] for row in self.methods.values() for run in row["runs"])


@cache
def results(benchmark: str, folder: Path = FOLDER) -> Results:
    """The recorded runs of a benchmark. Raises store.StoreError: its file is missing."""
    return Results(store.read_figures(folder / f"{benchmark}.json", "compare"))


def recorded_benchmarks(folder: Path = FOLDER) -> list[str]:
    """The names of the benchmarks that were recorded, in the order of `BENCHMARKS`."""
    return [name for name in BENCHMARKS if (folder / f"{name}.json").exists()]


FIRST_COLUMNS = ("learner", "return of a trial", "fraction of the way", "first {unit}", "last {unit}")
COLUMNS = (*FIRST_COLUMNS, "CPU-s", "million steps", "parameters", "MB", "what it assumes")


def show_benchmarks(*names: str, budget: float | None = None, seeds: int | None = None) -> Text:
    """The tables of some benchmarks, of all that were recorded if none is named; arguments as in `table`."""
    limit = math.inf if budget is None else budget
    return together(*(table(results(name), None, limit, seeds) for name in names or recorded_benchmarks()))


def table(benchmark: Results, keys: Sequence[str] | None = None, budget: float = math.inf, seeds: int | None = None) -> Table:
    """The learners, and below them, in italics, the agents to compare with.

    Args:
        keys: the learners; all if None.
        budget: CPU-seconds of training; all that was recorded by default.
        seeds: the first so many; all if None.
    """
    keys, rows = list(benchmark.methods if keys is None else keys), []
    for key in keys:
        f = benchmark.figures(key, budget, seeds)
        costs = [f"{f.seconds:.1f}", f"{f.env_steps / 1e6:.2f}", f"{f.parameters}", f"{f.peak_mb:.0f}"]
        rows.append([f.title, span(f), percent(f.fraction), f"{f.first:.2f}", f"{f.last:.2f}", *costs, f.assumes])
    for name in benchmark.yardsticks:
        f = benchmark.yardstick(name)
        rows.append(italic([name, span(f), percent(f.fraction), f"{f.first:.2f}", f"{f.last:.2f}", "", "", "", "", ""]))
    return Table([head.format(unit=benchmark.unit) for head in COLUMNS], rows, notes(benchmark, keys, budget, seeds))


def span(f: Figures) -> str:
    """The return of a trial and its interval; without one where every play returns the same."""
    return within(f.total, f.low, f.high, 2) if f.seeds or f"{f.low:.2f}" != f"{f.high:.2f}" else f"{f.total:.2f}"


def percent(fraction: float) -> str:
    return f"{100 * fraction:.0f} %".replace("-0 %", "0 %")


def notes(benchmark: Results, keys: Sequence[str], budget: float = math.inf, seeds: int | None = None) -> str:
    """How to read the table, in one paragraph."""
    counts = sorted({benchmark.figures(key, budget, seeds).seeds for key in keys})
    number = " to ".join(str(count) for count in dict.fromkeys([counts[0], counts[-1]])) if counts else "0"
    limit = "all of its training" if math.isinf(budget) else f"at most {budget:g} CPU-seconds of training"
    best = "" if benchmark.optimum is None else f" The Bayes-optimal return over all tasks is {benchmark.optimum:.2f} exactly."
    unknown = " The best possible for an agent that is not told the task has not been computed." if benchmark.optimum is None else ""
    times = max((len(each) for each in benchmark.data.get("plays", {}).values()), default=0)
    plays = f", or over {times} plays of an agent that is not trained" if times else ""
    luck = " A pull counts with the chance of its arm, without the luck of the draw." if benchmark.data.get("score") == "chances" else ""
    return (
        f"{benchmark.title}; mean on {benchmark.data['origin']['tasks']} fixed tasks [95 % bootstrap interval over {number} seeds{plays}], "
        f"after {limit}. "
        f"Fraction of the way: from *{benchmark.floor}* to *{benchmark.ceiling}*.{best}{unknown}{luck} MB: the most memory that training "
        f"took, beyond that of Python and torch. Made by `{benchmark.data['origin']['command']}`."
    )
