"""A softmax policy on a map: what it does, and what the start is worth under it, at each temperature τ."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from dremeta_lite.hyper import HyperParameters, Real
from dremeta_lite.lab.looks import HERE
from dremeta_lite.lab.parts import Curves, Row
from dremeta_lite.lab.style import BLUE
from dremeta_lite.lab.views.grid import ACTIONS, GridMap
from dremeta_lite.tasks.grid import GridWorld
from dremeta_lite.world.tabular import policy_evaluation, value_iteration


class TemperatureHyper(HyperParameters):
    """What can be moved on the map with a softmax policy."""

    temperature = Real(0.1, low=0.01, high=10, symbol="τ", scale="log", help="low: nearly always the best action; high: nearly any action")


class TemperatureView(Row):
    """Left: a policy made from the best action values, as arrows. Right: what the start is worth under it, over the temperature.

    Args:
        policy: makes probabilities [cell, 4] from preferences [cell, 4] and a temperature, as `softmax_policy` of the exercise does.
    """

    def __init__(
        self, family: GridWorld, hyper: TemperatureHyper, policy: Callable[[torch.Tensor, float], torch.Tensor], discount: float = 0.9
    ) -> None:
        self.family, self.hyper, self.policy, self.discount = family, hyper, policy, discount
        self.P, self.R = family.transition_matrix(), family.reward_matrix()
        self.Q = value_iteration(self.P, self.R, discount).Q
        self.temperatures = np.geomspace(0.01, 10, 61)
        self.values = [self.worth(temperature) for temperature in self.temperatures]
        labels: dict[str, Any] = {"title": "Value of the start", "xlabel": "temperature τ", "ylabel": "V(S)", "xscale": "log"}
        self.map = GridMap(family, "π(a | s)")
        self.curve = Curves({"V(S)": {"color": BLUE}, "_here": HERE}, xlim=(0.01, 10), **labels)
        super().__init__(self.map, self.curve, widths=(1, 1.1), size=(9.6, 3.6))

    def worth(self, temperature: float) -> float:
        """The value of the start under the policy at this temperature."""
        policy = self.policy(self.Q, temperature)
        return policy_evaluation(self.P, self.R, policy, self.discount)[self.family.start].item()

    def update(self, now: Any = None) -> None:
        temperature, worth = self.hyper.temperature, self.worth(self.hyper.temperature)
        policy = self.policy(self.Q, temperature)
        self.map.show(policy=policy, goal=int(self.family.default_params.goal))
        self.curve.show({"V(S)": (self.temperatures, self.values), "_here": ([temperature], [worth])})
        chances = ", ".join(f"{name} {p:.2f}" for name, p in zip(ACTIONS, policy[self.family.start].tolist(), strict=True))
        self._words = f"τ = {temperature:g}: at the start {chances}. The start is worth {worth:.3f}."
