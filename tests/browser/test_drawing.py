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
    panel.image.wait_for()
    panel.locator.scroll_into_view_if_needed()
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
