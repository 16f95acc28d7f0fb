"""The navigation tasks: the map of the plane, and return before and after adaptation."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.transforms import Transform, offset_copy

from dremeta_lite.compare.tables import recorded
from dremeta_lite.lab import looks
from dremeta_lite.lab.looks import Look, task_colour
from dremeta_lite.lab.parts import Artist, Axes, Gliding, History, Line, Part, Row, legend
from dremeta_lite.lab.parts.layout import BESIDE, Together
from dremeta_lite.lab.style import INK
from dremeta_lite.meta.evaluation import Adaptation, adapt_to, oracle, random_policy, standing_still
from dremeta_lite.rollout import Trajectories
from dremeta_lite.tasks.family import pick
from dremeta_lite.tasks.navigation import Navigation2D
from dremeta_lite.titles import ORACLE, POOLED, RANDOM, STILL

LOOKING_SEED = 3
THIN, THIN_STEPS = 2, 40
BEFORE: Mapping[str, Any] = {"linestyle": looks.DASHED, "linewidth": 1.6, "alpha": 0.7}
AFTER: Mapping[str, Any] = {"linestyle": "-", "linewidth": 2.4}
BEFORE_THIN: Mapping[str, Any] = {"linestyle": looks.DASHED, "linewidth": 0.8, "alpha": 0.35}
AFTER_THIN: Mapping[str, Any] = {"linestyle": "-", "linewidth": 0.8, "alpha": 0.45}
WALKS = (("before", BEFORE_THIN, BEFORE), ("after", AFTER_THIN, AFTER))
STAR: Mapping[str, Any] = {"marker": "*", "ls": "", "ms": 15, "mec": "white", "mew": 1}


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


class Walk(NamedTuple):
    """What is drawn of one policy in a few tasks: how the noisy policy really walks, and where the mean action leads."""

    noisy: Trajectories
    mean: Trajectories


class Flat(Part):
    """The plane, seen from above.

    Args:
        edge: how far from the middle it reaches, in plane units.
    """

    def __init__(self, title: str, edge: float = 0.68) -> None:
        self.title_text, self.edge = title, edge

    def flat(self, axes: Axes, looks: Mapping[str, Look]) -> list[Artist]:
        """Set up the axes, and empty lines by name."""
        around, ticks = (-self.edge, self.edge), [-0.5, 0, 0.5]
        axes.set(xlabel="x (plane units)", ylabel="y (plane units)", xlim=around, ylim=around, xticks=ticks, yticks=ticks)
        axes.set(title=self.title_text, aspect="equal")
        return self.lines(axes, looks)


class Plane(Flat):
    """Tasks in the plane. A task is a colour; its goal is a star, numbered where there are several; paths are dashed before adaptation and
    solid after it.

    The thick line is where the policy's mean action leads, the thin ones are walks with its noise.

    Args:
        n_tasks: how many.
        both: paths before adaptation and after it, with a legend; or those of one policy a task.
        thin: noisy walks a task.
    """

    def __init__(self, n_tasks: int, title: str, both: bool = True, thin: int = THIN) -> None:
        self.n_tasks, self.both, self.thin = n_tasks, both, thin
        super().__init__(title)

    def setup(self, axes: Axes) -> list[Artist]:
        paths: dict[str, Look] = {}
        for when, thin, _ in self._shown():
            paths |= {f"{when} {i} noisy {k}": {"color": task_colour(i), **thin} for k in range(self.thin) for i in range(self.n_tasks)}
        for when, _, thick in self._shown():
            paths |= {f"{when} {i}": {"color": task_colour(i), **thick} for i in range(self.n_tasks)}
        looks = paths | {f"goal {i}": {"color": task_colour(i), **STAR, "zorder": 5} for i in range(self.n_tasks)}
        looks["start"] = {"color": INK, "marker": "o", "ms": 5, "zorder": 6}
        for i in range(self.n_tasks if self.n_tasks > 1 else 0):  # as markers: a text takes ten times as long to draw
            number = {"marker": f"$\\mathbf{{{i + 1}}}$", "ms": 6.5, "ls": "", "transform": beside(axes, 9, 7)}
            looks[f"around {i}"] = {**number, "color": "white", "mew": 2.5, "zorder": 7}  # paths lead through the goals
            looks[f"number {i}"] = {**number, "color": task_colour(i), "mew": 0, "zorder": 8}
        goals = self.flat(axes, looks)[len(paths) :]
        self.drawn["start"].set_data([0], [0])
        if self.both:
            keys: dict[str, Look] = {"before": BEFORE, "after": AFTER, "goal": {"marker": "*", "ms": 10, "ls": ""}}
            keys["start"] = {"marker": "o", "ms": 5, "ls": ""}
            legend(axes, {name: {"color": INK, **key} for name, key in keys.items()}, {**BESIDE, "handlelength": 1.8})
        return [Together([self.drawn[name] for name in paths], list(paths.values())), *goals]

    def _shown(self) -> Sequence[tuple[str, Look, Look]]:
        return WALKS if self.both else WALKS[1:]

    def show(self, goals: torch.Tensor, *walks: Walk) -> None:
        """Draw goals [task, 2] and the walks in each task: before and after adaptation, or only those of one policy a task."""
        for (when, *_), walk in zip(self._shown(), walks, strict=True):
            for i, goal in enumerate(goals.tolist()):
                self.drawn[f"{when} {i}"].set_data(*path(walk.mean, i, 0))
                for name in (f"goal {i}", f"around {i}", f"number {i}"):
                    if name in self.drawn:
                        self.drawn[name].set_data([goal[0]], [goal[1]])
                for k in range(self.thin):
                    self.drawn[f"{when} {i} noisy {k}"].set_data(*path(walk.noisy, i, k, steps=THIN_STEPS))


def beside(axes: Axes, right: float, up: float) -> Transform:
    """Where the data are, but so many points further right and up."""
    return offset_copy(axes.transData, cast(Figure, axes.figure), right, up, units="points")


def path(trajectories: Trajectories, task: int, trajectory: int, steps: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The x and y of one trajectory, up to the end of its episode or for some steps."""
    length = int(trajectories.mask[task, trajectory].sum())
    xy = trajectories.observation[task, trajectory, : min(length, steps or length)].cpu().numpy()
    return xy[:, 0], xy[:, 1]


