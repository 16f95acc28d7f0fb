"""What asks the student something: predictions, hints beside a check, a quiz. By keyboard, in both themes, and after a reload."""

from typing import Any

import pytest

from dremeta_lite.exercises import questions

pytestmark = pytest.mark.browser

START = """
from dremeta_lite.lab import begin, check, predict, quiz
from dremeta_lite.exercises import NotYet
begin()
predict("06.steps", "how many gradient steps will it take until the agent walks to the star, on average over all goals that there are?")
"""
CHOICE = """predict("06.curves", "which curve will rise?", ("*before*, the dashed one", "*after*, the solid one", "both of them"))"""
LOWEST = """predict("06.lowest", "at which step is the dashed curve lowest?")"""
CHECK = """
def adapt_by_hand(J, theta, alpha):
    raise NotYet


adapt_by_hand = check("06.adapt_by_hand", adapt_by_hand)
predict("06.steps").came_out(1)
predict("06.curves").came_out("*after*, the solid one")
"""
CLIPPED = "all => all.filter(x => x.scrollWidth > x.clientWidth + 1).map(x => x.innerText)"


@pytest.fixture
def page(serve: Any, notebook_page: Any) -> Any:
    server = serve()
    notebook_page.open(server, server.write("asking", START, CHOICE, LOWEST, CHECK, 'quiz("06")'))
    notebook_page.run_all()
    notebook_page.page.locator(".dremeta-quiz button").first.wait_for()
    yield notebook_page
    server.shut_down_kernels()


def test_a_student_predicts_asks_for_hints_and_takes_the_quiz(page: Any) -> None:
    steps = page.page.get_by_role("textbox", name="how many gradient steps")
    page.output("No prediction yet.").wait_for()
    steps.fill("ten")
    steps.press("Enter")
    page.output("Write one number, like 12").wait_for()
    steps.fill("10")
    steps.press("Tab")  # leaving the box is enough
    page.output("You said 10; it is 1.").wait_for()
    page.page.get_by_role("button", name="both of them").focus()
    page.page.keyboard.press("Space")
    page.page.get_by_role("button", name="both of them ✓").wait_for()
    for key in "dd":  # JupyterLab's shortcut that deletes the cell
        page.page.keyboard.press(key)
    page.page.keyboard.press("Escape")
    assert page.page.evaluate("document.activeElement.classList.contains('jp-CodeCell')")
    page.page.get_by_role("button", name="both of them ✓").wait_for()
    page.output("You said both of them; it is").wait_for()
    lowest = page.page.get_by_role("textbox", name="the dashed curve lowest")
    lowest.fill("1,000")
    lowest.press("Enter")
    page.output("Written down: 1 000.").wait_for()
    for label in ("Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Show a solution"):
        page.page.get_by_role("button", name=label).focus()
        page.page.keyboard.press("Enter")
    page.page.get_by_role("button", name="Hide the solution").wait_for()
    page.page.locator(".dremeta-hints pre").get_by_text("alpha").first.wait_for()
    right = questions("06")[0].right
    wrong = "a" if right != "a" else "b"
    page.page.get_by_role("button", name=f"1{wrong}) ").click()
    page.output(f"1{wrong}: No.").wait_for()
    page.page.get_by_role("button", name=f"1{right}) ").focus()
    page.page.keyboard.press("Space")
    page.output(f"1{right}: Right.").wait_for()
    for theme in ("Dark", "Light"):
        page.command("apputils:change-theme", theme=f"JupyterLab {theme}")
        page.page.locator(f"body[data-jp-theme-light={'true' if theme == 'Light' else 'false'}]").wait_for(state="attached")
        page.page.locator("#jupyterlab-splash").wait_for(state="hidden")
        assert page.faults() == []
        for part in ("predict", "hints", "quiz"):
            box = page.page.locator(f".dremeta-{part}").first
            assert box.locator("button, label").evaluate_all(CLIPPED) == []
            box.scroll_into_view_if_needed()
            page.screenshot(f"asking-{part}-{theme.lower()}")
    assert page.errors == []


def test_a_prediction_is_there_again_after_a_restart(page: Any) -> None:
    steps = page.page.get_by_role("textbox", name="how many gradient steps")
    steps.fill("7")
    steps.press("Enter")
    page.output("Written down: ").wait_for()
    page.restart_kernel()
    page.wait_for_kernel()
    page.run_new_cell(START)
    page.expect_value(page.page.get_by_role("textbox", name="how many gradient steps").last, "7")
