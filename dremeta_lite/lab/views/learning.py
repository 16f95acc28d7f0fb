"""Learning one task: the learning curve beside the yardsticks, and next to it a look at what has been learned.

    LearningCurveView(CartSide(), cart_yardsticks(family))          a greedy episode of the cart and its pole
    LearningCurveView(MapSide(), navigation_heights(family, task))  the map of Navigation2D
    LearningCurveView(NumberSide("entropy", "entropy (nats)"), …)   another number of the learner, over iterations

A learner fits if its numbers hold "return" and it has `family`, `task` and `watch(episodes)`, which gives an `Act`: the greedy policy.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D

from dremeta_lite.lab.style import BLUE, GREEN, GREY, INK, ORANGE, PALE, ChangeMarks, Yardsticks, grow, set_limits
from dremeta_lite.lab.views.navigation import NavigationMap, Walk, heights_of
from dremeta_lite.learner import generator
from dremeta_lite.networks import detach, stack
from dremeta_lite.rollout import Rollout, collect, play_out
from dremeta_lite.tasks.cartpole import CartPole
from dremeta_lite.tasks.navigation import Navigation2D
from dremeta_lite.titles import ORACLE, RANDOM, STILL

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Runner

LOOKING_SEED = 3


class Side(Protocol):
    """The right half of a `LearningCurveView`."""

    def setup(self, figure: Figure, place: SubplotSpec) -> Sequence[Artist]:
        """Make axes and artists at this place; returns those that move."""
        ...

    def update(self, runner: "Runner") -> None:
        """Show the present state."""
        ...

    def summary(self) -> str:
        """What it shows, in words and numbers."""
        ...


class LearningCurveView:
    """Left: return over iterations, beside the yardsticks. Right: what `side` shows.

    Args:
        side: the right half.
        yardsticks: returns to compare with, by name.
        number: which of the learner's numbers is the return.
        floor, ceiling: the axis shows at least this range; that of the yardsticks if None.
        xlabel: what is counted.
    """

    size = (9.6, 3.9)

    def __init__(
        self,
        side: Side,
        yardsticks: Mapping[str, float],
        number: str = "return",
        floor: float | None = None,
        ceiling: float | None = None,
        xlabel: str = "iteration",
    ) -> None:
        self.side, self.heights, self.number, self.xlabel = side, dict(yardsticks), number, xlabel
        self.floor = min(yardsticks.values()) if floor is None else floor
        self.ceiling = max(yardsticks.values()) if ceiling is None else ceiling
        self._words = "Nothing has been trained yet."

    def setup(self, figure: Figure) -> Sequence[Artist]:
        grid = figure.add_gridspec(1, 2, width_ratios=(1.2, 1))
        self.curve = figure.add_subplot(grid[0])
        words = self.number.replace("_", " ")  # "return", or "greedy return": of the policy that acts, or of the one that was learned
        self.curve.set(title="Learning curve", xlabel=self.xlabel, ylabel=f"{words} (sum of rewards)")
        self.line = self.curve.plot([], [], color=BLUE, linewidth=2.2)[0]
        self.yardsticks, self.marks = Yardsticks(self.curve), ChangeMarks(self.curve)
        self._counted = f"{self.xlabel.capitalize()} {{}}: {words} {{:.1f}}."
        return [self.line, *self.side.setup(figure, grid[1])]

    def update(self, runner: "Runner") -> None:
        returns = np.array([numbers[self.number] for numbers in runner.history])
        n = len(returns)
        self.line.set_data(np.arange(1, n + 1), returns)
        low, high = (min(self.floor, returns.min()), max(self.ceiling, returns.max())) if n else (self.floor, self.ceiling)
        old = self.curve.get_ylim() if n > 1 else None
        set_limits(self.curve, x=grow(0, max(n, 40), self.curve.get_xlim() if n > 1 else None), y=grow(low, high, old))
        self.yardsticks.set(self.heights)
        self.marks.set(runner.changes)
        self.side.update(runner)
        compare = ", ".join(f"{name} {height:.3g}" for name, height in self.heights.items())
        trained = (
            f"{self.xlabel.capitalize()} {n}: {self.number.replace('_', ' ')} {returns[-1]:.1f}." if n else "Nothing has been trained yet."
        )
        self._words = f"{trained} {self.side.summary()} To compare: {compare}."

    def summary(self) -> str:
        return self._words


class CartSide:
    """A greedy episode of the cart and its pole: above, how it ended; below, position and tilt over time, in parts of what is allowed.

    Args:
        every: play a new episode only after so many iterations, since an episode of 500 steps takes as long as a few frames.
    """

    def __init__(self, every: int = 3) -> None:
        self.every, self._shown, self._words = every, (-1, None), ""

    def setup(self, figure: Figure, place: SubplotSpec) -> Sequence[Artist]:
        grid = place.subgridspec(2, 1, height_ratios=(1.15, 1.1))
        cart, time = figure.add_subplot(grid[0]), figure.add_subplot(grid[1])
        cart.set(xlim=(-2.9, 2.9), ylim=(-0.35, 1.75), aspect="equal", yticks=[], xticks=[-2.4, 0, 2.4])
        cart.set_title("How a greedy episode ends")
        cart.set_xlabel("position (m)", labelpad=1)
        cart.grid(False)
        cart.spines["left"].set_visible(False)
        cart.axhline(-0.12, color=PALE, zorder=0)
        for wall in (-2.4, 2.4):
            cart.axvline(wall, color=GREY, linewidth=1, linestyle=":")
        self.cart = cart.plot([], [], color=INK, linewidth=11, solid_capstyle="butt")[0]
        self.pole = cart.plot([], [], color=ORANGE, linewidth=5, solid_capstyle="round")[0]
        self.ending = cart.text(0.5, 0.99, "", transform=cart.transAxes, ha="center", va="top", fontsize=10)
        time.set(xlim=(0, 10), ylim=(-1.15, 1.15), xlabel="time (s)", yticks=[-1, 0, 1])
        time.set_yticklabels(["limit", "0", "limit"])
        for limit in (-1, 1):
            time.axhline(limit, color=GREY, linewidth=1, linestyle=":")
        looks: list[dict[str, Any]] = [{"color": BLUE, "linewidth": 1.8}, {"color": ORANGE, "linewidth": 1.2}]
        self.position, self.tilt = (time.plot([], [], **look)[0] for look in looks)
        handles = [Line2D([], [], **look) for look in looks]
        time.legend(handles, ["cart's position", "pole's tilt"], loc="lower right", bbox_to_anchor=(1.0, 0.97), ncols=2, borderaxespad=0)
        return [self.cart, self.pole, self.ending, self.position, self.tilt]

    def update(self, runner: "Runner") -> None:
        learner: Any = runner.learner
        iteration, of = self._shown
        if of is learner and iteration <= learner.iteration < iteration + self.every and runner.state == "running":
            return
        self._shown = learner.iteration, learner
        self._draw(learner.family, play_out(learner.family, learner.task, learner.watch(1), 1, generator(LOOKING_SEED)))

    def _draw(self, family: CartPole, episode: Rollout) -> None:
        seen = torch.cat([episode.observation[0], episode.next_observation[0, -1:]]).cpu().numpy()
        x, angle = seen[:, 0], seen[:, -2 if seen.shape[1] == 4 else -1]
        seconds = np.arange(len(x)) * family.seconds
        self.position.set_data(seconds, x / family.track)
        self.tilt.set_data(seconds, angle / family.tilt)
        self.cart.set_data([x[-1] - 0.3, x[-1] + 0.3], [0, 0])
        self.pole.set_data([x[-1], x[-1] + math.sin(angle[-1])], [0.05, 0.05 + math.cos(angle[-1])])
        steps = len(x) - 1
        how = "the pole fell" if abs(angle[-1]) > family.tilt else "the cart left the track"
        if not episode.terminated[0, -1]:
            how = "still up when time was over"
        self.ending.set_text(f"{steps} steps: {how}")
        self._words = f"A greedy episode lasts {steps} steps: {how}."

    def summary(self) -> str:
        return self._words


class MapSide:
    """The map of one navigation task: walks of the first policy dashed, of the present one solid."""

    def setup(self, figure: Figure, place: SubplotSpec) -> Sequence[Artist]:
        self.map = NavigationMap(figure.add_subplot(place), 1, "Before and after learning")
        self._words = ""
        return self.map.artists()

    def update(self, runner: "Runner") -> None:
        learner: Any = runner.learner
        task = type(learner.task)(*(x[None] for x in learner.task))
        fresh = {name: p.to(learner.device) for name, p in learner.policy.init(generator(learner.seed)).items()}
        before, after = (self._walk(learner, task, theta) for theta in (fresh, detach(learner.theta)))
        self.map.show(task.goal.cpu(), before, after)
        mean, noisy = (walk.returns().mean().item() for walk in after)
        self._words = f"On the map, the present mean action earns {mean:.1f}, and with the policy's noise {noisy:.1f}."

    def _walk(self, learner: Any, task: Any, theta: Any) -> Walk:
        params = {name: p for name, p in stack(theta, 1).items() if not name.startswith("value_")}
        mean, noisy = (
            collect(learner.family, task, learner.policy, params, n, generator(LOOKING_SEED), s) for n, s in ((1, 0.0), (4, 1.0))
        )
        return Walk(mean, noisy)

    def summary(self) -> str:
        return self._words


class NumberSide:
    """Another number of the learner, over iterations.

    Args:
        number: its name.
        label: of the axis, with a unit.
        title: over the axes.
    """

    def __init__(self, number: str, label: str, title: str = "") -> None:
        self.number, self.label, self.title = number, label, title or number.replace("_", " ").capitalize()
        self._words = ""

    def setup(self, figure: Figure, place: SubplotSpec) -> Sequence[Artist]:
        self.axes = figure.add_subplot(place)
        self.axes.set(title=self.title, xlabel="iteration", ylabel=self.label)
        self.line = self.axes.plot([], [], color=GREEN, linewidth=2)[0]
        return [self.line]

    def update(self, runner: "Runner") -> None:
        values = np.array([numbers[self.number] for numbers in runner.history])
        n = len(values)
        self.line.set_data(np.arange(1, n + 1), values)
        low, high = (values.min(), values.max()) if n else (0.0, 1.0)
        old = (self.axes.get_xlim(), self.axes.get_ylim()) if n > 1 else (None, None)
        set_limits(self.axes, x=grow(0, max(n, 40), old[0]), y=grow(min(0.0, low), high, old[1]))
        self._words = f"{self.title}: {values[-1]:.3g}." if n else ""

    def summary(self) -> str:
        return self._words


def cart_yardsticks(family: CartPole, task: Any = None, seed: int = LOOKING_SEED) -> dict[str, float]:
    """Returns that tell what a return on CartPole means: that of random actions (played here), and Gymnasium's mark for a solved task."""
    rng = generator(seed)
    task = family.default_params if task is None else task
    random = play_out(family, task, lambda s: torch.randint(2, (len(s),), generator=rng), 200, rng)
    return {RANDOM: random.returns().mean().item(), "solved": 475.0, "perfect": float(family.horizon)}


def navigation_heights(family: Navigation2D, task: Any = None) -> dict[str, float]:
    """Returns that tell what a return on one navigation task means."""
    task = family.default_params if task is None else task
    one = type(task)(*(x[None] for x in task))
    return heights_of(family, one, (STILL, ORACLE))
