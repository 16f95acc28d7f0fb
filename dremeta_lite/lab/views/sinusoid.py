"""Sinusoids: functions before and after adaptation, and the errors of several ways to a start."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dremeta_lite.compare.regression_side_by_side import RegressionSideBySide
from dremeta_lite.lab import looks
from dremeta_lite.lab.style import GREY, INK, ChangeMarks, Yardsticks, grow, set_limits
from dremeta_lite.lab.tables import starts
from dremeta_lite.lab.views.navigation import AFTER, BEFORE
from dremeta_lite.learner import generator
from dremeta_lite.meta.regression import RegressionLearner, adaptation_errors, adapted, mean_errors
from dremeta_lite.tasks.sinusoid import REACH, Sinusoid, SinusoidTask
from dremeta_lite.titles import LEARNERS, ORACLE, POOLED

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Runner

LOOKING_SEED = 3
WINDOW = 20
SHOWN_TASKS = SinusoidTask(torch.tensor([4.0, 2.0], device="cpu"), torch.tensor([0.6, 2.4], device="cpu"))
FIXED_ANSWER = 3.0
"""The error of the best answer that is the same for all tasks (`best_fixed_answer`)."""


def smoothed(values: Sequence[float]) -> np.ndarray:
    """The mean of each value and the ones before it, up to `WINDOW` of them."""
    total = np.concatenate([[0.0], np.cumsum(np.asarray(values, float))])
    n = np.arange(1, len(values) + 1)
    first = np.maximum(n - WINDOW, 0)
    return (total[n] - total[first]) / (n - first)


class SinusoidView:
    """Left: the error before and after the inner steps, over meta-iterations. Right: two waves, with what is said before and after.

    Args:
        steps: after how many inner steps the waves are shown.
        points: how many points of each wave are seen.
    """

    size = (10.8, 3.6)

    def __init__(self, steps: int = 1, points: int = 5) -> None:
        self.steps, self.points = steps, points
        self.heights = {
            "one for all": FIXED_ANSWER,
            f"{POOLED}, 1 step": starts("sinusoid")["algorithms"]["pooled"]["5_points"]["mean"][1],
            ORACLE: 0.0,
        }
        self._words = "Nothing has been trained yet."

    def setup(self, figure: Figure) -> Sequence[Artist]:
        curves, *waves = figure.subplots(1, 3, width_ratios=(1.25, 1, 1))
        curves.set(xlabel="meta-iteration", ylabel="mean squared error")
        self.curves, self.lines = curves, [curves.plot([], [], **look)[0] for look in (looks.BEFORE, looks.NOW)]
        where: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (-0.02, 0.98), "borderaxespad": 0.2, "handlelength": 1.6}
        curves.legend([Line2D([], [], **look) for look in (looks.BEFORE, looks.NOW)], ["before", "after K steps"], ncols=2, **where)
        self.yardsticks, self.marks = Yardsticks(curves), ChangeMarks(curves)
        self.waves = [Wave(axes, i) for i, axes in enumerate(waves)]
        self.waves[0].axes.set_ylabel("y")
        keys: list[dict[str, Any]] = [
            {"color": GREY, "linewidth": 1.2},
            {"color": INK, **BEFORE},
            {"color": INK, **AFTER},
            {"color": INK, "marker": "o", "mfc": "none", "ls": "", "ms": 7},
        ]
        names = ["the wave", "before", f"after {self.steps} step{'s' * (self.steps > 1)}", "seen points"]
        legend = waves[0].legend([Line2D([], [], **key) for key in keys], names, ncols=4, columnspacing=1.0, **where)
        legend.set_in_layout(False)  # it reaches over both waves
        return [*self.lines, *(artist for wave in self.waves for artist in wave.artists())]

    def update(self, runner: "Runner") -> None:
        history, learner = runner.history, runner.learner
        assert isinstance(learner, RegressionLearner)
        series = [smoothed([numbers[name] for numbers in history]) for name in ("loss_before", "loss_after")]
        for line, values in zip(self.lines, series, strict=True):
            line.set_data(np.arange(1, len(history) + 1), values)
        show_errors(self.curves, len(history))
        self.yardsticks.set(self.heights)
        self.marks.set(runner.changes)
        self._words = self._describe(len(history), series, self._show_waves(learner))

    def _show_waves(self, learner: RegressionLearner) -> list[tuple[float, float]]:
        """Adapt to the two tasks with points of its own; the errors before and after, over all x."""
        tasks = SinusoidTask(*(x.to(learner.device) for x in SHOWN_TASKS))
        support = learner.family.sample_points(tasks, self.points, generator(LOOKING_SEED))
        grid = learner.family.points_at(torch.linspace(-REACH, REACH, 121, device=learner.device), tasks)
        phis = adapted(learner, support, self.steps, None)
        said = [learner.network.forward(phi, grid.x) for phi in (phis[0], phis[-1])]
        errors = [(answer - grid.y).square().mean((-2, -1)).tolist() for answer in said]
        flat = lambda x: x[..., 0].cpu().numpy()  # noqa: E731
        for i, wave in enumerate(self.waves):
            seen = flat(support.x[i]), flat(support.y[i])
            wave.show(flat(grid.x[i]), flat(grid.y[i]), flat(said[0][i]), flat(said[1][i]), seen, (errors[0][i], errors[1][i]))
        return list(zip(*errors, strict=True))

    def summary(self) -> str:
        return self._words

    def _describe(self, iterations: int, series: Sequence[np.ndarray], shown: Sequence[tuple[float, float]]) -> str:
        steps = f"{self.steps} step{'s' * (self.steps > 1)}"
        waves = " and ".join(f"{before:.1f} before and {after:.1f} after {steps}" for before, after in shown)
        on_show = f"The two waves: {waves}, from {self.points} points."
        if not iterations:
            return f"Nothing has been trained yet. {on_show}"
        before, after = (values[-1] for values in series)
        yardsticks = ", ".join(f"{name} {height:.1f}" for name, height in self.heights.items())
        return (
            f"Meta-iteration {iterations}: error {before:.2f} before adaptation, {after:.2f} after it. {on_show} To compare: {yardsticks}."
        )


class Wave:
    """One task: the wave in grey, what is said of it dashed before adaptation and solid after it, hollow points for the support."""

    def __init__(self, axes: Axes, task: int) -> None:
        axes.set(xlabel="x", xlim=(-REACH, REACH), ylim=(-6.9, 6.9), xticks=[-5, 0, 5], yticks=[-5, 0, 5])
        colour = looks.task_colour(task)
        self.axes = axes
        self.truth = axes.plot([], [], color=GREY, linewidth=1.2)[0]
        self.before, self.after = (axes.plot([], [], color=colour, **look)[0] for look in (BEFORE, AFTER))
        self.seen = axes.plot([], [], "o", mfc="white", mec=colour, mew=1.8, ms=7, zorder=4)[0]
        self.text = axes.text(-4.7, 6.6, "", va="top", color=INK, fontsize=10)

    def artists(self) -> list[Artist]:
        return [self.truth, self.before, self.after, self.seen, self.text]

    def show(
        self, x: np.ndarray, y: np.ndarray, before: np.ndarray, after: np.ndarray, seen: tuple[np.ndarray, np.ndarray], errors: Any
    ) -> None:
        for line, values in ((self.truth, y), (self.before, before), (self.after, after)):
            line.set_data(x, values)
        self.seen.set_data(*seen)
        self.text.set_text(f"error {errors[0]:.1f} → {errors[1]:.2f}")


WAYS = ("pooled", "reptile", "first_order", "maml", "meta_sgd")


class WaysView:
    """Ways to a start, side by side. Left: the error after K inner steps, over meta-iterations. Right: after 0 to 5 steps, in new tasks.

    Args:
        family: the tasks.
        tasks: how many held-out tasks the right side is measured on.
    """

    size = (10.4, 3.6)
    steps = 5

    def __init__(self, family: Sinusoid, tasks: int = 100) -> None:
        self.tasks = family.held_out_tasks(tasks)
        self.heights = {"one for all": FIXED_ANSWER, ORACLE: 0.0}
        self.errors: dict[str, list[float]] = {}
        self._words = "Nothing has been trained yet."

    def setup(self, figure: Figure) -> Sequence[Artist]:
        curves, steps = figure.subplots(1, 2, width_ratios=(1.2, 1))
        curves.set(xlabel="meta-iteration", ylabel="mean squared error")
        steps.set(xlabel="inner steps in a new task", xlim=(-0.2, self.steps + 0.2), ylim=(-0.2, 4.8), xticks=range(self.steps + 1))
        self.curves = curves
        found = dict(zip(WAYS, looks.looks([LEARNERS[way] for way in WAYS]).values(), strict=True))
        self.lines = {way: curves.plot([], [], **{**look, "marker": ""})[0] for way, look in found.items()}
        self.by_step = {way: steps.plot([], [], ms=4, **look)[0] for way, look in found.items()}
        where: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "handlelength": 2.4}
        steps.legend([Line2D([], [], ms=4, **look) for look in found.values()], [LEARNERS[way] for way in WAYS], **where)
        curves.set_title("After K steps, on the tasks of training")
        steps.set_title(f"On {len(self.tasks.phase)} held-out tasks")
        self.yardsticks, self.marks = Yardsticks(curves), ChangeMarks(curves)
        return [*self.lines.values(), *self.by_step.values()]

    def update(self, runner: "Runner") -> None:
        history, learner = runner.history, runner.learner
        assert isinstance(learner, RegressionSideBySide)
        for way, each in learner.learners.items():
            self.lines[way].set_data(np.arange(1, len(history) + 1), smoothed([numbers[f"after_{way}"] for numbers in history]))
            tasks = SinusoidTask(*(x.to(learner.device) for x in self.tasks))
            points = learner.hyper.support
            self.errors[way] = mean_errors(adaptation_errors(each, tasks, points, self.steps, None, LOOKING_SEED)).tolist()
            self.by_step[way].set_data(range(self.steps + 1), self.errors[way])
        show_errors(self.curves, len(history))
        self.yardsticks.set(self.heights)
        self.marks.set(runner.changes)
        found = "; ".join(f"{LEARNERS[way]} {errors[0]:.2f}, {errors[1]:.2f}, {errors[-1]:.2f}" for way, errors in self.errors.items())
        self._words = (
            f"Meta-iteration {len(history)}. Error on held-out tasks before adaptation, after 1 step and after {self.steps}: {found}."
        )

    def summary(self) -> str:
        return self._words


def show_errors(axes: Axes, iterations: int) -> None:
    """Limits for errors: a wave that nothing is known of costs 4.25."""
    set_limits(axes, x=grow(0, max(iterations, 200), axes.get_xlim() if iterations > 1 else None), y=(-0.2, 5.2))
