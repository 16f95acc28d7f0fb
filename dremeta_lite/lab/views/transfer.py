"""Trained on one task, tested on another: specialists on the map, and the matrix of their returns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dremeta_lite.inner.specialists import transfer_matrix
from dremeta_lite.lab.looks import DASHED, task_colour
from dremeta_lite.lab.style import INK, ChangeMarks, Yardsticks, grow, set_limits
from dremeta_lite.lab.tables import recorded
from dremeta_lite.lab.views.navigation import AFTER, AFTER_THIN, THIN_STEPS, AdaptationView, draw, heights_of, path
from dremeta_lite.learner import generator
from dremeta_lite.rollout import Trajectories, collect
from dremeta_lite.tasks.navigation import Navigation2D
from dremeta_lite.titles import LEARNERS, ORACLE, POOLED, STILL

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Runner

LOOKING_SEED = 5
DARKEST, LIGHTEST = -100.0, 0.0  # returns between which the matrix changes its colour


class TransferView:
    """Left: return at home and elsewhere, over the iterations. Middle: every policy in every task. Right: where each policy walks.

    Args:
        family, tasks: the family, and the batch of tasks whose specialists are trained.
    """

    size = (11.2, 3.9)

    def __init__(self, family: Navigation2D, tasks: Any) -> None:
        self.family, self.tasks, self.n = family, tasks, len(tasks.goal)
        self.heights = heights_of(family, tasks, (STILL, ORACLE))
        self.matrix = torch.zeros(self.n, self.n)
        self.seen: dict[int, tuple[float, float]] = {}

    def setup(self, figure: Figure) -> Sequence[Artist]:
        curves, matrix, plane = figure.subplots(1, 3, width_ratios=(1.15, 1, 1))
        self._set_up_curves(curves)
        self._set_up_matrix(matrix)
        self._set_up_map(plane)
        return [*self.lines, self.image, *self.numbers, *self.thin, *self.thick, *self.goals, self.start]

    def _set_up_curves(self, axes: Axes) -> None:
        axes.set(xlabel="iteration", ylabel="return (sum of rewards)")
        looks: list[dict[str, Any]] = [
            {"color": INK, "linewidth": 2.2},
            {"color": INK, "linewidth": 1.6, "linestyle": DASHED, "marker": "o", "ms": 3},
        ]
        self.curves, self.lines = axes, [axes.plot([], [], **look)[0] for look in looks]
        handles = [Line2D([], [], **look) for look in looks]
        axes.legend(handles, ["own task", "other tasks"], loc="lower left", bbox_to_anchor=(-0.02, 0.98), ncols=2, borderaxespad=0.2)
        self.yardsticks, self.marks = Yardsticks(axes), ChangeMarks(axes)

    def _set_up_matrix(self, axes: Axes) -> None:
        axes.set(title="Return of each in each", aspect="equal", xticks=[], yticks=[])
        axes.set_xlabel("tested on task", labelpad=17)
        axes.set_ylabel("trained on task", labelpad=15)
        ticks = range(self.n)
        self.image = axes.imshow(self.matrix.numpy(), cmap="cividis", vmin=DARKEST, vmax=LIGHTEST)
        places = [(i, j) for i in ticks for j in ticks]
        centred: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 10}
        self.numbers = [axes.text(j, i, "", fontweight="bold" if i == j else "normal", **centred) for i, j in places]
        for i in ticks:  # a task is a colour, here too
            name: dict[str, Any] = {"s": str(i + 1), "color": task_colour(i), "fontweight": "bold", **centred}
            axes.text(i, self.n - 0.25, **name)
            axes.text(-0.75, i, **name)

    def _set_up_map(self, axes: Axes) -> None:
        axes.set(title="Where each policy walks", xlabel="x (plane units)", ylabel="y (plane units)", aspect="equal")
        axes.set(xlim=(-0.68, 0.68), ylim=(-0.68, 0.68), xticks=[-0.5, 0, 0.5], yticks=[-0.5, 0, 0.5])
        self.thin = [draw(axes, i, AFTER_THIN) for i in range(self.n)]
        self.thick = [draw(axes, i, AFTER) for i in range(self.n)]
        self.goals = [axes.plot([], [], "*", color=task_colour(i), ms=15, mec="white", mew=1, zorder=5)[0] for i in range(self.n)]
        self.start = axes.plot(0, 0, "o", color=INK, ms=5, zorder=6)[0]

    def update(self, runner: "Runner") -> None:
        learner: Any = runner.learner
        tasks = type(self.tasks)(*(x.to(learner.device) for x in self.tasks))
        self.matrix = transfer_matrix(self.family, tasks, learner.policy, learner.theta, 8, LOOKING_SEED).cpu()
        self._show_curves(runner)
        self.image.set_data(self.matrix.numpy())
        for text, value in zip(self.numbers, self.matrix.flatten().tolist(), strict=True):
            text.set(text=f"{value:.0f}", color="white" if value < (DARKEST + LIGHTEST) / 2 else INK)
        self._show_map(learner, tasks)

    def _show_curves(self, runner: "Runner") -> None:
        own = np.array([numbers["return_own"] for numbers in runner.history])
        iteration = runner.learner.iteration
        self.seen = {i: both for i, both in self.seen.items() if i < iteration} | {iteration: self.at_home_and_elsewhere()}
        self.lines[0].set_data(np.arange(1, len(own) + 1), own)
        self.lines[1].set_data(list(self.seen), [other for _, other in self.seen.values()])
        lowest = min([*self.heights.values(), *own, *(min(both) for both in self.seen.values())])
        old = self.curves.get_ylim() if len(own) else None
        across = grow(0, max(len(own), 40), self.curves.get_xlim() if len(own) > 1 else None)
        set_limits(self.curves, x=across, y=grow(lowest, 0, old))
        self.yardsticks.set(self.heights)
        self.marks.set(runner.changes)

    def _show_map(self, learner: Any, tasks: Any) -> None:
        """Every policy in its own task: the mean walk, and one with noise."""
        for noise, lines, steps in ((0.0, self.thick, None), (1.0, self.thin, THIN_STEPS)):
            theta = {name: p.detach() for name, p in learner.theta.items()}
            walk: Trajectories = collect(self.family, tasks, learner.policy, theta, 1, generator(LOOKING_SEED), noise)
            for i, line in enumerate(lines):
                line.set_data(*path(walk, i, 0, steps))
        for star, goal in zip(self.goals, self.tasks.goal.tolist(), strict=True):
            star.set_data([goal[0]], [goal[1]])

    def at_home_and_elsewhere(self) -> tuple[float, float]:
        """The mean of the matrix' diagonal, and of all the rest."""
        home = self.matrix.diagonal().sum().item()
        return home / self.n, (self.matrix.sum().item() - home) / max(self.n * (self.n - 1), 1)

    def summary(self) -> str:
        own, other = self.at_home_and_elsewhere()
        worst = int(self.matrix.min(dim=1).values.argmin())
        yardsticks = ", ".join(f"{name} {height:.1f}" for name, height in self.heights.items())
        iteration = max(self.seen, default=0)
        return (
            f"Iteration {iteration}: {self.n} policies, each trained on one task. Return in its own task {own:.1f} on average, in the "
            f"others {other:.1f}. The policy of task {worst + 1} returns {', '.join(f'{v:.0f}' for v in self.matrix[worst].tolist())} "
            f"in tasks 1 to {self.n}. To compare: {yardsticks}."
        )


class PooledView(AdaptationView):
    """Pooled training before and after fine-tuning, in the same picture as MAML's, with what MAML reaches as one more yardstick.

    Args:
        family, steps: as in `AdaptationView`.
    """

    def __init__(self, family: Navigation2D, steps: int = 3) -> None:
        super().__init__(family, steps)
        self.heights.pop(f"{POOLED}, 1 step")
        self.heights[f"{LEARNERS['maml']}, {steps} step{'s' if steps > 1 else ''}"] = recorded(family.name)["agents"]["maml"]["mean"][steps]

    def setup(self, figure: Figure) -> Sequence[Artist]:
        moving = super().setup(figure)
        self.curves.set_xlabel("iteration of pooled training")
        return moving

    def summary(self) -> str:
        return super().summary().replace("Meta-iteration", "Iteration")
