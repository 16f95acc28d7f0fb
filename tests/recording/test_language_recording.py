"""The recording of notebook 15: a run holds what the tables show."""

from pathlib import Path

import pytest

from dremeta_lite.compare.language_tables import ROWS
from dremeta_lite.recording import languages


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("words", "pairs"),
        ("words", "plain"),
        ("grammar", "fast"),
        ("described", "row"),
        ("walk", "fast"),
        ("walk", "pairs"),
        ("products", "logits"),
        ("swapped", "fast"),
        ("gradient", "maml"),
    ],
)
def test_a_run_is_judged_at_its_stops(table: str, row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "STOPS", {table: (1, 2)})
    monkeypatch.setattr(languages, "JUDGED", 50)
    monkeypatch.setattr(languages, "WALKED", 50)
    monkeypatch.setattr(languages, "STEPPED", 20)
    monkeypatch.setattr(languages, "SWAPPED", 20)
    ticks: list[int] = []
    found = languages.run(table, row, 0, lambda: ticks.append(1), tmp_path)
    paid = {"heard", "unheard"} if table in ("grammar", "walk", "swapped") else set()
    more = {"swapped": {"keys", "four in a row", *(f"tries {first}" for first in (17, 25, 33, 49, 65, 81))}}.get(table, paid)
    steps = {f"{name} {i}" for name in ("paid", "far") for i in range(4)}
    assert {*found} == {"cpu_seconds"} | (steps if table == "gradient" else {"return"} | paid | more) and len(ticks) == 2
    assert all(len(values) == 2 for values in found.values())
    assert (tmp_path / languages.WALKER.name).exists() == ((table, row) == ("walk", "fast"))


def test_every_row_has_a_learner() -> None:
    assert {table: [*rows] for table, rows in languages.LEARNERS.items()} == {table: [*rows] for table, rows in ROWS.items()}
    assert {*languages.STOPS} == {*languages.SEEDS} == {*ROWS}
