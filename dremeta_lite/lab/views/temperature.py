"""A softmax policy on a map: what it does, and what the start is worth under it, at each temperature τ."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from dremeta_lite.hyper import HyperParameters, Real
from dremeta_lite.lab.style import BLUE, INK
from dremeta_lite.lab.views.grid import GridMap
from dremeta_lite.tasks.grid import GridWorld
from dremeta_lite.world.tabular import policy_evaluation, value_iteration


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
