"""Tables as Markdown, for notebooks, the README and the command line."""

from collections.abc import Iterable, Sequence


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]], note: str = "") -> str:
    """A head, a line a row, and below the table a paragraph on how to read it."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + (f"\n\n{note}" if note else "")


def folded(text: str, title: str = "The measured table") -> str:
    """Text that opens with a click, so that whoever runs all cells at once can still predict."""
    return f"<details><summary><b>{title}</b></summary>\n\n{text}\n\n</details>"


def span(values: Sequence[float]) -> str:
    """One value, or the range of several."""
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def within(mean: float, low: float, high: float, decimals: int = 1) -> str:
    """A mean and its interval: `1.5 [1.2, 1.8]`."""
    return f"{mean:.{decimals}f} [{low:.{decimals}f}, {high:.{decimals}f}]"
