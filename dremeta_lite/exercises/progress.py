"""What a student has done so far: one small JSON file in their own folder, so that it survives restarts and newer versions."""

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from dremeta_lite.files import alone, write_atomically

Record = dict[str, Any]
EMPTY: Record = {"format": "dremeta_lite progress 1", "exercises": {}, "quizzes": {}}
DAMAGE = (ValueError, RecursionError)
PATIENCE_S = 30
"""How long to wait for another process, which needs a moment to write, before progress is kept in memory."""


def default_path() -> Path:
    """The file: what the environment variable DREMETA_PROGRESS names, else `progress.json` in the user's folder for data of programs."""
    named = os.environ.get("DREMETA_PROGRESS")
    return Path(named) if named else user_data_path("dremeta_lite", appauthor=False) / "progress.json"


class Progress:
    """Reads and writes the file. It is read before every change, by one process at a time, so that several notebooks may be open at once.

    Args:
        path: of the file; `default_path()` if None.
        notify: is given a sentence when something is wrong with the file. It is then kept in memory, and written as soon as it can be.
    """

    def __init__(self, path: Path | None = None, notify: Callable[[str], None] = print) -> None:
        self.path = default_path() if path is None else path
        self.notify = notify
        self._memory: Record = json.loads(json.dumps(EMPTY))
        self._unwritten: list[Callable[[Record], object]] = []
        self._complained = False

    def read(self) -> Record:
        """What is known: {"exercises": {id: {…}}, "quizzes": {lesson: {question: {…}}}}, and "predictions": {id: {…}} if there are any.

        A corrupt file is set aside first, never lost.
        """
        try:
            self._look()
        except DAMAGE:
            self._write()
        except OSError as error:
            self._complain(error)
        return self._memory

    def attempt(self, id: str, outcome: str) -> Record:
        """Note a check of an exercise; returns what is now known of it. An exercise once right stays solved."""

        now = datetime.now(UTC).isoformat(timespec="seconds")

        def note(entry: Record) -> None:
            entry["attempts"] = entry.get("attempts", 0) + 1
            entry["last"] = outcome
            if outcome == "right":
                entry.setdefault("solved", now)

        return self._change("exercises", id, note)

    def hint(self, id: str, rung: int) -> Record:
        """Note that a rung of the hints was read."""
        return self._change("exercises", id, lambda entry: entry.update(hints=max(rung, entry.get("hints", 0))))

    def solution(self, id: str) -> Record:
        """Note that the solution was read."""
        return self._change("exercises", id, lambda entry: entry.update(solution_read=True))

    def answer(self, lesson: str, question: int, letter: str, right: bool) -> Record:
        """Note an answer to question 1, 2, … of a quiz: the first one, and the last one."""

        def note(entry: Record) -> None:
            entry.setdefault(str(question), {"first": letter, "first_right": right}).update(last=letter, right=right)

        return self._change("quizzes", lesson, note)

    def predict(self, id: str, said: Any) -> Record:
        """Note a prediction, anything that JSON can hold: the first one, and the last one."""
        return self._change("predictions", id, lambda entry: entry.update(first=entry.get("first", said), said=said))

    def _change(self, part: str, key: str, change: Callable[[Record], object]) -> Record:
        note = lambda record: change(record.setdefault(part, {}).setdefault(key, {}))
        note(self._memory)
        self._unwritten.append(note)
        self._write()
        return self._memory[part][key]

    def _look(self) -> None:
        """Take in what the file says, with what could not be written yet. Raises OSError, or DAMAGE."""
        with suppress(FileNotFoundError):
            record = parse(self.path.read_bytes())
            for note in self._unwritten:
                note(record)
            self._memory = record

    def _write(self) -> None:
        """While no other process does: look at the file, set it aside if it is damaged, and write what is known now."""
        end = time.monotonic() + PATIENCE_S

        def wait() -> bool:
            time.sleep(0.01)
            return time.monotonic() < end

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with alone(self.path.with_name(f".{self.path.name}.lock"), wait):
                try:
                    self._look()
                except DAMAGE as damage:
                    self._set_aside(damage)
                write_atomically(self.path, encoded(self._memory))
            self._unwritten.clear()
        except OSError as error:
            self._complain(error)

    def _set_aside(self, damage: Exception) -> None:
        aside = self.path.with_name(f"{self.path.stem}.damaged-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}{self.path.suffix}")
        self.path.replace(aside)
        self.notify(f"Your progress file was damaged ({damage}). It was set aside as {aside}, and a new one is begun.")

    def _complain(self, error: OSError) -> None:
        if not self._complained:
            self.notify(
                f"Your progress cannot be kept in {self.path} ({error}). It is kept in memory until the kernel ends, and written as soon "
                "as that is possible."
            )
        self._complained = True


def parse(content: bytes) -> Record:
    """A file's record; UTF-16 and a byte-order mark, as editors write them, do not matter. Raises DAMAGE."""
    record = json.loads(content, object_pairs_hook=without_doubles)
    if not well_formed(record):
        raise ValueError("it is not a record of progress")
    encoded(record)  # what can be read but not be written is damage, too
    return record


def encoded(record: Record) -> bytes:
    return json.dumps(record, indent=1).encode()


def without_doubles(pairs: list[tuple[str, Any]]) -> Record:
    """A JSON object. Raises ValueError if a key stands in it twice: of the two, one would be lost."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands in it twice")
    return dict(pairs)


def well_formed(record: Any) -> bool:
    """Whether the parts that are read and written here are what they should be; anything else in the file is left as it is."""
    if not isinstance(record, dict) or not all(isinstance(record.get(part), dict) for part in ("exercises", "quizzes")):
        return False
    predictions = record.get("predictions", {})
    if not isinstance(predictions, dict):
        return False
    exercises, quizzes = record["exercises"].values(), record["quizzes"].values()
    counts = [entry.get(name, 0) for entry in exercises if isinstance(entry, dict) for name in ("attempts", "hints")]
    answers = [answer for quiz in quizzes if isinstance(quiz, dict) for answer in quiz.values()]
    return all(isinstance(x, dict) for x in [*exercises, *quizzes, *answers, *predictions.values()]) and all(
        isinstance(x, int) and 0 <= x < 10**9 for x in counts
    )
