"""Running a cell again leaves nothing behind, whatever kind of panel it makes."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from ipywidgets.widgets import widget as registry
from toy import Climb, ClimbView

from dremeta_lite.compare.recorded_runs import recorded_run
from dremeta_lite.lab.comparison import Comparison
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.frame import LOST, Frame, within
from dremeta_lite.lab.live_bench import LiveBench
from dremeta_lite.lab.panel import LivePanel
from dremeta_lite.lab.play import Play
from dremeta_lite.lab.play_bandit import PlayBandit
from dremeta_lite.lab.play_belief import BeliefPlay
from dremeta_lite.lab.playground import Playground, pretrained
from dremeta_lite.lab.scrubber import Scrubber
from dremeta_lite.lab.views.discounting import DiscountHyper, DiscountView
from dremeta_lite.lab.views.memory import MemoryExplorer
from dremeta_lite.tasks import Bandit, GridWorld, HiddenGoal


def live_panel() -> LivePanel:
    return LivePanel("toy", lambda seed: Climb(seed), ClimbView(), controls=["step_size", "repeats", "ascend"])


def explorer() -> Explorer:
    hyper = DiscountHyper()
    return Explorer("discount", hyper, DiscountView(hyper), ["discount"])


def comparison() -> Comparison:
    made = Comparison()
    made.menu.value = list(made.benchmarks)[1]  # other boxes
    return made


def bench() -> LiveBench:
    made = LiveBench("bandit", ("pooled",))
    made.menu.value = "hidden_goal"
    made.set_up()
    return made


def memory() -> MemoryExplorer:
    return MemoryExplorer(torch.randn(6, 4, 3), torch.arange(6) % 2, name="arm", step="pull", yardsticks={})


def shown_quiz() -> Any:
    from dremeta_lite.lab.exercises import quiz

    made = quiz("00")
    made._ipython_display_()
    return made


KINDS: dict[str, Callable[[], Any]] = {
    "training panel": live_panel,
    "playground": lambda: Playground({"one": pretrained("fresh"), "other": pretrained("fresh")}),
    "playground with one start": lambda: Playground({"one": pretrained("fresh")}),
    "scrubber": lambda: Scrubber(recorded_run("navigation", "maml")),
    "quiz": shown_quiz,
    "by hand": lambda: Play(GridWorld()),
    "bandit by hand": lambda: PlayBandit(Bandit()),
    "belief by hand": lambda: BeliefPlay(HiddenGoal()),
    "explorer": explorer,
    "memory": memory,
    "comparison": comparison,
    "bench": bench,
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_running_a_cell_again_leaves_no_widget(make: Callable[[], Any], live: None, shown: list[Any]) -> None:
    make()
    before = len(registry._instances)
    for _ in range(3):
        made = make()
    assert len(registry._instances) == before
    frame = shown[-1] if shown else made.widget
    assert isinstance(frame, Frame) and LOST in frame.children[0].value
    parts = within(frame)
    (made if hasattr(made, "close") else frame).close()
    assert all(part.comm is None for part in parts) and len(registry._instances) == before - len({id(part) for part in parts})


@pytest.mark.parametrize("make", [live_panel, explorer, bench, shown_quiz])
def test_what_is_on_the_page_is_not_copied(make: Callable[[], Any], live: None, shown: list[Any]) -> None:
    made = make()
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(
            TypeError, match=f"^a {type(made).__name__} cannot be copied or pickled: make another one, with a name of its own"
        ):
            copied(made)


def test_a_panel_that_was_replaced_says_so(live: None, shown: list[Any]) -> None:
    old, _ = explorer(), explorer()
    with pytest.raises(RuntimeError, match="The panel 'discount' was closed, or replaced by a newer one"):
        old.show()


def test_panels_of_other_names_and_kinds_stay(live: None, shown: list[Any]) -> None:
    one, two = Frame("a", [], "panel"), Frame("a", [], "quiz")
    Frame("b", [])
    assert one.comm is not None and two.comm is not None
