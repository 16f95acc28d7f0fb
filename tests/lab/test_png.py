"""Frames as PNG: what comes out of the file is what went in, to the bit."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dremeta_lite.lab.png import png


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([3, 4]), st.integers(0, 99))
def test_another_program_reads_the_same_pixels(height: int, width: int, channels: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)
    with Image.open(io.BytesIO(png(pixels))) as image:
        assert image.mode == ("RGB" if channels == 3 else "RGBA")
        image.load()  # checks the sums
        assert np.array_equal(np.asarray(image), pixels)


def test_flat_pictures_are_small() -> None:
    assert len(png(np.full((500, 1200, 3), 255, np.uint8))) < 20_000


def test_other_pixels_are_refused() -> None:
    with pytest.raises(KeyError):
        png(np.zeros((2, 2, 2), np.uint8))
