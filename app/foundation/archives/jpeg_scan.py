"""Whether the picture in a JPEG goes on to its end (ITU-T T.81 B.1.1, B.2.3, F.1.2.3, G.1.1).

Where its data ends too early but its end is marked, decoders paint the rest grey, or blurred, and call
that a warning, which Pillow does not pass on. Of one scan the mark is taken away: then decoders ask
for more, and Pillow says so (`open_ended`). Of several, those that never came are missed by what they
should have brought (`lacks_scans`); only the last one may be short without anybody seeing it.
"""

import re
from collections.abc import Iterator

_SEQUENTIAL = (0xC0, 0xC1, 0xC9)
_FRAMES = (*_SEQUENTIAL, 0xC2, 0xCA)
_SCAN = 0xDA
_END = b"\xff\xd9"
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xDA))
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
_LOOKED_AHEAD = bytes(32)
"""Decoders read this far before they know that they need no more."""
_COEFFICIENTS = 64


def open_ended(data: bytes) -> bytes:
    """The same file without the mark at its end, if that is where its only scan ends."""
    start = _only_scan(data)
    if not start:
        return data
    end = len(data) - len(_END) if data.endswith(_END) else data.find(_END, start)
    return data if end < 0 else data[:end] + _LOOKED_AHEAD


def lacks_scans(data: bytes) -> bool:
    """Whether a part of the picture was begun in a scan, or in none, and never brought to its end."""
    if _only_scan(data):
        return False
    bits_left: dict[int, list[int]] = {}
    is_sequential = False
    for marker, segment, _end in _segments(data):
        if marker in _FRAMES:
            is_sequential = marker in _SEQUENTIAL
            bits_left = {component: [1] * _COEFFICIENTS for component in segment[6::3]}
        elif marker == _SCAN and len(segment) > 3:
            first, last, bits = (0, _COEFFICIENTS - 1, 0) if is_sequential else segment[-3:]
            for component in segment[1 : 2 * segment[0] : 2]:
                if component in bits_left and last < _COEFFICIENTS:
                    bits_left[component][first : last + 1] = [bits & 15] * (last + 1 - first)
    return any(any(left) for left in bits_left.values())


def _only_scan(data: bytes) -> int:
    """Where its data begins; 0 where there are several scans, or nobody knows."""
    components = 0
    for marker, segment, end in _segments(data):
        if marker in _FRAMES:
            components = segment[5] if marker in _SEQUENTIAL and len(segment) > 5 else 0
        elif marker == _SCAN:
            return end if components and segment[:1] == bytes([components]) else 0
    return 0


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Each marker with what belongs to it and where that ends, but for the data of scans."""
    at = 2
    while found := _MARKER.search(data, at):
        marker, at = found[1][0], found.end()
        segment = b""
        if marker not in _WITHOUT_LENGTH:
            start, at = at + 2, max(at + 2, at + int.from_bytes(data[at : at + 2], "big"))
            segment = data[start:at]
        yield marker, segment, at
        if marker == _END[1]:
            return
