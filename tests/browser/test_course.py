"""The notebooks of the course, as they are shipped, in a real JupyterLab: what a student does in the first minutes."""

from collections.abc import Iterable, Iterator
from typing import Any

import nbformat
import pytest
from cells import needed_for
from pages import fresh_page
from serving import REPOSITORY

pytestmark = pytest.mark.browser

THREADS = "import threading; print([thread.name for thread in threading.enumerate()].count('dremeta-training'))"
THEMES = ("Light", "Dark")
WIDTHS = (1280, 1920)
CLIPPED = "all => all.filter(x => x.scrollWidth > x.clientWidth + 1).map(x => x.innerText)"
PANELS = {
    "01_states_actions_rewards.ipynb": ("monte_carlo",),
    "02_the_transition_model.ipynb": ("sweeps", "model", "swing-up"),
    "03_q_learning.ipynb": ("q-table", "cliff", "dqn", "cart", "pixels"),
    "04_policy_gradient.ipynb": ("reinforce",),
    "04b_actor_and_critic.ipynb": ("a2c", "ppo", "navigation", "memory"),
    "05_from_one_task_to_many.ipynb": ("transfer", "pooled", "pooled-mirrored"),
    "06_the_meta_learning_loop.ipynb": ("sinusoid", "maml"),
    "06b_what_is_essential.ipynb": ("mirrored", "ways"),
    "07_memory_as_a_learner.ipynb": ("bandit", "long-bandit", "short-sight", "hidden-goal"),
    "07b_build_rl2.ipynb": ("own-rl2",),
    "08_inferring_the_task.ipynb": ("encoder", "belief-policy"),
    "08b_varibad.ipynb": ("varibad", "break-it"),
    "09_the_world_learned_to_learn.ipynb": ("adaptive-model", "reversal"),
    "10_which_one_when.ipynb": ("live-bench",),
    "11_where_tasks_come_from.ipynb": ("goal-generators", "goal-curriculum", "skill-discovery"),
    "12_robots.ipynb": ("poles", "plug", "table", "cheetah"),
    "13_learning_in_context.ipynb": ("context-rl2", "context-dpt"),
    "14_games.ipynb": ("skirmish",),
    "15_language.ipynb": ("listen", "grammar", "walk", "told"),
    "16_beyond_one_machine.ipynb": ("split-maml",),
}
"""The live panels of each lesson, and that of one capstone; the panel of 00 has tests of its own."""


def run(page: Any, server: Any, name: str) -> Any:
    """Open a notebook of the course, run all of its cells, and wait for the last."""
    page.open(server, name)
    page.run_all()
    page.page.wait_for_function("() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].every(x => /\\d/.test(x.innerText))")
    return page


@pytest.fixture(scope="module")
def first(serve: Any, shared_page: Any) -> Any:
    """The first notebook, which its tests share."""
    return run(shared_page, serve(folder=REPOSITORY / "notebooks"), "00_start_here.ipynb")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_the_panel_fits_the_page(first: Any, theme: str, width: int) -> None:
    """No word is cut off. The screenshots are for looking at."""
    first.page.set_viewport_size({"width": width, "height": 1000})
    first.command("apputils:change-theme", theme=f"JupyterLab {theme}")
    first.page.locator(f"body[data-jp-theme-light={'true' if theme == 'Light' else 'false'}]").wait_for(state="attached")
    first.page.locator("#jupyterlab-splash").wait_for(state="hidden")
    panel = first.panel("start-here")
    panel.locator.scroll_into_view_if_needed()
    assert panel.locator.locator("label, button, .dremeta-status, .dremeta-summary").evaluate_all(CLIPPED) == []
    assert panel.contrast() >= 4.5  # WCAG 2.1, level AA
    first.screenshot(f"00-{theme.lower()}-{width}")


def test_a_student_trains_a_meta_learner_in_the_first_notebook(first: Any) -> None:
    page = first
    panel = page.panel("start-here")
    before = panel.iteration()
    panel.press("Start", "running")
    assert panel.count_pictures(10) >= 10
    panel.wait_for_iteration(before + 10)
    panel.slider("inner_lr").focus()
    page.page.keyboard.press("ArrowRight")
    page.ask_until("print(panel.learner.hyper.inner_lr > 0.5, [change.name for change in panel.runner.changes])", "True ['inner_lr']")
    panel.press("Pause", "paused")
    told = panel.summary.inner_text()
    assert told.startswith(f"Meta-iteration {panel.iteration()}:")
    after = page.ask("print(round(panel.runner.history[-1]['return_after'], 1))")
    assert f"{after} after one step" in told
    page.screenshot("00-trained")
    page.run_new_cell("panel = LivePanel('start-here', lambda seed: MAML(family, seed), views.AdaptationView(family)); panel.show()")
    page.panel("start-here").expect_status("idle")
    page.ask_until(THREADS, "1")
    assert page.errors == []


def test_a_goal_is_placed_in_the_playground_and_the_picture_follows(first: Any) -> None:
    page = first
    playground = page.panel("playground")
    playground.image.wait_for()
    picture = playground.image.get_attribute("data-frame")
    playground.type("goal x", "-0.4")
    page.ask_until("print(playground.hyper.goal_x)", "-0.4")
    playground.summary.get_by_text("Goal at (-0.4,").wait_for()
    assert playground.image.get_attribute("data-frame") != picture
    playground.type("goal x", "7")
    playground.alert.get_by_text("must be in [-0.5, 0.5], got 7").wait_for()
    page.expect_value(playground.box("goal x"), "-0.4")
    assert page.errors == []


