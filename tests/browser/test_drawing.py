"""What is drawn with the hand, in a real JupyterLab."""

from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.browser

SEARCH = """
from dremeta_lite import HiddenGoal
from dremeta_lite.lab import DrawSearch
mine = DrawSearch(HiddenGoal(), lambda cells, goal, known: float((cells == goal).any()), ["", ""], name="own-search")
mine.show()
"""
WORDS = "print(mine.words)"


@pytest.fixture(scope="module")
def notebook(serve: Any, shared_page: Any) -> Iterator[Any]:
    server = serve()
    shared_page.open(server, server.write("drawing", ""))
    shared_page.page.set_viewport_size({"width": 1280, "height": 900})
    yield shared_page
    server.shut_down_kernels()


def test_a_search_is_drawn_over_the_cells_and_walked_with_keys(notebook: Any) -> None:
    page, mouse = notebook, notebook.page.mouse
    page.put_cells(SEARCH)
    page.run_all()
    panel = page.panel("own-search")
    panel.settle()
    area = panel.area("Episode 1: draw here")
    box = area.bounding_box()
    cell = box["width"] / 5
    mouse.move(box["x"] + cell / 2, box["y"] + 4.5 * cell)
    mouse.down()
    for column, row in ((0, 2), (2, 2), (2, 0)):
        mouse.move(box["x"] + (column + 0.5) * cell, box["y"] + (row + 0.5) * cell, steps=6)
    mouse.up()
    page.ask_until(WORDS, "['uurruu', '']")
    second = panel.area("Episode 2: draw here")
    second.focus()
    for key in ("ArrowRight", "ArrowRight", "s", "ArrowUp", "Backspace", "ArrowRight"):
        page.page.keyboard.press(key)
    page.ask_until(WORDS, "['uurruu', 'rrsr']")
    page.expect_value(panel.locator.get_by_role("textbox", name="episode 2"), "rrsr")
    panel.summary.get_by_text("Episode 2: rrsr, 4 of 15 steps").wait_for()
    page.screenshot("draw-search")
    panel.button("Clear").click()
    page.ask_until(WORDS, "['', '']")
    assert page.page.locator(".jp-CodeCell").count() == 1 and page.errors == []


WHAT_IF = """
from dremeta_lite.compare import recorded_run
from dremeta_lite.lab import Scrubber, begin
begin(threads=1)
scrubber = Scrubber(recorded_run("hidden_goal", "rl2"), name="what-if", step=20)
scrubber.show()
"""


def test_the_agent_of_a_recorded_run_is_put_into_another_cell(notebook: Any) -> None:
    page = notebook
    page.put_cells(WHAT_IF)
    page.run_all()
    panel = page.panel("what-if")
    panel.settle()
    frame = panel.handle("agent")
    frame.press("ArrowUp")
    panel.summary.get_by_text("What if: from step 20 on the agent in row 2, column 4?").wait_for()
    place, area = frame.bounding_box(), panel.area("What it would do next").bounding_box()
    page.page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.page.mouse.down()
    page.page.mouse.move(area["x"] + 3, area["y"] + area["height"] - 3, steps=8)
    page.page.mouse.up()
    panel.summary.get_by_text("What if: from step 20 on the agent in row 5, column 1?").wait_for()
    page.screenshot("what-if")
    panel.button("Back to the recording").click()
    page.ask_until("print(scrubber.what_if)", "None")
    assert page.errors == []


CURVE = """
from dremeta_lite.lab import predict
predict("06.curve", "the return after k steps", axes={"k": range(4), "return": (-60, 0)})
"""


def test_a_curve_is_predicted_by_drawing_it_and_seen_beside_what_came_out(notebook: Any) -> None:
    page, mouse = notebook, notebook.page.mouse
    page.put_cells(CURVE, "predict('06.curve').came_out([-40, -10, -4, -2])")
    page.run_all()
    panel = page.panel("drawn-06-curve")
    panel.settle()
    area, written = panel.area(""), page.page.locator(".dremeta-predict input")
    box = area.bounding_box()
    mouse.move(box["x"] + 1, box["y"] + box["height"] - 1)
    mouse.down()
    mouse.move(box["x"] + box["width"] - 1, box["y"] + 1, steps=10)
    mouse.up()
    page.output("Your curve lies").wait_for()
    drawn = [float(number) for number in written.input_value().split(", ")]
    assert len(drawn) == 4 and drawn == sorted(drawn) and drawn[0] < -55 and drawn[-1] > -5
    area.focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):  # the first shows the cursor, in the middle
        page.page.keyboard.press(key)
    page.page.wait_for_function("([box, old]) => box.value !== old", arg=[written.element_handle(), ", ".join(f"{n:.4g}" for n in drawn)])
    page.screenshot("predicted-curve")
    assert page.errors == []
