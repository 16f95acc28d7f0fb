"""Trained on one task, tested on another: specialists on the map, and the matrix of their returns."""

from typing import Any

import numpy as np

from dremeta_lite.compare.tables import recorded
from dremeta_lite.inner.specialists import transfer_matrix
from dremeta_lite.lab.looks import DASHED, task_colour
from dremeta_lite.lab.parts import Artist, Axes, Heat, History, Line, Row
from dremeta_lite.lab.style import INK
from dremeta_lite.lab.views.navigation import AdaptationView, Plane, Walk, heights_of
from dremeta_lite.learner import generator
from dremeta_lite.rollout import collect
from dremeta_lite.tasks.navigation import Navigation2D
from dremeta_lite.titles import LEARNERS, ORACLE, STILL

LOOKING_SEED = 5
DARKEST, LIGHTEST = -100.0, 0.0  # returns between which the matrix changes its colour


class Specialised:
    """What the specialists of a batch of tasks earn in each of the tasks: computed once a frame, for all parts.

    Attributes:
        returns: [trained on, tested on].
        seen: by iteration, the mean at home and elsewhere.
    """

    def __init__(self, family: Navigation2D, tasks: Any) -> None:
        self.family, self.tasks, self.n = family, tasks, len(tasks.goal)
        self.seen: dict[int, tuple[float, float]] = {}

    def update(self, now: Any) -> None:
        learner = now.learner
        self.present = type(self.tasks)(*(x.to(learner.device) for x in self.tasks))
        self.returns = transfer_matrix(self.family, self.present, learner.policy, learner.theta, 8, LOOKING_SEED).cpu()
        home = self.returns.diagonal().sum().item()
        both = home / self.n, (self.returns.sum().item() - home) / max(self.n * (self.n - 1), 1)
        self.seen = {i: each for i, each in self.seen.items() if i < learner.iteration} | {learner.iteration: both}


class HomeAndElsewhere(History):
    """The return in the own task over iterations, and that in the others, where it was looked at."""

    def __init__(self, found: Specialised) -> None:
        self.found = found
        heights = heights_of(found.family, found.tasks, (STILL, ORACLE))
        own, other = {"color": INK, "linewidth": 2.2}, {"color": INK, "linewidth": 1.6, "linestyle": DASHED, "marker": "o", "ms": 3}
        lines = [Line("return_own", own, "own task"), Line("elsewhere", other, "other tasks")]
        super().__init__(lines, heights, span=(*heights.values(), 0.0), ylabel="return (sum of rewards)")

    def points(self, now: Any, line: Line) -> tuple[np.ndarray, np.ndarray]:
        if line.number != "elsewhere":
            return super().points(now, line)
        return np.array(list(self.found.seen)), np.array([other for _, other in self.found.seen.values()])

    def describe(self, n: int, last: Any) -> str:
        iteration, (own, other) = list(self.found.seen.items())[-1]
        return (
            f"Iteration {iteration}: {self.found.n} policies, each trained on one task. Return in its own task {own:.1f} on average, in "
            f"the others {other:.1f}."
        )


class TransferMatrix(Heat):
    """Every policy in every task."""

    def __init__(self, found: Specialised) -> None:
        self.found = found
        options: dict[str, Any] = {"limits": (DARKEST, LIGHTEST), "colours": "cividis", "white_below": (DARKEST + LIGHTEST) / 2}
        super().__init__(found.n, found.n, **options, bold=True, title="Return of each in each", aspect="equal", xticks=[], yticks=[])

    def setup(self, axes: Axes) -> list[Artist]:
        moving = super().setup(axes)
        axes.set_xlabel("tested on task", labelpad=17)
        axes.set_ylabel("trained on task", labelpad=15)
        for i in range(self.found.n):  # a task is a colour, here too
            name: dict[str, Any] = {"s": str(i + 1), "color": task_colour(i), "fontweight": "bold", "ha": "center", "va": "center"}
            axes.text(i, self.found.n - 0.25, fontsize=10, **name)
            axes.text(-0.75, i, fontsize=10, **name)
        return moving

    def update(self, now: Any) -> None:
        self.show(self.found.returns)

    def words(self) -> str:
        worst = int(self.found.returns.min(dim=1).values.argmin())
        returns = ", ".join(f"{value:.0f}" for value in self.found.returns[worst].tolist())
        return f"The policy of task {worst + 1} returns {returns} in tasks 1 to {self.found.n}."


class Homes(Plane):
    """Every policy in its own task: the mean walk, and one with noise."""

    def __init__(self, found: Specialised) -> None:
        self.found = found
        super().__init__(found.n, "Where each policy walks", both=False, thin=1)

    def update(self, now: Any) -> None:
        family, tasks, policy = self.found.family, self.found.present, now.learner.policy
        theta = {name: p.detach() for name, p in now.learner.theta.items()}
        walks = collect(family, tasks, policy, theta, 1, generator(LOOKING_SEED), calm=True)
        self.show(self.found.tasks.goal, Walk(*walks.split(1)))


class TransferView(Row):
    """Left: return at home and elsewhere, over the iterations. Middle: every policy in every task. Right: where each policy walks.

    Args:
        family, tasks: the family, and the batch of tasks whose specialists are trained.
    """

    def __init__(self, family: Navigation2D, tasks: Any) -> None:
        found = Specialised(family, tasks)
        parts = HomeAndElsewhere(found), TransferMatrix(found), Homes(found)
        super().__init__(*parts, widths=(1.15, 1, 1), size=(11.2, 3.9), first=found)


class PooledView(AdaptationView):
    """Pooled training before and after fine-tuning, in the same picture as MAML's, with what MAML reaches as one more yardstick."""

    def __init__(self, family: Navigation2D, steps: int = 3) -> None:
        reached = recorded(family.name)["agents"]["maml"]["mean"][steps]
        maml = {f"{LEARNERS['maml']}, {steps} step{'s' * (steps > 1)}": reached}
        heights = heights_of(family, family.held_out_tasks()) | maml
        super().__init__(family, steps, yardsticks=heights, xlabel="iteration of pooled training")