@pytest.fixture(scope="module")
def cells_alone(serve: Any, browser: Any) -> Iterator[Any]:
    """One notebook for the panels of all lessons: their cells are put into it."""
    server = serve()
    with fresh_page(browser, "cells-alone") as page:
        page.open(server, server.write("cells-alone", ""))
        yield page
        server.shut_down_kernels()


@pytest.mark.parametrize(
    "lesson_and_panels", [item for item in PANELS.items() if item[0][:3] not in ("06_", "10_")], ids=lambda item: item[0][:3]
)
def test_start_works_and_no_panel_is_cut_off(cells_alone: Any, lesson_and_panels: tuple[str, tuple[str, ...]]) -> None:
    """Start trains, and the picture changes, in the first panel of each lesson; nothing in any panel is cut off. The next tests do so in
    06 and 10. Every panel has trained where nobody is looking in `test_notebooks`, which runs whole notebooks; here only the cells that
    these panels need.
    """
    name, panels = lesson_and_panels
    run_needed(cells_alone, name, panels)
    start_and_look(cells_alone, panels)


def run_needed(page: Any, name: str, texts: Iterable[str]) -> None:
    """Put the cells of a notebook in which these texts stand, and those that they need, into the page, and run them."""
    notebook = nbformat.read(REPOSITORY / "notebooks" / name, as_version=4)
    page.put_cells(*needed_for(set(texts), [cell.source for cell in notebook.cells if cell.cell_type == "code"]))
    page.run_all()


def start_and_look(page: Any, panels: tuple[str, ...]) -> None:
    first = page.panel(panels[0])
    before = first.iteration()
    first.press("Start", "running")
    assert first.count_pictures(1) >= 1
    first.wait_for_iteration(before + 1)
    first.press("Pause", "paused")
    for panel in map(page.panel, panels):
        panel.image.wait_for()
        assert panel.locator.locator("label, button, .dremeta-status, .dremeta-summary").evaluate_all(CLIPPED) == []
    for image in page.page.locator(".jp-RenderedMarkdown img").all():
        assert image.evaluate("image => image.naturalWidth") > 0
    assert page.errors == []


def test_a_student_solves_an_exercise_with_hints(cells_alone: Any) -> None:
    page, name = cells_alone, "06_the_meta_learning_loop.ipynb"
    run_needed(page, name, {*PANELS[name], "06.adapt_by_hand"})
    start_and_look(page, PANELS[name])
    page.output("Not written yet: 06.adapt_by_hand.").wait_for()
    answer = "def adapt_by_hand(J, theta, alpha):\n    return theta {} alpha * grad(J)(theta)\ncheck('06.adapt_by_hand', adapt_by_hand)"
    page.run_new_cell(answer.format("-") + "\nhint('06.adapt_by_hand')")
    page.output("You walk downhill").wait_for()
    page.output("do you want more of it or less?").wait_for()
    page.run_new_cell("check('06.adapt_k', lambda J, theta, alpha, steps: any(0 for _ in iter(int, 1)))")
    page.output("without an end and was stopped").wait_for()
    page.run_new_cell(answer.format("+"))
    page.output("Solved with 2 checks.").wait_for()
    page.run_new_cell("progress()")
    page.output("solved, 2 checks, 1 of 3 hints").wait_for()
    assert page.errors == []


def test_a_student_compares_learners_and_drags_through_a_run(cells_alone: Any) -> None:
    page, name = cells_alone, "10_which_one_when.ipynb"
    run_needed(page, name, {*PANELS[name], "comparison", "recorded-run", "recorded-start"})
    start_and_look(page, PANELS[name])
    comparison = page.panel("comparison")
    comparison.type("budget", "5")
    comparison.summary.get_by_text("after at most 5 CPU-seconds").wait_for()
    comparison.locator.get_by_label("family of tasks").select_option(index=1)
    comparison.summary.get_by_text("Bandit (5 arms").wait_for()
    comparison.locator.get_by_role("checkbox", name="pooled").uncheck()
    page.ask_until("print(comparison.keys)", "['maml', 'rl2']")
    comparison.locator.scroll_into_view_if_needed()
    page.screenshot("10-comparison")
    run = page.panel("recorded-run")
    run.type("meta-iteration", "0")
    run.summary.get_by_text("RL² after 0 meta-iterations").wait_for()
    run.slider("step").focus()
    page.page.keyboard.press("ArrowRight")
    run.summary.get_by_text("step 1, in episode 1").wait_for()
    for panel in (comparison, run, page.panel("recorded-start")):
        assert panel.locator.locator("label, button, th, .dremeta-summary").evaluate_all(CLIPPED) == []
    assert page.faults() == []
    bench = page.page.locator(".dremeta-bench-live-bench")
    bench.get_by_label("family of tasks").select_option(index=1)
    bench.get_by_role("button", name="Set up").click()
    page.ask_until("print(live.learner.family.name, list(live.learner.learners))", "Bandit ['pooled', 'MAML', 'RL²']")
    page.panel("live-bench").press("Step", "iteration 1 ")
    page.ask_until(THREADS, "1")
    assert page.errors == []
