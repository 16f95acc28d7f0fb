"""The menu of devices, on a machine with one: `cpu:0` is a second name of it, so learners really move from one to the other."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from toy import Climb, ClimbView, until, words

from dremeta_lite.lab.panel import LivePanel
from dremeta_lite.learner import devices
from dremeta_lite.meta import MAML
from dremeta_lite.tasks import Navigation2D

SMALL: dict[str, Any] = {"tasks": 2, "trajectories": 2, "hidden": (4,), "inner_steps": 1}


class NoFloat64(MAML):
    """What Apple's GPU does in the first iteration of a learner that fits a baseline; here cpu:0 does it."""

    def advance(self) -> dict[str, float]:
        if self.device == torch.device("cpu:0"):
            raise TypeError("Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support float64.\nUse float32.")
        return super().advance()


@pytest.fixture
def panel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[LivePanel]:
    monkeypatch.setattr("dremeta_lite.lab.panel.devices", lambda: ["cpu", "cpu:0"])
    kind = request.param
    make = Climb if kind is Climb else lambda seed: kind(Navigation2D(), seed, device="cpu", **SMALL)
    panel = LivePanel("devices", make, ClimbLike(), controls=("inner_lr",) if kind is not Climb else ())
    yield panel
    panel.close()


class ClimbLike(ClimbView):
    """No picture of anything: these tests are about where the learner is."""

    def update(self, runner: Any) -> None:
        self.xs = []


@pytest.mark.parametrize("panel", [MAML], indirect=True)
def test_another_device_begins_again_there_and_gives_the_same_run(panel: LivePanel) -> None:
    panel.require(2)
    assert panel.device.layout.display == "" and panel.device.description == "device" and panel.device.value == "cpu"
    here = panel.learner.state_dict()
    panel.put("inner_lr", 0.25)
    panel.device.value = "cpu:0"
    moved: Any = panel.learner
    assert moved.device == moved.policy.device == torch.device("cpu:0")
    assert moved.iteration == 0 and not panel.runner.history and moved.hyper.inner_lr == 0.25
    panel.put("inner_lr", 0.5)
    panel.require(2)
    there = panel.learner.state_dict()
    assert all(torch.equal(here[name], x) for name, x in there.items()) and "cpu" in words(panel.status)
    panel.reset.click()
    assert panel.learner.device == torch.device("cpu:0"), "a reset stays where it is"
    panel.device.value = "cpu"
    assert panel.learner.device == torch.device("cpu") and not panel.trouble.value


@pytest.mark.parametrize(("panel", "why"), [(NoFloat64, "doesn't support float64."), (Climb, "Climb takes no device")], indirect=["panel"])
def test_what_cannot_run_there_stays_and_says_why(panel: LivePanel, why: str) -> None:
    panel.require(2)
    learner = panel.learner
    panel.device.value = "cpu:0"
    said = words(panel.trouble)
    assert said.startswith("This learner does not run on cpu:0, so it stays on cpu: ") and said.endswith(why)
    assert panel.device.value == "cpu" and panel.learner.device == torch.device("cpu")
    assert panel.learner is learner and len(panel.require(3)) == 3, "what was learned is kept"


@pytest.mark.parametrize("panel", [NoFloat64], indirect=True)
def test_a_device_chosen_while_it_trains(panel: LivePanel, live: None, shown: list[Any]) -> None:
    panel.show()
    panel.start.click()
    until(lambda: panel.runner.history)
    panel.device.value = "cpu:0"
    until(lambda: panel.device.value == "cpu" and panel.runner.state != "running")
    assert "stays on cpu" in words(panel.trouble) and panel.runner.history


def test_one_device_needs_no_menu(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert devices()[0] == "cpu"
    monkeypatch.setattr("dremeta_lite.lab.panel.devices", lambda: ["cpu"])
    assert make().device.layout.display == "none"
