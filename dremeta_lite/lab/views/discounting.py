"""Two rewards, one near and one far: which is worth more, and where the best policy goes, at each γ."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from dremeta_lite.hyper import HyperParameters, Real
from dremeta_lite.lab.style import AMBER, BLUE, GREY, INK
from dremeta_lite.lab.views.grid import GridMap
from dremeta_lite.tasks.grid import GridWorld
from dremeta_lite.world.discounting import break_even_discount
from dremeta_lite.world.tabular import greedy, value_iteration


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
