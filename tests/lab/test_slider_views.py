"""Pictures that follow a slider: two rewards under a discount, and a softmax policy at a temperature."""

from typing import Any

import pytest
import torch

from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.views.discounting import DiscountHyper, DiscountView
from dremeta_lite.lab.views.temperature import TemperatureHyper, TemperatureView
from dremeta_lite.tasks.grid import GridWorld
from dremeta_lite.world.tabular import policy_evaluation, uniform, value_iteration

NOBODY: Any = None


def test_two_rewards_say_where_the_best_policy_goes() -> None:
    hyper = DiscountHyper()
    view = DiscountView(hyper)
    picture = Picture(view)
    for discount, near, far, goes in (
        (0.5, 0.25, 0.094, "left"),
        (0.9, 0.81, 1.771, "right"),
        (1.0, 1, 3, "right"),
        (0.0, 0, 0, "either way"),
    ):
        hyper.discount = discount
        assert picture.draw(NOBODY).startswith(b"\x89PNG")
        said = f"+1 in step 3 is worth {near:.3f}, +3 in step 6 is worth {far:.3f}. The best policy goes {goes}."
        assert said in view.summary() and "the same at γ = 0.693" in view.summary()
        assert view.curves.series["_here"].tolist() == [[discount] * 2, pytest.approx([near, far], abs=5e-4)]
    assert picture.redraws == 1 and view.curves.series["far: +3 in step 6"][1, [0, -1]].tolist() == [0, 3]


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
        picture.draw(NOBODY)
        assert f"worth {view.worth(temperature):.3f}" in view.summary()
        assert view.curve.series["_here"].flatten().tolist() == [temperature, view.worth(temperature)]
    assert picture.redraws == 1
