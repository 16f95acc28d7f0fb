"""Two rewards, one near and one far: which is worth more, and where the best policy goes, at each γ."""

from typing import Any

import numpy as np

from dremeta_lite.hyper import HyperParameters, Real
from dremeta_lite.lab.looks import DASHED, HERE, Look
from dremeta_lite.lab.parts import BESIDE, Column, Curves
from dremeta_lite.lab.style import AMBER, BLUE, INK
from dremeta_lite.lab.views.grid import GridMap
from dremeta_lite.tasks.grid import GridWorld
from dremeta_lite.world.discounting import break_even_discount
from dremeta_lite.world.tabular import greedy, value_iteration

TWO_REWARDS = "1..S.....3"


class DiscountHyper(HyperParameters):
    """What can be moved on the map with two rewards."""

    discount = Real(0.5, low=0, high=1, symbol="γ", help="weight of a reward one step later")


class DiscountView(Column):
    """Above: a small reward near the start, a large one far from it, and the best policy at γ. Below: what each is worth.

    Args:
        layout: one row with a start and two digits.
    """

    def __init__(self, hyper: DiscountHyper, layout: str = TWO_REWARDS) -> None:
        self.hyper, self.family = hyper, GridWorld(layout, step_reward=0.0)
        digits = self.family.digits.nonzero().flatten().tolist()
        ways = [(float(self.family.digits[cell]), abs(cell - self.family.start)) for cell in digits]
        near, far = sorted(ways, key=lambda way: way[1])
        self.ways = {f"{name}: +{way[0]:g} in step {way[1]}": way for name, way in (("near", near), ("far", far))}
        self.equal = break_even_discount(near, far)
        looks: dict[str, Look] = dict(zip(self.ways, ({"color": AMBER}, {"color": BLUE}), strict=True))
        looks |= {"_line": {"color": INK, "linewidth": 1.5, "linestyle": DASHED}, "_here": HERE}
        options: dict[str, Any] = {"where": BESIDE, "marks": {f"equal at γ = {self.equal:.3f}": self.equal}}
        self.curves = Curves(looks, xlim=(0, 1), ylim=(0, 3), xlabel="discount γ", ylabel="discounted return G", **options)
        self.map = GridMap(self.family, "The best policy, and the value of each cell", span=3.0, yticks=[], xlabel="", ylabel="")
        super().__init__(self.map, self.curves, heights=(1, 2.1), size=(9.6, 4.1))

    def update(self, now: Any = None) -> None:
        discount, x = self.hyper.discount, np.linspace(0, 1, 201)
        Q = value_iteration(self.family.transition_matrix(), self.family.reward_matrix(), discount).Q
        self.map.show(Q)
        curves, both = ({name: worth(way, at) for name, way in self.ways.items()} for at in (x, discount))
        near, far = both.values()
        self.curves.show({**curves, "_line": ([discount] * 2, [0, 3]), "_here": ([discount] * 2, [near, far])}, x=x)
        goes = "either way" if abs(near - far) < 1e-12 else ["right", "left"][int(greedy(Q)[self.family.start].argmax() == 3)]
        said = ", ".join(f"+{r:g} in step {n} is worth {both[name]:.3f}" for name, (r, n) in self.ways.items())
        self._words = (
            f"γ = {discount:g}: at the start {said}. The best policy goes {goes}. Both are worth the same at γ = {self.equal:.3f}."
        )


def worth(way: tuple[float, int], discount: Any) -> Any:
    """γ^(n-1) r: what a reward r in step n is worth at the start."""
    reward, steps = way
    return reward * discount ** (steps - 1)
