"""Published figures beside ours. A row is an agent in a setting: the paper's figure, ours with its interval, and what it took.

Rows are kept in `data/published/*.json`. A learner that was trained elsewhere adds its rows with `Row` and `write`, and they appear in the
same tables.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dremeta_lite import store
from dremeta_lite.table import Table, within

FOLDER = store.DATA / "published"
TITLES = {"bandits": "Bernoulli bandits (n pulls, k arms)", "mdps": "Random MDPs (10 states, 5 actions, n episodes of 10 steps)"}
WHY_EMPTY = {
    "RL²": "*RL²* has no figure at {}: we have not trained it there.",
    "Bayes-optimal, exact": "It has no figure where there are too many states of knowledge to compute it.",
}
VERSIONS = ("version", "torch", "python", "threads")
"""What `write` adds to the origin by itself."""


class Row(NamedTuple):
    """A published figure beside ours."""

    name: str
    setting: str
    paper: float | None
    """None: the paper has no such row."""
    ours: float
    low: float
    high: float
    """A 95 % bootstrap interval of our mean; both equal to it where it is exact."""
    cpu_s: float
    error: float = 0.0
    """The standard error of our mean."""
    paper_error: float = 0.0
    """That of the paper's mean, as far as it can be told."""
    trials: int = 0
    """How many tasks ours is the mean of; 0 where it is exact."""
    parameters: dict[str, float] = {}  # noqa: RUF012 (never changed)
    """Tuned constants."""
    decimals: int = 1

    @property
    def distance(self) -> float:
        """Ours minus the paper's in standard errors of the difference; the paper's rounding counts too. 0 where there is no figure."""
        if self.paper is None:
            return 0.0
        rounding = 10.0**-self.decimals / math.sqrt(12)
        return (self.ours - self.paper) / math.sqrt(self.error**2 + self.paper_error**2 + rounding**2)

    @property
    def differs(self) -> bool:
        """More than three standard errors away: by chance in one row of 370."""
        return abs(self.distance) > 3


def write(path: Path, rows: Sequence[Row], source: str, notes: dict[str, str], **origin: Any) -> None:
    """Write rows and where they come from; whole or not at all.

    Args:
        source: the paper.
        notes: by the name of a row, a sentence that belongs below the table.
        origin: command, seeds, and whatever else is needed to make the rows again.
    """
    found = {"source": source, "notes": notes, "origin": {**store.versions(), **origin}, "rows": [row._asdict() for row in rows]}
    store.write_figures(path, found)


def seeds_in_words(counts: Mapping[str, int]) -> str:
    """How many seeds the agents of a table have: "5 seeds", or also which of them has more, by its title, and why."""
    usual = min(counts.values())
    more = {count: [title for title in counts if counts[title] == count] for count in sorted({*counts.values()} - {usual})}
    return f"{usual} seeds" + "".join(f"; {count} of {' and '.join(titles)}, whose seeds differ most" for count, titles in more.items())


def published(name: str, settings: Sequence[str] = ()) -> Table:
    """The rows of the file `data/published/NAME.json`, an agent a line and a setting a column.

    Args:
        name: of the file: "bandits" or "mdps".
        settings: only these columns, for a narrow page; all if empty.

    Raises:
        store.StoreError: the file is missing.
    """
    rows, found = read(name)
    rows = [row for row in rows if not settings or row.setting in settings]
    return as_table(rows, f"**{TITLES.get(name, name)}**: {found['source']}.", caption(rows, found))


def as_table(rows: Sequence[Row], title: str = "", note: str = "") -> Table:
    """An agent a line, a setting a column, our mean [interval] and the paper's figure in a cell."""
    settings, names = list(dict.fromkeys(r.setting for r in rows)), list(dict.fromkeys(r.name for r in rows))
    cells = {(r.name, r.setting): cell(r) for r in rows}
    seconds = {name: f"{sum(r.cpu_s for r in rows if r.name == name):.1f}" for name in names}
    lines = [[name, *(cells.get((name, setting), "") for setting in settings), seconds[name]] for name in names]
    return Table(["agent", *settings, "CPU-s"], lines, note, title)


def cell(row: Row) -> str:
    """Ours, its interval, and the paper's figure in italics; ≠ where they differ by more than three standard errors."""
    digits = row.decimals + (row.decimals < 2 and row.ours < 20)
    text = within(row.ours, row.low, row.high, digits) if row.low < row.high else f"{row.ours:.{digits}f}"
    return text if row.paper is None else f"{text} {'≠' if row.differs else '·'} *{row.paper:.{row.decimals}f}*"


def caption(rows: Sequence[Row], found: dict) -> str:
    """How to read it, what was tuned to what, and why some rows differ."""
    compared = [row for row in rows if row.paper is not None]
    differ = [row for row in compared if row.differs]
    agree = len(compared) - len(differ)
    text = f"Ours [95 % bootstrap interval over tasks] · *the paper's*; CPU-seconds with tuning. {agree} of {len(compared)} figures agree "
    text += "within three standard errors of the difference (the paper's error follows from its 1000 tasks)"
    text += "; ≠ marks the others. " if differ else ". "
    names, settings = dict.fromkeys(row.name for row in rows), dict.fromkeys(row.setting for row in rows)
    for name in names:
        gaps = [setting for setting in settings if (name, setting) not in {(row.name, row.setting) for row in rows}]
        text += f"{found.get('notes', {}).get(name, '')} {WHY_EMPTY.get(name, '').format('; '.join(gaps)) if gaps else ''} "
    return " ".join(text.split()) + f" Made by `{found['origin']['command']}`."


def read(name: str, folder: Path | None = None) -> tuple[list[Row], dict[str, Any]]:
    """The rows of `data/published/NAME.json`, or of that file in another folder, and all the rest of it.
    Raises store.StoreError: the file is missing."""
    found = store.read_figures((folder or FOLDER) / f"{name}.json", "published")
    return [Row(**row) for row in found["rows"]], {name: x for name, x in found.items() if name != "rows"}
