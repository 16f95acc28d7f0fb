"""The page that needs no install, as a visitor meets it: opened as a file, without a network, by mouse, finger and keyboard."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from pages import SCREENSHOTS
from serving import PATIENCE
from torch import Tensor

from dremeta_lite.lab.playground import pretrained
from dremeta_lite.lab.views.navigation import path, walks
from dremeta_lite.meta.evaluation import Adaptation, adapt_to, oracle, standing_still
from dremeta_lite.policies import GaussianMLP
from dremeta_lite.recording import try_it
from dremeta_lite.tasks import Navigation2D
from dremeta_lite.tasks.navigation import NavigationTask

pytestmark = pytest.mark.browser
GOALS = [(0.35, 0.22), (-0.41, 0.13), (0.05, -0.02), (-0.5, -0.5), (0.137, 0.481)]
PHASES = """([name, goal, seed]) => [...adapt(STARTS[name], goal, noiseOf(seed))].map(({episodes, walk}) => ({
    mean: episodes.mean, length: [...episodes.length], seen: [...walk.seen], walked: walk.length[0]}))"""


@contextlib.contextmanager
def opened(browser: Any, name: str, **how: Any) -> Iterator[Any]:
    """The page as a file in a browser without network; nothing goes wrong while it is open, and it asks for nothing else."""
    context = browser.new_context(offline=True, **{"viewport": {"width": 1280, "height": 900}, **how})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors, asked = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(try_it.FILE.as_uri())
    settle(page)
    yield page
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"try-it-{name}.png")
    assert (errors, asked) == ([], [try_it.FILE.as_uri()])
    context.close()


def settle(page: Any) -> None:
    """Wait until what was moved is drawn, and all phases are learned."""
    page.wait_for_function("() => new Promise(done => requestAnimationFrame(() => done(!frame && phases.length > MOST)))")


def goal_of(page: Any) -> list[float]:
    settle(page)
    return page.evaluate("state.goal")


def spot(page: Any, x: float, y: float) -> tuple[float, float]:
    """Where a place of the plane lies on the screen."""
    box = page.locator("#map").bounding_box()
    return box["x"] + (x + 0.68) / 1.36 * box["width"], box["y"] + (0.68 - y) / 1.36 * box["height"]


class OnThisNoise(GaussianMLP):
    """A policy whose noise is given, [phase, trajectory, time, action], in the order in which it is asked for."""

    given: Iterator[Tensor]

    def noise(self, shape: tuple[int, ...], rng: torch.Generator) -> Tensor:
        return next(self.given).transpose(0, 1).reshape(*shape, 2)


def adapted(name: str, goal: Sequence[float], z: Tensor, alpha: float) -> tuple[Adaptation, list[Any]]:
    """What the package makes of a start: its phases, and the path of the mean action in each. In float64, as the page computes."""
    policy, theta = OnThisNoise(2, 2), {part: p.double() for part, p in pretrained(name)[1].items()}
    policy.given = iter(z)
    family, task = Navigation2D(), NavigationTask(torch.tensor([goal], dtype=torch.float64))
    found = adapt_to(family, task, policy, theta, inner_lr=alpha, steps=3, trajectories=20, calm=True)
    return found, [np.stack(path(walks(found, last=k)[1].mean, 0, 0), -1) for k in range(4)]


@pytest.mark.parametrize("name", ["maml", "pooled", "fresh"])
def test_it_learns_what_the_package_learns(browser: Any, name: str) -> None:
    """Every return, every episode's length and every path, for goals everywhere and for two seeds: a second implementation."""
    with opened(browser, f"learns-{name}") as page:
        for seed in (0, 1):
            z = torch.tensor(page.evaluate("seed => [...noiseOf(seed)]", seed), dtype=torch.float64).reshape(4, 20, 100, 2)
            assert abs(float(z.mean())) < 0.03 and abs(float(z.std()) - 1) < 0.03
            for goal in GOALS:
                phases = page.evaluate(PHASES, [name, goal, seed])
                adaptation, mean_paths = adapted(name, goal, z, page.evaluate("name => STARTS[name].alpha", name))
                assert [phase["mean"] for phase in phases] == pytest.approx(adaptation.returns()[:, 0].tolist(), abs=1e-4)
                for phase, trajectories, mean_path in zip(phases, adaptation.trajectories, mean_paths, strict=True):
                    assert phase["length"] == trajectories.mask[0].sum(-1).int().tolist()
                    walked = np.array(phase["seen"]).reshape(100, 2)[: phase["walked"]]
                    assert walked == pytest.approx(mean_path, abs=1e-5)


def test_its_yardsticks(browser: Any) -> None:
    with opened(browser, "yardsticks") as page:
        for goal in (*GOALS, (0.0, 0.0)):
            task = NavigationTask(torch.tensor([goal], dtype=torch.float64))
            still, best = page.evaluate("goal => [follow(goal, () => 0), follow(goal, distance => distance)]", goal)
            assert (still, best) == pytest.approx((standing_still(Navigation2D(), task).item(), oracle(Navigation2D(), task).item()))


