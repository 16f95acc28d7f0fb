"""Learning one task: the learning curve beside the yardsticks, and next to it a look at what has been learned.

    LearningCurveView(CartSide(), cart_yardsticks(family))          a greedy episode of the cart and its pole
    LearningCurveView(MapSide(), navigation_heights(family))  the map of Navigation2D

A learner fits if its numbers hold "return" and it has `family`, `task` and `watch(episodes)`, which gives an `Act`: the greedy policy.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from dremeta_lite.episodes import Act
from dremeta_lite.lab.looks import NOW, Look
from dremeta_lite.lab.parts import Artist, Axes, Column, Curves, Handle, History, Line, Part, Row, Sparingly
from dremeta_lite.lab.parts.layout import Layout
from dremeta_lite.lab.style import BLUE, GREY, INK, ORANGE, PALE
from dremeta_lite.lab.touch import Refused
from dremeta_lite.lab.views.navigation import Plane, Walk, heights_of
from dremeta_lite.learner import generator
from dremeta_lite.rollout import Rollout, Trajectories, collect, play_out
from dremeta_lite.tasks import CartPole, Navigation2D
from dremeta_lite.tasks.family import crowd_of
from dremeta_lite.titles import ORACLE, RANDOM, STILL

LOOKING_SEED = 3
PUSH = 0.5  # radians a second, of a pole that is pushed by hand
NOISY = 4


class LearningCurveView(Row):
    """Left: return over iterations, beside the yardsticks. Right: what `side` shows.

    Args:
        yardsticks: returns to compare with, by name.
        number: which of the learner's numbers is the return.
        floor: the axis shows at least the range from here to the highest yardstick; from the lowest one if None.
    """

    def __init__(self, side: Part | Layout, yardsticks: Mapping[str, float], number: str = "return", floor: float | None = None) -> None:
        low = min(yardsticks.values()) if floor is None else floor
        words = number.replace("_", " ")  # "return", or "greedy return": of the policy that acts, or of the one that was learned
        labels: Any = {"title": "Learning curve", "ylabel": f"{words} (sum of rewards)", "form": ".3g"}
        span = low, max(yardsticks.values())
        curve = History([Line(number, NOW)], yardsticks, span=span, words=f"{words} {{{number}:.1f}}", **labels)
        super().__init__(curve, side, widths=(1.2, 1))


class CartSide(Column):
    """A greedy episode of the cart and its pole: above, how it ended; below, position and tilt over time, in parts of what is allowed.
    The line of time can be dragged: the cart is then where it was at that time, and can be pushed there."""

    def __init__(self) -> None:
        self.sparingly, self.cart, self.time = Sparingly(), Cart(), CartTime()
        self.learner: Any = None
        self.at: int | None = None
        self.pushes: dict[int, float] = {}
        self.time.look = self.look
        self.cart.clicked = lambda x, y: self.push(x - self.cart.x)
        self.cart.pressed = lambda key: self.push(-1 if key == "ArrowLeft" else 1)
        super().__init__(self.cart, self.time, heights=(1.15, 1.1))

    def update(self, now: Any = None) -> None:
        if self.learner is not now.learner:
            self.learner, self.at, self.pushes = now.learner, None, {}
        self.sparingly.do(now, self.play)

    def play(self) -> None:
        """Play an episode with what has been learned, and with all pushes."""
        learner = self.learner
        played = play_out(learner.family, learner.task, self.greedy(learner), 1, generator(LOOKING_SEED), disturb=self.disturb)
        self.show(learner.family, played)

    def greedy(self, learner: Any) -> Act:
        """Who plays."""
        return learner.watch(1)

    def disturb(self, step: int, episodes: Any) -> None:
        """Push the pole, if it is pushed before this step."""
        if step in self.pushes:
            *others, spin = episodes.state.unbind(-1)
            episodes.state = torch.stack([*others, spin + self.pushes[step]], -1)

    def look(self, seconds: float) -> None:
        """Show the cart as it was then; beyond the end of the episode, how that ended."""
        step = round(seconds / CartPole.seconds)
        self.at = None if step >= len(self.seen) - 1 else max(step, 0)
        self.draw()

    def push(self, side: float) -> None:
        """Push the pole at the time that is shown, to the right if `side` is positive; a push back takes one away."""
        if self.at is None:
            raise Refused("First drag the line of time to the moment at which the pole is to be pushed: here the episode is over.")
        pushed = self.pushes.get(self.at, 0.0) + math.copysign(PUSH, side)
        self.pushes = {step: each for step, each in (self.pushes | {self.at: pushed}).items() if each}
        self.cart.between_iterations(self.play)

    def show(self, family: CartPole, episode: Rollout) -> None:
        """Show an episode."""
        self.family, self.episode = family, episode
        self.seen = torch.cat([episode.observation[0], episode.next_observation[0, -1:]]).cpu().numpy()
        self.draw()

    def draw(self) -> None:
        """The episode that was played last, at the time that is looked at."""
        seen, family = self.seen, self.family
        x, angle = seen[:, 0], seen[:, -2 if seen.shape[1] == 4 else -1]
        how = "the pole fell" if abs(angle[-1]) > family.tilt else "the cart left the track"
        if not self.episode.terminated[0, -1]:
            how = "still up when time was over"
        last = len(x) - 1
        at = last if self.at is None else min(self.at, last)
        self.cart.show(x[at], angle[at], last, how, at, self.pushes)
        self.time.show({"cart's position": x / family.track, "pole's tilt": angle / family.tilt}, x=np.arange(len(x)) * family.seconds)
        self.time.mark(at * family.seconds)


class Cart(Part):
    """Where the cart and its pole are, at the end of an episode or at a time in it."""

    keys: Mapping[str, str] = {"ArrowLeft": "push the pole to the left", "ArrowRight": "push the pole to the right"}
    x = 0.0

    def setup(self, axes: Axes) -> list[Artist]:
        axes.set(xlim=(-2.9, 2.9), ylim=(-0.35, 1.75), aspect="equal", yticks=[], xticks=[-2.4, 0, 2.4])
        axes.set_title("A greedy episode")
        axes.set_xlabel("position (m); click: push the pole", labelpad=1)
        axes.grid(False)
        axes.spines["left"].set_visible(False)
        axes.axhline(-0.12, color=PALE, zorder=0)
        for wall in (-2.4, 2.4):
            axes.axvline(wall, color=GREY, linewidth=1, linestyle=":")
        looks: dict[str, Look] = {
            "cart": {"color": INK, "linewidth": 11, "solid_capstyle": "butt"},
            "pole": {"color": ORANGE, "linewidth": 5, "solid_capstyle": "round"},
        }
        self.ending = axes.text(0.5, 0.99, "", transform=axes.transAxes, ha="center", va="top", fontsize=10)
        return [*self.lines(axes, looks), self.ending]

    def show(self, x: float, angle: float, steps: int, how: str, at: int, pushes: Mapping[int, float]) -> None:
        """Set position (m) and tilt (radians) at a step, and say how the episode ended after so many steps, and when it was pushed."""
        self.x = x
        self.drawn["cart"].set_data([x - 0.3, x + 0.3], [0, 0])
        self.drawn["pole"].set_data([x, x + math.sin(angle)], [0.05, 0.05 + math.cos(angle)])
        clock = [f"{step * CartPole.seconds:.2f} s" for step in (at, steps)]
        self.ending.set_text(f"{steps} steps: {how}" if at == steps else " of ".join(clock))
        pushed = [f"to the {'right' if by > 0 else 'left'} at {step * CartPole.seconds:.2f} s" for step, by in sorted(pushes.items())]
        what_if = f"What if its pole is pushed {' and '.join(pushed)}? " if pushed else ""
        self._words = f"{what_if}A greedy episode lasts {steps} steps: {how}."


class CartTime(Curves):
    """Position and tilt over the time of an episode, in parts of what is allowed."""

    def __init__(self) -> None:
        looks: dict[str, Look] = {
            "cart's position": {"color": BLUE, "linewidth": 1.8},
            "pole's tilt": {"color": ORANGE, "linewidth": 1.2},
            "_now": {"color": INK, "linewidth": 1},
        }
        self.look: Callable[[float], Any] | None = None
        where = {"loc": "lower right", "bbox_to_anchor": (1.0, 0.97), "borderaxespad": 0, "columnspacing": 2, "handlelength": 2}
        labels: Any = {"xlabel": "time (s)", "ylabel": "position, tilt", "yticks": [-1, 0, 1]}
        super().__init__(looks, xlim=(0, 10), ylim=(-1.15, 1.15), where=where, **labels)

    def setup(self, axes: Axes) -> list[Artist]:
        moving = super().setup(axes)
        axes.set_yticklabels(["limit", "0", "limit"])
        for limit in (-1, 1):
            axes.axhline(limit, color=GREY, linewidth=1, linestyle=":")
        return moving

    def mark(self, seconds: float) -> None:
        """Which time is looked at."""
        self.drawn["_now"].set_data([seconds, seconds], [-1.15, 1.15])
        look = self.look
        if look is not None:
            moved = lambda x, y: look(x)  # noqa: E731
            self.handles = [Handle("time (s)", at=(seconds, 0.0), moved=moved, mark="line", colour=INK, step=(0.1, 1), directions=("", ""))]


class MapSide(Plane):
    """The map of one navigation task: walks of the first policy dashed, of the present one solid."""

    def __init__(self) -> None:
        super().__init__(1, "Before and after learning")

    def update(self, now: Any) -> None:
        learner = now.learner
        fresh = {name: p.to(learner.device) for name, p in learner.policy.init(generator(learner.seed)).items()}
        both = {name: torch.stack([p, learner.theta[name].detach()]) for name, p in fresh.items()}  # as if they were two tasks
        walks = collect(learner.family, crowd_of(learner.task, 2), learner.policy, both, NOISY, generator(LOOKING_SEED), calm=True)
        before, after = (Walk(*Trajectories(*(x[some] for x in walks)).split(NOISY)) for some in (slice(0, 1), slice(1, 2)))
        self.show(learner.task.goal[None].cpu(), before, after)
        self.returns = [walk.returns().mean().item() for walk in after]

    def words(self) -> str:
        noisy, mean = self.returns
        return f"On the map, the present mean action earns {mean:.1f}, and with the policy's noise {noisy:.1f}."


def cart_yardsticks(family: CartPole) -> dict[str, float]:
    """Returns that tell what a return on CartPole means: that of random actions (played here), and Gymnasium's mark for a solved task."""
    rng = generator(LOOKING_SEED)
    random = play_out(family, family.default_params, lambda s: torch.randint(2, (len(s),), generator=rng), 200, rng)
    return {RANDOM: random.returns().mean().item(), "solved": 475.0, "perfect": float(family.horizon)}


def navigation_heights(family: Navigation2D) -> dict[str, float]:
    """Returns that tell what a return on the default navigation task means."""
    return heights_of(family, crowd_of(family.default_params, 1), (STILL, ORACLE))
