"""The recording of notebook 15: a run holds what the tables show."""

from pathlib import Path

import pytest

from dremeta_lite.compare.language_tables import ROWS
from dremeta_lite.recording import languages


@pytest.mark.parametrize(
    ("table", "row"), [("words", "pairs"), ("words", "plain"), ("grammar", "fast"), ("described", "row"), ("walk", "fast")]
)
def test_a_run_is_judged_at_its_stops(table: str, row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "STOPS", {table: (1, 2)})
    monkeypatch.setattr(languages, "JUDGED", 50)
    monkeypatch.setattr(languages, "WALKED", 50)
    ticks: list[int] = []
    found = languages.run(table, row, 0, lambda: ticks.append(1), tmp_path)
    assert {*found} == {"return", "cpu_seconds"} | ({"heard", "unheard"} if table in ("grammar", "walk") else set()) and len(ticks) == 2
    assert all(len(values) == 2 for values in found.values())
    assert (tmp_path / languages.WALKER.name).exists() == (table == "walk")


def test_every_row_has_a_learner() -> None:
    assert {table: [*rows] for table, rows in languages.LEARNERS.items()} == {table: [*rows] for table, rows in ROWS.items()}
    assert {*languages.STOPS} == {*languages.SEEDS} == {*ROWS}
