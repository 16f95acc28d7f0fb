"""The picture: valid opaque PNGs, redrawn only when needed, equal to a full drawing; and the helpers of the shared style."""

import io
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import matplotlib.style
import nbformat
import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.formatters import DisplayFormatter
from matplotlib import rc_context, rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from nbconvert import HTMLExporter
from PIL import Image
from toy import Climb, ClimbView

from dremeta_lite.lab.orders import Change
from dremeta_lite.lab.parts import BELOW, Curves, Gliding, Line, Part, Row, Sparingly, pacing
from dremeta_lite.lab.parts.background import ChangeMarks, Yardsticks, dashes_of, grow, set_limits, spread
from dremeta_lite.lab.parts.layout import Together, legend_below
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.playground import PlaygroundHyper, PlaygroundView, pretrained
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.still import Described, show_figure
from dremeta_lite.lab.style import own_look
from dremeta_lite.lab.views.trials import WholeTrial, WithinTrial


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


@pytest.fixture
def runner() -> Runner:
    return Runner(lambda seed: Climb(seed))


def test_a_frame_is_an_opaque_png_of_the_promised_size(runner: Runner) -> None:
    for scale in (1.0, 1.5):
        picture = Picture(ClimbView(), scale)
        image = Image.open(io.BytesIO(picture.draw(runner)))
        assert image.format == "PNG" and image.mode == "RGB" and image.size == (900 * scale, 360 * scale)
        assert picture.size == (900, 360)
        assert image.getpixel((0, 0)) == (255, 255, 255)


HOSTILE: dict[str, Any] = {
    "LaTeX": {"text.usetex": True},
    "no such font": {"font.family": "No such font"},
    "numbers": {"axes.formatter.use_mathtext": True, "axes.formatter.use_locale": True, "axes.formatter.limits": (0, 0)},
    "dark": matplotlib.style.library["dark_background"],
    "sizes": {"font.size": 30, "xtick.labelsize": 30, "figure.dpi": 10, "savefig.dpi": 10, "lines.linewidth": 9},
}


@pytest.mark.parametrize("settings", HOSTILE.values(), ids=HOSTILE)
def test_a_picture_does_not_ask_what_the_user_has_set_and_leaves_it(settings: Any, runner: Runner) -> None:
    """Made before or after it is set; with ticks, names and marks that come while it is drawn, and when it is drawn again and again."""

    def frames() -> list[bytes]:
        pictures = [early, Picture(ClimbView())]
        return [picture.draw(runner) for _ in range(2) for picture in pictures]

    early = Picture(ClimbView())
    runner.run(3)
    expected = frames()
    early = Picture(ClimbView())
    with rc_context(settings):
        before = dict(rcParams)
        found = frames()
        assert dict(rcParams) == before
    assert found == expected


def test_a_still_picture_does_not_ask_either(capsys: pytest.CaptureFixture[str]) -> None:
    with rc_context(HOSTILE["LaTeX"]):
        figure = Figure()
        with own_look():
            figure.subplots().set_xlabel("x")
        show_figure(figure, "in words")
    assert "in words" in capsys.readouterr().out


def test_a_page_made_by_nbconvert_has_its_words(runner: Runner) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")])
    data, metadata = DisplayFormatter().format(Described(Picture(ClimbView()).draw(runner), 5, 'A "<5" & more'))
    notebook.cells[0].outputs = [nbformat.v4.new_output("display_data", data, metadata=metadata)]
    (image,) = BeautifulSoup(HTMLExporter().from_notebook_node(notebook)[0], "html.parser").select(".jp-OutputArea img")
    assert image["alt"] == metadata["image/png"]["alt"] == 'A "<5" & more' and image["width"] == "5"
    assert str(image["src"]).removeprefix("data:image/png;base64,") == data["image/png"].strip()


def test_a_setting_that_the_user_changes_while_a_picture_is_drawn_stays() -> None:
    with rc_context({"text.usetex": True, "font.size": 20.0}):
        with own_look(drawing=True):
            assert not rcParams["text.usetex"]
            rcParams["font.size"] = 7.0
        assert rcParams["text.usetex"] and rcParams["font.size"] == 7.0


