"""The playground: no training, one task. Place a goal, choose how many steps, and see a starting point adapt to it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from dremeta_lite import store
from dremeta_lite.hyper import HyperParameters, Real, Whole
from dremeta_lite.lab.controls import menu
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.looks import Look, task_colour
from dremeta_lite.lab.parts import Curves, Handle, Row, compared, grow, set_limits
from dremeta_lite.lab.style import BLUE
from dremeta_lite.lab.views.navigation import Plane, heights_of, walks
from dremeta_lite.meta import MAML, Pooled
from dremeta_lite.meta.evaluation import Adaptation, adapt_to
from dremeta_lite.networks import Params, detach
from dremeta_lite.policies import GaussianMLP
from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask
from dremeta_lite.titles import ORACLE, STILL

Start = tuple[GaussianMLP, Params]
MOST_STEPS = 5


class PlaygroundHyper(HyperParameters):
    """What a student can move in the playground."""

    goal_x = Real(0.35, low=-0.5, high=0.5, unit="plane units", help="where the goal lies, from left to right")
    goal_y = Real(0.22, low=-0.5, high=0.5, unit="plane units", help="where the goal lies, from bottom to top")
    steps = Whole(1, low=0, high=MOST_STEPS, symbol="k", unit="steps", help="gradient steps of adaptation")
    inner_lr = Real(0.5, low=1e-3, high=10, symbol="α", scale="log", help="inner learning rate: length of the first adaptation step")
    trajectories = Whole(20, low=2, high=100, symbol="M", unit="trajectories", help="episodes that each gradient is made from")
    seed = Whole(0, low=0, high=999, help="another seed: other exploration noise")


class AfterSteps(Curves):
    """The return after 0, 1, 2, … steps, beside the yardsticks; a ring marks the chosen step."""

    def __init__(self) -> None:
        looks: dict[str, Look] = {
            "return": {"color": BLUE, "marker": "o", "ms": 7},
            "here": {"color": BLUE, "linestyle": "", "marker": "o", "ms": 14, "mfc": "none", "mew": 2},
        }
        labels: Any = {"title": "Return after k steps", "xlabel": "k, gradient steps of adaptation", "ylabel": "return (sum of rewards)"}
        super().__init__(looks, xlim=(-0.3, MOST_STEPS + 0.3), ylim=(-55.0, 3.0), where=None, lively=(STILL, ORACLE), **labels)

    def show_returns(self, returns: Sequence[float], heights: Mapping[str, float]) -> None:
        """Set the returns after 0, 1, 2, … steps."""
        lowest = min(*returns, *heights.values())
        set_limits(self.axes, y=(-55.0, 3.0) if lowest > -55 else grow(lowest, 0))
        k = np.arange(len(returns))
        self.show({"return": returns, "here": returns[-1:]}, heights, {"return": k, "here": k[-1:]})
        steps = ", ".join(f"{value:.1f} after {k}" for k, value in enumerate(returns))
        self._words = f"Return by gradient steps: {steps}. {compared(heights)}"


class PlaygroundView(Row):
    """Left: the map of one task. Right: its return after 0, 1, 2, … steps, beside the yardsticks."""

    def __init__(self, hyper: PlaygroundHyper, starts: Mapping[str, Start]) -> None:
        self.family, self.hyper, self.starts, self.start = Navigation2D(), hyper, starts, next(iter(starts))
        self.map, self.curve = Plane(1, "Your task"), AfterSteps()
        self.map.handles = [Handle("goal", x="goal_x", y="goal_y", mark="star", colour=task_colour(0))]
        super().__init__(self.map, self.curve, widths=(1, 1.2))

    def update(self, now: Any = None) -> None:
        """Adapt the chosen starting point to the chosen goal, as far as the sliders say."""
        task, adaptation = self.adapted(self.hyper.steps)
        self.map.show(task.goal, *walks(adaptation, last=self.hyper.steps))
        self.curve.show_returns(adaptation.returns()[:, 0].tolist(), heights_of(self.family, task, (STILL, ORACLE)))

    def adapted(self, steps: int) -> tuple[NavigationTask, Adaptation]:
        """The goal, and so many steps of adaptation to it from the starting point that was chosen."""
        h, (policy, theta) = self.hyper, self.starts[self.start]
        task = NavigationTask(torch.tensor([[h.goal_x, h.goal_y]]))
        settings = {"inner_lr": h.inner_lr, "steps": steps, "trajectories": h.trajectories, "seed": h.seed}
        return task, adapt_to(self.family, task, policy, theta, calm=True, **settings)

    def summary(self) -> str:
        return f"Start: {self.start}. Goal at ({self.hyper.goal_x:g}, {self.hyper.goal_y:g}). {self.curve.words()}"


class Playground(Explorer):
    """Sliders for one task, and what adaptation makes of it. Each move is computed at once, in some tens of milliseconds.

    Args:
        starts: named starting points, each a policy and its parameters θ; with more than one there is a menu to choose from.
        controls: the names of `PlaygroundHyper` that get a slider.
        values: starting values, by name.
    """

    hyper: PlaygroundHyper
    view: PlaygroundView

    def __init__(
        self, starts: Mapping[str, Start], controls: Sequence[str] = ("goal_x", "goal_y", "steps"), name: str = "playground", **values: Any
    ) -> None:
        names = list(starts)
        self.menu = menu("start from", names, names[0], tooltip="the parameters θ that adaptation starts from")
        hyper = PlaygroundHyper(**values)
        super().__init__(name, hyper, PlaygroundView(hyper, starts), controls, [self.menu])
        self.menu.observe(self._choose, "value")

    def steps_needed(self, fraction: float = 0.5) -> int | str:
        """How many gradient steps it takes, at least, until the return has come so much of the way from what it was to the oracle's. On the
        map as it is now, whatever k says."""
        task, adaptation = self.view.adapted(MOST_STEPS)
        returns = adaptation.returns()[:, 0].tolist()
        best = heights_of(self.view.family, task, (ORACLE,))[ORACLE]
        enough = [k for k, value in enumerate(returns) if value - returns[0] > fraction * (best - returns[0])]
        return enough[0] if enough else f"more than {MOST_STEPS}"

    def _choose(self, change: Mapping[str, Any]) -> None:
        self.view.start = change["new"]
        self.paint()


def pretrained(name: str, family: Navigation2D | None = None) -> Start:
    """A starting point: "maml" or "pooled" as `pretrain` made it for the family (Navigation2D if None), or an untrained "fresh" one.

    Raises:
        ValueError: there is no starting point of this name.
        store.StoreError: its file is missing or damaged.
    """
    kinds = {"maml": MAML, "pooled": Pooled, "fresh": MAML}
    if name not in kinds:
        raise ValueError(f"starting points are called {', '.join(kinds)}, not {name!r}")
    learner = kinds[name](family or Navigation2D())
    if name != "fresh":
        learner.load(store.DATA / learner.family.name.lower() / f"{name}.safetensors")
    return learner.policy, detach(learner.theta)
