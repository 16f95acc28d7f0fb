"""One row = one agent in one setting: the paper's figure, ours with its interval, and what it took.

Rows are kept in `data/published/*.json`. A learner that was trained elsewhere adds its rows with `Row` and `write`, and they appear in the
same tables.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from dremeta_lite import store
from dremeta_lite.learner import generator
from dremeta_lite.meta.evaluation import bootstrap_interval
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Agent, play_trial

FOLDER = store.DATA / "published"
TUNING_TASKS, TUNING_PLAY, TASKS, PLAY = 1, 2, 3, 4
"""Seeds: constants are tuned on other tasks than those that are reported."""

VERSIONS = ("version", "torch", "python", "threads")
"""What `write` adds to the origin by itself."""

PAPER_TRIALS = 1000
"""Of Duan et al. 2016, as their published code has it: from it and from our spread follows how precise their figures are."""


class Row(NamedTuple):
    """A published figure beside ours."""

    name: str
    setting: str
    paper: float | None
    """None: the paper has no such row."""
    ours: float
    low: float
    high: float
    """A 95 % bootstrap interval of our mean; both equal to it where it is exact."""
    cpu_s: float
    error: float = 0.0
    """The standard error of our mean."""
    paper_error: float = 0.0
    """That of the paper's mean, as far as it can be told."""
    trials: int = 0
    """How many tasks ours is the mean of; 0 where it is exact."""
    parameters: dict[str, float] = {}  # noqa: RUF012 (never changed)
    """Tuned constants."""
    decimals: int = 1

    @property
    def distance(self) -> float:
        """Ours minus the paper's in standard errors of the difference; the paper's rounding counts too. 0 where there is no figure."""
        if self.paper is None:
            return 0.0
        rounding = 10.0**-self.decimals / math.sqrt(12)
        return (self.ours - self.paper) / math.sqrt(self.error**2 + self.paper_error**2 + rounding**2)

    @property
    def differs(self) -> bool:
        """More than three standard errors away: by chance in one row of 370."""
        return abs(self.distance) > 3


class Contestant(NamedTuple):
    """An agent, and between which constants it is tuned."""

    name: str
    make: Callable[..., Agent]
    """Takes the constants by name, and the tasks too if it is told them."""
    candidates: Sequence[dict[str, float]] = ({},)
    told: bool = False
    """An oracle: it is given the tasks."""


def totals(family: TaskFamily, contestant: Contestant, constants: dict[str, float], trials: int, seeds: tuple[int, int]) -> torch.Tensor:
    """What the agent collects in each of `trials` tasks, all episodes summed."""
    tasks = family.sample_tasks(trials, generator(seeds[0]))
    told = {"tasks": tasks} if contestant.told else {}
    return play_trial(family, tasks, contestant.make(**constants, **told), generator(seeds[1])).returns().sum(-1).double()


def measure(
    family: TaskFamily,
    setting: str,
    contestant: Contestant,
    paper: float | None,
    trials: int,
    tuning_trials: int = 1000,
    tick: Callable[[], Any] = lambda: None,
) -> Row:
    """Tune the agent on tasks of their own, then measure it on others.

    Args:
        trials, tuning_trials: how many tasks.
        tick: is called after every play, for a progress bar.
    """
    started = time.process_time()
    chosen, best = contestant.candidates[0], -math.inf
    for constants in contestant.candidates if len(contestant.candidates) > 1 else ():
        found = totals(family, contestant, constants, tuning_trials, (TUNING_TASKS, TUNING_PLAY)).mean().item()
        chosen, best = (constants, found) if found > best else (chosen, best)
        tick()
    values = totals(family, contestant, chosen, trials, (TASKS, PLAY))
    tick()
    low, high = bootstrap_interval(values)
    spread = values.std().item()
    return Row(
        contestant.name,
        setting,
        paper,
        round(values.mean().item(), 3),
        round(low, 3),
        round(high, 3),
        round(time.process_time() - started, 1),
        round(spread / math.sqrt(trials), 4),
        round(spread / math.sqrt(PAPER_TRIALS), 4),
        trials,
        chosen,
    )


def plays(contestants: Sequence[Contestant]) -> int:
    """How many plays it takes to tune and measure them."""
    return sum(len(c.candidates) + (len(c.candidates) > 1) for c in contestants)


def exact(name: str, setting: str, value: float, cpu_s: float = 0.0) -> Row:
    """A row that was computed, not measured."""
    return Row(name, setting, None, round(value, 3), round(value, 3), round(value, 3), round(cpu_s, 1))


def write(path: Path, rows: Sequence[Row], source: str, notes: dict[str, str], **origin: Any) -> None:
    """Write rows and where they come from; whole or not at all.

    Args:
        source: the paper.
        notes: by the name of a row, a sentence that belongs below the table.
        origin: command, seeds, and whatever else is needed to make the rows again.
    """
    found = {
        "source": source,
        "notes": notes,
        "origin": {
            **store.versions(),
            **origin,
        },
        "rows": [row._asdict() for row in rows],
    }
    store.write_figures(path, found)


def seeds_in_words(counts: Mapping[str, int]) -> str:
    """How many seeds the agents of a table have: "5 seeds", or also which of them has more, by its title, and why."""
    usual = min(counts.values())
    more = {count: [title for title in counts if counts[title] == count] for count in sorted({*counts.values()} - {usual})}
    return f"{usual} seeds" + "".join(f"; {count} of {' and '.join(titles)}, whose seeds differ most" for count, titles in more.items())


def read(name: str, folder: Path | None = None) -> tuple[list[Row], dict[str, Any]]:
    """The rows of `data/published/NAME.json`, or of that file in another folder, and all the rest of it.

    Raises:
        store.StoreError: the file is missing.
    """
    found = store.read_figures((folder or FOLDER) / f"{name}.json", "published")
    return [Row(**row) for row in found["rows"]], {name: x for name, x in found.items() if name != "rows"}