def test_the_first_minute(browser: Any) -> None:
    """Guess; let it walk; learn one step; another start; other episodes. The words say what the picture shows."""
    with opened(browser, "first-minute") as page:
        walker, said, learn = page.locator("#walker"), page.locator("#said"), page.locator("#learn")
        assert not walker.is_visible() and "Guess first" in page.locator("#why").inner_text()
        learn.click()
        walker.wait_for()
        settle(page)
        before = page.evaluate("phases[0].episodes.mean")
        assert f"After 0 gradient steps the return is −{-before:.1f}" in said.inner_text()
        learn.click()
        settle(page)
        after = page.evaluate("phases[1].episodes.mean")
        assert after > before + 20 and f"After 1 gradient step the return is −{-after:.1f}" in said.inner_text()
        page.get_by_text("The path ends").wait_for(state="attached")
        assert page.get_by_role("status").inner_text().startswith("Start: MAML. Star at 0.35, 0.22. The path ends 0.")
        page.get_by_role("radio", name="fresh").check(force=True)
        settle(page)
        assert page.evaluate("phases[1].episodes.mean") < after - 10, "a start that was never trained"
        page.get_by_role("button", name="other random episodes").click()
        settle(page)
        assert page.evaluate("state.seed") == 1 and page.evaluate("state.k") == 1


def test_by_mouse(browser: Any) -> None:
    with opened(browser, "mouse") as page:
        page.get_by_role("radio", name="1", exact=True).check(force=True)
        page.mouse.move(*spot(page, 0.35, 0.22))
        page.mouse.down()
        drawn = set()
        for i in range(1, 21):
            page.mouse.move(*spot(page, 0.35 - 0.04 * i, 0.22 - 0.02 * i))
            settle(page)
            drawn.add(page.locator("#after").get_attribute("d"))
        page.mouse.up()
        assert goal_of(page) == [-0.45, -0.18] and len(drawn) == 20, "the path bends with every move"
        assert page.get_by_label("goal x").input_value() == "-0.45"
        page.mouse.move(*spot(page, 0, 0))
        assert goal_of(page) == [-0.45, -0.18], "let go is let go"
        page.mouse.move(*spot(page, -0.45 + 0.03, -0.18 - 0.02))
        page.mouse.down()
        assert goal_of(page) == [-0.45, -0.18], "the star does not jump to the hand that takes it by its edge"
        page.mouse.move(*spot(page, 0.13, 0.28))
        page.mouse.up()
        assert goal_of(page) == pytest.approx([0.1, 0.3], abs=0.011)
        page.mouse.click(*spot(page, 0.6, 0.1))
        assert goal_of(page) == [0.5, 0.1], "goals stay where goals are drawn"


def test_by_keyboard(browser: Any) -> None:
    """All of it, in the order of the Tab key."""
    with opened(browser, "keyboard") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "map"
        for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowDown", "2"):
            page.keyboard.press(key)
        assert goal_of(page) == [0.33, 0.14] and page.evaluate("state.k") == 2
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowLeft")
        assert goal_of(page) == [0.32, 0.14], "the slider says the same, and finer"
        for _ in range(2):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        settle(page)
        assert page.evaluate("state.k") == 3 and page.locator("#learn").inner_text() == "Forget it all"
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        settle(page)
        assert page.evaluate("[state.k, state.start]") == [2, "pooled"]


PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


def test_on_a_phone_in_the_dark(browser: Any) -> None:
    with opened(browser, "phone", color_scheme="dark", **PHONE) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert page.locator("#learn").bounding_box()["y"] + 40 < 740, "the first button is seen at once"
        page.locator("#learn").tap()
        page.touchscreen.tap(*spot(page, -0.3, 0.1))
        assert goal_of(page) == pytest.approx([-0.3, 0.1], abs=0.011)
        touch = page.context.new_cdp_session(page)
        send = lambda kind, *at: touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in at]})
        send("touchStart", spot(page, *goal_of(page)))
        for i in range(1, 6):
            send("touchMove", spot(page, -0.3 + 0.1 * i, 0.1 - 0.08 * i))
        send("touchEnd")
        assert goal_of(page) == pytest.approx([0.2, -0.3], abs=0.011) and page.evaluate("scrollY") == 0


PAIRS = [("ink", "paper"), ("grey", "paper"), ("grey", "soft"), ("blue", "paper"), ("blue", "soft"), ("on-blue", "blue")]


def contrast(*colours: str) -> float:
    """As the WCAG define it: 1 not at all, 21 black on white."""
    linear = lambda c: c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
    light = lambda rgb: sum(w * linear(int(rgb[i : i + 2], 16) / 255) for w, i in zip((0.2126, 0.7152, 0.0722), (1, 3, 5), strict=True))
    dark, bright = sorted(light(colour) for colour in colours)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("width", "height"), [(390, 664), (320, 568), (750, 342)])
def test_on_a_phone_the_map_stays_in_sight(browser: Any, width: int, height: int) -> None:
    """The whole of it where the result is read; upright, where the button that learns is pressed as well."""
    how = {"viewport": {"width": width, "height": height}, "has_touch": True, "is_mobile": True}
    with opened(browser, f"phone-{width}", **how) as page:
        page.locator("#learn").tap()
        for part in ("#learn", "#said") if height > width else ("#said",):
            page.locator(part).scroll_into_view_if_needed()
            box = page.locator("#map").bounding_box()
            assert box["y"] >= -1 and box["y"] + box["height"] <= height and box["width"] >= 0.35 * width
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read(browser: Any, scheme: str) -> None:
    with opened(browser, scheme, color_scheme=scheme) as page:
        colour = "name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()"
        for pair in PAIRS:
            assert contrast(*(page.evaluate(colour, name) for name in pair)) > 4.5, pair
        page.locator("#learn").click()
        page.locator("#learn").click()
        page.wait_for_timeout(1600)


def test_nothing_moves_by_itself_where_that_is_not_wanted(browser: Any) -> None:
    with opened(browser, "calm", reduced_motion="reduce") as page:
        page.locator("#learn").click()
        settle(page)
        first = page.locator("#after").get_attribute("d")
        page.wait_for_timeout(200)
        assert page.locator("#after").get_attribute("d") == first
