"""Where a JPEG says how large it is, and which way up (ITU-T T.81 B.2; Exif 2.32, tag 0x0112)."""

from typing import Literal

_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))
_ORIENTATION = 0x0112
_ON_ITS_SIDE = range(5, 9)


def measure_jpeg(data: bytes) -> tuple[int, int] | None:
    """(width, height) as shown, or None if the bytes end before the frame header."""
    at = 2
    is_on_its_side = False
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        else:
            length = int.from_bytes(data[at + 2 : at + 4], "big")
            if marker in _FRAME_MARKERS:
                return _size(data[at + 5 : at + 9], is_on_its_side)
            if marker == 0xDA or length < 2:
                return None
            if marker == 0xE1:
                is_on_its_side |= _is_on_its_side(data[at + 4 : at + 2 + length])
            at += 2 + length
    return None


def _size(field: bytes, is_on_its_side: bool) -> tuple[int, int] | None:
    if len(field) < 4:
        return None
    height, width = int.from_bytes(field[:2], "big"), int.from_bytes(field[2:], "big")
    return (height, width) if is_on_its_side else (width, height)


def _is_on_its_side(segment: bytes) -> bool:
    if segment[:6] != b"Exif\0\0":
        return False
    tiff = segment[6:]
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"
    at = int.from_bytes(tiff[4:8], order)
    count = min(int.from_bytes(tiff[at : at + 2], order), 200)
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        if int.from_bytes(tiff[entry : entry + 2], order) == _ORIENTATION:
            return int.from_bytes(tiff[entry + 8 : entry + 10], order) in _ON_ITS_SIDE
    return False
