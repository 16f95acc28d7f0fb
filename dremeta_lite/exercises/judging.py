"""Holding an answer against an exercise: try its cases, compare, and say what was found, naming the mistake when it is a known one."""

import contextlib
import inspect
import io
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from dremeta_lite.exercises.comparing import difference, fresh, show
from dremeta_lite.exercises.exercise import NOTHING, Case, Exercise, Mistake, NotYet, Wrong
from dremeta_lite.exercises.forms import bring, held, in_form, words
from dremeta_lite.exercises.limits import OutOfMemory, OutOfTime, is_allocation, run_limited
from dremeta_lite.exercises.raising import same_reason

Outcome = Literal["right", "wrong", "not yet", "error", "stopped"]
OURS = "dremeta_lite"
CUT = re.compile("requires grad|have storage|torch.func|functorch|vmap")  # in what torch says where something else takes its numbers
STAY = "The values are right, but a gradient must flow through this function: it can only through torch, not through NumPy or `.item()`."
LONGEST_TRACE = 5  # places of the answer that a traceback shows
LONGEST_PRINT = 20  # lines of what the answer printed


@dataclass(frozen=True)
class Verdict:
    """What came of a check.

    Attributes:
        tried: the case that failed, in words; empty if it was none.
        found: what was expected and what came, or what else went wrong.
        mistake: what the exercise has to say to this very mistake; empty if it is none that it knows.
        trace: where in the answer an error was raised, as short as possible.
        printed: what the answer printed in the case that failed.
        form: in what the form of a right answer's results differs from what the cells below expect; empty if in nothing.
    """

    outcome: Outcome
    tried: str = ""
    found: str = ""
    mistake: str = ""
    trace: str = ""
    printed: str = ""
    form: str = ""

    @property
    def message(self) -> str:
        """Everything in one text."""
        tried = f"Tried: {self.tried}." if self.tried else ""
        return " ".join(filter(None, [tried, self.found, self.mistake]))


@dataclass(frozen=True)
class Attempt:
    """What an answer did in one case."""

    case: Case
    result: Any = NOTHING
    error: Exception | SystemExit | None = None
    complaint: str | None = None
    printed: str = ""

    def failed(self) -> bool:
        return self.error is not None or self.complaint is not None


def judge(exercise: Exercise, answer: Any, gigabytes: float = 2.0) -> Verdict:
    """Check an answer. Whatever the answer does, a verdict comes back; only a `KeyboardInterrupt` passes."""
    if not callable(answer):
        name = exercise.reference.__name__
        return Verdict("wrong", found=f"The answer is {show(answer)}. Hand over the function itself, `{name}`, without parentheses.")
    progress: list[str] = []
    try:
        return run_limited(lambda: examine(exercise, answer, progress), exercise.seconds, gigabytes)
    except OutOfTime:
        found = f"This did not end within {exercise.seconds:g} seconds and was stopped. Does a loop in it never end?"
        return Verdict("stopped", tried="".join(progress[-1:]), found=found)
    except OutOfMemory:
        found = f"This asked for more than {gigabytes:g} GB of memory and was stopped. How large is the largest thing that it makes?"
        return Verdict("stopped", tried="".join(progress[-1:]), found=found)


def examine(exercise: Exercise, answer: Callable[..., Any], progress: list[str]) -> Verdict:
    """All cases, then all properties."""
    cases, attempts = list(exercise.cases()), []
    for case in cases:
        progress.append(case.tried)
        attempts.append(attempt(exercise, case, answer))
        if isinstance(attempts[-1].error, NotYet):
            return Verdict("not yet", found="This exercise waits for your answer.")
    failed = next((a for a in attempts if a.failed()), None)
    if failed is not None:
        known = next((m.says for m in exercise.mistakes if is_that(exercise, m, answer, attempts)), "")
        if failed.error is not None:
            kind, where = describe(failed.error, answer)
            return Verdict("error", failed.case.tried, kind, known, where, failed.printed)
        found = failed.complaint or ""
        return Verdict("wrong", failed.case.tried, found, known if known not in found else "", printed=failed.printed)
    form = other_form(model(exercise), attempts)
    try:
        for check in exercise.properties:
            check(in_form(answer, model(exercise)) if form else answer)
    except Wrong as wrong:
        return Verdict("wrong", found=str(wrong))
    except (Exception, SystemExit) as error:
        kind, where = describe(error, answer)
        return Verdict("error", found=kind, mistake=STAY if CUT.search(str(error)) else "", trace=where)
    return Verdict("right", form=form)


