"""The cover of what has none: a quiet sheet with an open book, drawn without an image library.

PNG with a palette (W3C PNG, third edition: IHDR, PLTE, IDAT, IEND), a few hundred bytes.
"""

import struct
import zlib
from functools import cache

_COLOURS = bytes.fromhex("e4e0d8 b9b3a6 8a8479".replace(" ", ""))
_SHEET, _FAINT, _LINE = range(3)


@cache
def placeholder(width: int) -> bytes:
    """A PNG of the cover's shape, 2:3."""
    height = width * 3 // 2
    rows = b"".join(b"\0" + _row(y / width, width) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        _chunk(b"IHDR", header),
        _chunk(b"PLTE", _COLOURS),
        _chunk(b"IDAT", zlib.compress(rows, 9)),
        _chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _row(y: float, width: int) -> bytes:
    half = [_colour(x / width, y) for x in range(width // 2)]
    return bytes(half + half[::-1])


def _colour(x: float, y: float) -> int:
    """Of a point in the left half; both axes in widths of the image, the book being 0.36 wide."""
    across = (0.5 - x) / 0.18
    if across > 1.06:
        return _SHEET
    # The pages hang from the spine in a shallow curve.
    bend = 0.035 * (1 - (1 - across) ** 2)
    top, foot = 0.645 - bend, 0.865 - bend
    is_edge = min(abs(y - top), abs(y - foot)) < 0.008 or across > 0.95 or across < 0.045
    if top - 0.008 < y < foot + 0.008:
        if is_edge:
            return _LINE
        is_text = 0.18 < across < 0.8 and any(
            abs(y - top - at) < 0.007 for at in (0.06, 0.11, 0.16)
        )
        return _FAINT if is_text else _SHEET
    return _SHEET


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
