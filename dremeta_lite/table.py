"""A table, the one form in which recorded figures are printed: in notebooks, in README and in a terminal."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass


class Text(str):
    """Markdown. A notebook shows it as such, and it is an ordinary string otherwise."""

    def _repr_markdown_(self) -> str:
        return str(self)


def folded(text: str, title: str = "The measured table") -> Text:
    """Markdown that shows its title alone until it is opened, so that whoever runs all cells at once can still predict."""
    return Text(f"<details><summary><b>{title}</b></summary>\n\n{text}\n\n</details>")


@dataclass(frozen=True)
class Table:
    """Rows of text below their heads. A notebook shows it as it is.

    Args:
        head: what the columns are called.
        rows: the cells of each row.
        note: how to read it; stands below.
        title: stands above.

    Raises:
        ValueError: a row has more cells than there are columns, or fewer.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.head):
                raise ValueError(f"a row has {len(row)} cells, and the table {len(self.head)} columns: {row}")

    def markdown(self) -> Text:
        """As Markdown."""
        head, *rows = (f"| {' | '.join(cells)} |" for cells in (self.head, *self.rows))
        return Text("\n\n".join(part for part in (self.title, "\n".join([head, f"|{'---|' * len(self.head)}", *rows]), self.note) if part))

    def folded(self) -> Text:
        """As Markdown that is opened to be read; see `folded`."""
        return folded(self.markdown())

    def html(self) -> str:
        """As HTML, with heads that a screen reader knows. Rows in italics have the class `dremeta-compare`."""
        head, lines = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in self.head), []
        for row in self.rows:
            kind = ' class="dremeta-compare"' if row[0].startswith("*") else ""
            first, *rest = (html.escape(cell.strip("*")) for cell in row)
            lines.append(f'<tr{kind}><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>')
        caption = re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(self.note.replace("*", "")))
        return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"

    def _repr_markdown_(self) -> str:
        return self.markdown()


def together(*tables: Table) -> Text:
    """Several tables, one below the other."""
    return Text("\n\n".join(table.markdown() for table in tables))


def italic(row: Sequence[str]) -> list[str]:
    """The cells of a row in italics: what was not measured by us, or not trained."""
    return [f"*{cell}*" if cell else "" for cell in row]


def within(mean: float, low: float, high: float, decimals: int = 1) -> str:
    """A mean and its interval: "-3.4 [-3.6, -3.2]"."""
    return f"{mean:.{decimals}f} [{low:.{decimals}f}, {high:.{decimals}f}]"


def span(values: Sequence[float]) -> str:
    """One value, or the range of several: "50 to 300"."""
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
