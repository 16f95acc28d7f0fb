"""Sinusoids: functions before and after adaptation, and the errors of several ways to a start."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from dremeta_lite.compare import tables
from dremeta_lite.lab import looks
from dremeta_lite.lab.parts import ABOVE, BESIDE, Artist, Axes, Curves, History, Line, Part, Row, legend
from dremeta_lite.lab.style import GREY, INK
from dremeta_lite.lab.views.navigation import AFTER, BEFORE
from dremeta_lite.learner import generator
from dremeta_lite.meta.regression import RegressionLearner, adaptation_errors, adapted, mean_errors
from dremeta_lite.tasks.sinusoid import REACH, Sinusoid, SinusoidTask
from dremeta_lite.titles import LEARNERS, ORACLE, POOLED

LOOKING_SEED = 3
WINDOW = 20
SHOWN_TASKS = SinusoidTask(torch.tensor([4.0, 2.0], device="cpu"), torch.tensor([0.6, 2.4], device="cpu"))
ONE_FOR_ALL = "one for all"
FIXED_ANSWER = 3.0
"""The error of the best answer that is the same for all tasks, -(2/π) E[A] cos x."""


def errors_over_training(lines: Sequence[Line], heights: Mapping[str, float], **options: Any) -> History:
    """Errors over meta-iterations, smoothed. A wave that nothing is known of costs 4.25."""
    smooth = [line._replace(window=WINDOW) for line in lines]
    options |= {"xlabel": "meta-iteration", "ylabel": "mean squared error"}
    return History(smooth, heights, limits=(-0.2, 5.2), room=200, **options)


class Waves:
    """Two waves that the learner adapts to, with points of its own.

    Args:
        steps: after how many inner steps they are shown.
        points: how many points of each wave are seen.

    Attributes:
        parts: one of each.
    """

    def __init__(self, steps: int, points: int) -> None:
        self.steps, self.points = steps, points
        self.in_words = f"{steps} step{'s' * (steps > 1)}"
        self.parts = [Wave(0, f"after {self.in_words}"), Wave(1)]

    def update(self, now: Any) -> None:
        learner = now.learner
        assert isinstance(learner, RegressionLearner)
        tasks = SinusoidTask(*(x.to(learner.device) for x in SHOWN_TASKS))
        support = learner.family.sample_points(tasks, self.points, generator(LOOKING_SEED))
        grid = learner.family.points_at(torch.linspace(-REACH, REACH, 121, device=learner.device), tasks)
        phis = adapted(learner, support, self.steps, None)
        said = [learner.network.forward(phi, grid.x) for phi in (phis[0], phis[-1])]
        errors = [(answer - grid.y).square().mean((-2, -1)).tolist() for answer in said]
        flat = lambda x: x[..., 0].cpu().numpy()  # noqa: E731
        for i, wave in enumerate(self.parts):
            y = {"truth": flat(grid.y[i]), "before": flat(said[0][i]), "after": flat(said[1][i])}
            wave.show(flat(grid.x[i]), y, (flat(support.x[i]), flat(support.y[i])), (errors[0][i], errors[1][i]))

    def words(self) -> str:
        each = [f"{before:.1f} before and {after:.1f} after {self.in_words}" for before, after in (wave.errors for wave in self.parts)]
        return f"The two waves: {' and '.join(each)}, from {self.points} points."


class Wave(Part):
    """One task: the wave in grey, what is said of it dashed before adaptation and solid after it, hollow points for the support.

    Args:
        after: what the solid line is called in a legend that reaches over both waves; there is none if empty.
    """

    def __init__(self, task: int, after: str = "") -> None:
        self.colour, self.after = looks.task_colour(task), after

    def setup(self, axes: Axes) -> list[Artist]:
        axes.set(xlabel="x", xlim=(-REACH, REACH), ylim=(-6.9, 6.9), xticks=[-5, 0, 5], yticks=[-5, 0, 5])
        truth, points = {"color": GREY, "linewidth": 1.2}, {"marker": "o", "ls": "", "ms": 7}
        said = {"before": {"color": self.colour, **BEFORE}, "after": {"color": self.colour, **AFTER}}
        seen = {**points, "mfc": "white", "mec": self.colour, "mew": 1.8, "zorder": 4}
        moving = self.lines(axes, {"truth": truth, **said, "seen": seen})
        if self.after:
            axes.set_ylabel("y")
            keys = {"the wave": truth, "before": {"color": INK, **BEFORE}, self.after: {"color": INK, **AFTER}}
            keys["seen points"] = {"color": INK, "mfc": "none", **points}
            key = legend(axes, keys, {**ABOVE, "columnspacing": 1.0})
            key.set_in_layout(False)  # it reaches over both waves
        self.text = axes.text(-4.7, 6.6, "", va="top", color=INK, fontsize=10)
        return [*moving, self.text]

    def show(self, x: np.ndarray, y: Mapping[str, np.ndarray], seen: tuple[np.ndarray, np.ndarray], errors: tuple[float, float]) -> None:
        """Set the wave and what is said of it over x, the points that were seen, and the errors before and after."""
        self.errors = errors
        for name, values in y.items():
            self.drawn[name].set_data(x, values)
        self.drawn["seen"].set_data(*seen)
        self.text.set_text(f"error {errors[0]:.1f} → {errors[1]:.2f}")


class SinusoidView(Row):
    """Left: the error before and after the inner steps, over meta-iterations. Right: two waves, with what is said before and after.

    Args:
        steps: after how many inner steps the waves are shown.
        points: how many points of each wave are seen.
    """

    def __init__(self, steps: int = 1, points: int = 5) -> None:
        pooled = tables.recorded("starts on Sinusoid")["algorithms"]["pooled"]["5_points"]["mean"][1]
        heights = {ONE_FOR_ALL: FIXED_ANSWER, f"{POOLED}, 1 step": pooled, ORACLE: 0.0}
        lines = [Line("loss_before", looks.BEFORE, "before"), Line("loss_after", looks.NOW, "after K steps")]
        words = "error {loss_before:.2f} before adaptation, {loss_after:.2f} after it"
        curves = errors_over_training(lines, heights, words=words)
        waves = Waves(steps, points)
        super().__init__(curves, *waves.parts, widths=(1.25, 1, 1), size=(10.8, 3.6), first=waves)


WAYS = {way: LEARNERS[way] for way in tables.ALGORITHMS}


class WaysBySteps(Curves):
    """The error in held-out tasks after 0 to 5 inner steps, a line a way."""

    steps = 5

    def __init__(self, tasks: SinusoidTask) -> None:
        self.tasks, self.errors = tasks, {}
        labels = {"title": f"On {len(tasks.phase)} held-out tasks", "xlabel": "inner steps in a new task", "xticks": range(self.steps + 1)}
        ways = {title: {**look, "ms": 4} for title, look in looks.looks(list(WAYS.values())).items()}
        super().__init__(ways, xlim=(-0.2, self.steps + 0.2), ylim=(-0.2, 4.8), where=BESIDE, **labels)

    def update(self, now: Any) -> None:
        for way, each in now.learner.learners.items():
            tasks = SinusoidTask(*(x.to(each.device) for x in self.tasks))
            errors = adaptation_errors(each, tasks, now.learner.hyper.support, self.steps, None, LOOKING_SEED)
            self.errors[WAYS[way]] = mean_errors(errors).tolist()
        self.show(self.errors, x=np.arange(self.steps + 1))

    def words(self) -> str:
        found = "; ".join(f"{title} {errors[0]:.2f}, {errors[1]:.2f}, {errors[-1]:.2f}" for title, errors in self.errors.items())
        return f"Error on held-out tasks before adaptation, after 1 step and after {self.steps}: {found}."


class WaysView(Row):
    """Ways to a start, side by side. Left: the error after K inner steps, over meta-iterations. Right: after 0 to 5 steps, in new tasks.

    Args:
        tasks: how many held-out tasks the right side is measured on.
    """

    def __init__(self, family: Sinusoid, tasks: int = 100) -> None:
        found = looks.looks(list(WAYS.values()))
        lines = [Line(f"after_{way}", {**found[title], "marker": ""}) for way, title in WAYS.items()]
        said = ", ".join(f"{title} {{after_{way}:.2f}}" for way, title in WAYS.items())
        options = {"words": f"error after K steps {said}", "title": "After K steps, on the tasks of training"}
        curves = errors_over_training(lines, {ONE_FOR_ALL: FIXED_ANSWER, ORACLE: 0.0}, **options)
        super().__init__(curves, WaysBySteps(family.held_out_tasks(tasks)), widths=(1.2, 1), size=(10.4, 3.6))