def model(exercise: Exercise) -> Any:
    """What the reference returns in the first case: the form of all that it returns."""
    return exercise.reference(*fresh(next(iter(exercise.cases())).arguments))


def handed_back(exercise: Exercise, answer: Any, verdict: Verdict) -> Callable[..., Any]:
    """What the cells below are to use: the answer if it is right, its results in the form that they expect, else the reference."""
    if verdict.outcome != "right":
        return exercise.reference
    return in_form(answer, model(exercise)) if verdict.form else answer


def other_form(like: Any, attempts: list[Attempt]) -> str:
    """If something came back in another form than that of `like`: a sentence that names both."""
    for tried in attempts:
        came, wanted = words(tried.result), words(bring(tried.result, like, tried.case.arguments))
        if came != wanted:
            return f"The cells below expect another form, {wanted} instead of {came}: what it returns is brought into that form."
    return ""


def attempt(exercise: Exercise, case: Case, answer: Callable[..., Any]) -> Attempt:
    """Call the answer with fresh copies, and look at what comes back and at what it did to its arguments."""
    arguments = fresh(case.arguments)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            result = held(answer(*arguments))
    except (Exception, SystemExit) as error:
        if isinstance(error, MemoryError) or is_allocation(error):
            raise OutOfMemory from error
        return Attempt(case, error=error, printed=last_lines(printed))
    complaint = complain(exercise, case, result, arguments)
    return Attempt(case, result, complaint=complaint, printed=last_lines(printed) if complaint else "")


def complain(exercise: Exercise, case: Case, result: Any, arguments: tuple[Any, ...]) -> str | None:
    if case.expected is not NOTHING and (found := difference(case.expected, result, case.tolerance)):
        return found
    if case.accept is not None:
        like = exercise.reference(*fresh(case.arguments))
        if found := difference(like, result, None) or case.accept(bring(result, like, case.arguments), *arguments):
            return found
    names = list(inspect.signature(exercise.reference).parameters)
    for name, before, after in zip(names, case.arguments, arguments, strict=False):
        if name not in case.changes and difference(before, after, 0.0) is not None:
            return f"The argument `{name}` was changed by the call. Make a new value instead of writing into what was handed in."
    return None


def is_that(exercise: Exercise, mistake: Mistake, answer: Callable[..., Any], attempts: list[Attempt]) -> bool:
    """Whether the answer does in every case what this mistake does; where that is to fail, at the same operation for the same reason."""
    for tried in attempts:
        made = attempt(exercise, tried.case, mistake.answer)
        if made.error is not None or tried.error is not None:
            if type(made.error) is not type(tried.error) or not same_reason(tried.case, mistake.answer, answer):
                return False
        elif made.failed() != tried.failed() or difference(made.result, tried.result, tried.case.tolerance) is not None:
            return False
    return True


def describe(error: Exception | SystemExit, answer: Callable[..., Any]) -> tuple[str, str]:
    """The error in a sentence, and the lines of the answer that led to it: neither those of the check nor those inside libraries."""
    home = inspect.unwrap(answer).__code__.co_filename if hasattr(inspect.unwrap(answer), "__code__") else ""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if frame.filename == home or "ipykernel" in frame.filename or frame.filename.startswith("<")]
    theirs = [frame for frame in theirs if f"{OURS}/exercises/judging" not in frame.filename.replace("\\", "/")][-LONGEST_TRACE:]
    lines = [f"line {frame.lineno}, in {frame.name}: {(frame.line or '').strip()}".rstrip(": ") for frame in theirs]
    return f"Your function raised {type(error).__name__}: {error}", "\n".join(lines)


def last_lines(printed: io.StringIO) -> str:
    return "\n".join(printed.getvalue().splitlines()[-LONGEST_PRINT:])
