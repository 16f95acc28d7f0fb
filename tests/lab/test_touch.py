"""Pictures that are touched, without a browser: where things lie, what messages do, and what is refused."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from toy import Climb, words

from dremeta_lite.hyper import HyperParameters, Real, Whole
from dremeta_lite.lab.controls import NumberControl
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.panel import LivePanel
from dremeta_lite.lab.parts import Curves, Handle, Heat, History, Line, Part, Row
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.playground import Playground, pretrained
from dremeta_lite.lab.regions import regions
from dremeta_lite.lab.touch import Refused, TouchPicture, read_touch
from dremeta_lite.lab.views.grid import GridMap
from dremeta_lite.tasks import GridWorld


class ToyHyper(HyperParameters):
    across = Real(2.0, low=0, high=10, help="from left to right")
    up = Whole(3, low=1, high=8, help="from bottom to top")


class Pad(Part):
    """Answers to everything, and writes down what it was told."""

    keys: Mapping[str, str] = {"ArrowUp": "up"}

    def __init__(self) -> None:
        self.handles = [Handle("ball", x="across", y="up", mark="star"), Handle("free", at=(1.0, 2.0), moved=self.told("moved"))]
        self.heard: list[tuple[Any, ...]] = []
        self.pressed, self.clicked, self.stroked, self.held = (self.told(name) for name in ("pressed", "clicked", "stroked", "held"))
        self.released = self.told("released")

    def told(self, name: str) -> Callable[..., None]:
        return lambda *what: self.heard.append((name, *what))

    def setup(self, axes: Axes) -> list[Any]:
        axes.set(title="The pad", xlim=(0, 10), ylim=(8, 0.1), xlabel="across (m)")
        return self.lines(axes, {"line": {"color": "black"}})


@pytest.fixture
def pad() -> Explorer:
    panel = Explorer("pad", ToyHyper(), Row(Pad(), Curves({"y": {}}, xlim=(1, 1000), ylim=(1, 2), xscale="log")), ["across", "up"])
    panel.paint()
    return panel


def send(panel: Any, **message: Any) -> str:
    """What the page sends; returns what it is answered."""
    answers: list[Any] = []
    panel.image.canvas.send = answers.append
    try:
        panel.image._heard(None, {"n": "a-1", "region": 0, **message}, [])
    finally:
        (answer,) = answers
        assert answer["answered"] == "a-1"
    return answer["text"]


# Where things lie


def test_the_regions_agree_with_matplotlibs_transforms(pad: Explorer) -> None:
    figure = pad.picture.figure
    for region, axes in zip(pad.image.canvas.regions, figure.axes, strict=True):
        for x, y in np.random.default_rng(0).uniform([1, 1], [9, 2], (20, 2)):
            along = [
                math.log(v / low) / math.log(high / low) if log else (v - low) / (high - low)
                for v, (low, high), log in zip((x, y), (region["x"], region["y"]), region["log"], strict=True)
            ]
            left, top, width, height = region["box"]
            pixels = np.array([left + along[0] * width, 1 - top - (1 - along[1]) * height]) * [figure.bbox.width, figure.bbox.height]
            assert pixels == pytest.approx(axes.transData.transform((x, y)), abs=0.01)


def test_a_region_says_what_it_answers_to(pad: Explorer) -> None:
    ours, other = pad.image.canvas.regions
    assert (ours["name"], ours["answers"], ours["keys"]) == ("The pad", ["clicked", "stroked", "held"], {"ArrowUp": "up"})
    ball, free = ours["handles"]
    assert ball["ways"][0] == {"at": 2.0, "low": 0, "high": 10, "step": 0.1, "name": "across"}
    assert ball["ways"][1] == {"at": 3, "low": 1, "high": 8, "step": 1, "name": "up"}
    assert [way["at"] for way in free["ways"]] == [1.0, 2.0]
    assert other["answers"] == other["handles"] == [] and other["keys"] == {}


def test_axes_of_other_scales_are_only_looked_at() -> None:
    view = Row(Curves({"y": {}}, yscale="symlog"))
    view.all_parts()[0].handles = [Handle("ball", x="across")]
    picture = Picture(view)
    picture.canvas.draw()
    (region,) = regions(picture.figure, picture.parts, ToyHyper())
    assert region["handles"] == []


# What messages do


def test_a_handle_moves_its_hyperparameters_and_their_controls(pad: Explorer) -> None:
    frame = pad.image.frame
    send(pad, kind="move", handle=0, path=[[7.123, 4.6]])
    assert pad.hyper.values() == {"across": 7.1, "up": 5}
    for name, value in pad.hyper.values().items():
        control = pad.controls[name]
        assert isinstance(control, NumberControl) and (control.box.value, control.slider.value) == (value, value)
    assert pad.image.canvas.regions[0]["handles"][0]["ways"][0]["at"] == 7.1 and pad.picture.frames == 2
    send(pad, kind="move", handle=0, path=[[-50, 1e9]])
    assert pad.hyper.values() == {"across": 0, "up": 8} and frame


def test_what_is_touched_is_computed_by_one_thread(pad: Explorer, live: None, shown: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Several wait for each other by spinning, and on a busy machine a move takes twenty times as long."""
    monkeypatch.delenv("DREMETA_THREADS", raising=False)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        pad.show()
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_each_kind_reaches_its_answer(pad: Explorer) -> None:
    part: Any = pad.picture.parts[0]
    send(pad, kind="move", handle=1, path=[[1.5, 2.5]])
    send(pad, kind="click", path=[[1, 2], [3, 4]])
    send(pad, kind="stroke", path=[[1, 2], [3, 4]])
    send(pad, kind="hold", path=[[1, 2], [3, 4]])
    send(pad, kind="release", path=[])
    send(pad, kind="key", key="ArrowUp")
    told = [("moved", 1.5, 2.5), ("clicked", 1.0, 2.0), ("clicked", 3.0, 4.0), ("stroked", [(1.0, 2.0), (3.0, 4.0)]), ("held", 3.0, 4.0)]
    assert part.heard == [*told, ("released",), ("pressed", "ArrowUp")] and pad.picture.frames == 7


