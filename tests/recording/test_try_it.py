"""The page that needs no install is made of what `data/` holds, and of nothing else."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dremeta_lite import store
from dremeta_lite.lab.playground import pretrained
from dremeta_lite.recording import try_it

PAGE = try_it.FILE.read_text(encoding="utf-8")


def starts_in(page: str) -> dict[str, dict[str, Any]]:
    return json.loads(re.search(r'id="starts">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]


@pytest.mark.parametrize("name", try_it.EXPLAINED)
def test_the_committed_page_has_the_stored_parameters(name: str) -> None:
    """To the last bit; those of the fresh start up to rounding, since processors draw them differently."""
    start = starts_in(PAGE)[name]
    found = np.split(np.frombuffer(base64.b64decode(start["parameters"]), "<f4"), np.cumsum([n for _, n in start["shapes"]]))
    theta = pretrained(name)[1]
    assert [part for part, _ in start["shapes"]] == sorted(theta)
    for part, values in zip(sorted(theta), found, strict=False):
        expected = theta[part].numpy().ravel()
        assert np.array_equal(values, expected) if name != "fresh" else values == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("name", ["maml", "pooled"])
def test_the_step_size_is_the_one_that_the_file_recommends(name: str) -> None:
    _, notes = store.read(store.DATA / "navigation2d" / f"{name}.safetensors")
    assert starts_in(PAGE)[name]["alpha"] == notes["adapts_best_with"]


def test_all_else_in_it_is_as_it_would_be_made_now(tmp_path: Path) -> None:
    """If not: `python3 -m dremeta_lite try-it`."""
    try_it.main(["--to", str(tmp_path / "page.html")])
    made = (tmp_path / "page.html").read_text(encoding="utf-8")
    ours, now = starts_in(PAGE), starts_in(made)
    assert made.replace(now["fresh"]["parameters"], "") == PAGE.replace(ours["fresh"]["parameters"], "")


def test_it_is_small_and_asks_for_nothing() -> None:
    assert try_it.FILE.stat().st_size < 500_000
    assert not re.findall(r"\b(?:src|href|srcset)\s*=|url\(|@import|\bfetch\(|XMLHttpRequest|https?://", PAGE)


def test_no_place_in_it_is_left_empty() -> None:
    assert not re.findall(r"/\* [A-Z]+ \*/|<!-- [A-Z]+ -->", PAGE)
