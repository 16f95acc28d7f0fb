"""The picture of a softmax policy, against the best and the random policy."""

import pytest
import torch

from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.views.temperature import TemperatureHyper, TemperatureView
from dremeta_lite.tasks.grid import GridWorld
from dremeta_lite.world.tabular import policy_evaluation, uniform, value_iteration


def test_the_temperature_goes_from_greedy_to_uniform() -> None:
    """At both ends the value of the start is that of the best and of the random policy."""
    family, hyper = GridWorld(), TemperatureHyper()
    view = TemperatureView(family, hyper, lambda Q, temperature: torch.softmax(Q / temperature, -1))
    P, R = family.transition_matrix(), family.reward_matrix()
    best, random = value_iteration(P, R, 0.9).V[family.start], policy_evaluation(P, R, uniform(R), 0.9)[family.start]
    assert view.worth(1e-4) == pytest.approx(best.item(), abs=1e-6) and view.worth(1e6) == pytest.approx(random.item(), abs=1e-4)
    picture = Picture(view)
    for temperature in (0.01, 0.3, 10.0):
        hyper.temperature = temperature
        picture.draw(None)  # type: ignore[arg-type]
        assert f"worth {view.worth(temperature):.3f}" in view.summary()
    assert picture.redraws == 1
