"""Pictures that are touched, in a real JupyterLab: dragged, moved with keys, read off."""

from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.browser

PLAYGROUND = """
from dremeta_lite.lab.playground import Playground, pretrained
playground = Playground({"MAML": pretrained("maml")})
playground.show()
"""
GOAL = "print(playground.hyper.goal_x, playground.hyper.goal_y)"

Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def notebook(serve: Any, shared_page: Any) -> Iterator[Any]:
    server = serve()
    shared_page.open(server, server.write("touch", ""))
    yield shared_page
    server.shut_down_kernels()


def centre(locator: Any) -> tuple[float, float]:
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Any, start: tuple[float, float], by: tuple[float, float], steps: int = 12) -> None:
    """Press at a place and move; the button stays down."""
    page.page.mouse.move(*start)
    page.page.mouse.down()
    for i in range(1, steps + 1):
        page.page.mouse.move(start[0] + by[0] * i / steps, start[1] + by[1] * i / steps)


def shown(page: Any) -> Any:
    """The playground, once its canvas is there."""
    panel = page.panel("playground")
    panel.settle()
    return panel


def test_the_star_is_dragged_and_all_say_the_same(opened: Opened) -> None:
    from playwright.sync_api import expect

    page = opened(PLAYGROUND)
    panel = shown(page)
    star, area = panel.handle("goal"), panel.area("Your task").bounding_box()
    frame, before = panel.image.get_attribute("data-frame"), centre(star)
    unit = area["width"] / 1.36  # pixels of a plane unit
    drag(page, before, (-0.5 * unit, 0.3 * unit))
    assert centre(star) == pytest.approx((before[0] - 0.5 * unit, before[1] + 0.3 * unit), abs=1)  # at once, whatever the kernel does
    page.screenshot("touch-dragging")
    page.page.mouse.up()
    page.ask_until(GOAL, "-0.15 -0.08")
    panel.summary.get_by_text("Goal at (-0.15, -0.08)").wait_for()
    page.expect_value(panel.box("goal x"), "-0.15")
    page.expect_value(panel.box("goal y"), "-0.08")
    expect(star).to_have_attribute("aria-valuetext", "goal x -0.15, goal y -0.08")  # when the last move has been answered
    expect(panel.locator.locator(".dremeta-said")).to_have_text(panel.summary.inner_text())
    assert panel.image.get_attribute("data-frame") != frame
    assert panel.image.get_attribute("aria-label") == panel.summary.inner_text()
    assert panel.slider("goal_x").get_attribute("aria-valuetext") == "-0.15"
    panel.type("goal x", "0.4")  # and the other way round
    page.page.wait_for_function("star => star.getAttribute('aria-valuetext').startsWith('goal x 0.4,')", arg=star.element_handle())
    assert centre(star)[0] == pytest.approx(before[0] + 0.05 * unit, abs=1)
    assert page.errors == []


def test_the_star_jumps_to_a_click_and_moves_with_the_arrow_keys(opened: Opened) -> None:
    page = opened(PLAYGROUND)
    panel = shown(page)
    area = panel.area("Your task").bounding_box()
    page.page.mouse.click(area["x"] + area["width"] / 2, area["y"] + area["height"] / 4)
    page.ask_until(GOAL, "0.0 0.34")
    assert panel.handle("goal").evaluate("star => star === document.activeElement")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowLeft"):
        page.page.keyboard.press(key)
    page.ask_until(GOAL, "-0.03 0.33")
    page.page.keyboard.press("Shift+Tab")
    assert page.page.evaluate("document.activeElement.ariaLabel").startswith("Your task.")
    assert page.errors == []


PLAYERS = """
from dremeta_lite import Bandit, GridWorld, HiddenLanguage
from dremeta_lite.lab import PlayBandit, PlayLanguage
from dremeta_lite.lab.play import Play
words, arms, walk = PlayLanguage(HiddenLanguage()), PlayBandit(Bandit(3, 9)), Play(GridWorld())
for player in (words, arms, walk):
    player.show()
"""