def test_a_blitted_frame_equals_a_full_drawing(runner: Runner) -> None:
    blitted = Picture(ClimbView())
    for _ in range(8):
        runner.run(1)
        last = blitted.draw(runner)
    assert blitted.redraws == 1 and blitted.frames == 8
    again = Picture(ClimbView())
    assert np.array_equal(pixels(last), pixels(again.draw(runner)))


def test_the_curve_is_drawn_where_the_data_are(runner: Runner) -> None:
    view = ClimbView()
    picture = Picture(view, scale=1)
    empty = pixels(picture.draw(runner))
    runner.run(10)
    drawn = pixels(picture.draw(runner))
    changed = np.argwhere((empty != drawn).any(-1))
    ends = view.axes.transData.transform([(1, runner.history[0]["x"]), (10, runner.history[-1]["x"])])
    assert np.abs(changed[:, 1].min() - ends[0, 0]) < 4 and np.abs(changed[:, 1].max() - ends[1, 0]) < 4
    assert np.abs(360 - changed[:, 0].min() - max(ends[:, 1])) < 4


def test_the_background_is_redrawn_when_something_in_it_changed(runner: Runner) -> None:
    view = ClimbView()
    picture = Picture(view)
    axes = view.axes

    def redrawn_by(change: Any) -> bool:
        before = picture.redraws
        change()
        picture.draw(runner)
        return picture.redraws > before

    assert redrawn_by(lambda: None)
    assert not redrawn_by(lambda: None)
    assert not redrawn_by(lambda: runner.run(1))
    assert redrawn_by(lambda: axes.set_title("another title"))
    assert redrawn_by(lambda: set_limits(axes, x=(0, 50)))
    assert not redrawn_by(lambda: set_limits(axes, x=(0, 50)))
    assert redrawn_by(lambda: runner.set("repeats", 2))
    assert not redrawn_by(lambda: None)


def test_a_change_of_the_axes_keeps_the_style_whatever_pyplot_was_told(runner: Runner) -> None:
    view = ClimbView()
    picture = Picture(view)
    picture.draw(runner)
    before = dict(rcParams)
    try:
        rcParams.update({"font.size": 30, "xtick.labelsize": 30, "ytick.labelsize": 30, "grid.color": "red"})
        view.axes.set(xlim=(0, 500), ylim=(-30, 30))
        png = picture.draw(runner)
        labels = view.axes.get_xticklabels() + view.axes.get_yticklabels()
        assert {label.get_fontsize() for label in labels} == {10}
        assert not (pixels(png) == (255, 0, 0)).all(-1).any()
    finally:
        rcParams.update(before)


def test_settings_of_the_notebook_are_left_alone(runner: Runner) -> None:
    before = dict(rcParams)
    Picture(ClimbView()).draw(runner)
    assert dict(rcParams) == before


def test_the_live_pictures_need_no_pyplot() -> None:
    code = "import sys, dremeta_lite.lab.picture, dremeta_lite.lab.runner; print({'matplotlib.pyplot', 'IPython'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "set()\n"


def test_the_summary_says_what_the_picture_shows(runner: Runner) -> None:
    picture = Picture(ClimbView())
    picture.draw(runner)
    assert "has not moved yet" in picture.view.summary()
    runner.run(3)
    picture.draw(runner)
    assert f"After 3 iterations x is {runner.history[-1]['x']:.3f}" in picture.view.summary()


NUMBERS = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=30))
def test_grown_limits_hold_the_data_and_never_shrink(ranges: list[tuple[float, float]]) -> None:
    limits = None
    for pair in ranges:
        low, high = sorted(pair)
        new = grow(low, high, limits)
        assert new[0] <= low and high <= new[1] and new[0] < new[1]
        assert limits is None or (new[0] <= limits[0] and limits[1] <= new[1])
        limits = new


def test_limits_change_rarely() -> None:
    limits, changes = None, 0
    for i in range(1, 1001):
        new = grow(0, i, limits)
        changes, limits = changes + (new != limits), new
    assert changes < 25


