"""Where answers are judged: in a thread, unless a test is about the copy of the process that a notebook on Linux makes for each check."""

import pytest

from dremeta_lite.exercises import limits


@pytest.fixture
def in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy takes six times as long as most checks. What it is for is tested in `test_limits` and `test_hostile`, and it is used once for
    the reference and once for a wrong answer of each exercise."""
    monkeypatch.setattr(limits, "can_copy", lambda: False)
