"""Progress survives restarts, damage and a folder that cannot be written."""

import json
import os
from pathlib import Path

import pytest

from dremeta_lite.exercises.progress import Progress, default_path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "progress.json"


def test_it_survives_a_restart(path: Path) -> None:
    Progress(path).attempt("06.adapt", "wrong")
    Progress(path).attempt("06.adapt", "right")
    Progress(path).attempt("06.adapt", "wrong")
    Progress(path).hint("06.adapt", 2)
    Progress(path).hint("06.adapt", 1)
    Progress(path).solution("06.adapt")
    entry = Progress(path).read()["exercises"]["06.adapt"]
    assert entry.pop("solved").startswith("20")
    assert entry == {"attempts": 3, "last": "wrong", "hints": 2, "solution_read": True}


def test_the_first_and_the_last_answer_of_a_quiz_are_kept(path: Path) -> None:
    for letter, right in (("a", False), ("c", True)):
        Progress(path).answer("06", 2, letter, right)
    assert Progress(path).read()["quizzes"] == {"06": {"2": {"first": "a", "first_right": False, "last": "c", "right": True}}}


def test_two_notebooks_at_once_lose_nothing(path: Path) -> None:
    one, two = Progress(path), Progress(path)
    one.attempt("01.a", "right")
    two.attempt("06.b", "right")
    one.attempt("01.c", "right")
    assert set(Progress(path).read()["exercises"]) == {"01.a", "06.b", "01.c"}


def test_what_a_newer_version_has_written_is_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"exercises": {"77.x": {"medal": "gold"}}, "quizzes": {}, "streak": 5}), encoding="utf-8")
    Progress(path).attempt("77.x", "right")
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["streak"] == 5 and record["exercises"]["77.x"]["medal"] == "gold"


DAMAGED = [b"", b"{", b"[]", b'{"exercises": 3}', b"\xff\xfe", b'{"exercises": {"a": 1}, "quizzes": {}}']


@pytest.mark.parametrize("content", [*DAMAGED, b'{"exercises": {}, "quizzes": {"06": {"1": 2}}}'])
def test_a_damaged_file_is_set_aside_with_a_notice(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    said: list[str] = []
    Progress(path, said.append).attempt("06.adapt", "right")
    aside = [other for other in path.parent.iterdir() if other != path]
    assert [other.read_bytes() for other in aside] == [content]
    assert len(said) == 1 and "damaged" in said[0] and str(aside[0]) in said[0]
    assert "solved" in Progress(path, said.append).read()["exercises"]["06.adapt"] and len(said) == 1


@pytest.mark.skipif(os.name == "nt", reason="needs a Unix folder")
def test_where_nothing_can_be_written_it_is_kept_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    said: list[str] = []
    progress = Progress(tmp_path / "file" / "progress.json", said.append)
    progress.attempt("06.adapt", "wrong")
    assert progress.attempt("06.adapt", "right")["attempts"] == 2
    assert len(said) == 1 and "kept in memory" in said[0]


def test_the_file_lies_outside_the_course(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So that a newer version in another folder finds it."""
    monkeypatch.delenv("DREMETA_PROGRESS")
    assert Path(__file__).parents[2] not in default_path().parents
    monkeypatch.setenv("DREMETA_PROGRESS", str(tmp_path / "mine.json"))
    assert default_path() == tmp_path / "mine.json"
