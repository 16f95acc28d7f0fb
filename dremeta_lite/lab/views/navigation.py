"""The navigation tasks: the map of the plane, and return before and after adaptation."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dremeta_lite.lab import looks
from dremeta_lite.lab.looks import task_colour
from dremeta_lite.lab.style import INK, ChangeMarks, Yardsticks, grow, set_limits
from dremeta_lite.lab.tables import recorded
from dremeta_lite.learner import generator
from dremeta_lite.meta.evaluation import Adaptation, adapt_to, oracle, random_policy, standing_still
from dremeta_lite.policies import GaussianMLP
from dremeta_lite.rollout import Trajectories, collect
from dremeta_lite.tasks.family import pick
from dremeta_lite.tasks.navigation import Navigation2D
from dremeta_lite.titles import ORACLE, POOLED, RANDOM, STILL

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Runner

LOOKING_SEED = 3
THIN, THIN_STEPS = 2, 40
BEFORE: Mapping[str, Any] = {"linestyle": looks.DASHED, "linewidth": 1.6, "alpha": 0.7}
AFTER: Mapping[str, Any] = {"linestyle": "-", "linewidth": 2.4}
BEFORE_THIN: Mapping[str, Any] = {"linestyle": looks.DASHED, "linewidth": 0.8, "alpha": 0.35}
AFTER_THIN: Mapping[str, Any] = {"linestyle": "-", "linewidth": 0.8, "alpha": 0.45}


def navigation_yardsticks(family: Navigation2D) -> dict[str, float]:
    """Returns that tell what a return means, on the held-out tasks; computed here, but for pooled training, which is read from `data/`."""
    tasks = family.held_out_tasks()
    pooled = recorded(family.name)["agents"]["pooled"]["mean"][1]
    return heights_of(family, tasks) | {f"{POOLED}, 1 step": pooled}


def heights_of(family: Navigation2D, tasks: Any, names: Sequence[str] = (RANDOM, STILL, ORACLE)) -> dict[str, float]:
    """The mean returns of some yardsticks over a batch of tasks."""
    known = {RANDOM: random_policy, STILL: standing_still, ORACLE: oracle}
    return {name: known[name](family, tasks).mean().item() for name in names}


def showcase(family: Navigation2D, n: int = 5) -> Any:
    """`n` held-out tasks to look at: far enough from the start to be seen, and in different directions."""
    tasks = family.held_out_tasks()
    angle = torch.atan2(tasks.goal[:, 1], tasks.goal[:, 0])
    chosen: list[int] = []
    for direction in torch.arange(n) * 2 * torch.pi / n + 0.4:
        away = 1 - torch.cos(angle - direction) + (tasks.goal.norm(dim=1) - 0.42).abs()
        away[chosen] = float("inf")
        chosen.append(int(away.argmin()))
    return pick(tasks, chosen)


CURVES: Mapping[str, Mapping[str, Any]] = {
    "return_before": looks.BEFORE,
    "return_after": looks.NOW,
    "return_last": looks.LATER,
}


class Walk(NamedTuple):
    """What is drawn of one policy in a few tasks: where the mean action leads, and how the noisy policy really walks."""

    mean: Trajectories
    noisy: Trajectories


class NavigationMap:
    """The plane, seen from above. A task is a colour; its goal is a star; paths are dashed before adaptation and solid after it.

    The thick line is where the policy's mean action leads, the thin ones are walks with its noise.
    """

    def __init__(self, axes: Axes, n_tasks: int, title: str) -> None:
        axes.set(title=title, xlabel="x (plane units)", ylabel="y (plane units)", xlim=(-0.68, 0.68), ylim=(-0.68, 0.68), aspect="equal")
        axes.set(xticks=[-0.5, 0, 0.5], yticks=[-0.5, 0, 0.5])
        tasks = range(n_tasks)
        self.thin = [[draw(axes, i, look) for _ in range(THIN) for i in tasks] for look in (BEFORE_THIN, AFTER_THIN)]
        self.thick = [[draw(axes, i, look) for i in tasks] for look in (BEFORE, AFTER)]
        self.goals = [axes.plot([], [], "*", color=task_colour(i), ms=15, mec="white", mew=1, zorder=5)[0] for i in tasks]
        self.start = axes.plot(0, 0, "o", color=INK, ms=5, zorder=6)[0]
        keys = [BEFORE, AFTER, {"marker": "*", "ms": 10, "ls": ""}, {"marker": "o", "ms": 5, "ls": ""}]
        handles = [Line2D([], [], color=INK, **key) for key in keys]
        axes.legend(handles, ["before", "after", "goal", "start"], loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=1.8)

    def artists(self) -> list[Artist]:
        return [*chain.from_iterable([*self.thin, *self.thick]), *self.goals, self.start]

    def show(self, goals: torch.Tensor, before: Walk, after: Walk) -> None:
        """Draw goals [task, 2] and the walks in each task."""
        for walk, thin, thick in zip((before, after), self.thin, self.thick, strict=True):
            for i, drawn in enumerate(thin):
                drawn.set_data(*path(walk.noisy, i % len(goals), i // len(goals), steps=THIN_STEPS))
            for i, drawn in enumerate(thick):
                drawn.set_data(*path(walk.mean, i, 0))
        for star, goal in zip(self.goals, goals.tolist(), strict=True):
            star.set_data([goal[0]], [goal[1]])


def draw(axes: Axes, task: int, look: Mapping[str, Any]) -> Line2D:
    return axes.plot([], [], color=task_colour(task), **look)[0]


def path(trajectories: Trajectories, task: int, trajectory: int, steps: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The x and y of one trajectory, up to the end of its episode or for some steps."""
    length = int(trajectories.mask[task, trajectory].sum())
    xy = trajectories.observation[task, trajectory, : min(length, steps or length)].cpu().numpy()
    return xy[:, 0], xy[:, 1]


