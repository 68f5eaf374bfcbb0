"""Whether the picture in a JPEG goes on to its end (ITU-T T.81 B.1.1, F.1.2.3).

Where its data ends too early but its end is marked, decoders paint the rest grey and call that a
warning, which Pillow does not pass on. Without the mark they ask for more, and Pillow says so: hence
`open_ended`, for files of one sequential scan. Progressive ones are left as they are.
"""

_ONE_SCAN = (0xC0, 0xC1)
_TABLES_AND_WORDS = (0xC4, 0xCC, 0xDB, 0xDD, 0xFE, *range(0xE0, 0xF0))
_SCAN = 0xDA
_END = b"\xff\xd9"
_LOOKED_AHEAD = bytes(32)
"""Decoders read this far before they know that they need no more."""


def open_ended(data: bytes) -> bytes:
    """The same file without the mark at its end, if that is where its only scan ends."""
    start = _only_scan(data)
    end = data.find(_END, start) if start else -1
    return data if end < 0 else data[:end] + _LOOKED_AHEAD


def _only_scan(data: bytes) -> int:
    """Where its data begins; 0 where there are several scans, or nobody knows."""
    at, components = 2, 0
    while at + 5 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF:
            at += 1
        elif marker == _SCAN:
            return at + 2 + length if components and data[at + 4] == components else 0
        elif marker in _ONE_SCAN and at + 10 <= len(data):
            components = data[at + 9]
            at += 2 + length
        elif marker in _TABLES_AND_WORDS:
            at += 2 + length
        else:
            return 0
    return 0