@pytest.mark.parametrize(
    ("name", "button", "key", "done", "twice"),
    [
        ("play-language", "Jump", "3", "[a for _, a, _ in words.trial.tries]", "[0, 2]"),
        ("play-bandit", "Arm 1", "2", "arms.trial.actions", "[0, 1]"),
        ("play", "Up", "ArrowRight", "[int(step.action) for step in walk.episode.steps]", "[0, 1]"),
    ],
)
def test_keys_go_on_where_a_button_was_pressed(opened: Opened, name: str, button: str, key: str, done: str, twice: str) -> None:
    page = opened(PLAYERS)
    panel = page.panel(name)
    panel.settle()
    panel.button(button).click()
    page.ask_until(f"print(len({done}))", "1")
    page.page.keyboard.press(key)
    page.ask_until(f"print({done})", twice)
    page.page.keyboard.press("x")  # no key of its
    assert page.ask(f"print({done})") == twice and page.errors == []


def test_values_are_read_off_by_hovering_and_with_the_keys(opened: Opened) -> None:
    page = opened(PLAYGROUND)
    panel = shown(page)
    area, tip = panel.area("Return after k steps"), panel.locator.locator(".dremeta-tip")
    read = "print(*[f'{y:.3g}' for y in playground.view.curve.series['return'][1]])"
    returns = page.ask(read).split()
    area.hover(position={"x": 10, "y": 50})
    tip.get_by_text(f"return {returns[0]}").wait_for()
    page.screenshot("touch-reading")
    moved = page.ask(f"playground.move({{'goal_x': -0.4}}); playground.repaint(); {read}").split()
    tip.get_by_text(f"return {moved[0]}").wait_for()  # the picture has changed under the pointer
    assert moved[0] != returns[0] == page.ask(f"playground.move({{'goal_x': 0.35}}); playground.repaint(); {read}").split()[0]
    page.page.mouse.move(5, 5)
    tip.wait_for(state="hidden")
    area.focus()
    for _ in range(3):  # the first shows the cursor
        page.page.keyboard.press("Shift+ArrowLeft")
    panel.locator.locator(".dremeta-said").get_by_text(f"return {returns[1]}").wait_for()
    assert page.ask(GOAL) == "0.35 0.22" and page.errors == []


def test_the_notebooks_shortcuts_stay_away_esc_leads_back_to_the_cell_and_sliders_have_names(opened: Opened) -> None:
    page = opened(PLAYGROUND)
    panel = shown(page)
    for part in (panel.area("Your task"), panel.handle("goal"), panel.slider("goal_x")):
        part.focus()
        for _ in range(2):
            page.page.keyboard.press("d")
        page.page.wait_for_timeout(300)
        page.page.keyboard.press("Escape")
        assert page.page.evaluate("document.activeElement.classList.contains('jp-CodeCell')")
    assert page.page.locator(".jp-CodeCell").count() == 1
    assert panel.slider("goal_x").get_attribute("aria-label") == "goal x"
    assert panel.slider("goal_x").get_attribute("aria-valuetext") == "0.35"
    assert page.faults() == []


def test_while_a_cell_runs_there_is_one_picture_and_it_says_that_a_touch_waits(opened: Opened, serve: Any) -> None:
    flag = serve().folder / "go on"
    page = opened(f"{PLAYGROUND}\nimport pathlib, time\nwhile not pathlib.Path({str(flag)!r}).exists():\n    time.sleep(0.05)")
    panel = page.panel("playground")
    panel.image.wait_for()  # it does not settle: the kernel has no time to draw it as large as it is shown
    assert panel.locator.locator("img").is_hidden()
    panel.handle("goal").press("ArrowUp")
    waiting = panel.locator.locator(".dremeta-waiting")
    waiting.wait_for()
    flag.touch()
    waiting.wait_for(state="detached")
    page.ask_until(GOAL, "0.35 0.23")
    assert page.errors == []


