"""The comparison bench of notebook 10: a family of tasks, learners, a budget and seeds, from recorded runs; a picture and a table."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from dremeta_lite.compare.benchmark_results import FOLDER, Results, recorded_benchmarks, results, table
from dremeta_lite.hyper import HyperParameters, Real, Whole
from dremeta_lite.lab.controls import menu, row_of
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.frame import close
from dremeta_lite.lab.views.comparing import Choice, ComparingView
from dremeta_lite.store import StoreError


class Comparison(Explorer):
    """Recorded runs: a menu of the family, a box a learner, sliders for the budget and for the number of seeds; a picture and a table.

    Args:
        benchmark: the family to begin with; the first that was recorded if None.
        folder: where the recorded runs are.
        values: what the sliders begin with: `budget`, `seeds`. All that was recorded if not given.

    Raises:
        StoreError: nothing was recorded there.
    """

    def __init__(self, name: str = "comparison", benchmark: str | None = None, folder: Path = FOLDER, **values: Any) -> None:
        names = recorded_benchmarks(folder)
        if not names:
            raise StoreError(f"{folder} holds no recorded runs. `python3 -m dremeta_lite compare` makes them again.")
        self.benchmarks = {each: results(each, folder) for each in names}
        self.menu = benchmark_menu({each: data.title for each, data in self.benchmarks.items()}, benchmark)
        self.boxes: dict[str, widgets.Checkbox] = {}
        self.row, self.table = row_of(), widgets.HTML()
        self.table.add_class("dremeta-table")
        hyper = limits(list(self.benchmarks.values()))(**values)
        super().__init__(name, hyper, ComparingView(), ("budget", "seeds"), above=[self.menu, self.row], below=[self.table])
        self.menu.observe(lambda _: self._enter(), "value")
        self._enter()

    @property
    def benchmark(self) -> Results:
        """The recorded runs of the chosen family."""
        return self.benchmarks[str(self.menu.value)]

    @property
    def keys(self) -> list[str]:
        """The chosen learners."""
        return [key for key, box in self.boxes.items() if box.value]

    def choice(self) -> Choice:
        """What the picture shows."""
        hyper: Any = self.hyper
        return Choice(self.benchmark, self.keys, hyper.budget, hyper.seeds)

    def paint(self) -> bytes:
        choice = self.choice()
        self.table.value = f'<div class="dremeta-wide" tabindex="0" role="region" aria-label="table">{table(*choice).html()}</div>'
        return super().paint()

    def _enter(self) -> None:
        """Another family: a box for each of its learners."""
        titles = {key: row["title"] for key, row in self.benchmark.methods.items()}
        former, self.boxes = self.boxes, learner_boxes(titles, list(titles), self.paint)
        self.row.children = tuple(self.boxes.values())
        close(*former.values())
        self.paint()


def limits(benchmarks: Sequence[Results]) -> type[HyperParameters]:
    """What can be moved, with bounds that hold for all of these benchmarks; by default everything is shown."""
    longest = math.ceil(max(benchmark.longest() for benchmark in benchmarks))
    seeds = max(len(row["runs"]) for benchmark in benchmarks for row in benchmark.methods.values())
    what = "CPU-seconds of training: of each run the last judgement that was not later"
    many = "how many of the recorded runs are averaged"

    traits = {
        "budget": Real(longest, low=min(0.1, longest / 10), high=longest, unit="CPU-seconds", scale="log", help=what),
        "seeds": Whole(seeds, low=1, high=seeds, unit="seeds", help=many),
    }
    return type("ComparisonHyper", (HyperParameters,), traits)


def benchmark_menu(titles: Mapping[str, str], chosen: str | None) -> widgets.Dropdown:
    """A menu of families. Raises ValueError: the chosen one is not among them."""
    if chosen is not None and chosen not in titles:
        raise ValueError(f"benchmark must be one of {', '.join(titles)}, got {chosen!r}")
    options, tip = [(title, name) for name, title in titles.items()], "in which family of tasks the learners are compared"
    made = menu("family of tasks", options, chosen or next(iter(titles)), tooltip=tip)
    made.layout.width, made.layout.max_width, made.layout.display = "auto", "100%", ""
    return made


def learner_boxes(titles: Mapping[str, str], chosen: Sequence[str], changed: Callable[[], Any]) -> dict[str, widgets.Checkbox]:
    """A box a learner, by key."""
    boxes = {}
    for key, title in titles.items():
        box = widgets.Checkbox(value=key in chosen, description=title, indent=False, tooltip=f"whether {title} takes part")
        box.layout.width = "auto"
        box.observe(lambda _: changed(), "value")
        boxes[key] = box
    return boxes
