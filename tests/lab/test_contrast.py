"""Every colour that carries a meaning stands out from a light page and from a dark one, keeps its name, and stays apart from the others.

What the page does to a picture (`page/theme.css`) is computed here from the definitions of the CSS filters (Filter Effects, Compositing).
"""

import colorsys
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from dremeta_lite.lab import looks, style

CSS = Path(style.__file__).parent / "page" / "theme.css"
COLOURS = {**style.PALETTE, "ink": style.INK, "grey": style.GREY, "wine": looks.WINE, "indigo": looks.INDIGO}
PAGES = {"white": "#FFFFFF", "nearly white": "#F7F7F7", "JupyterLab's dark cells": "#111111", "dark grey": "#212121", "black": "#000000"}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
EYES = {  # linear light as seen by others: Machado, Oliveira and Fernandes, 2009, severity 1
    "most": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}


def rgb(text: str) -> np.ndarray:
    return np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def linear(colour: np.ndarray) -> np.ndarray:
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def turned(colour: np.ndarray) -> np.ndarray:
    """invert(1) hue-rotate(180deg)."""
    luminance = np.array([0.213, 0.715, 0.072])
    return np.clip(2 * luminance @ (1 - colour) - (1 - colour), 0, 1)  # the matrix of a half turn: 2 · luminance - 1


def on_page(colour: str, page: str) -> np.ndarray:
    """A colour of the picture as it is seen on a page: multiplied with a light one, or turned over and screened with a dark one."""
    c, behind = rgb(colour), rgb(page)
    return c * behind if behind.mean() > 0.5 else 1 - (1 - turned(c)) * (1 - behind)


def contrast(a: np.ndarray, b: np.ndarray) -> float:
    """As the WCAG define it."""
    low, high = sorted(float(linear(x) @ TO_XYZ[1]) for x in (a, b))
    return (high + 0.05) / (low + 0.05)


def lab(colour: np.ndarray, eye: np.ndarray) -> np.ndarray:
    """CIE L*a*b*, for an eye."""
    t = TO_XYZ @ np.clip(eye @ linear(colour), 0, 1) / TO_XYZ.sum(1)
    x, y, z = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_the_style_sheet_does_what_is_computed_here() -> None:
    css = CSS.read_text(encoding="utf-8")
    assert {*re.findall(r"--dremeta-turn: ([^;}]*[^;}\s])", css)} == {"none", "invert(1) hue-rotate(180deg)"}
    assert {*re.findall(r"--dremeta-blend: (\w+)", css)} == {"multiply", "screen", "normal"}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("colour", COLOURS.values(), ids=COLOURS)
def test_colours_stand_out(colour: str, page: str) -> None:
    paper = on_page("#FFFFFF", page)
    assert np.abs(paper - rgb(page)).max() < 0.01  # white becomes the page
    assert contrast(on_page(colour, page), paper) >= 3


@pytest.mark.parametrize("colour", looks.TASK_COLOURS.values(), ids=looks.TASK_COLOURS)
def test_a_colour_keeps_its_name_on_a_dark_page(colour: str) -> None:
    before, after = (colorsys.rgb_to_hsv(*c)[0] for c in (rgb(colour), on_page(colour, "#111111")))
    assert abs((before - after + 0.5) % 1 - 0.5) < 20 / 360


@pytest.mark.parametrize("page", ["#FFFFFF", "#111111"])
@pytest.mark.parametrize("eye", EYES.values(), ids=EYES)
def test_colours_of_tasks_and_learners_stay_apart(eye: np.ndarray, page: str) -> None:
    """Dashes and markers tell them apart as well."""
    seen = {name: lab(on_page(colour, page), eye) for name, colour in COLOURS.items() if name not in ("black", "ink", "grey")}
    distances = {(a, b): float(np.linalg.norm(seen[a] - seen[b])) for a, b in combinations(seen, 2)}
    assert min(distances.values()) > 8.5, min(distances, key=lambda pair: distances[pair])
