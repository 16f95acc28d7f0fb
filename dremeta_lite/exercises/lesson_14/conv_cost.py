"""Exercise 14.3 · what a convolution costs · 8 minutes, ★☆☆

1. How often does the window fit into a side of the picture, with its padding, if it moves by `stride` each time?
2. At each place and for each output channel the window is multiplied with its weights: kernel · kernel · channels numbers.
3. places ← (size + 2 · padding - kernel) // stride + 1;  return places² · kernel² · channels · outputs

Stride 2 quarters the places, and quarters them again for every layer that follows.
"""

from dremeta_lite.exercises.declaring import Cases, case, exercise


def conv_cost(size: int, channels: int, outputs: int, kernel: int, stride: int, padding: int) -> int:
    places = (size + 2 * padding - kernel) // stride + 1
    return places**2 * kernel**2 * channels * outputs


def counted(size: int, channels: int, outputs: int, kernel: int, stride: int, padding: int) -> int:
    """By going to every place."""
    along = sum(1 for left in range(-padding, size + padding, stride) if left + kernel <= size + padding)
    return along * along * kernel * kernel * channels * outputs


def cases() -> Cases:
    for words, *sizes in (
        ("12 × 12, kernel 3, same size", 12, 6, 16, 3, 1, 1),
        ("the same with stride 2", 12, 6, 16, 3, 2, 1),
        ("without padding", 12, 6, 16, 3, 1, 0),
        ("a side that is no multiple of the stride", 12, 2, 5, 3, 3, 1),
        ("patches", 12, 3, 8, 4, 4, 0),
        ("a window as large as the picture", 7, 4, 9, 7, 1, 0),
        ("much padding", 5, 2, 3, 3, 2, 2),
    ):
        yield case(words, *sizes, by=counted)


MISTAKES = """
// stride + 1 → + 1  # The window moves by `stride`, so it stops at fewer places.
(size + 2 * padding - kernel) // stride + 1 → size // stride  # The window has to fit: take off `kernel`, add the padding, and 1.
padding - kernel) // stride + 1 → padding) // stride  # The window has to fit: take off `kernel` before you divide, and add 1 then.
padding - kernel) → padding)  # The window has to fit into the padded picture, so take off `kernel` before you divide.
// stride + 1 → / stride + 1  # Places are whole: the window stops only where it fits, so divide with `//`.
# You round to the nearest. A window that does not fit any more has no place: divide with `//`, which rounds down.
    (size + 2 * padding - kernel) // stride + 1 → round((size + 2 * padding - kernel) / stride + 1)
// stride + 1 → // stride  # That is one place too few along each side: the window also stands at the beginning.
2 * padding → padding  # There is padding on both sides.
places**2 → places  # The picture has two sides.
kernel**2 → kernel  # The window has two sides, too.
* channels * outputs → * channels * outputs + places**2 * outputs  # A bias is added, not multiplied.
* channels →  # Each place looks through all input channels.
* outputs →  # Each output channel has weights of its own.
"""

EXERCISE = exercise(conv_cost, cases, MISTAKES, survivors={"`channels` and `outputs` swapped": "a product knows no order"})
