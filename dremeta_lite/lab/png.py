"""A frame as PNG, in a third of the time that a general encoder takes for it.

A general encoder tries for each row which of five filters packs best. Here every row is what differs from the row above (filter "up"):
in a picture that is mostly background those are zeros. Source: W3C, Portable Network Graphics (third edition), sections 9.2 and 11.
"""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {3: 2, 4: 6}
"""By the number of channels: RGB, and RGB with transparency."""
NO_FILTER, UP = 0, 2


def png(pixels: np.ndarray) -> bytes:
    """Pixels [row, column, 3 or 4 channels], uint8, as a PNG file; lightly compressed, because every frame is sent once."""
    height, width, channels = pixels.shape
    flat = pixels.reshape(height, width * channels)
    rows = np.empty((height, 1 + width * channels), np.uint8)
    rows[0, 0], rows[1:, 0], rows[0, 1:] = NO_FILTER, UP, flat[0]
    np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])
    packer = zlib.compressobj(1, strategy=zlib.Z_RLE)
    header = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[channels], 0, 0, 0)
    packed = packer.compress(rows.data) + packer.flush()
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG file: its length, its kind, its data and their check sum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
