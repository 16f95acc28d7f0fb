"""The panel without a browser: what its buttons do to the runner, and what it says."""

import threading
import time
from typing import Any

import pytest
from toy import Climb, ClimbView, until, words

from dremeta_lite.lab import panel as panel_file
from dremeta_lite.lab.panel import LivePanel
from dremeta_lite.lab.parts import Part, Row

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


# Live


def test_show_returns_at_once_and_shows_one_and_the_same_panel(make: Any, live: None, shown: list[Any]) -> None:
    panel = make()
    panel.show()
    panel.show()
    assert shown == [panel.widget, panel.widget]
    assert panel.runner.history == [] and panel.runner.alive
    assert panel.image.frame == panel.png != b""


def test_what_is_drawn_before_start_does_not_delay_the_pictures_after_it(
    make: Any, live: None, shown: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute of the clock passes while the first picture is drawn."""
    panel, clock = make(pause=0.001), [0.0]
    plain = panel.picture.draw
    monkeypatch.setattr(panel_file.time, "perf_counter", lambda: time.monotonic() + clock[0])
    monkeypatch.setattr(panel.picture, "draw", lambda *options: (clock.__setitem__(0, clock[0] + 60 * (not clock[0])), plain(*options))[1])
    panel.show()
    until(lambda: panel.picture.frames == 1)
    panel.start.click()
    until(lambda: panel.picture.frames > 3)
    assert clock == [60] and panel._every < 1


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
    assert words(panel.summary) == panel.image.words == f"After 7 iterations x is {x:.3f}; the top is at 1."
    assert list(panel.picture.view.curve.get_ydata()) == [row["x"] for row in panel.runner.history]
    assert "iteration 7" in words(panel.status) and 'role="status"' in panel.status.value


def test_the_status_says_how_fast_and_where(make: Any) -> None:
    panel = make()
    panel.require(5)
    line = words(panel.status)
    for part in ("paused", "iteration 5", " s · ", "iterations a second", "environment steps a second", "cpu, 1 thread"):
        assert part in line


def test_with_a_pace_the_status_counts_no_seconds() -> None:
    panel = LivePanel("paced", lambda seed: Climb(seed), ClimbView(), pace=1e6)
    panel.require(3)
    assert "iteration 3 · " in words(panel.status) and " s · " not in words(panel.status)
    panel.close()


def test_many_iterations_share_a_frame(make: Any) -> None:
    panel = make()
    panel.require(2000)
    assert panel.picture.frames < 1000
    assert "After 2000 iterations" in words(panel.summary)


def test_inside_an_iteration_what_glides_is_drawn_and_nothing_updated(
    live: None, shown: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    class Side(Part):
        def setup(self, axes: Any) -> list[Any]:
            return self.lines(axes, {"path": {}})

        def update(self, now: Any) -> None:
            told.append(f"update {len(now.history)}")

        def glide(self) -> bool:
            told.append("glide")
            return len(told) != 2

    monkeypatch.setattr(panel_file, "SHARE", 1e9)
    monkeypatch.setattr(panel_file, "FASTEST", 0.0)  # it is always time for a frame
    panel = LivePanel("gliding", lambda seed: Climb(seed, beats=3), Row(Side()))
    panel.show()
    told.clear()
    before = panel.picture.frames
    panel.runner.step()
    until(lambda: "paused" in panel.status.value)
    assert told == ["glide", "glide", "glide", "update 1"] and panel.picture.frames == before + 3, "one time nothing was on its way"
    panel.close()


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
    until(lambda: "<b>paused</b>, because another panel trains" in one.status.value)
    one.start.click()
    until(lambda: other.runner.state == "paused" and "because another" in other.status.value)
    one.pause.click()
    until(lambda: "<b>paused</b> ·" in one.status.value)
