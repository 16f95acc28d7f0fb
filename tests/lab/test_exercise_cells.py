"""Exercises and quizzes as a notebook shows them: notices in words, three rungs of hints, progress, answers by button and by code."""

import re
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest
import torch
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from dremeta_lite.exercises import LESSONS, NotYet, exercises, find, questions, second_half
from dremeta_lite.exercises.exercise import LETTERS
from dremeta_lite.exercises.judging import judge
from dremeta_lite.lab import exercises as shown
from dremeta_lite.lab import hints
from dremeta_lite.lab.exercises import NotRight, check, hint, progress, quiz, solution
from dremeta_lite.lab.predictions import predict
from dremeta_lite.lab.words import marked, plain

ROOT = Path(__file__).parents[2]
ID = "06.adapt_by_hand"


@pytest.fixture(autouse=True)
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was displayed, in order."""
    seen: list[Any] = []
    monkeypatch.setattr(shown, "display", lambda *things, **_: seen.extend(things))
    monkeypatch.setattr(hints, "read", {})
    return seen


def table() -> str:
    return str(progress().data)


def test_a_right_answer_is_handed_back_and_a_wrong_one_replaced(displayed: list[Any]) -> None:
    exercise = find(ID)
    right = lambda J, theta, alpha: exercise.reference(J, theta, alpha)
    wrong = exercise.mistakes[0].answer
    assert check(ID, wrong) is exercise.reference
    assert check(ID, right) is right
    first, second = (box["text/plain"] for box in displayed)
    assert first.startswith(f"Not right yet: {ID}.") and exercise.mistakes[0].says in first and "use the reference solution" in first
    assert second.startswith(f"Right: {ID}.\nSolved with 2 checks.") and "reference" not in second
    assert all('role="status"' in box["text/html"] for box in displayed)


def test_a_right_answer_in_another_form_is_handed_back_in_that_of_the_cells_below(displayed: list[Any]) -> None:
    reference = find("10.episode_regret").reference
    returned = check("10.episode_regret", lambda returns, optimal: reference(returns, optimal).double().tolist())
    told = "check.\nWhat it returns is brought into the form that the cells below expect: a float32 tensor instead of a list."
    assert told in displayed[0]["text/plain"]
    assert returned(torch.zeros(1, 2), torch.ones(1, 2)).dtype == torch.float32


def test_predictions_stand_in_the_table_of_progress() -> None:
    assert "| prediction |" not in table()
    predict("06.before", "the return before").say("-12")
    predict("02.bar", "p(s'|s, a)?", ("a | b", "neither")).say("a | b")
    assert "| prediction | you said |\n|---|---|\n| 02.bar | a \\| b |\n| 06.before | -12.0 |" in table()


def not_yet(*_: Any) -> Any:
    raise NotYet


WRONG = {
    "not written yet": not_yet,
    "not right yet. Tried: a hill in the plane": lambda J, theta, alpha: theta,
    "an error. Tried: a hill in the plane, α = 0.4. Your function raised ZeroDivisionError": lambda *_: 1 / 0,
    "answer is 7": 7,
    "this is the reference solution": find(ID).reference,
}


@pytest.mark.parametrize("told", WRONG)
def test_a_strict_check_raises_one_line_unless_the_answer_is_right(
    told: str, displayed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotRight, match=f"^{ID}: .*{re.escape(told)}") as caught:
        check(ID, WRONG[told], strict=True)
    assert len(str(caught.value).splitlines()) == 1 and len(str(caught.value)) <= 300
    assert len(displayed) == 1 and "use the reference solution" not in displayed[0]["text/plain"]
    monkeypatch.setenv("DREMETA_STRICT", "1")
    with pytest.raises(NotRight):
        check(ID, WRONG[told])
    assert check(ID, WRONG[told], strict=False) is find(ID).reference
    monkeypatch.setenv("DREMETA_STRICT", "0")
    assert check(ID, WRONG[told]) is find(ID).reference


def test_a_strict_check_hands_a_right_answer_back(displayed: list[Any]) -> None:
    right = lambda J, theta, alpha: find(ID).reference(J, theta, alpha)
    assert check(ID, right, strict=True) is right


def test_an_autograder_sees_that_an_answer_is_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A notebook that is run where the environment says so: each wrong cell fails with a line, each right one passes."""
    monkeypatch.setenv("DREMETA_STRICT", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    start = "from dremeta_lite.lab.exercises import check\nfrom dremeta_lite.exercises import NotYet"
    stub = "def break_even(meta, adapt, scratch):\n    raise NotYet\nbreak_even = check('10.break_even', break_even)"
    wrong = stub.replace("raise NotYet", "return meta / (scratch - adapt)")
    right = f"import math\n{find('10.break_even').solution()}\nbreak_even = check('10.break_even', break_even)"
    notebook = new_notebook(cells=[new_code_cell(source) for source in (start, stub, wrong, right)])
    NotebookClient(notebook, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}).execute()
    errors = [[out for out in cell.outputs if out.output_type == "error"] for cell in notebook.cells]
    assert [len(found) for found in errors] == [0, 1, 1, 0]
    for (error,), told in zip(errors[1:3], ("10.break_even: not written yet.", "10.break_even: not right yet."), strict=True):
        assert error.ename == "NotRight" and error.evalue.startswith(told) and error.traceback == [f"NotRight: {error.evalue}"]


