"""Predictions: written down in a box or in code, kept, and shown beside what came out."""

from collections.abc import Iterator
from typing import Any

import ipywidgets as widgets
import numpy as np
import pytest
import torch

from dremeta_lite.lab import exercises, predictions
from dremeta_lite.lab.predictions import predict, worded
from dremeta_lite.lab.regions import answer
from dremeta_lite.lab.touch import Touch

ID, CURVE = "06.before", "06.curve"
AXES = {"k, gradient steps": range(4), "return": (-60, 0)}


@pytest.fixture(autouse=True)
def displayed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What was displayed, in order."""
    seen: list[Any] = []
    for module in (predictions, exercises):
        monkeypatch.setattr(module, "display", lambda *things, **_: seen.extend(things))
    yield seen
    predictions._predictions.clear()
    predictions._outcomes.clear()


def shown(asked: Any, displayed: list[Any]) -> Any:
    asked._ipython_display_()
    return displayed[-1]


def came_out(displayed: list[Any]) -> str:
    return displayed[-1].children[1].value


def test_a_number_is_typed_and_compared(displayed: list[Any], live: None) -> None:
    box = shown(predict(ID, "return before the step"), displayed).children[1]
    assert isinstance(box, widgets.Text) and box.description == "Your prediction: return before the step" and not box.continuous_update
    box.value = "-12,5"
    predict(ID).came_out(torch.tensor(-38.04))
    assert "You said -12.5; it is -38." in came_out(displayed) and 'role="status"' in came_out(displayed)


def test_what_is_typed_later_appears_beside_what_came_out(displayed: list[Any], live: None) -> None:
    frame = shown(predict(ID, "steps", unit="steps"), displayed)
    predict(ID).came_out(1)
    assert predictions.EARLY in came_out(displayed) and "1 step" not in came_out(displayed), "what came out is not given away"
    frame.children[1].value = "10 steps"
    assert "You said 10 steps; it is 1 steps." in came_out(displayed) and "Written down: 10 steps." in frame.children[2].value
    frame.children[1].value = "1"
    assert "You said 10 steps and then 1 steps, and so it is." in came_out(displayed)


def test_a_choice_is_pressed(displayed: list[Any], live: None) -> None:
    frame = shown(predict(ID, "which *rises*?", ("the dashed", "the solid", 1000)), displayed)
    label, row, told = frame.children[1:]
    assert "<i>rises</i>" in label.value and [button.description for button in row.children] == ["the dashed", "the solid", "1 000"]
    row.children[2].click()
    row.children[0].click()
    assert [button.description for button in row.children] == ["the dashed ✓", "the solid", "1 000"] and "the dashed" in told.value
    predict(ID).came_out("the dashed")
    assert "You said 1 000 and then the dashed, and so it is." in came_out(displayed)


def test_a_prediction_is_there_again_in_another_kernel(displayed: list[Any], live: None) -> None:
    predict(ID, "return").say("  1,000 ")
    predictions._predictions.clear()
    predict(ID).came_out("up <all> the time")
    assert "You said 1 000; it is up &lt;all&gt; the time." in came_out(displayed)
    assert shown(predict(ID, "return"), displayed).children[1].value == "1 000"


@pytest.mark.parametrize(("typed", "number"), [("1,000", 1000), ("1 000", 1000), ("0,5", 0.5), ("−3", -3), ("38 %", 38), ("1e-3", 1e-3)])
def test_numbers_are_read_as_people_write_them(typed: str, number: float) -> None:
    assert predict(ID, "x").read(typed) == number


@pytest.mark.parametrize("typed", ["", "about ten", "nan", "1e999", "1-2", "1,2,3"])
def test_what_is_no_number_is_refused_in_words(typed: str, displayed: list[Any], live: None) -> None:
    asked = predict(ID, "x")
    frame = shown(asked, displayed)
    with pytest.raises(ValueError, match=r"Write one number, like 12 or -3.5"):
        asked.say(typed)
    frame.children[1].value = typed or " "
    assert "Write one number" in frame.children[2].value
    predict(ID).came_out(1)
    assert predictions.EARLY in came_out(displayed)


def test_choices_and_names_refuse_too() -> None:
    with pytest.raises(ValueError, match="Choose a, b or 10, not 'c'"):
        predict(ID, "x", ("a", "b", 10)).say("c")
    for id in ("before", "6.before", "06.", 6):
        with pytest.raises(ValueError, match=r"like '06.before'"):
            predict(id, "x")  # pyright: ignore[reportArgumentType]
        with pytest.raises(ValueError, match=r"like '06.before'"):
            predict(id)  # pyright: ignore[reportArgumentType]


def test_where_nobody_looks_nothing_waits_and_both_are_text(displayed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREMETA_HEADLESS", "1")
    assert "which?: a or b" in shown(predict(ID, "which?", ("a", "b")), displayed).data
    predict(ID).came_out("a")
    assert displayed[-1]["text/plain"] == "Your prediction.\nWhich?\nNothing was predicted; it is a."
    predict(ID, "which?", ("a", "b")).say("b")
    predict(ID).came_out("a")
    assert displayed[-1]["text/plain"] == "Your prediction.\nWhich?\nYou said b; it is a."


def test_values_are_put_into_words() -> None:
    values = (
        1,
        1.0,
        0.02357,
        -38.04,
        1234.5,
        100_000,
        1e99,
        np.float64(0.5),
        torch.tensor(3),
        True,
        np.bool_(False),
        "up",
        float("inf"),
        float("nan"),
    )
    assert list(map(worded, values)) == [
        "1",
        "1",
        "0.0236",
        "-38",
        "1 234",
        "100 000",
        "1e+99",
        "0.5",
        "3",
        "yes",
        "no",
        "up",
        "inf",
        "nan",
    ]


def sketched(displayed: list[Any]) -> tuple[Any, Any, Any]:
    """The prediction, its box, and the part that is drawn upon."""
    asked: Any = predict(CURVE, "the return after k steps", axes=AXES)
    asked._ipython_display_()
    return asked, displayed[-1].children[3], asked.panels[-1].picture.parts[0]


def test_what_is_drawn_stands_in_the_box_and_is_changed_where_it_is_drawn_again(displayed: list[Any], live: None) -> None:
    asked, box, axes = sketched(displayed)
    answer(axes, Touch("stroke", 0, [(-0.1, -60.0), (1.0, -20.0), (3.1, -9.96)]))
    assert box.value == "-56.4, -20, -15.2, -10.4"
    assert asked.said.tolist() == axes.series["your prediction"][1].tolist()
    answer(axes, Touch("stroke", 0, [(2.2, -5.0)]))  # Enter at the reading cursor: one point
    assert box.value == "-56.4, -20, -5, -10.4"
    box.value = "-40 -12; -6, −3"
    assert asked.said.tolist() == [-40, -12, -6, -3] and "Written down: -40, -12, -6, -3." in asked.told.value
    for refused in ("-40, -12", "-40, -12, -6, 3", "a, b, c, d"):
        box.value = refused
        assert "Write 4 numbers in [-60, 0], with commas between them" in asked.told.value
    assert asked.said.tolist() == [-40, -12, -6, -3]


def test_both_curves_are_seen_and_their_difference_is_said(displayed: list[Any], live: None) -> None:
    sketched(displayed)
    predict(CURVE).came_out([-41.0, -30.0, -6.5, -2.5])
    outcome = displayed[-1]
    made: Any = predict(CURVE)
    seen = made.panels[-1].picture.parts[0]
    assert predictions.EARLY in outcome.children[1].value and not len(seen.series["what came out"][1]), "what came out is not given away"
    asked, box, _ = sketched(displayed)  # its cell is run again
    box.value = "-40, -12, -6, -3"
    assert np.array_equal(seen.series["what came out"][1], [-41, -30, -6.5, -2.5]) and seen.stroked is None
    assert np.array_equal(seen.series["your prediction"][1], asked.said)
    # errors 1, 18, 0.5, -0.5: 4.75 on average
    assert "Your curve lies 4.75 above" in outcome.children[1].value
    assert "farthest apart at k = 1: you said -12, and it is -30." in outcome.children[1].value
    with pytest.raises(ValueError, match="asks for 4 numbers, and 3 came out"):
        predict(CURVE).came_out([1.0, 2.0, 3.0])
