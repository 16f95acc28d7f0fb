"""What came of a check, in words."""

import inspect
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from dremeta_lite.exercises.comparing import name_of
from dremeta_lite.exercises.properties import advice, full_stop
from dremeta_lite.exercises.watching import BACKSTOP, LEAST_WAIT, Busy, OutOfMemory, Stopped, Waiting, said

Outcome = Literal["right", "wrong", "not yet", "error", "stopped"]
OURS = "dremeta_lite"
LONGEST_TRACE = 5  # places of the answer that a traceback shows
LONGEST_TEXT = 3000  # characters of each part of a verdict


@dataclass(frozen=True)
class Verdict:
    """What came of a check, in words alone: it may come from a copy of the process.

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


def reason(stopped: Stopped, seconds: float, gigabytes: float) -> str:
    """Why an answer was stopped, in a sentence that accuses it of no more than was seen."""
    if isinstance(stopped, OutOfMemory):
        found = f"This asked for more than {gigabytes:g} GB of memory and was stopped. How large is the largest thing that it makes?"
    elif isinstance(stopped, Waiting):
        waited = max(seconds, LEAST_WAIT)
        found = f"This did nothing for {waited:g} seconds and was stopped. Does it sleep, or wait for something that never comes?"
    elif isinstance(stopped, Busy):
        wall = BACKSTOP * max(seconds, LEAST_WAIT)
        found = f"This had not ended after {wall:g} seconds and was stopped. The machine may be busy: check again when less runs on it."
    else:
        found = f"This computed for {seconds:g} seconds without an end and was stopped. Does a loop in it never end?"
        if stopped.grew > gigabytes / 4:
            found += f" By then it had taken {stopped.grew:.1f} GB of memory: does something in it grow for ever?"
    left = " Nothing could end it: it runs on in the background and slows everything else down until you restart the kernel."
    return found + (left if stopped.left_behind else "")


def in_words(verdict: Verdict) -> dict[str, Any]:
    """Its texts, none longer than a reader wants."""
    return {name: short(text) for name, text in vars(verdict).items() if isinstance(text, str)}


def short(text: str) -> str:
    """The beginning and the end of a long text, and how much is missing. What no screen could show is replaced."""
    if len(text) > LONGEST_TEXT:
        text = f"{text[: LONGEST_TEXT * 3 // 4]} (… {len(text) - LONGEST_TEXT:,} characters left out …) {text[-LONGEST_TEXT // 4 :]}"
    return text.encode("utf-8", "replace").decode()


def describe(error: BaseException, answer: Callable[..., Any]) -> tuple[str, str]:
    """The error in a sentence, and the lines of the answer that led to it: neither those of the check nor those inside libraries."""
    frames, home = traceback.extract_tb(error.__traceback__), ""
    with suppress(Exception):  # it may be wrapped in a circle, or have no code of its own
        home = inspect.unwrap(answer).__code__.co_filename
    theirs = [frame for frame in frames if frame.filename == home or "ipykernel" in frame.filename or frame.filename.startswith("<")]
    theirs = [frame for frame in theirs if f"{OURS}/exercises/judging" not in frame.filename.replace("\\", "/")][-LONGEST_TRACE:]
    lines = [f"line {frame.lineno}, in {frame.name}: {(frame.line or '').strip()}".rstrip(": ") for frame in theirs]
    raised = full_stop(f"Your function raised {name_of(error)}: {said(error)}".rstrip(": "))
    return f"{raised} {advice(error)}".rstrip(), "\n".join(lines)
