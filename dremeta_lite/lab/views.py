"""What the live panels of the course show. A view draws what a learner says; it computes nothing that training depends on."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dremeta_lite.lab.style import INK, TASK_COLOURS, ChangeMarks, Yardsticks, grow, set_limits
from dremeta_lite.lab.tables import recorded
from dremeta_lite.learner import generator
from dremeta_lite.meta.evaluation import Adaptation, adapt_to, oracle, random_policy, standing_still
from dremeta_lite.policies import GaussianMLP
from dremeta_lite.rollout import Trajectories, collect
from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Runner

LOOKING_SEED = 3
THIN, THIN_STEPS = 2, 40
DASHED = (0, (4, 2))
BEFORE: Mapping[str, Any] = {"linestyle": DASHED, "linewidth": 1.6, "alpha": 0.7}
AFTER: Mapping[str, Any] = {"linestyle": "-", "linewidth": 2.4}
BEFORE_THIN: Mapping[str, Any] = {"linestyle": DASHED, "linewidth": 0.8, "alpha": 0.35}
AFTER_THIN: Mapping[str, Any] = {"linestyle": "-", "linewidth": 0.8, "alpha": 0.45}


def navigation_yardsticks() -> dict[str, float]:
    """Returns that tell what a return means, on the held-out tasks; computed here, but for pooled training, which is read from `data/`."""
    family = Navigation2D()
    tasks = family.held_out_tasks()
    heights = {
        "random policy": random_policy(family, tasks),
        "standing still": standing_still(family, tasks),
        "oracle": oracle(family, tasks),
    }
    return {name: r.mean().item() for name, r in heights.items()} | {"pooled + 1 step": recorded()["agents"]["pooled"]["mean"][1]}


def showcase(family: Navigation2D, n: int = 5) -> NavigationTask:
    """`n` held-out tasks to look at: far enough from the start to be seen, and in different directions."""
    goals = family.held_out_tasks().goal
    angle = torch.atan2(goals[:, 1], goals[:, 0])
    chosen: list[int] = []
    for direction in torch.arange(n) * 2 * torch.pi / n + 0.4:
        away = 1 - torch.cos(angle - direction) + (goals.norm(dim=1) - 0.42).abs()
        away[chosen] = float("inf")
        chosen.append(int(away.argmin()))
    return NavigationTask(goals[chosen])


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
        self.goals = [axes.plot([], [], "*", color=colour(i), ms=15, mec="white", mew=1, zorder=5)[0] for i in tasks]
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


def colour(task: int) -> str:
    return TASK_COLOURS[task % len(TASK_COLOURS)]


def draw(axes: Axes, task: int, look: Mapping[str, Any]) -> Line2D:
    return axes.plot([], [], color=colour(task), **look)[0]


def path(trajectories: Trajectories, task: int, trajectory: int, steps: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The x and y of one trajectory, up to the end of its episode or for some steps."""
    length = int(trajectories.mask[task, trajectory].sum())
    xy = trajectories.observation[task, trajectory, : min(length, steps or length)].cpu().numpy()
    return xy[:, 0], xy[:, 1]


def walks(family: Navigation2D, tasks: NavigationTask, policy: GaussianMLP, adaptation: Adaptation, last: int) -> tuple[Walk, Walk]:
    """The walks before adaptation and after `last` steps of it. Both mean walks are collected at once, as if they were more tasks."""
    n = len(tasks.goal)
    both = {name: torch.cat([p, adaptation.params[last][name]]) for name, p in adaptation.params[0].items()}
    twice = NavigationTask(tasks.goal.repeat(2, 1))
    mean = collect(family, twice, policy, both, 1, generator(0), noise=0.0)
    before, after = (Trajectories(*(x[half] for x in mean)) for half in (slice(0, n), slice(n, None)))
    return Walk(before, adaptation.trajectories[0]), Walk(after, adaptation.trajectories[last])


class AdaptationView:
    """Left: return before and after adaptation over meta-iterations, beside the yardsticks. Right: the map of a few held-out tasks.

    Args:
        family: the tasks.
        tasks: those on the map; a few held-out tasks in different directions if None.
    """

    size = (9.6, 3.9)

    def __init__(self, family: Navigation2D, tasks: NavigationTask | None = None) -> None:
        self.family = family
        self.tasks = showcase(family) if tasks is None else tasks
        self.heights = navigation_yardsticks()
        self._words = "Nothing has been trained yet."

    def setup(self, figure: Figure) -> Sequence[Artist]:
        curves, plane = figure.subplots(1, 2, width_ratios=(1.35, 1))
        curves.set(title="Return", xlabel="meta-iteration", ylabel="return (sum of rewards)")
        self.curves = curves
        self.before = curves.plot([], [], color="#56B4E9", linestyle=DASHED, linewidth=1.8)[0]
        self.after = curves.plot([], [], color="#0072B2")[0]
        handles = [Line2D([], [], color="#56B4E9", linestyle=DASHED), Line2D([], [], color="#0072B2")]
        curves.legend(
            handles,
            ["before", "after one step"],
            loc="lower right",
            bbox_to_anchor=(1.02, 0.97),
            ncols=2,
            columnspacing=1.2,
            handlelength=1.8,
        )
        self.yardsticks, self.marks = Yardsticks(curves), ChangeMarks(curves)
        self.map = NavigationMap(plane, len(self.tasks.goal), "Held-out tasks, one step")
        return [self.before, self.after, *self.map.artists()]

    def update(self, runner: "Runner") -> None:
        history = runner.history
        x = np.arange(1, len(history) + 1)
        y = {name: np.array([numbers[name] for numbers in history]) for name in ("return_before", "return_after")}
        self.before.set_data(x, y["return_before"])
        self.after.set_data(x, y["return_after"])
        self._set_limits(y["return_before"], y["return_after"])
        self.yardsticks.set(self.heights)
        self.marks.set(runner.changes)
        self._show_map(runner.learner)
        self._words = self._describe(history)

    def _set_limits(self, *series: np.ndarray) -> None:
        n = len(series[0])
        lowest = min([*self.heights.values(), *(s.min() for s in series if n)])
        old = self.curves.get_ylim() if n else None
        set_limits(self.curves, x=grow(0, max(n, 40), self.curves.get_xlim() if n > 1 else None), y=grow(lowest, 0, old))

    def _show_map(self, learner: Any) -> None:
        """Adapt to the tasks of the map with random numbers of its own, so that looking does not change the training."""
        adaptation = adapt_to(
            self.family,
            self.tasks,
            learner.policy,
            learner.theta,
            inner_lr=learner.hyper.inner_lr,
            steps=1,
            trajectories=20,
            seed=LOOKING_SEED,
        )
        self.map.show(self.tasks.goal, *walks(self.family, self.tasks, learner.policy, adaptation, last=1))
        self.shown = adaptation.returns().mean(1).tolist()

    def summary(self) -> str:
        return self._words

    def _describe(self, history: Sequence[Mapping[str, float]]) -> str:
        on_map = f"On the {len(self.tasks.goal)} held-out tasks of the map: {self.shown[0]:.1f} before, {self.shown[1]:.1f} after one step."
        if not history:
            return f"Nothing has been trained yet. {on_map}"
        last = history[-1]
        gained = last["return_after"] - last["return_before"]
        return (
            f"Meta-iteration {len(history)}: return {last['return_before']:.1f} before adaptation, {last['return_after']:.1f} after one "
            f"step ({gained:+.1f}). {on_map} To compare: " + ", ".join(f"{name} {height:.1f}" for name, height in self.heights.items()) + "."
        )
