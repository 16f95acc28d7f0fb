"""The panel without a browser: what its widgets do to the runner, and what they say."""

import html
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import IPython.display
import pytest
from toy import Climb, ClimbHyper, ClimbView

from dremeta_lite.hyper import HyperParameters, Real, Whole
from dremeta_lite.lab import notebook
from dremeta_lite.lab.controls import NumberControl, make_control, nice_step
from dremeta_lite.lab.panel import LivePanel

NAMES = ["step_size", "noise", "repeats", "ascend"]


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was displayed."""
    outputs: list[Any] = []
    monkeypatch.setattr(IPython.display, "display", outputs.append)
    return outputs


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREMETA_HEADLESS", "0")


@pytest.fixture
def make() -> Iterator[Callable[..., LivePanel]]:
    panels: list[LivePanel] = []

    def make_panel(name: str = "toy", seed: int = 0, **options: Any) -> LivePanel:
        panels.append(LivePanel(name, lambda seed: Climb(seed, **options), ClimbView(), controls=NAMES, seed=seed))
        return panels[-1]

    yield make_panel
    for panel in panels:
        panel.close()
        assert panel.runner.join(30)


def words(widget: Any) -> str:
    """The text of a piece of HTML."""
    return html.unescape(re.sub("<[^>]*>", "", widget.value))


# Where nobody can press Start


def test_headless_it_trains_a_little_and_shows_a_picture(make: Any, shown: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    panel = make()
    panel.show()
    assert len(panel.runner.history) == 3 and not panel.runner.alive
    (image,) = shown
    assert image.data == panel.png and image.alt == panel.picture.view.summary()
    assert capsys.readouterr().out.startswith("After 3 iterations x is")
    panel.show()
    assert len(panel.runner.history) == 3 and len(shown) == 2


def test_headless_an_error_reaches_the_cell(make: Any, shown: list[Any]) -> None:
    with pytest.raises(RuntimeError, match="iteration 2 was told to fail"):
        make(raise_at=2).show()
    assert not shown


def test_under_voila_it_trains_a_little_and_then_lives(make: Any, shown: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    panel = make()
    panel.show()
    assert shown == [panel.widget] and panel.runner.alive and len(panel.runner.history) == 3


@pytest.mark.parametrize(
    ("kernel", "variables", "place"),
    [
        (None, {}, "headless"),
        (SimpleNamespace(_allow_stdin=True), {}, "live"),
        (SimpleNamespace(_allow_stdin=False), {}, "headless"),
        (SimpleNamespace(), {}, "live"),
        (SimpleNamespace(_allow_stdin=False), {"SERVER_SOFTWARE": "voila/0.5"}, "voila"),
        (SimpleNamespace(_allow_stdin=True), {"DREMETA_HEADLESS": "1"}, "headless"),
        (SimpleNamespace(_allow_stdin=False), {"DREMETA_HEADLESS": "0"}, "live"),
        (SimpleNamespace(_allow_stdin=True), {"DREMETA_HEADLESS": ""}, "live"),
    ],
)
def test_the_place(kernel: Any, variables: dict[str, str], place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DREMETA_HEADLESS", "SERVER_SOFTWARE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(notebook, "get_ipython", lambda: kernel and SimpleNamespace(kernel=kernel))
    assert notebook.place() == place


# The interrupt


@pytest.mark.parametrize("before", [signal.SIG_IGN, signal.SIG_DFL])
def test_the_interrupt_between_cells_pauses(before: Any, make: Any, live: None, shown: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = SimpleNamespace(saved_sigint_handler=before)
    monkeypatch.setattr(notebook, "get_ipython", lambda: SimpleNamespace(kernel=kernel))
    panel = make(pause=0.001)
    panel.show()
    panel.start.click()
    until(lambda: panel.runner.history)
    kernel.saved_sigint_handler(signal.SIGINT, None)
    until(lambda: panel.runner.state == "paused")


def test_without_ipykernels_private_attribute_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = lambda *_: None
    for kernel in (None, SimpleNamespace(), SimpleNamespace(saved_sigint_handler=theirs)):
        before = dict(vars(kernel)) if kernel else {}
        monkeypatch.setattr(notebook, "get_ipython", lambda kernel=kernel: kernel and SimpleNamespace(kernel=kernel))
        notebook.pause_on_interrupt()
        assert kernel is None or vars(kernel) == before


# Live


def test_show_returns_at_once_and_shows_one_and_the_same_panel(make: Any, live: None, shown: list[Any]) -> None:
    panel = make()
    panel.show()
    panel.show()
    assert shown == [panel.widget, panel.widget]
    assert panel.runner.history == [] and panel.runner.alive
    assert bytes(panel.image.value) == panel.png != b""


def test_buttons(make: Any, live: None, shown: list[Any]) -> None:
    panel = make(pause=0.001)
    panel.show()
    panel.start.click()
    until(lambda: len(panel.runner.history) > 5)
    panel.pause.click()
    until(lambda: panel.runner.state == "paused")
    done = len(panel.runner.history)
    panel.step.click()
    until(lambda: len(panel.runner.history) == done + 1 and panel.runner.state == "paused")
    panel.reset.click()
    until(lambda: panel.runner.state == "idle" and not panel.runner.history)


def test_text_and_picture_agree(make: Any, live: None, shown: list[Any]) -> None:
    panel = make()
    panel.show()
    panel.runner.step(7)
    until(lambda: "paused" in panel.status.value)
    x = panel.runner.history[-1]["x"]
    assert words(panel.summary) == panel.image.tooltip == f"After 7 iterations x is {x:.3f}; the top is at 1."
    assert list(panel.picture.view.curve.get_ydata()) == [row["x"] for row in panel.runner.history]
    assert "iteration 7" in words(panel.status) and 'role="status"' in panel.status.value


def test_the_status_says_how_fast_and_where(make: Any) -> None:
    panel = make()
    panel.require(5)
    line = words(panel.status)
    for part in ("paused", "iteration 5", "s of training", "iterations a second", "environment steps a second", "cpu, 1 thread"):
        assert part in line


def test_many_iterations_share_a_frame(make: Any) -> None:
    panel = make()
    panel.require(2000)
    assert panel.picture.frames < 1000
    assert "After 2000 iterations" in words(panel.summary)


def test_an_error_is_shown_with_its_traceback_and_start_tries_again(make: Any, live: None, shown: list[Any]) -> None:
    panel = make(raise_at=3)
    panel.show()
    panel.start.click()
    until(lambda: "failed" in panel.status.value)
    assert 'role="alert"' in panel.trace.value
    assert "Traceback" in words(panel.trace) and "RuntimeError: iteration 3 was told to fail" in words(panel.trace)
    with pytest.raises(RuntimeError, match="told to fail"):
        panel.require(3)
    panel.step.click()
    until(lambda: "paused" in panel.status.value)
    assert panel.trace.value == ""


def test_an_error_of_the_view_is_shown_too(make: Any, live: None, shown: list[Any]) -> None:
    panel = make()
    panel.show()

    def broken(runner: Any) -> None:
        raise ValueError("cannot draw <this>")

    panel.picture.view.update = broken
    panel.step.click()
    until(lambda: "failed" in panel.status.value and panel.trace.value)
    assert "cannot draw <this>" in words(panel.trace) and "<this>" not in panel.trace.value


def test_a_panel_of_the_same_name_takes_over(make: Any, live: None, shown: list[Any]) -> None:
    old = make(pause=0.001)
    old.show()
    old.start.click()
    until(lambda: old.runner.history)
    new = make(pause=0.001)
    assert old.closed and not old.runner.alive and old.widget.comm is None
    new.show()
    assert [thread.name for thread in threading.enumerate()].count("dremeta-training") == 1
    with pytest.raises(RuntimeError, match="was closed"):
        old.show()


def test_panels_of_different_names_take_turns(make: Any, live: None, shown: list[Any]) -> None:
    one, other = make("one", pause=0.001), make("other", pause=0.001)
    one.show()
    other.show()
    one.start.click()
    until(lambda: one.runner.history)
    other.start.click()
    until(lambda: one.runner.state == "paused" and other.runner.history)
    assert other.runner.state == "running"


# Controls


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
    control, trait = panel.controls[name], ClimbHyper.class_traits()[name]
    for end, bound in ((control.slider.max, trait.high), (control.slider.min, trait.low)):
        control.slider.value = 10**end if name == "step_size" else end
        assert control.box.value == getattr(panel.learner.hyper, name) == bound
        assert panel.trouble.value == ""


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


def test_the_seed_takes_effect_at_reset(make: Any) -> None:
    panel = make(seed=3)
    assert "Reset" in panel.seed.description
    panel.seed.value = 8
    assert panel.runner.seed == 3
    panel.reset.click()
    assert panel.runner.seed == panel.learner.seed == 8
    panel.seed.value = -1
    panel.reset.click()
    assert panel.seed.value == panel.runner.seed == 8 and "seed must be a whole number" in words(panel.trouble)


def test_every_control_has_a_label_and_an_explanation(make: Any) -> None:
    panel = make()
    for name, control in panel.controls.items():
        trait = ClimbHyper.class_traits()[name]
        assert control.box.description == f"{trait.symbol} {name.replace('_', ' ')}"
        for part in (name, trait.symbol, trait.help, trait.unit):
            assert part in control.box.tooltip
    for button in (panel.start, panel.pause, panel.step, panel.reset):
        assert button.description and button.tooltip and not button.icon
    widths = {panel.controls[name].box.style.description_width for name in ("step_size", "noise", "repeats")}
    assert widths == {f"{len('α step size') + 1}ch"}


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
