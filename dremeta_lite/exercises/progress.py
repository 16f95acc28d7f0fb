"""What a student has done so far: one small JSON file in their own folder, so that it survives restarts and newer versions."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from dremeta_lite.store import write_atomically

Record = dict[str, Any]
EMPTY: Record = {"format": "dremeta_lite progress 1", "exercises": {}, "quizzes": {}}


def default_path() -> Path:
    """The file: what the environment variable DREMETA_PROGRESS names, else `progress.json` in the user's folder for data of programs."""
    named = os.environ.get("DREMETA_PROGRESS")
    return Path(named) if named else user_data_path("dremeta_lite", appauthor=False) / "progress.json"


class Progress:
    """Reads and writes the file. It is read before every change, so that two notebooks may be open at once.

    Args:
        path: of the file; `default_path()` if None.
        notify: is given a sentence when something is wrong with the file. Progress is then still kept in memory.
    """

    def __init__(self, path: Path | None = None, notify: Callable[[str], None] = print) -> None:
        self.path = default_path() if path is None else path
        self.notify = notify
        self._memory: Record = json.loads(json.dumps(EMPTY))
        self._complained = False

    def read(self) -> Record:
        """What is known: {"exercises": {id: {…}}, "quizzes": {lesson: {question: {…}}}}. A corrupt file is set aside first, never lost."""
        try:
            record = json.loads(self.path.read_text(encoding="utf-8"))
            if not well_formed(record):
                raise ValueError("it is not a record of progress")
        except FileNotFoundError:
            return self._memory
        except OSError as error:
            self._complain(f"Your progress in {self.path} cannot be read ({error}). It is kept in memory until the kernel ends.")
            return self._memory
        except ValueError as error:
            self._set_aside(error)
            return self._memory
        self._memory = record
        return record

    def attempt(self, id: str, outcome: str) -> Record:
        """Note a check of an exercise; returns what is now known of it. An exercise once right stays solved."""

        def note(entry: Record) -> None:
            entry["attempts"] = entry.get("attempts", 0) + 1
            entry["last"] = outcome
            if outcome == "right":
                entry.setdefault("solved", datetime.now(UTC).isoformat(timespec="seconds"))

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

    def _change(self, part: str, key: str, change: Callable[[Record], None]) -> Record:
        record = self.read()
        entry = record[part].setdefault(key, {})
        change(entry)
        self._memory = record
        try:
            write_atomically(self.path, json.dumps(record, indent=1, ensure_ascii=False).encode())
        except OSError as error:
            self._complain(f"Your progress cannot be written to {self.path} ({error}). It is kept in memory until the kernel ends.")
        return entry

    def _set_aside(self, error: Exception) -> None:
        aside = self.path.with_name(f"{self.path.stem}.damaged-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}{self.path.suffix}")
        try:
            self.path.replace(aside)
        except OSError as trouble:
            self._complain(f"Your progress in {self.path} is damaged ({error}) and cannot be set aside ({trouble}): kept in memory.")
        else:
            self.notify(f"Your progress file was damaged ({error}). It was set aside as {aside}, and a new one is begun.")

    def _complain(self, text: str) -> None:
        if not self._complained:
            self.notify(text)
        self._complained = True


def well_formed(record: Any) -> bool:
    """Whether the parts that are read and written here are what they should be; anything else in the file is left as it is."""
    if not isinstance(record, dict) or not all(isinstance(record.get(part), dict) for part in ("exercises", "quizzes")):
        return False
    exercises, quizzes = record["exercises"].values(), record["quizzes"].values()
    counts = [entry.get(name, 0) for entry in exercises if isinstance(entry, dict) for name in ("attempts", "hints")]
    answers = [answer for quiz in quizzes if isinstance(quiz, dict) for answer in quiz.values()]
    return all(isinstance(x, dict) for x in [*exercises, *quizzes, *answers]) and all(isinstance(x, int) for x in counts)