@given(st.lists(st.floats(0, 1), max_size=8).map(sorted))
def test_names_are_spread_apart(places: list[float]) -> None:
    moved = spread(places, gap=0.1)
    assert all(b - a > 0.1 - 1e-9 for a, b in pairwise(moved))
    assert all(place <= 1 for place in moved)
    apart = all(b - a >= 0.1 for a, b in pairwise(places))
    assert not apart or moved == pytest.approx(places, abs=1e-12)  # sums are rounded


def texts(figure: Figure, words: Sequence[str]) -> list[Any]:
    """The boxes, in pixels, of the texts with these words."""
    figure.draw_without_rendering()
    return [t.get_window_extent() for axes in figure.axes for t in axes.findobj(Text) if t.get_text() in words]  # type: ignore[attr-defined]


def test_yardsticks_have_their_names_at_the_right_end_and_apart() -> None:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.add_subplot(xlim=(0, 10), ylim=(-50, 0))
    yardsticks = Yardsticks(axes)
    names = ["oracle", "random policy", "standing still", "pooled"]
    yardsticks.set(dict(zip(names, [-5, -30, -30.5, -29.8], strict=True)))
    boxes = texts(figure, names)
    assert len(boxes) == 4 and all(box.x0 > axes.bbox.x1 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert sorted(np.asarray(line.get_ydata())[0] for line in axes.lines) == [-30.5, -30, -29.8, -5]
    figure.stale = False
    yardsticks.set(dict(zip(names, [-5, -30, -30.5, -29.8], strict=True)))
    assert not figure.stale
    yardsticks.set({"oracle": -5, "below the picture": -70})
    assert len(texts(figure, ["oracle"])) == 1 and len(axes.lines) == 1


def test_names_of_yardsticks_are_apart_in_the_first_frame_already() -> None:
    """A title and a legend make the axes lower, which is known only once places for all of it are found."""
    heights = {name: torch.tensor([0.1, 0.99 + i / 1000]) for i, name in enumerate(["one", "two", "three", "four"])}
    view = WithinTrial({"now": {}}, heights, 2, "try", where=BELOW, title="a title\nof three\nlines")
    view.update = lambda now: view.show_episodes({"now": np.ones(2)})  # type: ignore[method-assign]
    picture = Picture(Row(view, size=(4.8, 2.6)))  # type: ignore[arg-type]
    picture.draw(None)  # type: ignore[arg-type]
    boxes = sorted(box.extents[[1, 3]].tolist() for box in texts(picture.figure, [*heights]))
    assert len(boxes) == 4 and all(below[1] <= above[0] + 1 for below, above in pairwise(boxes))


def test_several_curves_to_compare_with_have_a_dash_each_beside_the_name() -> None:
    axes = Figure(figsize=(9, 3.6), layout="constrained").add_subplot(xlim=(1, 3), ylim=(0, 1))
    rising = {"a": [0.0, 0.5, 1.0], "Bayes-optimal": [0.5, 0.9, 0.99], "random policy": [0.1] * 3, "b": [0.0, 0.1, 0.4]}
    Yardsticks(axes).set({name: np.array(y) for name, y in rising.items()} | {"height": 0.7})
    curves = {tuple(np.asarray(line.get_ydata())): line.get_linestyle() for line in axes.lines if len(np.asarray(line.get_ydata())) == 3}
    dashes = dashes_of(list(rising))
    assert len(curves) == 4 == len({*map(str, dashes.values())}) and dashes["Bayes-optimal"] == "-" and len(axes.texts) == 5
    samples = [line for line in axes.lines if len(x := np.asarray(line.get_xdata())) == 2 and x.min() > 1]
    beside = [round(float(np.asarray(line.get_ydata())[0]), 6) for line in samples]
    assert beside == [round(text.get_position()[1], 6) for text in axes.texts if text.get_text() != "height"]


def test_names_of_axes_are_whole_in_the_first_frame_already() -> None:
    """Ticks become wider when the axes find their size: 17.5 for 20."""
    view = WholeTrial([Line("return", {})], {"best": torch.tensor([17.0]), "guessing": torch.tensor([5.0])})
    picture = Picture(Row(view, size=(4.8, 2.6)))  # type: ignore[arg-type]
    picture.draw(SimpleNamespace(history=[{"return": 9.0}], changes=[], learner=None))  # type: ignore[arg-type]
    box = view.axes.yaxis.label.get_window_extent()
    assert box.x0 >= 0 and box.y0 >= 0 and box.y1 <= picture.figure.bbox.y1


def test_moving_yardsticks_cost_no_redraw() -> None:
    """They stand where others stand, and leave where those leave."""
    figures = [Figure(figsize=(9, 3.6), layout="constrained") for _ in range(2)]
    axes = [figure.add_subplot(xlim=(0, 10), ylim=(-50, 0)) for figure in figures]
    names = ["oracle", "standing still"]
    kept, moving = Yardsticks(axes[0]), Yardsticks(axes[1], names)
    for artist in moving.moving:
        artist.set_animated(True)
    assert len(moving.moving) == 4
    for heights in ([-5.0, -30.0], [-6.0, -6.5], [-2.0, -70.0]):
        for figure in figures:
            figure.draw_without_rendering()
            figure.stale = False
        for yardsticks in (kept, moving):
            yardsticks.set(dict(zip(names, heights, strict=True)))
        assert not figures[1].stale
        shown = [text for text in axes[1].texts if text.get_visible()]
        where = [{text.get_text(): text.get_position()[1] for text in texts} for texts in (shown, axes[0].texts)]
        assert where[0] == pytest.approx(where[1])
        lines = [[tuple(np.asarray(line.get_ydata())) for line in each.lines if line.get_visible()] for each in axes]
        assert sorted(lines[0]) == sorted(lines[1])


class Two(Row):
    """Two parts, of which a frame may move either, both or none."""

    def __init__(self) -> None:
        self.left, self.right = (Curves({"line": {"color": "red", "lw": 3}}, xlim=(0, 4), ylim=(-4, 4)) for _ in range(2))
        super().__init__(self.left, self.right, size=(4, 2))

    def update(self, now: Any = None) -> None:
        """Nothing by itself."""


def test_lines_that_rest_are_kept_and_those_that_move_again_leave_no_trace() -> None:
    view = Two()
    picture = Picture(view)
    moves = [((0,), (0,)), ((1,), ()), ((2,), ()), ((2.5,), (1,)), ((), (2,)), ((), (3,)), ((), ()), ((3,), ()), ((), ()), ((1,), (1,))]
    shown = {"left": 0.0, "right": 0.0}
    for left, right in moves:
        shown |= {"left": left[0]} if left else {}
        shown |= {"right": right[0]} if right else {}
        for part, moved, height in ((view.left, left, shown["left"]), (view.right, right, shown["right"])):
            if moved:
                part.show({"line": [height, -height, height]})
        fresh = Two()
        whole = Picture(fresh)
        for part, height in ((fresh.left, shown["left"]), (fresh.right, shown["right"])):
            part.show({"line": [height, -height, height]})
        assert np.array_equal(pixels(picture.draw(None)), pixels(whole.draw(None)))  # type: ignore[arg-type]
    assert picture.redraws == 1


def redrawn(picture: Picture) -> list[Axes]:
    """Draw the background again; which axes were drawn on it. Whatever was left out, it is as if all had been drawn in these places."""
    drawn: list[Axes] = []
    plain = Axes.draw
    with own_look(picture.style, drawing=True):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Axes, "draw", lambda axes, renderer: (drawn.append(axes), plain(axes, renderer)))
            assert picture.background.refresh()
        found = np.array(picture.canvas.buffer_rgba())
        picture.figure.set_layout_engine("none")
        picture.canvas.draw()
    assert np.array_equal(found, np.asarray(picture.canvas.buffer_rgba()))
    return drawn