def test_the_goal_of_the_playground_is_dragged() -> None:
    playground = Playground({"fresh": pretrained("fresh")})
    playground.paint()
    send(playground, kind="move", handle=0, path=[[-0.3, 0.2]])
    assert (playground.hyper.goal_x, playground.hyper.goal_y) == (-0.3, 0.2)
    assert "Goal at (-0.3, 0.2)" in words(playground.summary) == playground.image.words
    star = playground.view.map.series["goal 0"]
    assert star[:, 0].tolist() == pytest.approx([-0.3, 0.2])


class ClimbPad(Part):
    handles = (Handle("step size", x="step_size", mark="line"),)

    def setup(self, axes: Axes) -> list[Any]:
        return self.lines(axes, {"x": {}})


def test_a_handle_in_a_live_panel_leaves_its_mark() -> None:
    panel = LivePanel("touched", Climb, Row(ClimbPad()), controls=["step_size"])
    panel.require(2)
    send(panel, kind="move", handle=0, path=[[0.4567, 0]])
    assert panel.learner.hyper.values()["step_size"] == 0.457
    assert [(change.name, change.new) for change in panel.runner.changes] == [("step_size", 0.457)]
    panel.close()


# What is refused

NO_TOUCHES: list[dict[str, Any]] = [
    {"kind": "explode"},
    {"kind": "move", "region": 2, "path": [[0, 0]]},
    {"kind": "move", "region": -1, "path": [[0, 0]]},
    {"kind": "move", "region": True, "path": [[0, 0]]},
    {"kind": "move", "region": "0", "path": [[0, 0]]},
    {"kind": "move", "handle": 7, "path": [[0, 0]]},
    {"kind": "move", "handle": None, "path": [[0, 0]]},
    {"kind": "move", "path": []},
    {"kind": "move", "path": [[0]]},
    {"kind": "move", "path": [[0, math.nan]]},
    {"kind": "move", "path": [[0, "1"]]},
    {"kind": "read", "path": "here"},
    {"kind": "click", "region": 1, "path": [[1, 1]]},
    {"kind": "stroke", "path": [[1, 1]] * 20_001},
    {"kind": "key", "key": "x"},
    {"kind": "key", "key": "x" * 1000},
    {"kind": "key", "key": 1},
]


