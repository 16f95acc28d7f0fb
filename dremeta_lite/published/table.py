"""Tables of published figures beside ours, as Markdown: for the README and for notebook 10. Every number comes from `data/published/`."""

from collections.abc import Sequence

from dremeta_lite.published import finn
from dremeta_lite.published.rows import Row, read
from dremeta_lite.table import markdown

TITLES = {"bandits": "Bernoulli bandits (n pulls, k arms)", "mdps": "Random MDPs (10 states, 5 actions, n episodes of 10 steps)"}
WHY_EMPTY = {
    "RL²": "*RL²* has no figure at {}: we have not trained it there.",
    "Bayes-optimal, exact": "It has no figure where there are too many states of knowledge to compute it.",
}
STARTS = {
    "2D navigation (mean return after so many gradient steps)": finn.navigation,
    "Sinusoids (mean squared error after so many gradient steps on 5 points)": finn.sinusoids,
}


def published_markdown(*names: str, settings: Sequence[str] = ()) -> str:
    """The rows of the files `data/published/NAME.json`, an agent a line and a setting a column; files of one title share a table.

    Args:
        names: of the files; "bandits" and "mdps" if none is given.
        settings: only these columns, for a narrow page; all if empty.

    Raises:
        store.StoreError: a file is missing.
    """
    return "\n\n".join(_one(name, settings) for name in names or tuple(TITLES))


def starts_markdown() -> str:
    """Learned starting points on the two problems of Finn et al. 2017, in the same form.

    Raises:
        store.StoreError: a file is missing.
    """
    parts = []
    for title, table in STARTS.items():
        rows, how = table()
        parts += [f"**{title}**: {finn.SOURCE}.", as_table(rows), how]
    return "\n\n".join(parts)


def _one(name: str, settings: Sequence[str]) -> str:
    rows, found = read(name)
    rows = [row for row in rows if not settings or row.setting in settings]
    text = [f"**{TITLES.get(name, name)}**: {found['source']}.", as_table(rows), caption(rows, found)]
    return "\n\n".join(part for part in text if part)


def as_table(rows: Sequence[Row]) -> str:
    """An agent a line, a setting a column, our mean [interval] and the paper's figure in a cell."""
    settings, names = list(dict.fromkeys(r.setting for r in rows)), list(dict.fromkeys(r.name for r in rows))
    place = {(r.name, r.setting): r for r in rows}
    lines = []
    for name in names:
        cells = [cell(place[name, setting]) if (name, setting) in place else "" for setting in settings]
        lines.append([name, *cells, f"{sum(r.cpu_s for r in rows if r.name == name):.1f}"])
    return markdown(["agent", *settings, "CPU-s"], lines)


def cell(row: Row) -> str:
    """Ours, its interval, and the paper's figure in italics; ≠ where they differ by more than three standard errors."""
    digits = row.decimals + (row.decimals < 2 and row.ours < 20)
    text = f"{row.ours:.{digits}f}"
    if row.low < row.high:
        text += f" [{row.low:.{digits}f}, {row.high:.{digits}f}]"
    if row.paper is not None:
        text += f" {'≠' if row.differs else '·'} *{row.paper:.{row.decimals}f}*"
    return text


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
