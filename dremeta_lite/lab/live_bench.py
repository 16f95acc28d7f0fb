"""The live half of the comparison bench: choose a family of tasks and learners, set up, and watch them train side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from dremeta_lite.compare.benchmark_results import Results, recorded_benchmarks, results
from dremeta_lite.compare.benchmarks import BENCHMARKS, Benchmark
from dremeta_lite.compare.side_by_side import SideBySide
from dremeta_lite.lab.comparison import benchmark_menu, learner_boxes
from dremeta_lite.lab.controls import button, message, row_of
from dremeta_lite.lab.frame import Frame, OnePage, close
from dremeta_lite.lab.notebook import front_end, pause_on_interrupt
from dremeta_lite.lab.panel import LivePanel
from dremeta_lite.lab.views.side_by_side import SideBySideView

MOST_TURNS = 20
QUICK = 1000
"""Steps in a trial up to which learners are judged every fifth turn; with more, every twentieth."""


class LiveBench(OnePage):
    """A menu of the family, a box a learner, a button "Set up"; below it the live panel in which they train.

    Args:
        benchmark: the family to begin with.
        methods: the learners to begin with, by key; all if empty.
        name: of the live panel. Making another bench of the same name closes the panel of this one.
        headless_iterations: how many turns `show` runs where nobody can press Start.

    Attributes:
        panel: the live panel that was set up last.

    Raises:
        ValueError: there is no such benchmark, or no such method in it.
    """

    def __init__(
        self,
        benchmark: str = "hidden_goal",
        methods: Sequence[str] = (),
        name: str = "live-bench",
        seed: int = 0,
        device: Any = "cpu",
        headless_iterations: int = 3,
    ) -> None:
        self.name, self.seed, self.device, self.headless_iterations = name, seed, device, headless_iterations
        self.menu = benchmark_menu({key: each.title for key, each in BENCHMARKS.items()}, benchmark)
        self.boxes: dict[str, widgets.Checkbox] = {}
        self.row, self.trouble, self.below = row_of(), widgets.HTML(), widgets.VBox()
        self.button = button("Set up", "Make a live panel with these learners; the one below is closed", self._clicked)
        self._enter(methods)
        self.widget = Frame(name, [self.menu, self.row, row_of(self.button), self.trouble, self.below], "bench", owner=self)
        self.menu.observe(lambda _: self._enter(), "value")
        self.set_up()

    @property
    def benchmark(self) -> Benchmark:
        """The chosen family."""
        return BENCHMARKS[str(self.menu.value)]

    @property
    def learner(self) -> SideBySide:
        """What is trained in the panel."""
        learner: Any = self.panel.learner
        return learner

    def set_up(self) -> LivePanel:
        """Make the panel of the chosen family and learners, in the place of the former one. Raises ValueError: no learner is chosen."""
        benchmark, keys = self.benchmark, [key for key, box in self.boxes.items() if box.value]
        if not keys:
            raise ValueError("no learner is chosen: tick at least one box")
        yardsticks = (recorded(benchmark) or benchmark).yardsticks  # as recorded, else played now
        view = SideBySideView(turns_by_title(benchmark, keys), yardsticks, benchmark.episodes, benchmark.unit)
        make = lambda seed: side_by_side(benchmark, keys, seed, self.device)  # noqa: E731
        options: Any = {"seed": self.seed, "headless_iterations": self.headless_iterations}
        self.panel = LivePanel(self.name, make, view, controls=("judge_every",), **options)
        self.below.children = (self.panel.widget,)
        return self.panel

    def show(self) -> None:
        """Display the bench; where nobody can press a button, the panel's picture after some turns, and its summary."""
        from IPython.display import display

        if front_end() == "headless":
            self.panel.show()
            return
        if front_end() == "voila":
            self.panel.require(self.headless_iterations)
        self._wake()
        display(self.widget)

    def require(self, iterations: int) -> list[dict[str, float]]:
        """As `LivePanel.require`: make sure that so many turns are done."""
        return self.panel.require(iterations)

    def close(self) -> None:
        """End the training, and take the bench off the screen."""
        self.panel.close()
        self.widget.close()

    def _wake(self) -> None:
        self.panel.runner.refresh()
        self.panel.runner.prepare()
        pause_on_interrupt()

    def _enter(self, methods: Sequence[str] = ()) -> None:
        """Another family: a box for each of its learners."""
        titles = {key: each.title for key, each in self.benchmark.methods.items()}
        for key in methods:
            if key not in titles:
                raise ValueError(f"methods of {self.benchmark.name} are {', '.join(titles)}, not {key!r}")
        former, self.boxes = self.boxes, learner_boxes(titles, methods or list(titles), lambda: None)
        self.row.children = tuple(self.boxes.values())
        close(*former.values())

    def _clicked(self) -> None:
        try:
            self.set_up()
        except ValueError as error:
            self.trouble.value = message(str(error), "alert")
        else:
            self.trouble.value = ""
            self._wake()


def side_by_side(benchmark: Benchmark, keys: Sequence[str], seed: int = 0, device: Any = "cpu") -> SideBySide:
    """The learners of a benchmark with these keys, in turn: each as many iterations as take about the same time, as it was recorded."""
    learners = {benchmark.methods[key].title: benchmark.methods[key].make(seed, device) for key in keys}
    every = 5 if benchmark.episodes * benchmark.family.horizon <= QUICK else 20
    return SideBySide(learners, benchmark.episodes, turns_by_title(benchmark, keys), benchmark.tasks, benchmark.score, judge_every=every)


def turns_by_title(benchmark: Benchmark, keys: Sequence[str]) -> Mapping[str, int]:
    """`iterations_in_turn` by the learners' titles."""
    return {benchmark.methods[key].title: count for key, count in iterations_in_turn(benchmark, keys).items()}


def iterations_in_turn(benchmark: Benchmark, keys: Sequence[str]) -> Mapping[str, int]:
    """How many iterations of each take about as long as one of the slowest, by what recorded runs took; one each if they were not recorded.

    The counts are the same on every machine, so that a seed gives the same run.
    """
    data = recorded(benchmark)
    rows = data.methods if data else {}
    if any(key not in rows for key in keys):
        return dict.fromkeys(keys, 1)
    seconds = {key: min(run["checkpoints"][-1]["cpu_seconds"] for run in rows[key]["runs"]) / rows[key]["iterations"] for key in keys}
    slowest = max(seconds.values())
    return {key: min(MOST_TURNS, max(1, round(slowest / each))) for key, each in seconds.items()}


def recorded(benchmark: Benchmark) -> Results | None:
    """The recorded runs of a benchmark, if there are any."""
    return results(benchmark.name) if benchmark.name in recorded_benchmarks() else None