@pytest.mark.parametrize("message", NO_TOUCHES, ids=lambda message: str(message)[:50])
def test_bad_messages_are_refused_and_answered(pad: Explorer, message: dict[str, Any]) -> None:
    before = pad.hyper.values()
    send(pad, **message)
    assert words(pad.trouble) and pad.hyper.values() == before and pad.picture.parts[0].heard == []  # type: ignore[attr-defined]
    send(pad, kind="move", handle=0, path=[[4, 4]])
    assert words(pad.trouble) == "" and pad.hyper.values() == {"across": 4, "up": 4}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
)


@given(JSON | st.fixed_dictionaries({"kind": st.just("move"), "region": JSON, "path": JSON, "handle": JSON}))
def test_any_message_is_read_or_refused(message: Any) -> None:
    try:
        touch = read_touch(message, 3)
    except Refused:
        return
    assert touch.region < 3 and all(math.isfinite(v) for place in touch.path for v in place)


def test_what_a_parts_answer_raises_is_answered_too(pad: Explorer) -> None:
    def broken(key: str) -> None:
        raise ZeroDivisionError("the part is broken")

    pad.picture.parts[0].pressed = broken
    with pytest.raises(ZeroDivisionError):
        send(pad, kind="key", key="ArrowUp")


# What is read off


def read(view: Row, x: float, y: float, now: Any = None) -> str:
    picture = Picture(view)
    view.update(now)
    return picture.parts[0].read(x, y)


def test_curves_are_read_at_the_nearest_point() -> None:
    part = Curves({"first": {}, "second": {}, "_hidden": {}, "here": {}}, xlabel="episode (of 5)")
    view = Row(part)
    picture = Picture(view)
    assert picture.parts[0].read(1, 0) == ""
    part.show({"first": [1.0, 2.5, np.nan], "second": ([2, 4], [0.123456, 7]), "_hidden": [1, 2], "here": ([2], [2])})
    assert part.read(2.2, 99) == "episode 2\nfirst 2.5\nsecond 0.123"
    assert part.read(9, 0) == "episode 4\nfirst 2.5 (at 2)\nsecond 7"


def test_a_history_is_read_by_the_names_of_its_lines() -> None:
    panel = LivePanel("read", Climb, Row(History([Line("x", {}, "position"), Line("value", {})], xlabel="iteration")))
    history = panel.require(5)
    told = panel.picture.parts[0].read(3.2, 0)
    assert told == f"iteration 3\nposition {history[2]['x']:.3g}\nvalue {history[2]['value']:.3g}"
    panel.close()


def test_a_matrix_and_a_map_are_read_by_cells() -> None:
    heat = Heat(2, 3, values=np.arange(6.0).reshape(2, 3), limits=(0, 5), bar="reward", xlabel="to", ylabel="from")
    assert read(Row(heat), 1.2, 0.9) == "to 1\nfrom 1\nreward 4" and heat.read(3.0, 0.0) == heat.read(-1.0, 0.0) == ""
    family = GridWorld()
    part = GridMap(family)
    Picture(Row(part))
    free = part.free[1]
    row, column = divmod(free, family.columns)
    part.show(torch.arange(family.n_cells) / 100)
    assert part.read(column, row) == f"row {row}, column {column}\nvalue {free / 100:.3f}"
    wall = family.walls.nonzero()[0].item()
    assert part.read(wall % family.columns, wall // family.columns).endswith("wall")
    assert part.read(-1, 0) == ""


def test_axes_without_a_part_are_read_by_place(pad: Explorer) -> None:
    assert send(pad, kind="read", path=[[2.5, 3]]) == "across 2.5" and pad.picture.frames == 1


# The picture on the page


def test_until_the_page_is_ready_the_plain_image_shows_the_frames(pad: Explorer) -> None:
    picture = pad.image
    assert picture.image.value == picture.canvas.frame == pad.image.frame != b"" and picture.image.tooltip == pad.view.summary()
    picture._heard(None, {"kind": "ready"}, [])
    assert picture.image.layout.display == "none" and picture.image.value == b""
    pad.paint()
    assert picture.image.value == b"" and picture.canvas.frame == picture.frame != b""


def test_a_frame_is_one_message() -> None:
    picture = TouchPicture((900, 400), lambda width: None, lambda touch: "")
    sent: list[set[str]] = []
    picture.canvas.send_state = lambda key=None: sent.append(set(key or ()))  # type: ignore[assignment]
    picture.show(b"png", "what it shows", [{"name": "axes"}])
    assert sent == [{"frame", "words", "regions"}]
