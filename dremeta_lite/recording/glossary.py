"""Makes `notebooks/glossary.html`: the words of the course, English and Chinese, from `data/glossary.tsv`.

python3 -m dremeta_lite glossary                a moment
python3 -m dremeta_lite glossary --to FILE      into a file of your own
"""

import csv
import html
import re
from collections.abc import Sequence
from typing import NamedTuple

from dremeta_lite import store
from dremeta_lite.files import write_atomically
from dremeta_lite.recording.runner import options

NOTEBOOKS = store.DATA.parent / "notebooks"
FILE = NOTEBOOKS / "glossary.html"
STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid rgb(128 128 128 / .4); }
thead th { position: sticky; top: 0; background: Canvas; }
td:nth-child(2), td:last-child { white-space: nowrap; }
tr:target { outline: 2px solid; }
"""


class Word(NamedTuple):
    """A line of the file: a term, what it is in Chinese, the lesson that explains it, and what it means in the course's words."""

    term: str
    chinese: str
    lesson: str
    meaning: str

    @property
    def place(self) -> str:
        """What a link to it ends with: `inner-loop`."""
        return re.sub(r"\W+", "-", self.term.lower())


def words() -> list[Word]:
    """All of them, in the order of the alphabet."""
    with (store.DATA / "glossary.tsv").open(encoding="utf-8", newline="") as file:
        return [Word(**row) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def notebook(lesson: str) -> str:
    """The file name of a lesson ("06b"). Raises StopIteration: there is none."""
    return next(path.name for path in sorted(NOTEBOOKS.glob("*.ipynb")) if path.name.startswith(f"{lesson}_"))


def row(word: Word) -> str:
    term, chinese, meaning = map(html.escape, (word.term, word.chinese, word.meaning))
    return (
        f'<tr id="{word.place}"><th scope="row">{term}</th><td lang="zh">{chinese}</td><td>{meaning}</td>'
        f'<td><a href="{notebook(word.lesson)}">{word.lesson}</a></td></tr>'
    )


def page(found: Sequence[Word]) -> str:
    """The whole file. It needs no script, so JupyterLab shows it without asking whether to trust it."""
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("English", "中文", "In this course", "Lesson"))
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">',
            f"<title>Glossary · dremeta_lite</title>\n<style>{STYLE}</style>",
            f"<h1>Glossary · 术语表</h1>\n<p>The {len(found)} words that the course uses, and the lesson that explains each.</p>",
            f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>",
            *map(row, found),
            "</tbody>\n</table>\n</html>\n",
        )
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the file."""
    chosen = options("glossary", "Make the page that lists the words of the course.", arguments, FILE)
    write_atomically(chosen.to, page(words()).encode())
    print(f"{chosen.to}: {len(words())} words")
