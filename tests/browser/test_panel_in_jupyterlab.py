"""The live panel in a real JupyterLab, with a real browser's clicks and keys."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.browser

PANEL = """
from dremeta_lite.lab.panel import LivePanel
from toy import Climb, ClimbView

panel = LivePanel("toy", lambda seed: Climb(seed, pause=0.03), ClimbView(), controls=["step_size", "noise", "repeats", "ascend"])
panel.show()
"""
LATER = "print('the later cell ran')"
HYPER = "print(panel.learner.hyper.{})"
THREADS = "import threading; print([thread.name for thread in threading.enumerate()].count('dremeta-training'))"

Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def notebook(serve: Any, shared_page: Any) -> Iterator[Any]:
    """A notebook in the browser, and its kernel, which the tests fill with cells of their own, one after the other."""
    server = serve()
    shared_page.open(server, server.write("panels", LATER))
    yield shared_page
    server.shut_down_kernels()


def test_start_shows_many_pictures_and_blocks_no_cell(opened: Opened) -> None:
    page = opened(PANEL, LATER)
    panel = page.panel("toy")
    panel.expect_status("idle")
    page.output("the later cell ran").wait_for()
    panel.press("Start", "running")
    assert panel.count_pictures(10) >= 10
    panel.wait_for_iteration(10)
    panel.press("Pause", "paused")
    iteration = panel.iteration()
    told = panel.summary.inner_text()
    assert told == panel.image.get_attribute("aria-label") == page.ask("print(panel.picture.view.summary())")
    assert told.startswith(f"After {iteration} iterations")
    assert page.ask("print(len(panel.runner.history), len(panel.picture.view.curve.get_xdata()))") == f"{iteration} {iteration}"
    assert page.errors == []


def test_sliders_and_number_boxes_reach_the_learner(opened: Opened) -> None:
    page = opened(PANEL)
    panel = page.panel("toy")
    panel.press("Start", "running")
    panel.slider("repeats").focus()
    page.page.keyboard.press("ArrowRight")
    page.ask_until(HYPER.format("repeats"), "2")
    page.expect_value(panel.box("K repeats"), "2")
    panel.slider("step_size").focus()
    page.page.keyboard.press("ArrowLeft")
    page.expect_value(panel.box("α step size"), "0.0891")
    page.ask_until(HYPER.format("step_size"), "0.0891")
    panel.type("α step size", "0.3")  # beside the slider's grid
    page.ask_until(HYPER.format("step_size"), "0.3")
    panel.type("σ noise", "0.123")
    page.ask_until(HYPER.format("noise"), "0.123")
    panel.locator.get_by_role("checkbox", name="ascend").press("Space")
    page.ask_until(HYPER.format("ascend"), "False")
    assert page.ask("print({change.symbol for change in panel.runner.changes} == {'K', 'α', 'σ', '↑'})") == "True"
    page.page.wait_for_timeout(300)  # what the slider may answer to being moved by the box must change nothing
    assert page.ask(HYPER.format("values()")) == "{'step_size': 0.3, 'noise': 0.123, 'repeats': 2, 'ascend': False}"


def test_a_refused_value_is_explained_beside_the_controls(opened: Opened) -> None:
    page = opened(PANEL)
    panel = page.panel("toy")
    panel.type("α step size", "99")
    panel.alert.filter(has_text="step_size (α) must be in [0.001, 10], got 99").wait_for()
    page.expect_value(panel.box("α step size"), "0.1")
    page.screenshot("refused")
    assert page.ask(HYPER.format("step_size")) == "0.1"
    panel.type("α step size", "2")
    panel.alert.wait_for(state="detached")


def test_pause_step_and_reset_with_a_seed(opened: Opened) -> None:
    page = opened(PANEL)
    panel = page.panel("toy")
    panel.press("Start", "running")
    panel.wait_for_iteration(3)
    panel.press("Pause", "paused")
    done = panel.iteration()
    panel.press("Step", f"iteration {done + 1} ")
    panel.expect_status("paused")
    panel.type("seed (takes effect at Reset)", "7")
    assert page.ask("print(panel.learner.seed)") == "0"
    panel.press("Reset", "iteration 0 ")
    page.ask_until("print(panel.learner.seed, len(panel.runner.history))", "7 0")


def test_the_slider_below_the_picture_leads_back_and_training_goes_on_from_there(opened: Opened) -> None:
    page = opened(PANEL)
    panel = page.panel("toy")
    panel.press("Start", "running")
    panel.wait_for_iteration(8)
    page.page.wait_for_function("slider => +slider.getAttribute('aria-valuenow') > 3", arg=panel.slider("look_back").element_handle())
    panel.slider("look_back").focus()
    page.page.keyboard.press("ArrowLeft")
    panel.expect_status("shown as it was after")
    panel.expect_status("paused")
    panel.type("look back to iteration", "3")
    panel.expect_status("shown as it was after 3")
    panel.settle()
    assert panel.summary.inner_text().startswith("After 3 iterations x is") and panel.iteration() >= 8
    page.screenshot("looking-back")
    panel.press("Rewind", "iteration 3 ")
    panel.expect_no_status("shown")
    assert page.ask("print(len(panel.runner.history), panel.learner.iteration)") == "3 3"
    panel.press("Start", "running")
    panel.wait_for_iteration(6)
    assert page.errors == []


def test_the_interrupt_pauses_also_between_cells(opened: Opened) -> None:
    page = opened(PANEL)
    panel = page.panel("toy")
    for _ in range(2):
        panel.press("Start", "running")
        panel.wait_for_iteration(panel.iteration() + 3)
        page.command("notebook:interrupt-kernel")
        panel.expect_status("paused")


def test_the_interrupt_ends_a_cell_that_waits_and_pauses(opened: Opened) -> None:
    page = opened(PANEL)
    panel = page.panel("toy")
    panel.press("Start", "running")
    page.run_new_cell("panel.require(10**9)")
    panel.wait_for_iteration(panel.iteration() + 3)
    page.command("notebook:interrupt-kernel")
    page.output("KeyboardInterrupt").wait_for()
    panel.expect_status("paused")


def test_an_error_is_shown_with_its_traceback(opened: Opened) -> None:
    page = opened(PANEL.replace("pause=0.03", "pause=0.03, raise_at=5"))
    panel = page.panel("toy")
    panel.press("Start", "failed")
    panel.alert.filter(has_text="iteration 5 was told to fail").wait_for()
    assert "Traceback (most recent call last)" in panel.locator.locator(".dremeta-trace").inner_text()
    assert "iteration 4 " in panel.status.inner_text()
    page.screenshot("failed")
    panel.press("Step", "iteration 5 ")
    panel.alert.wait_for(state="detached")


def test_running_the_cell_again_leaves_one_thread(opened: Opened) -> None:
    page = opened(PANEL)
    panel = page.panel("toy")
    panel.press("Start", "running")
    panel.wait_for_iteration(3)
    for _ in range(2):
        page.run_all()
        panel.expect_status("idle")
        page.ask_until(THREADS, "1")
    panel.press("Start", "running")
    panel.wait_for_iteration(3)
    assert page.ask(THREADS) == "1"


def test_two_panels_take_turns(opened: Opened) -> None:
    page = opened(PANEL, PANEL.replace('"toy"', '"second"'))
    first, second = page.panel("toy"), page.panel("second")
    for one, other in ((first, second), (second, first)):
        one.press("Start", "running")
        one.wait_for_iteration(one.iteration() + 3)
        other.expect_no_status("running")


def test_a_later_cell_gets_its_iterations(opened: Opened) -> None:
    page = opened(PANEL, "print(len(panel.require(5)), 'iterations')")
    page.output("5 iterations").wait_for()
    panel = page.panel("toy")
    panel.expect_status("paused · iteration 5 ")
    panel.press("Start", "running")
    page.run_new_cell("print(len(panel.require(30)) >= 30, 'waited')")
    page.output("True waited").wait_for()
    panel.expect_status("running")


def test_the_panel_can_be_shown_twice(opened: Opened) -> None:
    page = opened(PANEL, "panel.show()")
    page.page.locator(".dremeta-panel-toy").nth(1).wait_for()
    first, second = (page.panel("toy", n) for n in (0, 1))
    first.press("Start", "running")
    second.wait_for_iteration(5)
    second.press("Pause", "paused")
    first.expect_status("paused")
    assert first.iteration() == second.iteration()


def test_a_reloaded_page_finds_the_panel_alive(opened: Opened) -> None:
    page = opened(PANEL)
    panel = page.panel("toy")
    panel.press("Start", "running")
    panel.wait_for_iteration(3)
    page.save()
    page.reload()
    panel.expect_status("running")
    panel.wait_for_iteration(panel.iteration() + 3)
    panel.press("Pause", "paused")


def test_after_a_restart_of_the_kernel_the_panel_says_so(opened: Opened) -> None:
    page = opened(PANEL)
    panel = page.panel("toy")
    panel.press("Start", "running")
    lost = panel.locator.get_by_text("This panel has lost its kernel")
    lost.wait_for(state="hidden")
    page.restart_kernel()
    lost.wait_for(state="visible")
    page.screenshot("lost")
    page.run_all()
    panel.expect_status("idle")
    lost.wait_for(state="hidden")


OTHERS = """
from dremeta_lite.lab.playground import Playground, pretrained
Playground({"untrained": pretrained("fresh")}).show()
"""
SCRUBBER = """
from dremeta_lite.lab.scrubber import Scrubber
from dremeta_lite.compare.recorded_runs import recorded_run
Scrubber(recorded_run("navigation", "maml")).show()
"""
QUIZ = "from dremeta_lite.lab.exercises import quiz; quiz('00')"


def test_after_a_restart_each_kind_of_panel_says_so(opened: Opened) -> None:
    page = opened(OTHERS, SCRUBBER, QUIZ, LATER)
    page.output("the later cell ran").wait_for()
    shown = [page.panel("playground").locator, page.panel("scrubber").locator, page.page.locator(".dremeta-quiz-00")]
    for one in shown:
        one.get_by_text("This panel has lost its kernel").wait_for(state="hidden")
    page.restart_kernel()
    for one in shown:
        one.get_by_text("This panel has lost its kernel").wait_for(state="visible")
    page.page.wait_for_timeout(1000)
    one.scroll_into_view_if_needed()
    page.screenshot("lost-quiz")


def test_the_keyboard_is_enough(opened: Opened) -> None:
    page = opened(PANEL)
    panel, keyboard = page.panel("toy"), page.page.keyboard
    panel.button("Start").focus()
    names = []
    for _ in range(12):
        names.append(page.focused())
        keyboard.press("Tab")
    wanted = ["Start", "Pause", "Step", "Reset", "seed (takes effect at Reset)", "α step size", "slider", "σ noise", "slider", "K repeats"]
    assert names == [*wanted, "slider", "↑ ascend"]
    panel.button("Start").focus()
    keyboard.press("Space")
    panel.expect_status("running")
    keyboard.press("Tab")
    keyboard.press("Enter")
    panel.expect_status("paused")
    done = panel.iteration()
    keyboard.press("Tab")
    keyboard.press("Space")
    panel.expect_status(f"iteration {done + 1} ")
    keyboard.press("Tab")
    keyboard.press("Space")
    panel.expect_status("iteration 0 ")


@pytest.mark.parametrize("theme", ["Dark", "Light"])
@pytest.mark.parametrize("width", [1920, 1280])
def test_nothing_is_clipped_and_all_is_in_line(opened: Opened, width: int, theme: str) -> None:
    page = opened(PANEL)
    page.page.set_viewport_size({"width": width, "height": 1000})
    page.command("apputils:change-theme", theme=f"JupyterLab {theme}")
    panel = page.panel("toy")
    panel.press("Start", "running")
    panel.wait_for_iteration(12)
    panel.type("σ noise", "0.2")
    panel.wait_for_iteration(panel.iteration() + 12)
    panel.press("Pause", "paused")
    page.page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=f"JupyterLab {theme}")
    page.screenshot(f"{theme.lower()}-{width}")
    clipped = "all => all.filter(x => x.scrollWidth > x.clientWidth + 1).map(x => x.innerText)"
    assert panel.locator.locator("label, button, .dremeta-status").evaluate_all(clipped) == []
    left = "all => [...new Set(all.map(x => Math.round(x.getBoundingClientRect().left)))].length"
    assert panel.locator.locator(".dremeta-controls input[type=number]").evaluate_all(left) == {1280: 2, 1920: 3}[width]  # columns
    image, around = panel.image.bounding_box(), panel.locator.bounding_box()
    assert image["width"] > 0.85 * around["width"] and image["width"] / image["height"] == pytest.approx(2.5, rel=0.02)
    assert panel.contrast() >= 4.5


def test_on_a_narrow_screen_the_picture_shrinks(opened: Opened) -> None:
    page = opened(PANEL)
    panel = page.panel("toy")
    panel.expect_status("idle")
    page.page.set_viewport_size({"width": 700, "height": 1000})
    page.screenshot("narrow")
    image, around = panel.image.bounding_box(), panel.locator.bounding_box()
    page.page.set_viewport_size({"width": 1280, "height": 1000})
    assert image["x"] + image["width"] <= around["x"] + around["width"] <= 700
    assert image["width"] / image["height"] == pytest.approx(2.5, rel=0.02)
