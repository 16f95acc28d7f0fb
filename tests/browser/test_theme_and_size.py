"""Pictures follow the theme and the size of the page, and a panel goes full screen."""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.browser

CELLS = """
from dremeta_lite.lab import LivePanel, views
from dremeta_lite.meta import MAML
from dremeta_lite.tasks import Navigation2D
family, NAMES = Navigation2D(), ("inner_lr", "meta_lr", "inner_steps", "tasks", "trajectories", "second_order")
panel = LivePanel("maml", lambda seed: MAML(family, seed), views.AdaptationView(family), controls=NAMES)
panel.show()
"""
PLAYGROUND = """
from dremeta_lite.lab.playground import Playground, pretrained
Playground({"MAML": pretrained("maml"), "pooled": pretrained("pooled")}).show()
"""
SIZES = ((1280, 900), (1920, 1080))
CLIPPED = "all => all.filter(x => x.scrollWidth > x.clientWidth + 1).map(x => x.innerText)"


@pytest.fixture(scope="module")
def notebook(serve: Any, shared_page: Any) -> Iterator[Any]:
    """In JupyterLab with its file browser open."""
    server = serve()
    page = shared_page
    page.open(server, server.write("themes", CELLS, PLAYGROUND), address="lab/tree")
    page.command("filebrowser:activate")  # an earlier page may have left it closed
    page.page.locator(".jp-FileBrowser").wait_for()
    page.run_all()
    page.panel("maml").image.wait_for()
    page.panel("playground").image.wait_for()
    yield page
    server.shut_down_kernels()


def use(page: Any, theme: str, size: tuple[int, int]) -> None:
    page.page.set_viewport_size({"width": size[0], "height": size[1]})
    page.command("apputils:change-theme", theme=f"JupyterLab {theme}")
    page.page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=f"JupyterLab {theme}")
    page.page.locator("#jupyterlab-splash").wait_for(state="hidden")
    page.page.wait_for_timeout(1500)


def pixels(locator: Any) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("RGB"), dtype=int)


@pytest.mark.parametrize("theme", ["Dark", "Light"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_whole_panel_is_seen_at_once_and_the_picture_has_the_pages_colour(notebook: Any, size: tuple[int, int], theme: str) -> None:
    use(notebook, theme, size)
    for name in ("maml", "playground"):
        panel = notebook.panel(name)
        panel.locator.evaluate("panel => panel.scrollIntoView({block: 'start'})")
        notebook.page.wait_for_timeout(1000)
        notebook.screenshot(f"theme-{name}-{theme.lower()}-{size[0]}")
        around, seen = panel.locator.bounding_box(), notebook.page.locator(".jp-WindowedPanel-outer").bounding_box()
        assert around["height"] <= seen["height"]
        picture = panel.image.bounding_box()
        assert picture["width"] > 0.9 * around["width"] and picture["x"] + picture["width"] <= around["x"] + around["width"]
        shown, wide = pixels(panel.image), panel.image.evaluate("canvas => canvas.width")
        behind = pixels(panel.summary)[0, 0]
        assert np.abs(shown[3, 3] - behind).max() <= 2
        assert (behind.mean() < 60) == (theme == "Dark")
        assert wide == pytest.approx(min(picture["width"], 1800), abs=25)  # drawn as large as it is shown
        assert panel.locator.locator("label, button, .dremeta-status, .dremeta-summary").evaluate_all(CLIPPED) == []


def test_nothing_is_cut_off_at_200_percent(notebook: Any) -> None:
    """A laptop's page, zoomed: half as many CSS pixels; with the file browser there is little room."""
    use(notebook, "Light", (640, 450))
    for name in ("maml", "playground"):
        panel = notebook.panel(name).locator
        assert panel.evaluate("x => x.scrollWidth <= x.clientWidth + 1")
        assert panel.locator("label, button, .dremeta-status, .dremeta-summary").evaluate_all(CLIPPED) == []


def test_the_theme_is_switched_while_a_training_runs(notebook: Any) -> None:
    panel = notebook.panel("maml")
    use(notebook, "Light", SIZES[0])
    panel.press("Start", "running")
    for theme in ("Dark", "Light"):
        use(notebook, theme, SIZES[0])
        assert (pixels(panel.image)[3, 3].mean() < 60) == (theme == "Dark")
    assert panel.count_pictures(3) >= 3
    panel.press("Pause", "paused")
    assert notebook.errors == []


def test_presenting_shows_the_picture_large_with_start_and_pause(notebook: Any) -> None:
    use(notebook, "Dark", SIZES[0])
    panel = notebook.panel("maml")
    small = panel.image.bounding_box()["width"]
    panel.button("Present").click()
    panel.button("Leave").wait_for()
    notebook.page.wait_for_timeout(1000)
    assert panel.image.bounding_box()["width"] > 1.2 * small
    for name, seen in (("Start", True), ("Pause", True), ("Step", False), ("Reset", False)):
        assert panel.button(name).is_visible() == seen
    assert not panel.box("α inner learning rate").is_visible()
    assert float(panel.status.evaluate("x => getComputedStyle(x).fontSize").removesuffix("px")) >= 18
    panel.press("Start", "running")
    panel.wait_for_iteration(panel.iteration() + 1)
    panel.press("Pause", "paused")
    notebook.screenshot("presenting")
    panel.button("Leave").click()
    panel.button("Present").wait_for()
    assert panel.button("Step").is_visible() and notebook.errors == []


def test_still_pictures_follow_the_theme(notebook: Any) -> None:
    notebook.run_new_cell(
        "from dremeta_lite.lab import views\nviews.show_curves('A line that rises.', [1, 2, 3], {'A title': {'a': [1, 2, 3]}}, 'x', 'y')"
    )
    image = notebook.page.locator(".dremeta-paper img").last
    for theme in ("Dark", "Light"):
        use(notebook, theme, SIZES[0])
        image.scroll_into_view_if_needed()
        notebook.screenshot(f"still-{theme.lower()}")
        assert (pixels(image)[3, 3].mean() < 60) == (theme == "Dark")
    assert image.get_attribute("alt")
