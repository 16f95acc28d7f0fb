"""The playground: no training, one task. Place a goal, choose how many steps, and see a starting point adapt to it."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from dremeta_lite import store
from dremeta_lite.hyper import HyperParameters, Real, Whole
from dremeta_lite.lab.controls import menu
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.style import BLUE, Yardsticks, grow, set_limits
from dremeta_lite.lab.views.navigation import NavigationMap, heights_of, walks
from dremeta_lite.meta import MAML, Pooled
from dremeta_lite.meta.evaluation import adapt_to
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


class PlaygroundView:
    """Left: the map of one task. Right: its return after 0, 1, 2, … steps, beside the yardsticks."""

    size = (9.6, 3.9)

    def __init__(self, hyper: PlaygroundHyper, starts: Mapping[str, Start]) -> None:
        self.family, self.hyper, self.starts, self.start = Navigation2D(), hyper, starts, next(iter(starts))
        self._words = ""

    def setup(self, figure: Figure) -> Sequence[Artist]:
        plane, curve = figure.subplots(1, 2, width_ratios=(1, 1.2))
        self.map = NavigationMap(plane, 1, "Your task")
        self.curve = curve
        curve.set(title="Return after k steps", xlabel="k, gradient steps of adaptation", ylabel="return (sum of rewards)")
        set_limits(curve, x=(-0.3, MOST_STEPS + 0.3), y=(-55.0, 3.0))
        self.line = curve.plot([], [], "-o", color=BLUE, ms=7)[0]
        self.here = curve.plot([], [], "o", color=BLUE, ms=14, mfc="none", mew=2)[0]
        self.yardsticks = Yardsticks(curve)
        return [*self.map.artists(), self.line, self.here]

    def update(self, runner: Any = None) -> None:
        """Adapt the chosen starting point to the chosen goal, as far as the sliders say."""
        h, (policy, theta) = self.hyper, self.starts[self.start]
        task = NavigationTask(torch.tensor([[h.goal_x, h.goal_y]]))
        adaptation = adapt_to(
            self.family, task, policy, theta, inner_lr=h.inner_lr, steps=h.steps, trajectories=h.trajectories, seed=h.seed
        )
        returns = adaptation.returns()[:, 0].tolist()
        self.map.show(task.goal, *walks(self.family, task, policy, adaptation, last=h.steps))
        self.line.set_data(range(len(returns)), returns)
        self.here.set_data([h.steps], [returns[-1]])
        heights = heights_of(self.family, task, (STILL, ORACLE))
        lowest = min(*returns, *heights.values())
        set_limits(self.curve, y=(-55.0, 3.0) if lowest > -55 else grow(lowest, 0))
        self.yardsticks.set(heights)
        self._words = self._describe(returns, heights)

    def _describe(self, returns: Sequence[float], heights: Mapping[str, float]) -> str:
        h = self.hyper
        steps = ", ".join(f"{value:.1f} after {k}" for k, value in enumerate(returns))
        yardsticks = ", ".join(f"{name} {height:.1f}" for name, height in heights.items())
        return f"Start: {self.start}. Goal at ({h.goal_x:g}, {h.goal_y:g}). Return by gradient steps: {steps}. To compare: {yardsticks}."

    def summary(self) -> str:
        return self._words


class Playground(Explorer):
    """Sliders for one task, and what adaptation makes of it. Each move is computed at once, in some tens of milliseconds.

    Args:
        starts: named starting points, each a policy and its parameters θ; with more than one there is a menu to choose from.
        controls: the names of `PlaygroundHyper` that get a slider.
        name: tells this panel from others on the page.
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