ALONE: dict[str, Callable[[Axes], Any]] = {
    "limits": lambda left: left.set(xlim=(0, 40), ylim=(-5, 5)),
    "a yardstick": lambda left: left.axhline(1, color="red"),
    "a name inside": lambda left: left.text(1, 1, "name"),
}


@pytest.mark.parametrize("change", ALONE.values(), ids=ALONE)
def test_axes_that_changed_are_drawn_alone(change: Callable[[Axes], Any]) -> None:
    view = Two()
    picture = Picture(view)
    picture.draw(None)  # type: ignore[arg-type]
    change(view.left.axes)
    assert redrawn(picture) == [view.left.axes]


WHOLE: dict[str, Callable[[Picture, Axes], Any]] = {
    "a name that reaches into the other axes": lambda picture, left: left.set_title("wide " * 20),
    "a name that reaches out of the figure": lambda picture, left: left.set_ylabel("long " * 40),
    "something beside the axes": lambda picture, left: (left.set_xlim(0, 40), legend_below(picture.figure, {"line": {}})),
    "what reaches over both": lambda picture, left: left.text(0, 0, "over").set_in_layout(False),
    "what is hidden": lambda picture, left: left.set_visible(False),
    "another colour of the paper": lambda picture, left: (left.set_xlim(0, 40), picture.figure.set_facecolor("red")),
}