def test_a_reloaded_page_and_a_second_view_answer_too(opened: Opened) -> None:
    from playwright.sync_api import expect

    page = opened(PLAYGROUND, "playground.show()")
    page.page.locator(".dremeta-panel-playground canvas").nth(1).wait_for()
    page.save()
    page.reload()
    for n, y in enumerate(("0.22", "0.23")):
        panel = page.panel("playground", n)
        panel.image.wait_for()
        panel.locator.get_by_role("img").and_(panel.locator.locator(".widget-image")).wait_for(state="hidden")
        expect(panel.handle("goal")).to_have_attribute("aria-valuetext", f"goal x 0.35, goal y {y}")  # each view hears of the other's move
        panel.handle("goal").press("ArrowUp")
        page.ask_until(GOAL, ("0.35 0.23", "0.35 0.24")[n])
    stars = [page.panel("playground", n).handle("goal") for n in (0, 1)]
    page.page.wait_for_function("stars => stars[0].ariaValueText === stars[1].ariaValueText", arg=[star.element_handle() for star in stars])


@pytest.mark.parametrize("trouble", ["module", "script"])
def test_without_the_canvas_the_plain_image_appears(opened: Opened, trouble: str) -> None:
    """The front end's module does not load; or our own script fails in it."""
    broken = "from dremeta_lite.lab import touch\ntouch.Canvas._esm, whole = 'throw new Error()', touch.Canvas._esm\n"
    page = opened("")
    if trouble == "module":
        page.page.context.route("**/extensions/anywidget/static/**", lambda route: route.abort())
        page.reload()
        page.put_cells(PLAYGROUND)
    else:
        page.put_cells(broken + PLAYGROUND + "touch.Canvas._esm = whole")
    try:
        page.run_all()
        panel = page.panel("playground")
        image = panel.locator.locator("img")
        image.wait_for()
        picture = image.get_attribute("src")
        panel.type("goal x", "-0.4")
        panel.summary.get_by_text("Goal at (-0.4,").wait_for()
        page.page.wait_for_function("([image, old]) => image.src !== old", arg=[image.element_handle(), picture])
        page.page.wait_for_timeout(500)
        page.screenshot(f"touch-without-{trouble}")
        assert "Goal at (-0.4," in image.get_attribute("title") and image.is_visible()
        assert panel.locator.get_by_text("Error").filter(visible=True).count() == 0
    finally:
        page.page.context.unroute_all()
        page.reload()


FRAMES = """
import time
def frames(n):
    '''Show so many frames that differ, at most 60 a second.'''
    png = playground.image.frame
    for i in range(n):
        playground.image.show(png + bytes([i % 251]) * 8, f"frame {i}", playground.image.canvas.regions)  # bytes behind its end are ignored
        time.sleep(1 / 60)
"""


def megabytes() -> float:
    """What the browser's processes hold."""
    return sum(process.memory_info().rss for process in psutil.Process().children(recursive=True) if "chrom" in process.name()) / 2**20


@pytest.mark.parametrize("frames", [400, pytest.param(5000, marks=pytest.mark.slow)])
def test_the_pages_memory_does_not_grow_with_the_frames(opened: Opened, frames: int) -> None:
    page = opened(PLAYGROUND)
    panel = shown(page)
    drawn = lambda: int(panel.image.get_attribute("data-frame"))
    page.ask(f"{FRAMES}\nframes(100)")
    before, first = megabytes(), drawn()
    page.ask(f"frames({frames})")
    last = f"image => image.getAttribute('aria-label') === 'frame {frames - 1}'"
    page.page.wait_for_function(last, arg=panel.image.element_handle())
    print(f"{drawn() - first} frames drawn of {frames}: from {before:.0f} to {megabytes():.0f} MB")
    assert megabytes() - before < 100  # what a plain image took grew by 0.12 MB a frame