def test_what_the_readme_tells_instructors_is_so() -> None:
    text = next(text for text in (ROOT / "README.md").read_text(encoding="utf-8").split("\n\n") if text.startswith("**Instructors:**"))
    assert "strict=True" in text and "DREMETA_STRICT=1" in text
    (said,) = re.findall(r"`(judge\(.*?\)\.outcome == .*?)`", text)
    for answer, right in ((find("06.adapt_k").reference, True), (lambda J, theta, alpha, steps: theta, False)):
        assert eval(said, {"judge": judge, "find": find, "adapt_k": answer}) is right


def test_the_reference_cannot_be_handed_in_by_running_the_check_alone(displayed: list[Any]) -> None:
    assert check(ID, check(ID, lambda *_: None)) is find(ID).reference
    assert "This is the reference solution" in displayed[-1]["text/plain"]
    assert f"| {ID} | the inner step | 5 | ★ | tried, 1 check |" in table()


def test_a_bar_in_a_title_begins_no_column() -> None:
    assert "| 02.estimate_transitions | p(s'\\|s, a) from counts | 10 |" in table()


def test_an_untouched_stub_counts_as_no_attempt(displayed: list[Any]) -> None:
    def stub(*_: Any) -> Any:
        raise NotYet

    check(ID, stub)
    assert displayed[-1]["text/plain"].startswith(f"Not written yet: {ID}.")
    assert "| open |" in table()


def test_what_a_student_prints_and_where_an_error_came_from_are_shown(displayed: list[Any]) -> None:
    def broken(J: Any, theta: Any, alpha: Any) -> Any:
        print("<b>here</b>")
        return theta.nothing

    check(ID, broken)
    assert "here" in displayed[-1]["text/plain"] and "return theta.nothing" in displayed[-1]["text/plain"]
    assert "AttributeError" in displayed[-1]["text/plain"] and "<b>here" not in displayed[-1]["text/html"]


def test_hints_come_one_at_a_time_and_then_the_solution(displayed: list[Any]) -> None:
    for _ in range(4):
        hint(ID)
    counts = [box.data.count("**Hint") for box in displayed]
    assert counts == [1, 2, 3, 3] and f'solution("{ID}")' in displayed[-1].data
    solution(ID)
    assert "return theta + alpha * gradient" in displayed[-2].data and displayed[-1].data == find(ID).why
    assert "open, 3 of 3 hints, solution read" in table()


def pressed(frame: Any) -> tuple[str, str, str]:
    """What stands on the button, in the hints and in the solution, after the button was pressed."""
    told, button, solution = frame.children[1:]
    button.click()
    return button.description, told.value, solution.value


def test_beside_the_check_a_button_gives_three_hints_and_then_a_solution(displayed: list[Any], live: None) -> None:
    check(ID, not_yet)
    box, frame = displayed
    assert "Stuck?" not in box["text/plain"] and frame.children[2].description == "Hint 1 of 3" and "Hint" not in frame.children[1].value
    for n, label in enumerate(("Hint 2 of 3", "Hint 3 of 3", "Show a solution"), 1):
        button, told, solution = pressed(frame)
        assert button == label and told.count("<b>Hint") == n and "return" not in solution
    assert "| open, 3 of 3 hints |" in table()
    button, told, solution = pressed(frame)
    assert button == "Hide the solution" and "alpha" in solution and marked(find(ID).why) in solution and "solution read" in table()
    button, told, solution = pressed(frame)
    assert button == "Show a solution" and told.count("<b>Hint") == 3 and "alpha" not in solution


def test_hints_that_were_read_stay_when_the_exercise_is_checked_again(displayed: list[Any], live: None) -> None:
    hint(ID)
    check(ID, lambda J, theta, alpha: theta)
    frame = displayed[-1]
    assert frame.children[1].value.count("<b>Hint") == 1 and frame.children[2].description == "Hint 2 of 3"
    pressed(frame)
    hint(ID)
    assert displayed[-1].data.count("**Hint") == 3, "button and call go on with each other"


