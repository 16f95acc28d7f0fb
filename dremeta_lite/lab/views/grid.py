"""The grid: a map with values, arrows and an agent; value by Monte Carlo; and which of two rewards is worth more."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dremeta_lite.hyper import HyperParameters, Real
from dremeta_lite.lab.style import AMBER, BLUE, GREEN, GREY, INK, ORANGE, PALE, SKY, ChangeMarks, set_limits
from dremeta_lite.tasks.grid import MOVES, GridWorld
from dremeta_lite.world.discounting import break_even_discount
from dremeta_lite.world.tabular import greedy, policy_evaluation, value_iteration

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Runner

VALUES = LinearSegmentedColormap.from_list("dremeta_values", [ORANGE, "#F3C29D", "#FFFFFF", "#A6CBE3", BLUE])
"""Bad is orange, nothing is white, good is blue: apart for every eye, and dark text can be read on all but the ends."""
CORNERS = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])  # (x, y) from the top left, clockwise, with y downwards
LONGEST_ARROW = 0.4
TIE = 1e-9


class GridMap:
    """A map of cells on some axes. The scenery (walls, pits, rewards, start) is drawn once; `show` sets what moves.

    Args:
        axes: where to draw; row 0 is at the top.
        family: the map.
        title: above it.
        actions: colour each cell as four triangles, one an action, instead of as a whole.
        numbers: write the value into each cell (whole cells only).
        span: values from -span to span have colours of their own.
        bar: draw a colour bar beside the map.
    """

    def __init__(
        self,
        axes: Axes,
        family: GridWorld,
        title: str = "",
        *,
        actions: bool = False,
        numbers: bool = False,
        span: float = 1.0,
        bar: bool = False,
    ) -> None:
        self.axes, self.family, self.actions = axes, family, actions
        columns, rows = range(family.columns), range(family.rows)
        axes.set(title=title, aspect="equal", xlim=(-0.52, family.columns - 0.48), ylim=(family.rows - 0.48, -0.52))
        axes.set(xticks=columns, yticks=rows, xlabel="column", ylabel="row")
        axes.grid(False)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        special = family.walls | family.pits | (family.digits > 0)
        self.free = (~special).nonzero().flatten().tolist()
        self.fill = PolyCollection(
            list(self._shapes()), cmap=VALUES, norm=Normalize(-span, span), edgecolors=PALE, linewidths=0.8, zorder=1
        )
        axes.add_collection(self.fill)
        self._scenery()
        self.arrows = self._make_arrows()
        self.numbers = [self._number(cell) for cell in self.free] if numbers else []
        self.star = axes.plot([], [], "*", color=AMBER, ms=20, mec=INK, mew=0.8, zorder=5)[0]
        self.dot = axes.plot([], [], "o", color=INK, ms=11, mec="white", mew=1.5, zorder=6)[0]
        if bar:
            figure: Any = axes.get_figure()
            figure.colorbar(self.fill, ax=axes, shrink=0.8, label="value")

    def artists(self) -> list[Artist]:
        """What moves."""
        return [self.fill, self.arrows, *self.numbers, self.start, self.star, self.dot]

    def show(
        self,
        values: torch.Tensor | None = None,
        policy: torch.Tensor | None = None,
        agent: int | None = None,
        goal: int | None = None,
    ) -> None:
        """Set what moves; what is None is not shown.

        Args:
            values: V [cell], or Q [cell, 4]; of Q, whole cells show the largest. Not a number (nan) stays white.
            policy: π(a | s) [cell, 4], as arrows: length √π, none for π = 0. Of Q without a policy, every best action has one.
            agent, goal: cells; the goal's own value is not shown.
        """
        free = self.free
        Q = values if values is not None and values.dim() == 2 else None
        if policy is None and Q is not None:
            policy = best_actions(Q)
        if self.actions and Q is not None:
            shown = Q[free].flatten()
        else:
            V = Q.amax(-1) if Q is not None else values
            shown = torch.zeros(len(free)) if V is None else V[free]
        colours = shown.detach().cpu().double().numpy().copy()
        per_cell = 4 if self.actions else 1
        if goal in free:
            colours[free.index(goal) * per_cell :][:per_cell] = np.nan
        self.fill.set_array(np.ma.masked_invalid(colours))
        for text, value in zip(self.numbers, colours, strict=False):
            text.set_text("" if values is None or np.isnan(value) else f"{value:.2f}")
        self._point(policy, goal)
        self.star.set_data(*self._place(goal))
        self.dot.set_data(*self._place(agent))

    def _place(self, cell: int | None) -> tuple[list[int], list[int]]:
        if cell is None or cell < 0:
            return [], []
        row, column = divmod(int(cell), self.family.columns)
        return [column], [row]

    def _centres(self) -> np.ndarray:
        rows, columns = np.divmod(np.array(self.free), self.family.columns)
        return np.stack([columns, rows], axis=-1).astype(float)

    def _shapes(self) -> np.ndarray:
        """Polygons [shape, corner, xy]: a square a cell, or four triangles in the order of the actions."""
        centres = self._centres()[:, None]
        if not self.actions:
            return centres + CORNERS
        triangles = [np.stack([CORNERS[i], CORNERS[(i + 1) % 4], [0.0, 0.0]]) for i in range(4)]
        return (centres[:, None] + np.stack(triangles)).reshape(-1, 3, 2)

    def _scenery(self) -> None:
        for cell, character in enumerate(self.family.cells.ravel()):
            row, column = divmod(cell, self.family.columns)
            colour = {"#": GREY, "x": ORANGE}.get(character, GREEN if character.isdigit() else None)
            if colour:
                self.axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour, edgecolor="white", zorder=1.2))
            word = {"x": "pit\n-1"}.get(character, f"+{character}" if character.isdigit() else "")
            self.axes.text(column, row, word, ha="center", va="center", color="white", fontsize=9, fontweight="bold", zorder=2)
        row, column = divmod(self.family.start, self.family.columns)
        self.start = self.axes.text(column - 0.45, row - 0.46, "S", ha="left", va="top", fontsize=8, fontweight="bold", zorder=4)

    def _make_arrows(self) -> Any:
        x, y = np.repeat(self._centres(), 4, axis=0).T
        zero = np.zeros_like(x)
        # Widths in points of the picture, so that maps of every size have the same arrows.
        look: dict[str, Any] = {"angles": "xy", "scale_units": "xy", "scale": 1, "units": "dots", "width": 2.2, "headwidth": 4}
        return self.axes.quiver(x, y, zero, zero, color=INK, zorder=4, headlength=4, headaxislength=3.6, minlength=0.1, **look)

    def _point(self, policy: torch.Tensor | None, goal: int | None) -> None:
        length = (
            np.zeros((len(self.free), 4)) if policy is None else policy[self.free].detach().cpu().double().sqrt().numpy() * LONGEST_ARROW
        )
        hidden = length < 0.02
        if goal in self.free:
            hidden[self.free.index(goal)] = True
        down, right = np.array(MOVES).T
        across, along = (np.ma.array(length * d, mask=hidden).ravel() for d in (right, down))
        self.arrows.set_UVC(across, along)

    def _number(self, cell: int) -> Any:
        row, column = divmod(cell, self.family.columns)
        return self.axes.text(column, row, "", ha="center", va="center", fontsize=9, zorder=3)


def best_actions(Q: torch.Tensor) -> torch.Tensor:
    """1 for every action that is best, ties included; a cell whose actions are all equal has none."""
    best = Q.amax(-1, keepdim=True) - Q <= TIE
    return (best & ~best.all(-1, keepdim=True)).double()


class MonteCarloView:
    """Left: the average return from each cell. Middle: the exact value. Right: the error over episodes, beside the standard error."""

    size = (9.6, 3.7)

    def __init__(self, family: GridWorld) -> None:
        self.family = family
        self._words, self._exact = "", torch.empty(0)

    def setup(self, figure: Figure) -> Sequence[Artist]:
        estimate, exact, curve = figure.subplots(1, 3, width_ratios=(1, 1, 1.05))
        self.maps = [GridMap(axes, self.family, numbers=True) for axes in (estimate, exact)]
        estimate.set(title="Average return")
        exact.set(title="Exact value V", ylabel="")
        self.curve = curve
        curve.set(title="Error of the average", xlabel="episodes n", ylabel="|average - exact|", xscale="log", yscale="log")
        set_limits(curve, x=(1.0, 1000.0), y=(1e-3, 2.0))
        self.lines = {
            "error_start": curve.plot([], [], color=BLUE, linewidth=2)[0],
            "error_rms": curve.plot([], [], color=SKY, linewidth=1.8, linestyle=(0, (4, 2)))[0],
        }
        self.guide = curve.plot([], [], color=GREY, linewidth=1)[0]
        names = ["cell S", "all cells (RMS)", "σ/√n"]
        curve.legend([*self.lines.values(), self.guide], names, loc="upper center", bbox_to_anchor=(0.45, -0.2), ncols=3, columnspacing=0.8)
        self.marks = ChangeMarks(curve)
        return [*self.maps[0].artists(), *self.lines.values(), self.guide]

    def update(self, runner: "Runner") -> None:
        learner: Any = runner.learner
        goal, exact = learner.task.goal.item(), learner.exact()
        self.maps[0].show(learner.V, goal=goal)
        if not torch.equal(exact, self._exact):  # it is part of the background
            self._exact = exact
            self.maps[1].show(exact, goal=goal)
        history = since_restart(runner.history)
        n = np.array([row["episodes"] for row in history])
        for name, line in self.lines.items():
            line.set_data(n, [max(row[name], 1e-6) for row in history])
        if not history:
            self.guide.set_data([], [])
            self._words = f"No episode yet. The exact value of the start is {exact[self.family.start]:.3f}."
            return
        last = history[-1]
        ends = np.array([1.0, 1e7])
        self.guide.set_data(ends, last["standard_error"] * np.sqrt(last["episodes"] / ends))
        lowest = min(last["error_rms"], last["standard_error"] or 1.0)  # where the error changes its sign it dips without meaning
        old_x, old_y = self.curve.get_xlim(), self.curve.get_ylim()
        x = (1.0, old_x[1] if n[-1] <= old_x[1] else 10 * n[-1])
        set_limits(self.curve, x=x, y=(min(old_y[0], 10.0 ** np.floor(np.log10(max(lowest, 1e-5) / 3))), 2.0))
        self._words = self._describe(last)

    def _describe(self, last: Any) -> str:
        return (
            f"After {last['episodes']:.0f} episodes the average return of the start is {last['value_start']:.3f}; its exact value is "
            f"{last['exact_start']:.3f}. Error {last['error_start']:.3f}, standard error σ/√n {last['standard_error']:.3f}; root mean "
            f"square error over the cells visited {last['error_rms']:.3f}."
        )

    def summary(self) -> str:
        return self._words


def since_restart(history: Sequence[Any]) -> list[Any]:
    """The end of the history in which the number of episodes grows: moving γ starts the averages afresh."""
    first = 0
    for i in range(1, len(history)):
        if history[i]["episodes"] <= history[i - 1]["episodes"]:
            first = i
    return list(history[first:])


class DiscountHyper(HyperParameters):
    """What can be moved on the map with two rewards."""

    discount = Real(0.5, low=0, high=1, symbol="γ", help="weight of a reward one step later")


TWO_REWARDS = "1..S.....3"


class DiscountView:
    """Above: a small reward near the start, a large one far from it, and the best policy at γ. Below: what each is worth.

    Args:
        hyper: has γ.
        layout: one row with a start and two digits.
    """

    size = (9.6, 4.1)

    def __init__(self, hyper: DiscountHyper, layout: str = TWO_REWARDS) -> None:
        self.hyper, self.family = hyper, GridWorld(layout, step_reward=0.0)
        digits = self.family.digits.nonzero().flatten().tolist()
        ways = [(float(self.family.digits[cell]), abs(cell - self.family.start)) for cell in digits]
        self.near, self.far = sorted(ways, key=lambda way: way[1])
        self.break_even = break_even_discount(self.near, self.far)
        self._words = ""

    def setup(self, figure: Figure) -> Sequence[Artist]:
        corridor, curve = figure.subplots(2, 1, height_ratios=(1, 2.1))
        self.map = GridMap(corridor, self.family, "The best policy, and the value of each cell", span=3.0)
        corridor.set(yticks=[], ylabel="", xlabel="")
        grid = np.linspace(0, 1, 201)
        for way, colour, name in zip((self.near, self.far), (AMBER, BLUE), ("near", "far"), strict=True):
            curve.plot(grid, worth(way, grid), color=colour, label=f"{name}: +{way[0]:g} in step {way[1]}")
        curve.axvline(self.break_even, color=GREY, linewidth=1)
        curve.text(self.break_even, 3.05, f"equal at γ = {self.break_even:.3f}", color=GREY, ha="center", va="bottom", fontsize=10)
        curve.set(xlabel="discount γ", ylabel="discounted return G", xlim=(0, 1), ylim=(0, 3))
        curve.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        self.here = curve.axvline(0, color=INK, linewidth=1.5, linestyle=(0, (4, 2)))
        self.points = curve.plot([], [], "o", color=INK, ms=7)[0]
        return [*self.map.artists(), self.here, self.points]

    def update(self, runner: Any = None) -> None:
        discount = self.hyper.discount
        P, R = self.family.transition_matrix(), self.family.reward_matrix()
        Q = value_iteration(P, R, discount).Q
        self.map.show(Q)
        self.here.set_xdata([discount, discount])
        near, far = (float(worth(way, discount)) for way in (self.near, self.far))
        self.points.set_data([discount, discount], [near, far])
        goes = "either way" if abs(near - far) < 1e-12 else ["right", "left"][int(greedy(Q)[self.family.start].argmax() == 3)]
        self._words = (
            f"γ = {discount:g}: +{self.near[0]:g} in step {self.near[1]} is worth {near:.3f} at the start, +{self.far[0]:g} in step "
            f"{self.far[1]} is worth {far:.3f}. The best policy goes {goes}. Both are worth the same at γ = {self.break_even:.3f}."
        )

    def summary(self) -> str:
        return self._words


def worth(way: tuple[float, int], discount: Any) -> Any:
    """γ^(n-1) r: what a reward r in step n is worth at the start."""
    reward, steps = way
    return reward * discount ** (steps - 1)


class TemperatureHyper(HyperParameters):
    """What can be moved on the map with a softmax policy."""

    temperature = Real(0.1, low=0.01, high=10, symbol="τ", scale="log", help="low: nearly always the best action; high: nearly any action")


class TemperatureView:
    """Left: a policy made from the best action values, as arrows. Right: what the start is worth under it, over the temperature.

    Args:
        family: the map.
        hyper: has the temperature τ.
        policy: makes probabilities [cell, 4] from preferences [cell, 4] and a temperature, as `softmax_policy` of the exercise does.
        discount: γ.
    """

    size = (9.6, 3.6)

    def __init__(
        self, family: GridWorld, hyper: TemperatureHyper, policy: Callable[[torch.Tensor, float], torch.Tensor], discount: float = 0.9
    ) -> None:
        self.family, self.hyper, self.policy, self.discount = family, hyper, policy, discount
        self.P, self.R = family.transition_matrix(), family.reward_matrix()
        self.Q = value_iteration(self.P, self.R, discount).Q
        self.temperatures = np.geomspace(0.01, 10, 61)
        self._words = ""

    def worth(self, temperature: float) -> float:
        """The value of the start under the policy at this temperature."""
        policy = self.policy(self.Q, temperature)
        return policy_evaluation(self.P, self.R, policy, self.discount)[self.family.start].item()

    def setup(self, figure: Figure) -> Sequence[Artist]:
        world, curve = figure.subplots(1, 2, width_ratios=(1, 1.1))
        self.map = GridMap(world, self.family, "π(a | s)")
        curve.set(title="Value of the start", xlabel="temperature τ", ylabel="V(S)", xscale="log", xlim=(0.01, 10))
        curve.plot(self.temperatures, [self.worth(t) for t in self.temperatures], color=BLUE)
        self.here = curve.plot([], [], "o", color=INK, ms=7)[0]
        return [*self.map.artists(), self.here]

    def update(self, runner: Any = None) -> None:
        temperature, start = self.hyper.temperature, self.family.start
        policy = self.policy(self.Q, temperature)
        self.map.show(policy=policy, goal=int(self.family.default_params.goal))
        self.here.set_data([temperature], [self.worth(temperature)])
        chances = ", ".join(f"{name} {p:.2f}" for name, p in zip(("up", "right", "down", "left"), policy[start].tolist(), strict=True))
        self._words = f"τ = {temperature:g}: at the start {chances}. The start is worth {self.worth(temperature):.3f}."

    def summary(self) -> str:
        return self._words
