"""Sliders, number boxes and checkboxes: one value, and what happens to a refused one."""

from typing import Any

import ipywidgets as widgets
import pytest
from toy import Climb, ClimbHyper, ClimbView, words

from dremeta_lite.hyper import HyperParameters, Real, Whole
from dremeta_lite.lab.controls import NumberControl, label, make_control, nice_step
from dremeta_lite.lab.panel import LivePanel
from dremeta_lite.world.model_learner import ModelHyper
from dremeta_lite.world.sweeps import SweepHyper


def declared(name: str) -> Any:
    return ClimbHyper.class_traits()[name]


def test_slider_and_box_show_one_value_that_the_learner_gets(make: Any) -> None:
    panel = make()
    control = panel.controls["step_size"]
    control.slider.value = 10**-0.5
    assert control.box.value == panel.learner.hyper.step_size == 0.316
    control.box.value = 0.3
    assert control.slider.value == panel.learner.hyper.step_size == 0.3
    panel.controls["repeats"].slider.value = 4
    panel.controls["ascend"].box.value = False
    assert panel.controls["repeats"].box.value == 4
    assert panel.learner.hyper.values() == {"step_size": 0.3, "noise": 0.0, "repeats": 4, "ascend": False}


@pytest.mark.parametrize("name", ["step_size", "noise", "repeats"])
def test_the_ends_of_a_slider_are_the_bounds(make: Any, name: str) -> None:
    panel = make()
    control, trait = panel.controls[name], declared(name)
    for end, bound in ((control.slider.max, trait.high), (control.slider.min, trait.low)):
        control.slider.value = 10**end if name == "step_size" else end
        assert control.box.value == getattr(panel.learner.hyper, name) == bound
        assert panel.trouble.value == ""


def test_a_slider_that_snaps_to_its_grid_does_not_change_the_typed_value(make: Any) -> None:
    panel = make()
    for name, typed, snapped, next_one in [("step_size", 0.3, 10**-0.5, 10**-0.45), ("noise", 0.123, 0.12, 0.13)]:
        control = panel.controls[name]
        control.box.value = typed
        control.slider.value = snapped  # the front end's answer
        assert control.box.value == getattr(panel.learner.hyper, name) == typed
        control.slider.value = next_one  # an arrow key
        assert control.box.value == getattr(panel.learner.hyper, name) == pytest.approx(next_one, rel=0.01)


@pytest.mark.parametrize("refused", [0.0, 11, -1, float("nan"), float("inf")])
def test_a_refused_value_is_explained_and_the_old_one_comes_back(make: Any, refused: float) -> None:
    panel = make()
    control = panel.controls["step_size"]
    control.box.value = 0.7
    control.box.value = refused
    assert control.box.value == control.slider.value == panel.learner.hyper.step_size == 0.7
    said = words(panel.trouble)
    assert "step_size (α) must be in [0.001, 10]" in said and "It stays at 0.7." in said and 'role="alert"' in panel.trouble.value
    control.box.value = 0.8
    assert panel.trouble.value == ""


@pytest.mark.parametrize("refused", [2.7, 1e99, 51.0, float("nan"), float("inf")])
def test_a_box_for_whole_numbers_takes_what_is_typed_or_says_why_not(make: Any, refused: float) -> None:
    """ipywidgets' own box for whole numbers makes 27 of 2.7, and 199 of 1e99."""
    panel = make()
    control = panel.controls["repeats"]
    assert isinstance(control.box, widgets.FloatText)
    control.box.value = 3.0
    assert repr(panel.learner.hyper.repeats) == "3" and panel.trouble.value == ""
    control.box.value = refused
    said = words(panel.trouble)
    assert control.box.value == control.slider.value == panel.learner.hyper.repeats == 3
    assert "repeats (K) must be" in said and f"got {refused:g}" in said and "It stays at 3." in said


def test_the_seed_takes_effect_at_reset(make: Any) -> None:
    panel = make(seed=3)
    assert "Reset" in panel.seed.description
    panel.seed.value = 8
    assert panel.runner.seed == 3
    panel.reset.click()
    assert panel.runner.seed == panel.learner.seed == 8
    assert isinstance(panel.learner.seed, int)
    for refused in (-1, 3.7, 1e99, float("nan")):
        panel.seed.value = refused
        panel.reset.click()
        assert panel.seed.value == panel.runner.seed == 8
        assert "seed must be a whole number" in words(panel.trouble) and f"got {refused:g}" in words(panel.trouble)


def test_every_control_has_a_label_and_an_explanation(make: Any) -> None:
    panel = make()
    for name, control in panel.controls.items():
        trait = declared(name)
        assert control.box.description == f"{trait.symbol} {name.replace('_', ' ')}"
        for part in (name, trait.symbol, trait.help, trait.unit):
            assert part in control.box.tooltip
    for button in (panel.start, panel.pause, panel.step, panel.reset):
        assert button.description and button.tooltip and not button.icon
    widths = {panel.controls[name].box.style.description_width for name in ("step_size", "noise", "repeats")}
    assert widths == {f"{len('α step size') + 1}ch"}


def test_a_name_that_is_its_own_symbol_is_said_once() -> None:
    assert label(ModelHyper.class_traits()["k"]) == "k"
    assert label(SweepHyper.class_traits()["slip"]) == "p slip"
    assert label(SweepHyper.class_traits()["discount"]) == "γ discount"


def test_a_name_without_a_hyperparameter_is_refused() -> None:
    with pytest.raises(ValueError, match="no hyperparameter 'speed'; there are step_size, noise"):
        LivePanel("wrong", lambda seed: Climb(seed), ClimbView(), controls=["speed"])


class OddHyper(HyperParameters):
    width = Whole(32, low=1, high=1000, scale="log", help="neurons")
    discount = Real(0.99, low=0.9, high=0.999, help="discount factor")


def test_a_logarithmic_whole_number_stays_whole() -> None:
    taken: list[Any] = []
    control = make_control(OddHyper(), "width", taken.append, lambda text: None)
    assert isinstance(control, NumberControl)
    control.slider.value = 99.7
    control.box.value = 7
    assert taken == [100, 7] and all(isinstance(value, int) for value in taken)


def test_linear_sliders_move_in_round_steps() -> None:
    assert [nice_step(span) for span in (1, 0.099, 50, 250, 1000)] == [0.01, pytest.approx(0.001), 0.5, 5, 10]
    taken: list[Any] = []
    control = make_control(OddHyper(), "discount", taken.append, lambda text: None)
    assert isinstance(control, NumberControl)
    control.slider.value = 0.9 + 3 * 0.001
    assert taken == [0.903]
