"""Holding an answer against an exercise: try its cases, compare, and say what was found, naming the mistake when it is a known one."""

import inspect
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from dremeta_lite.exercises.comparing import difference, fresh, in_text, name_of, show
from dremeta_lite.exercises.exercise import NOTHING, Case, Exercise, Mistake, NotYet, Wrong
from dremeta_lite.exercises.forms import bring, held, in_double, in_form, unlike, words
from dremeta_lite.exercises.limits import run_limited
from dremeta_lite.exercises.raising import same_reason
from dremeta_lite.exercises.verdict import Verdict, describe, in_words, reason, short
from dremeta_lite.exercises.watching import Crashed, Meter, OutOfMemory, Stopped, in_thread, is_allocation, said

CUT = re.compile("requires grad|have storage|torch.func|functorch|vmap")  # in what torch says where something else takes its numbers
STAY = "The values are right, but a gradient must flow through this function: it can only through torch, not through NumPy or `.item()`."
LONGEST_PRINT = 20  # lines of what the answer printed
PASSING = (KeyboardInterrupt, Stopped)  # no error of the answer's


@dataclass(frozen=True)
class Attempt:
    """What an answer did in one case."""

    case: Case
    result: Any = NOTHING
    error: BaseException | None = None
    complaint: str | None = None
    printed: str = ""

    def failed(self) -> bool:
        return self.error is not None or self.complaint is not None


def judge(exercise: Exercise, answer: Any, gigabytes: float = 2.0) -> Verdict:
    """Check an answer. Whatever the answer does, a verdict comes back; only a `KeyboardInterrupt` passes. The process is as before."""
    meter = Meter()
    warm_up(exercise)
    try:
        return Verdict(**run_limited(lambda: in_words(examine(exercise, answer, meter)), exercise.seconds, gigabytes, meter))
    except Crashed as crash:
        found = f"This ended Python itself ({short(said(crash))}). It ran in a copy, so nothing is lost."
        return Verdict("error", meter.note, found)
    except Stopped as stopped:
        found = reason(stopped, exercise.seconds, gigabytes)
        return Verdict("stopped", meter.note, found, printed=meter.printed.text(LONGEST_PRINT))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        whose = "What your function does or gives back cannot be looked at" if meter.note else "The check itself failed, not your answer"
        return Verdict("error", meter.note, f"{whose}: {short(said(error))}")


def warm_up(exercise: Exercise) -> None:
    """Call the reference once, so that what torch imports late is there before the clock starts, and in every copy of the process."""
    if exercise.id not in _warm:
        _warm.add(exercise.id)
        with suppress(Exception):
            for case in exercise.cases():
                exercise.reference(*fresh(case.arguments))


_warm: set[str] = set()


def examine(exercise: Exercise, answer: Any, meter: Meter) -> Verdict:
    """All cases, then all properties."""
    if not callable(answer):
        name = exercise.reference.__name__
        return Verdict(
            "wrong", found=f"The answer is {in_text(answer, show)}. Hand over the function itself, `{name}`, without parentheses."
        )
    with meter.excuse():
        cases = list(exercise.cases())
    attempts: list[Attempt] = []
    for case in cases:
        meter.at(case.tried)
        attempts.append(attempt(exercise, case, answer, meter))
        if isinstance(attempts[-1].error, NotYet):
            return Verdict("not yet", found="This exercise waits for your answer.")
    failed = next((a for a in attempts if a.failed()), None)
    if failed is not None:
        known = next((m.says for m in exercise.mistakes if is_that(exercise, m, answer, attempts, meter)), "")
        if failed.error is not None:
            kind, where = describe(failed.error, answer)
            return Verdict("error", failed.case.tried, kind, known, where, failed.printed)
        found = failed.complaint or ""
        return Verdict("wrong", failed.case.tried, found, known if known not in found else "", printed=failed.printed)
    form = other_form(model(exercise), attempts)
    try:
        for check in exercise.properties:
            check(in_form(answer, model(exercise)) if form else answer)
    except PASSING:
        raise
    except Wrong as wrong:
        return Verdict("wrong", found=said(wrong))
    except BaseException as error:
        kind, where = describe(error, answer)
        return Verdict("error", found=kind, mistake=STAY if CUT.search(said(error)) else "", trace=where)
    return Verdict("right", form=form)


def model(exercise: Exercise) -> Any:
    """What the reference returns in the first case: the form of all that it returns."""
    return exercise.reference(*fresh(next(iter(exercise.cases())).arguments))


def handed_back(exercise: Exercise, answer: Any, verdict: Verdict) -> Callable[..., Any]:
    """What the cells below are to use: the answer if it is right, its results in the form that they expect, else the reference."""
    if verdict.outcome != "right":
        return exercise.reference
    return in_form(answer, in_thread(lambda: model(exercise), Meter())) if verdict.form else answer


def other_form(like: Any, attempts: list[Attempt]) -> str:
    """If something came back in another form than that of `like`: a sentence that says in what they differ."""
    for tried in attempts:
        wanted = bring(tried.result, like, tried.case.arguments)
        if words(tried.result) != words(wanted):
            return f"What it returns is brought into the form that the cells below expect: {unlike(tried.result, wanted)}."
    return ""


def attempt(exercise: Exercise, case: Case, answer: Callable[..., Any], meter: Meter) -> Attempt:
    """Call the answer with fresh copies, and look at what comes back and at what it did to its arguments."""
    arguments = fresh(case.arguments)
    meter.printed.clear()
    try:
        result = held(answer(*arguments))
    except PASSING:
        raise
    except BaseException as error:
        if is_allocation(error):
            raise OutOfMemory from None
        return Attempt(case, error=error, printed=meter.printed.text(LONGEST_PRINT))
    try:
        complaint = complain(exercise, case, result, arguments)
    except PASSING:
        raise
    except BaseException as error:
        wanted = "" if case.expected is NOTHING else f"Expected {in_text(case.expected, show)}. "
        complaint = f"{wanted}What came back, of type {name_of(result)}, cannot be looked at: this raised {name_of(error)}: {said(error)}"
    return Attempt(case, result, complaint=complaint, printed=meter.printed.text(LONGEST_PRINT) if complaint else "")


def complain(exercise: Exercise, case: Case, result: Any, arguments: tuple[Any, ...]) -> str | None:
    """What is wrong with a result, or with what the call has done to its arguments; None if nothing is."""
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


def is_that(exercise: Exercise, mistake: Mistake, answer: Callable[..., Any], attempts: list[Attempt], meter: Meter) -> bool:
    """Whether the answer does in every case what this mistake does, computed as it stands or in double precision. If the mistake raises
    an error, the answer has to raise it at the same operation, for the same reason."""
    cases = [tried.case for tried in attempts]
    precise = [replace(case, arguments=in_double(case.arguments)) for case in cases]
    try:
        return any(
            all(is_that_in(exercise, case, tried, mistake, answer, meter) for case, tried in zip(given, attempts, strict=True))
            for given in (cases, precise)
        )
    except Exception:  # what cannot be looked at is like nothing
        return False


def is_that_in(exercise: Exercise, case: Case, tried: Attempt, mistake: Mistake, answer: Callable[..., Any], meter: Meter) -> bool:
    with meter.excuse():
        made = attempt(exercise, case, mistake.answer, meter)
    if made.error is not None or tried.error is not None:
        return type(made.error) is type(tried.error) and same_reason(case, mistake.answer, answer)
    return made.failed() == tried.failed() and difference(made.result, tried.result, case.tolerance) is None