def walks(adaptation: Adaptation, last: int) -> tuple[Walk, Walk]:
    """The walks before adaptation and after `last` steps of it."""
    before, after = (Walk(adaptation.trajectories[k], adaptation.calm[k]) for k in (0, last))
    return before, after


class AdaptedMap(Plane):
    """The map of a few held-out tasks, adapted to with random numbers of its own, so that looking does not change the training. Between two
    measurements the paths glide.

    Args:
        tasks: those on the map.
        steps: after how many steps of adaptation.
    """

    def __init__(self, family: Navigation2D, tasks: Any, steps: int) -> None:
        self.family, self.tasks, self.steps = family, tasks, steps
        self.in_words = "one step" if steps == 1 else f"{steps} steps"
        self.gliding = Gliding()
        self.glide = self.gliding.glide
        super().__init__(len(tasks.goal), f"Held-out tasks, {self.in_words}")

    def update(self, now: Any) -> None:
        self.gliding.update(self, now, lambda: self._look(now.learner))

    def _look(self, learner: Any) -> None:
        steps = self.steps
        tasks = type(self.tasks)(*(x.to(learner.device) for x in self.tasks))
        settings = {"inner_lr": learner.hyper.inner_lr, "rates": learner.rates, "steps": steps, "trajectories": 20, "seed": LOOKING_SEED}
        adaptation = adapt_to(self.family, tasks, learner.policy, learner.theta, calm=True, **settings)
        self.show(self.tasks.goal, *walks(adaptation, last=steps))
        self.returns, self.measured = adaptation.returns().mean(1).tolist(), learner.iteration

    def words(self) -> str:
        before, after = self.returns[0], self.returns[-1]
        when = f"measured at iteration {self.measured}"
        return f"On the {self.n_tasks} held-out tasks of the map, {when}: {before:.1f} before, {after:.1f} after {self.in_words}."


BEFORE_AFTER = (
    Line("return_before", looks.BEFORE, "before"),
    Line("return_after", looks.NOW, "after 1 step"),
    Line("return_last", looks.LATER, "after K steps"),
)


class AdaptationView(Row):
    """Left: return before and after adaptation over meta-iterations, beside the yardsticks. Right: the map of a few held-out tasks.

    Args:
        steps: after how many steps the map shows them.
        tasks: those on the map; a few held-out tasks in different directions if None.
        yardsticks: those of `navigation_yardsticks` if None.
        xlabel: what training is counted in.
    """

    def __init__(
        self,
        family: Navigation2D,
        steps: int = 1,
        tasks: Any = None,
        yardsticks: Mapping[str, float] | None = None,
        xlabel: str = "meta-iteration",
    ) -> None:
        heights = navigation_yardsticks(family) if yardsticks is None else yardsticks
        words = "return {return_before:.1f} before adaptation, {return_after:.1f} after one step, {return_last:.1f} after K steps"
        labels: Any = {"words": words, "xlabel": xlabel, "ylabel": "return (sum of rewards)"}
        curves = History(BEFORE_AFTER, heights, span=(*heights.values(), 0.0), **labels)
        super().__init__(curves, AdaptedMap(family, showcase(family) if tasks is None else tasks, steps), widths=(1.35, 1))