def test_after_a_right_answer_the_button_offers_the_solution_only(displayed: list[Any], live: None) -> None:
    check(ID, lambda J, theta, alpha: find(ID).reference(J, theta, alpha))
    frame = displayed[-1]
    assert frame.children[2].description == "Show a solution" and "Hint" not in frame.children[1].value
    assert "alpha" in pressed(frame)[2]


@pytest.mark.parametrize("strict", [True, None])
def test_where_nobody_can_press_there_is_no_button(strict: bool | None, displayed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """No screen, or an autograder."""
    monkeypatch.setenv("DREMETA_HEADLESS", "0" if strict else "1")
    if strict:
        with pytest.raises(NotRight):
            check(ID, not_yet, strict=True)
    else:
        check(ID, not_yet)
    assert len(displayed) == 1


def test_what_stands_in_code_or_between_spaces_is_no_mark() -> None:
    said = "Take **both**: `a * b * c`, not *one* of x * y * z; **kwargs, a*b and <b>."
    html = "Take <b>both</b>: <code>a * b * c</code>, not <i>one</i> of x * y * z; **kwargs, a*b and &lt;b&gt;."
    assert marked(said) == html
    assert plain("`theta` is *new*") == "theta is new"


def test_progress_lists_every_exercise_and_quiz() -> None:
    assert all(exercise.id in table() for exercise in exercises("06")) and f"| 06 | 0 of {len(exercises('06'))} | 0 of 6 |  |" in table()


def test_every_row_of_the_progress_table_has_five_cells() -> None:
    """A title may hold a bar, as in p(s'|s, a)."""
    rows = [line for line in table().splitlines() if "★" in line]
    assert any("\\|" in row for row in rows)
    assert {row.replace("\\|", "").count("|") for row in rows} == {6}


def test_a_quiz_is_answered_in_code(capsys: pytest.CaptureFixture[str]) -> None:
    question = questions("06")[0]
    wrong = next(letter for letter in LETTERS if letter != question.right)
    for letter in (wrong, question.right):
        quiz("06").answer(1, letter)
    told = capsys.readouterr().out.splitlines()
    why = dict(zip(LETTERS, question.why, strict=True))
    assert told == [f"1{wrong}: No. {why[wrong]}", f"1{question.right}: Right. {why[question.right]}"]
    assert "| 1 of 6 | 0 |" in table()


@pytest.mark.parametrize(("number", "letter"), [(0, "a"), (6, "a"), (1, "z"), (1, "ab"), (1, 2), ("1", "a"), (True, "a"), (1, "")])
def test_what_is_no_answer_is_refused(number: Any, letter: Any) -> None:
    with pytest.raises(ValueError, match=r"1 to 5|can be answered with a, b, c"):
        quiz("05").answer(number, letter)


def test_a_quiz_is_answered_by_buttons(monkeypatch: pytest.MonkeyPatch) -> None:
    import IPython.display

    seen: list[Any] = []
    monkeypatch.setenv("DREMETA_HEADLESS", "0")
    monkeypatch.setattr(IPython.display, "display", seen.append)
    taken = quiz("05")
    taken._ipython_display_()
    assert isinstance(seen[0], widgets.VBox) and len(taken.shown) == 5
    first, right = taken.shown[0], LETTERS.index(questions("05")[0].right)
    wrong = (right + 1) % 4
    first.buttons[wrong].click()
    assert first.buttons[wrong].description.endswith("✗ no") and "No." in first.told.value and 'role="status"' in first.told.value
    first.buttons[right].click()
    assert first.buttons[right].description.endswith("✓ right") and "Right." in first.told.value


def test_where_nobody_can_press_a_quiz_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    import IPython.display

    seen: list[Any] = []
    monkeypatch.setenv("DREMETA_HEADLESS", "1")
    monkeypatch.setattr(IPython.display, "display", seen.append)
    quiz("05")._ipython_display_()
    assert seen[0].data.count("- **b**") == 5


def test_a_lesson_in_two_notebooks_asks_each_question_in_one_of_them() -> None:
    for lesson in LESSONS:
        n, cut = len(questions(lesson)), second_half(lesson)
        assert quiz(lesson).numbers == list(range(1, cut))
        if cut <= n:
            assert quiz(f"{lesson}b").numbers == list(range(cut, n + 1))
        else:
            with pytest.raises(ValueError, match="one quiz"):
                quiz(f"{lesson}b")
    assert "**4.**" in quiz("06b").as_text() and "**3.**" not in quiz("06b").as_text() and "answer(4," in quiz("06b").as_text()
    for nonsense in ("6b", "06c", "b", "", 6):
        with pytest.raises(ValueError, match="there are exercises and quizzes"):
            quiz(nonsense)  # type: ignore[arg-type]
