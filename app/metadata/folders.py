"""Which folder is the series', when chapters lie in "Volume 1" or "Specials" beneath it."""

import os
from functools import lru_cache

import msgspec

from app.metadata.naming import ParsedName, clean, parse_name


class Place(msgspec.Struct, frozen=True):
    """`folder` is the series folder relative to the root (empty for the root itself), `name` its
    own name, `part` the name of the folder between it and the file that only says which part."""

    folder: bytes
    name: bytes
    part: bytes = b""


def place_of(path: bytes) -> Place:
    return _place(path.rpartition(b"/")[0])


@lru_cache(maxsize=65536)
def _place(folder: bytes) -> Place:
    parent, _, name = folder.rpartition(b"/")
    if parent and _is_part(name):
        above = _place(parent)
        return Place(above.folder, above.name, above.part or name)
    return Place(folder, name)


def parsed_name(path: bytes) -> ParsedName:
    """What the name at `path` says; it is not stored, as parsers get better."""
    name = os.fsdecode(path.rpartition(b"/")[2])
    return parse_name(name, os.fsdecode(place_of(path).name))


def shown(raw: bytes) -> str:
    """A name as it may be stored and shown: one line, � for bytes that are no text."""
    return clean_name(os.fsdecode(raw))


def clean_name(name: str) -> str:
    from app.foundation.security.text import clean_line

    return clean_line(name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), 500)


def _is_part(name: bytes) -> bool:
    text = clean(os.fsdecode(name))
    parsed = parse_name(text)
    # "86" and "1984" are series; "Volume 1", "Chapter 3", "Specials" are parts of one.
    is_word = bool(text) and not text[0].isdigit()
    return (
        is_word
        and parsed.series is None
        and (parsed.volume is not None or parsed.number is not None or parsed.kind == "special")
    )
