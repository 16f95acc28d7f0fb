"""How exercises and quizzes are written down: what is read out of the text, and what is refused."""

import inspect

import pytest
import torch

from dremeta_lite.exercises import Case, Exercise
from dremeta_lite.exercises.declaring import Cases, case, exercise, quiz, wrong_answers
from dremeta_lite.exercises.judging import judge


def halved(x: float, times: int) -> float:
    for _ in range(times):
        x = x / 2
    return x


def cases() -> Cases:
    yield Case("8, halved twice", (8.0, 2), expected=2.0)


HALF = "Exercise 09.3 · half of it · 5 minutes, ★★☆\n\n1. What?\n2. How,\n   then?\n3. So.\n\nHalves\nare small."
TABLE = """
    x / 2 → x / 3  # Halves are asked for.
    halved(x, times - 1)  # That is one time too few. # Is it?
    # You halve once,
    # however often is asked for.
        x = x / 2  # once
        return x
    # Backwards, and one time too many.
        range(times) → range(times + 1)
        x / 2 → x * 2
"""


def test_a_wrong_answer_is_a_change_or_an_expression_or_a_body() -> None:
    wrong = list(wrong_answers(halved, TABLE))
    assert [mistake.answer(8.0, 2) for mistake in wrong] == [8 / 9, 4.0, 4.0, 64.0]
    assert [mistake.says for mistake in wrong] == [
        "Halves are asked for.",
        "That is one time too few. # Is it?",
        "You halve once, however often is asked for.",
        "Backwards, and one time too many.",
    ]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("x / 4 → x / 3  # No.", "'x / 4 → x / 3': that occurs 0 times"),
        ("x → y  # No.", "that occurs 3 times"),
        ("float → int  # Only in the annotations.", "that occurs 0 times"),
        ("x / 2", "message or the answer is missing at 'x / 2"),
        ("# No answer.", "message or the answer is missing"),
        ("# Not indented.\nx / 2", "message or the answer is missing at '# Not"),
        ("# Twice.\nx / 2  # Said.", "message or the answer is missing at '# Twice."),
    ],
)
def test_what_cannot_be_meant_is_refused(table: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        list(wrong_answers(halved, table))


def test_a_wrong_answer_shows_its_lines_where_it_raises() -> None:
    (wrong,) = wrong_answers(halved, "x / 2 → x / 0  # Not by 0.")
    assert inspect.getsource(wrong.answer) == "def halved(x, times):\n    for _ in range(times):\n        x = x / 0\n    return x\n"


def test_a_case_is_written_in_plain_numbers() -> None:
    made = case("as lists", [1.0, 2.0], {"bias": [True]}, 3, ("x", [4]), by=lambda row, *rest: ([2 * x for x in row], rest[1]))
    assert (made.tried, made.arguments[2], made.arguments[3][0], made.expected[1]) == ("as lists", 3, "x", 3)
    found = (made.arguments[0], made.arguments[1]["bias"], made.arguments[3][1], made.expected[0])
    wanted = (torch.tensor([1.0, 2.0]), torch.tensor([True]), torch.tensor([4]), torch.tensor([2.0, 4.0]))
    assert all(a.dtype == b.dtype and torch.equal(a, b) for a, b in zip(found, wanted, strict=True))
    assert torch.equal(case("said", 5, expected=[0.5], tolerance=0.1).expected, torch.tensor([0.5]))


def declared(monkeypatch: pytest.MonkeyPatch, doc: str) -> Exercise:
    monkeypatch.setattr("dremeta_lite.exercises.declaring.docstring", lambda module: doc)
    return exercise(halved, cases, TABLE, survivors={"gradient": "none is wanted"})


def test_the_docstring_of_a_file_says_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    made = declared(monkeypatch, HALF)
    assert (made.id, made.number, made.title, made.minutes, made.stars) == ("09.halved", 3, "half of it", 5, 2)
    assert made.hints == ("What?", "How, then?", "So.") and made.why == "Halves are small."
    assert judge(made, halved).outcome == "right" and judge(made, made.mistakes[1].answer).mistake == made.mistakes[1].says


def test_a_gradient_is_demanded_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dremeta_lite.exercises.declaring.docstring", lambda module: HALF)
    given = lambda: iter([case("8 and 4, halved once", torch.tensor([8.0, 4.0]), 1, expected=[4.0, 2.0])])
    made = exercise(halved, given, TABLE, flows="x")
    assert judge(made, halved).outcome == "right"
    assert "their gradient by `x` is cut off" in judge(made, lambda x, times: x.detach() / 2).message


@pytest.mark.parametrize(
    "doc", ["", "Half of it.\n\n1. a\n2. b\n3. c\n\nWhy.", "Exercise 09.3 · half · 5 minutes, ★☆☆\n\n1. a\n2. b\n\nWhy."]
)
def test_a_docstring_without_its_parts_is_refused(monkeypatch: pytest.MonkeyPatch, doc: str) -> None:
    with pytest.raises(ValueError, match="needs a heading, hints"):
        declared(monkeypatch, doc)


def test_a_quiz_is_read_from_text() -> None:
    first, second = quiz("""
        Which is larger, and
        why?
        [ ] a half
            It is 0.5.
        [x] three quarters,
            It is 0.75,
            which is more.

        And now?
        [x] yes
            So it is.
        [ ] no
            It is not.
    """)
    assert (first.text, first.right, first.choices) == ("Which is larger, and why?", "b", ("a half", "three quarters,"))
    assert first.why == ("It is 0.5.", "It is 0.75, which is more.") and (second.text, second.right) == ("And now?", "a")