def walks(family: Navigation2D, tasks: Any, policy: GaussianMLP, adaptation: Adaptation, last: int) -> tuple[Walk, Walk]:
    """The walks before adaptation and after `last` steps of it. Both mean walks are collected at once, as if they were more tasks."""
    n = len(tasks.goal)
    both = {name: torch.cat([p, adaptation.params[last][name]]) for name, p in adaptation.params[0].items()}
    twice = type(tasks)(*(torch.cat([x, x]) for x in tasks))
    mean = collect(family, twice, policy, both, 1, generator(0), noise=0.0)
    before, after = (Trajectories(*(x[half] for x in mean)) for half in (slice(0, n), slice(n, None)))
    return Walk(before, adaptation.trajectories[0]), Walk(after, adaptation.trajectories[last])


class AdaptationView:
    """Left: return before and after adaptation over meta-iterations, beside the yardsticks. Right: the map of a few held-out tasks.

    Args:
        family: the tasks.
        steps: after how many steps the map shows them.
        tasks: those on the map; a few held-out tasks in different directions if None.
    """

    size = (9.6, 3.9)

    def __init__(self, family: Navigation2D, steps: int = 1, tasks: Any = None) -> None:
        self.family, self.steps = family, steps
        self.tasks = showcase(family) if tasks is None else tasks
        self.heights = navigation_yardsticks(family)
        self._words = "Nothing has been trained yet."

    def setup(self, figure: Figure) -> Sequence[Artist]:
        curves, plane = figure.subplots(1, 2, width_ratios=(1.35, 1))
        curves.set(xlabel="meta-iteration", ylabel="return (sum of rewards)")
        self.curves = curves
        self.lines = {name: curves.plot([], [], **look)[0] for name, look in CURVES.items()}
        handles = [Line2D([], [], **look) for look in CURVES.values()]
        where: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (-0.02, 0.98), "borderaxespad": 0.2}
        curves.legend(handles, ["before", "after 1 step", "after K steps"], ncols=3, columnspacing=0.9, handlelength=1.6, **where)
        self.yardsticks, self.marks = Yardsticks(curves), ChangeMarks(curves)
        steps = "one step" if self.steps == 1 else f"{self.steps} steps"
        self.map = NavigationMap(plane, len(self.tasks.goal), f"Held-out tasks, {steps}")
        return [*self.lines.values(), *self.map.artists()]

    def update(self, runner: "Runner") -> None:
        history = runner.history
        series = {name: np.array([numbers[name] for numbers in history]) for name in CURVES}
        for name, line in self.lines.items():
            line.set_data(np.arange(1, len(history) + 1), series[name])
        self._set_limits(list(series.values()))
        self.yardsticks.set(self.heights)
        self.marks.set(runner.changes)
        self._show_map(runner.learner)
        self._words = self._describe(history)

    def _set_limits(self, series: Sequence[np.ndarray]) -> None:
        n = len(series[0])
        lowest = min([*self.heights.values(), *(s.min() for s in series if n)])
        old = self.curves.get_ylim() if n else None
        set_limits(self.curves, x=grow(0, max(n, 40), self.curves.get_xlim() if n > 1 else None), y=grow(lowest, 0, old))

    def _show_map(self, learner: Any) -> None:
        """Adapt to the tasks of the map with random numbers of its own, so that looking does not change the training."""
        rate, steps = learner.hyper.inner_lr, self.steps
        tasks = type(self.tasks)(*(x.to(learner.device) for x in self.tasks))
        adaptation = adapt_to(
            self.family, tasks, learner.policy, learner.theta, inner_lr=rate, steps=steps, trajectories=20, seed=LOOKING_SEED
        )
        self.map.show(self.tasks.goal, *walks(self.family, tasks, learner.policy, adaptation, last=steps))
        self.shown = adaptation.returns().mean(1).tolist()

    def summary(self) -> str:
        return self._words

    def _describe(self, history: Sequence[Mapping[str, float]]) -> str:
        steps = "one step" if self.steps == 1 else f"{self.steps} steps"
        on_map = f"On the {len(self.tasks.goal)} held-out tasks of the map: {self.shown[0]:.1f} before, {self.shown[-1]:.1f} after {steps}."
        if not history:
            return f"Nothing has been trained yet. {on_map}"
        last = history[-1]
        return (
            f"Meta-iteration {len(history)}: return {last['return_before']:.1f} before adaptation, {last['return_after']:.1f} after one "
            f"step, {last['return_last']:.1f} after K steps. {on_map} To compare: "
            + ", ".join(f"{name} {height:.1f}" for name, height in self.heights.items())
            + "."
        )
