"""Exercises in a notebook: `check` an answer, ask for a `hint`, read the `solution`, see your `progress`, take a `quiz`."""

import os
import textwrap
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from IPython.display import Code, Markdown, display

from dremeta_lite.exercises import LESSONS, exercises, find, questions, second_half
from dremeta_lite.exercises.judging import handed_back, judge
from dremeta_lite.exercises.progress import Progress, default_path
from dremeta_lite.exercises.verdict import Verdict
from dremeta_lite.lab.hints import HintButton, next_hints
from dremeta_lite.lab.notebook import front_end
from dremeta_lite.lab.quizzes import Quiz
from dremeta_lite.lab.words import boxed
from dremeta_lite.table import Table, folded, together

COLOURS = {"right": "#009E73", "wrong": "#D55E00", "not yet": "#6E6E6E", "error": "#D55E00", "stopped": "#D55E00", "notice": "#0072B2"}
TITLES = {"right": "Right", "wrong": "Not right yet", "not yet": "Not written yet", "error": "An error", "stopped": "Stopped"}


class NotRight(Exception):
    """What a strict `check` raises. A notebook shows its one line, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"NotRight: {self}"]


def check(id: str, answer: Any, strict: bool | None = None) -> Callable[..., Any]:
    """Hold your function against an exercise, and say what is right and what is not.

    Args:
        id: the exercise, like "06.adapt_k".
        answer: your function.
        strict: whether an answer that is not right ends the cell with an error, as autograders need it. By default it does where the
            environment variable DREMETA_STRICT is set, to anything but 0.

    Returns:
        your function if it passed (its results brought into the form that the cells below expect, where they came in another), else the
        reference, so that the cells below work either way; a notice says which.

    Raises:
        ValueError: there is no such exercise.
        NotRight: the check is strict, and the answer is not right, or is not there yet.
    """
    exercise = find(id)
    id = exercise.id
    name = exercise.reference.__name__
    strict = os.environ.get("DREMETA_STRICT", "0") not in ("", "0") if strict is None else strict
    if answer is exercise.reference:
        own = f"Run the cell that defines your own {name} again, then check."
        notice("notice", "This is the reference solution", [own], "")
        if strict:
            raise NotRight(f"{id}: this is the reference solution. {own}")
        return exercise.reference
    verdict = judge(exercise, answer)
    known = own_progress().attempt(id, verdict.outcome) if verdict.outcome != "not yet" else {}
    lines = _lines(id, verdict, known)
    if verdict.outcome != "right" and not strict:
        lines.append(f"Until it is right, the cells below use the reference solution of {name}.")
    details = "\n".join(filter(None, [verdict.trace, verdict.printed and f"It printed:\n{verdict.printed}"]))
    notice(verdict.outcome, f"{TITLES[verdict.outcome]}: {id}", lines, details)
    if front_end() != "headless" and not strict:
        display(HintButton(exercise, own_progress(), verdict.outcome == "right").widget)
    if verdict.outcome != "right" and strict:
        raise NotRight(textwrap.shorten(f"{id}: {TITLES[verdict.outcome].lower()}. {verdict.message}", 300, placeholder=" …"))
    return handed_back(exercise, answer, verdict)


def hint(id: str) -> None:
    """The next rung of help: first a question, then a pointer, then pseudo-code. Each call shows one more.
    Raises ValueError: there is no such exercise."""
    exercise = find(id)
    id = exercise.id
    parts = next_hints(exercise, own_progress())
    last = len(parts) == len(exercise.hints)
    parts.append(f'*That was the last. Next: `solution("{id}")`.*' if last else f'*Next: `hint("{id}")` again.*')
    display(Markdown("\n\n".join(parts)))


def solution(id: str) -> None:
    """A right answer, and what to learn from it. Raises ValueError: there is no such exercise."""
    exercise = find(id)
    id = exercise.id
    own_progress().solution(id)
    display(Code(exercise.solution(), language="python"), Markdown(exercise.why))


def progress() -> Markdown:
    """What you have solved, answered and predicted so far, in all notebooks. It is kept in a file of your own, and survives restarts and
    new versions."""
    known, rows, lessons = own_progress().read(), [], []
    for lesson in LESSONS:
        entries = [known["exercises"].get(exercise.id, {}) for exercise in exercises(lesson)]
        for exercise, entry in zip(exercises(lesson), entries, strict=True):
            title = exercise.title.replace("|", "\\|")  # as in p(s'|s, a): a bar would begin another column
            rows.append([exercise.id, title, f"{exercise.minutes}", "★" * exercise.stars, _state(entry)])
        answers = known["quizzes"].get(lesson, {}).values()
        right = f"{sum(bool(answer.get('first_right')) for answer in answers)}" if answers else ""
        solved = f"{sum('solved' in entry for entry in entries)} of {len(entries)}" if entries else ""
        lessons.append([lesson, solved, f"{len(answers)} of {len(questions(lesson))}", right])
    asked = sorted(known.get("predictions", {}).items())
    predicted = [[id, str(entry["said"]).replace("|", "\\|")] for id, entry in asked if "said" in entry]
    head = ["exercise", "", "minutes", "level", "state"]
    begun = [row for row in rows if row[-1] != "open"]
    heads = ["lesson", "exercises solved", "quiz answered", "right at the first try"]
    tables = [Table(heads, lessons, f"Kept in `{default_path()}`.")]
    tables += [Table(head, begun)] if begun else []
    tables += [Table(["prediction", "you said"], predicted)] if predicted else []
    return Markdown(f"{together(*tables)}\n\n{folded(Table(head, rows).markdown(), f'All {len(rows)} exercises')}")


def quiz(lesson: str) -> Quiz:
    """The questions of a notebook, "04" or its second half "04b". Press an answer, or say it in code: `quiz("06").answer(2, "b")`.
    Raises ValueError: there is no such quiz."""
    number = lesson.removesuffix("b") if isinstance(lesson, str) else lesson
    asked, cut = questions(number), second_half(number)
    numbers = range(1, cut) if number == lesson else range(cut, len(asked) + 1)
    if not numbers:
        raise ValueError(f"notebook {number} has one half and one quiz: quiz({number!r})")
    return Quiz(number, asked, own_progress(), numbers)


def own_progress() -> Progress:
    """What is noted of this student, in the file of `default_path`."""
    return _progress(str(default_path()))


@cache
def _progress(path: str) -> Progress:
    """One for each file, so that what could not be written is remembered for as long as the kernel lives."""
    return Progress(Path(path), notify=lambda text: notice("notice", "Your progress", [text], ""))


def _state(entry: dict[str, Any]) -> str:
    tried = f"{entry.get('attempts', 0)} checks" if entry.get("attempts", 0) != 1 else "1 check"
    state = "**solved**" if "solved" in entry else ("tried" if entry.get("attempts") else "open")
    helped = [f"{entry['hints']} of 3 hints"] if entry.get("hints") else []
    helped += ["solution read"] if entry.get("solution_read") else []
    return ", ".join([state, *([tried] if entry.get("attempts") else []), *helped])


def _lines(id: str, verdict: Verdict, known: dict[str, Any]) -> list[str]:
    if verdict.outcome == "right":
        n = known.get("attempts", 1)
        solved = f"Solved with {n} checks." if n != 1 else "Solved at the first check."
        return [solved, *([verdict.form] if verdict.form else []), f'To compare with another way: solution("{id}").']
    tried = [f"Tried: {verdict.tried}."] if verdict.tried else []
    advice = [] if verdict.mistake or front_end() != "headless" else [f'Stuck? hint("{id}").']  # a button says so, where there is one
    return [*tried, verdict.found, *([verdict.mistake] if verdict.mistake else []), *advice]


def notice(outcome: str, title: str, lines: Sequence[str], details: str) -> None:
    """Show a box, and the same in plain text."""
    plain = "\n".join(filter(None, [f"{title}.", *lines, details]))
    display({"text/html": boxed(COLOURS[outcome], title, lines, details), "text/plain": plain}, raw=True)
