"""The parts that pictures are made of: what is drawn are the numbers, limits are calm, and words follow."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from dremeta_lite.lab.parts import Column, Curves, Heat, History, Line, Part, Row, compared, since_restart, trailing_mean
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.runner import Change


def runner(*values: float, **more: Any) -> Any:
    """What a part is shown: a history of one number."""
    learner = SimpleNamespace(iteration=len(values), height=2.0)
    return SimpleNamespace(history=[{"value": v} for v in values], changes=[], learner=learner, state="running", **more)


def made(part: Part) -> Any:
    part.setup(Figure().add_subplot())
    return part


LOOK = {"color": "#0072B2"}


def test_a_history_is_its_numbers_beside_yardsticks() -> None:
    part = made(History([Line("value", LOOK)], {"top": 5.0, "bottom": 0.0}, xlabel="meta-iteration"))
    part.update(runner())
    assert part.words() == "Nothing has been trained yet. To compare: top 5.0, bottom 0.0."
    assert part.series["value"].shape == (2, 0) and part.axes.get_ylim() == pytest.approx((-0.25, 5.25))
    part.update(runner(1.0, 4.0, 3.0))
    assert part.series["value"].tolist() == [[1, 2, 3], [1, 4, 3]]
    assert part.words() == "Meta-iteration 3: value 3.0. To compare: top 5.0, bottom 0.0."
    assert part.axes.get_xlim() == (-2.0, 42.0), "room for 40 iterations from the start"
    part.update(runner(1.0, 4.0, 3.0, -20.0))
    assert part.axes.get_ylim()[0] < -20 and part.axes.get_ylim()[1] == pytest.approx(5.25), "only the side that was left moves"
    assert [text.get_text() for text in part.axes.texts] == ["bottom", "top"]


def test_a_history_says_what_its_template_says() -> None:
    part = made(History([Line("value", LOOK, "raw"), Line("value", LOOK, window=2)], words="mean {value:.2f}", limits=(0.0, 9.0)))
    part.update(runner(1.0, 2.0, 4.0))
    assert part.words() == "Iteration 3: mean 3.00." and part.axes.get_ylim() == (0.0, 9.0)
    assert part.series["value"][1].tolist() == [1.0, 1.5, 3.0]
    assert [text.get_text() for text in part.axes.get_legend().texts] == ["raw"]


def test_yardsticks_may_follow_the_learner_and_moved_sliders_leave_marks() -> None:
    part = made(History([Line("value", LOOK)], lambda learner: {"now": learner.height}, span=(0, 1), smallest=0.5))
    now = runner(0.1, 0.7)
    now.changes = [Change(1, "alpha", "α", 1.0, 2.0)]
    part.update(now)
    assert part.heights == {"now": 2.0} and part.series["value"][1].tolist() == [0.5, 0.7]
    assert "α" in [text.get_text() for text in part.axes.texts]


def test_a_logarithmic_axis_grows_by_powers_of_ten_and_a_second_part_does_not_count() -> None:
    part = made(History([Line("value", LOOK)], log=(1e-2, 3.0), smallest=1e-4, words="Error {value:.1f} of {more:.0f}", counted=False))
    assert part.axes.get_yscale() == "log" and part.axes.get_ylim() == (0.01, 3.0)
    now = runner(1.0, 4.0)
    now.history[-1]["more"] = 7
    part.update(now)
    assert part.axes.get_ylim() == (0.01, 10.0) and part.words() == "Error 4.0 of 7."
    part.template = ""
    part.update(runner(1.0, 4.0, 0.0))
    assert part.axes.get_ylim() == (1e-4, 10.0) and part.series["value"][1, -1] == 1e-4


def test_nothing_to_show_has_an_axis_from_0_to_1() -> None:
    part = made(History([Line("value", LOOK)]))
    part.update(runner())
    assert part.axes.get_ylim() == pytest.approx((-0.05, 1.05)) and part.words() == "Nothing has been trained yet."
    alone = made(History([Line("value", LOOK)], {"oracle": 37.0}))
    alone.update(runner())
    assert [text.get_text() for text in alone.axes.texts] == ["oracle"], "seen before the first iteration"


def test_curves_beside_curves() -> None:
    part = made(Curves({"a": LOOK, "b": LOOK, "_here": LOOK}, xlim=(0, 1), marks={"half": 0.5}, title="Two"))
    assert [text.get_text() for text in part.axes.texts] == ["half"] and part.axes.get_xlim() == (0, 1)
    part.show({"a": [1, 5, 2]}, {"best": np.array([6.0, 7.0]), "height": 3.0})
    assert part.series["a"].tolist() == [[1, 2, 3], [1, 5, 2]] and part.series["b"].shape == (2, 0)
    limits = part.axes.get_ylim()
    assert limits == pytest.approx((0.7, 7.3)) and {text.get_text() for text in part.axes.texts} == {"half", "best", "height"}
    part.show({"a": [2, 2], "b": [3]}, x={"a": [0, 2], "b": [1]})
    assert part.series["a"].tolist() == [[0, 2], [2, 2]] and part.series["b"].tolist() == [[1], [3]]
    part.show({"a": [2, 3], "b": ([5, 7], [3, 4])}, x=np.array([8, 9, 10]))
    assert part.series["a"].tolist() == [[8, 9], [2, 3]] and part.series["b"].tolist() == [[5, 7], [3, 4]]
    assert part.axes.get_ylim() == limits, "calm while the data fit"
    assert [text.get_text() for text in part.axes.get_legend().texts] == ["a", "b"]


def test_heat() -> None:
    part = made(Heat(2, 2, limits=(-10, 0), white_below=-5, bold=True))
    part.show([[-8, -2], [0, -7]])
    assert [text.get_text() for text in part.texts] == ["-8", "-2", "0", "-7"]
    assert [text.get_color() == "white" for text in part.texts] == [True, False, False, True]
    assert np.asarray(part.shades.get_array()).tolist() == [[-8, -2], [0, -7]]
    counts = made(Heat(1, 2, limits=(0, 9), blank=True, xticks=[]))
    counts.show([[0, 3]])
    assert [text.get_text() for text in counts.texts] == ["", "3"] and len(counts.axes.get_xticks()) == 0


def test_parts_stand_side_by_side_and_below_each_other() -> None:
    one, two, three = (History([Line("value", LOOK)], {name: 1.0}) for name in "abc")
    order: list[str] = []
    first: Any = SimpleNamespace(update=lambda now: order.append("first"), words=lambda: "Last.")
    view = Row(one, Column(two, three, heights=(2, 1)), widths=(1.5, 1), size=(6, 3), first=first)
    picture = Picture(view)
    now = runner(2.0)
    assert picture.draw(now).startswith(b"\x89PNG") and picture.size == (600, 300) and order == ["first"]
    boxes = [axes.get_position() for axes in picture.figure.axes]
    assert boxes[0].x1 < boxes[1].x0 and boxes[1].y0 > boxes[2].y1 and boxes[1].height > boxes[2].height
    assert view.summary() == " ".join(f"Iteration 1: value 2.0. To compare: {name} 1.0." for name in "abc") + " Last."
    picture.draw(now)
    redraws = picture.redraws
    picture.draw(now)
    assert picture.redraws == redraws, "nothing in the background has changed"


def test_one_point_alone_is_a_dot_and_two_are_a_line() -> None:
    curves, history = made(Curves({"a": LOOK})), made(History([Line("value", LOOK)]))
    for values, marker in (([2.0], "o"), ([2.0, 3.0], "None"), ([], "None")):
        curves.show({"a": values})
        history.update(runner(*values))
        assert curves.drawn["a"].get_marker() == marker == history.drawn["value 0"].get_marker()
    curves.show({"a": [2.0, np.nan]})
    assert curves.drawn["a"].get_marker() == "o"
    dashed = made(Curves({"a": {**LOOK, "marker": "s"}}))
    dashed.show({"a": [1.0]})
    assert dashed.drawn["a"].get_marker() == "s"


@pytest.mark.parametrize("look", [{"marker": "o", "ms": 12, "ls": ""}, {"ms": 12}], ids=["marker", "one point"])
def test_a_marker_on_the_edge_of_the_axes_is_drawn_whole(look: Any) -> None:
    """In ink: as much of it left of the axes as right of them."""
    figure = Figure(figsize=(4, 4), dpi=100)
    part = Curves({"a": {"color": "black", **look}}, xlim=(0, 1), ylim=(0, 1))
    part.setup(axes := figure.add_subplot())
    axes.axis("off")
    part.show({"a": [0.5]}, x=np.array([0.0]))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    dark = np.asarray(canvas.buffer_rgba())[..., 0] < 128
    edge = round(axes.bbox.x0)
    assert dark[:, edge - 12 : edge].sum() == pytest.approx(dark[:, edge : edge + 12].sum(), rel=0.15) and dark.sum() > 100


def test_since_restart() -> None:
    rows = [{"episodes": n} for n in (1, 2, 3, 1, 2)]
    assert since_restart(rows, "episodes") == rows[3:] and since_restart(rows[:2], "episodes") == rows[:2]
    assert since_restart([], "episodes") == []


def test_the_trailing_mean_by_hand() -> None:
    assert trailing_mean(np.array([1.0, 3.0, 8.0, 2.0]), 2).tolist() == [1.0, 2.0, 5.5, 5.0]
    assert trailing_mean([], 3).tolist() == [] and trailing_mean([1.0, 5.0], 1).tolist() == [1, 5]
    assert compared({}) == "" and compared({"a": 1, "b": 2.25}, ".2f") == "To compare: a 1.00, b 2.25."