@pytest.mark.parametrize("change", WHOLE.values(), ids=WHOLE)
def test_all_axes_are_drawn_where_one_alone_would_spoil_the_others(change: Callable[[Picture, Axes], Any]) -> None:
    view = Two()
    picture = Picture(view)
    picture.draw(None)  # type: ignore[arg-type]
    change(picture, view.left.axes)
    assert view.right.axes in redrawn(picture)


def test_a_picture_of_another_size_is_drawn_whole() -> None:
    view = Two()
    picture = Picture(view, scale=1)
    picture.draw(None)  # type: ignore[arg-type]
    view.left.axes.set_xlim(0, 40)
    assert picture.fit(600)
    frame = pixels(picture.draw(None))  # type: ignore[arg-type]
    assert frame.shape == (300, 600, 3)
    for axes in (view.left.axes, view.right.axes):  # on its left side stands its axis
        column, row = axes.bbox.corners()[0].astype(int)
        assert (frame[150:-row, column - 1 : column + 2] < 255).any()


def test_work_that_is_done_sparingly_takes_its_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, done = [0.0], []
    monkeypatch.setattr(pacing, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    runner, sparingly = SimpleNamespace(learner=object(), state="running"), Sparingly(0.1)

    def work() -> None:
        done.append(clock[0])
        clock[0] += 0.05

    for _ in range(100):
        sparingly.do(runner, work)
        clock[0] += 0.1
    assert len(done) * 0.05 == pytest.approx(0.1 * clock[0], rel=0.2)
    for change in ({"state": "paused"}, {"state": "paused"}, {"state": "running", "learner": object()}):
        before = len(done)
        runner.__dict__.update(change)
        sparingly.do(runner, work)
        assert len(done) == before + 1, "what is looked at while nothing trains, and a new learner, is seen at once"


def test_what_glides_is_where_it_should_be_between_two_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1.0]
    monkeypatch.setattr(pacing, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    runner, gliding, part = SimpleNamespace(learner=object(), state="running"), Gliding(0.1), Part()
    part.lines(Figure().add_subplot(), {"path": {}})

    def measure(x: list[float], y: list[float]) -> None:
        clock[0] += 0.1  # so 0.9 until the next one
        part.drawn["path"].set_data(x, y)

    gliding.update(part, runner, lambda: measure([0, 1], [0, 0]))
    assert part.series["path"].tolist() == [[0, 1], [0, 0]], "what comes first has nowhere to come from"
    clock[0] += 1.0
    gliding.update(part, runner, lambda: measure([0, 1, 2], [1, 1, 1]))
    assert part.series["path"].tolist() == [[0, 1, 1], [0, 0, 0]]
    clock[0] += 0.3
    assert gliding.glide() and np.allclose(part.series["path"], [[0, 1, 4 / 3], [1 / 3] * 3])
    clock[0] += 0.7
    assert gliding.glide() and part.series["path"].tolist() == [[0, 1, 2], [1, 1, 1]]
    assert not gliding.glide(), "it has arrived"
    runner.state = "paused"
    gliding.update(part, runner, lambda: measure([5], [5]))
    assert part.series["path"].tolist() == [[5], [5]] and not gliding.glide(), "at rest it is there at once"


def test_lines_drawn_together_look_as_they_do_one_by_one() -> None:
    looks: list[dict[str, Any]] = [
        {"color": c, "linewidth": 2, "linestyle": dash, "solid_capstyle": "butt"} for c, dash in (("red", "-"), ("blue", "--"))
    ]
    images = []
    for together in (True, False):
        figure = Figure()
        axes, canvas = figure.add_subplot(xlim=(0, 2), ylim=(0, 3)), FigureCanvasAgg(figure)
        lines = [axes.plot([], [], **look)[0] for look in looks]
        for y, line in enumerate(lines):
            line.set_data([0.1, 1, 1.9], [y, y + 1, y])
        moving: list[Any] = [Together(lines, looks)] if together else lines
        for artist in moving:
            artist.set_animated(True)
        canvas.draw()
        empty = np.array(canvas.buffer_rgba())
        assert all(artist.stale for artist in moving)
        for artist in moving:
            figure.draw_artist(artist)
        assert not any(artist.stale for artist in moving)
        images.append(np.array(canvas.buffer_rgba()))
    assert np.array_equal(*images) and not np.array_equal(images[1], empty)


def test_the_playground_redraws_nothing_while_its_goal_is_dragged() -> None:
    hyper = PlaygroundHyper()
    picture = Picture(PlaygroundView(hyper, {"MAML": pretrained("maml")}))
    frames = set()
    for i in range(8):
        hyper.goal_x = 0.45 - 0.1 * i
        frames.add(picture.draw(None))  # type: ignore[arg-type]
    assert len(frames) == 8 and picture.redraws == 1


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_name_of_a_yardstick_stands_beside_its_line(scale: str) -> None:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.add_subplot(xlim=(0, 10), ylim=(1e-3, 1.5), yscale=scale)
    heights = {"one": 1.0, "a third": 0.3} | ({"a hundredth": 0.01} if scale == "log" else {})
    Yardsticks(axes).set(heights)
    for name, height in heights.items():
        (box,) = texts(figure, [name])
        assert abs((box.y0 + box.y1) / 2 - axes.transData.transform((0, height))[1]) < box.height


def test_change_marks_stand_on_the_time_axis() -> None:
    figure = Figure(figsize=(9, 3.6))
    axes = figure.add_subplot(xlim=(0, 100))
    marks = ChangeMarks(axes)
    before = Change(0, "noise", "σ", 0, 1)
    marks.set([before, Change(20, "step_size", "α", 1, 2), Change(20, "repeats", "K", 1, 2), Change(21, "noise", "", 0, 1)])
    assert [np.asarray(line.get_xdata())[0] for line in axes.lines] == [20, 21]
    assert [text.get_text() for text in axes.texts] == ["α K"]  # the next symbol would overlap
    marks.set([Change(1, "motor", "reversed motor", 0, 1), Change(99, "motor", "reversed motor", 0, 1), Change(200, "noise", "σ", 0, 1)])
    figure.draw_without_rendering()
    inside = axes.get_window_extent()
    for text in axes.texts:
        box = text.get_window_extent()
        assert inside.x0 <= box.x0 and box.x1 <= inside.x1, "near an end of the axis it is whole"
    assert len(axes.texts) == 2
    marks.set([Change(20, "target_x", "target x", 0, 1), Change(24, "target_y", "target y", 0, 1), Change(60, "noise", "σ", 0, 1)])
    assert [text.get_text() for text in axes.texts] == ["target x", "σ"]
    marks.set([])
    assert not axes.lines and not axes.texts


@pytest.mark.parametrize(("width", "scale"), [(900, 1.0), (1800, 2.0), (9000, 2.0), (100, 0.8), (1350, 1.5)])
def test_a_picture_is_drawn_as_large_as_it_is_shown(runner: Runner, width: float, scale: float) -> None:
    """Its text as well, and within bounds."""
    picture = Picture(ClimbView())
    picture.draw(runner)
    assert picture.fit(width) and not picture.fit(width)
    assert pixels(picture.draw(runner)).shape[:2] == (round(360 * scale), round(900 * scale))
    whole = Picture(ClimbView(), scale)
    assert (pixels(picture.draw(runner)) == pixels(whole.draw(runner))).mean() > 0.99
