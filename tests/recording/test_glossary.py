"""The glossary is made of one file, every lesson links to it, and each word is really explained where it says."""

import json
from pathlib import Path

import pytest

from dremeta_lite.recording import glossary

NOTEBOOKS = sorted(glossary.NOTEBOOKS.glob("*.ipynb"))
WORDS = glossary.words()


def text(path: Path) -> str:
    return "\n".join("".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"])


def test_the_committed_page_is_what_the_file_says(tmp_path: Path) -> None:
    """If not: `python3 -m dremeta_lite glossary`."""
    glossary.main(["--to", str(tmp_path / "page.html")])
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == glossary.FILE.read_text(encoding="utf-8")


def test_the_words_are_complete_sorted_and_once_each() -> None:
    assert all(all(word) for word in WORDS)
    terms = [word.term.lower() for word in WORDS]
    assert terms == sorted(terms) and len({word.place for word in WORDS}) == len(WORDS) > 100
    assert not [word.term for word in WORDS if not any("\u4e00" <= letter <= "\u9fff" for letter in word.chinese)], "no Chinese"


def test_a_lesson_uses_the_words_that_it_explains() -> None:
    lessons = {word.lesson: text(glossary.NOTEBOOKS / glossary.notebook(word.lesson)).lower() for word in WORDS}
    assert not [word.term for word in WORDS if word.term.lower() not in lessons[word.lesson]]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_links_to_it(path: Path) -> None:
    assert "](glossary.html)" in text(path)
