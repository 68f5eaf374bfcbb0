"""Names for the members of an archive that we make: they can be unpacked anywhere, over nothing."""

import re
import unicodedata
from collections.abc import Iterable

MOST_BYTES = 200
"""Of one part: file systems take 255, and a number may have to be added."""
LONGEST = 1000
_NOT_ON_WINDOWS = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
# Bidi controls, surrogates, non-characters, C1: nothing that a name needs.
_UNSEEN = re.compile("[\x80-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)")


def safe_part(foreign: str) -> str:
    """One folder or file name: no separators, no dots alone, nothing a system reserves.

    The ending is kept when the rest has to be cut.
    """
    name = " ".join(_UNSEEN.sub("", foreign[:LONGEST]).split())
    name = unicodedata.normalize("NFC", name)
    name = _NOT_ON_WINDOWS.sub("_", name).strip(" .")
    if not name or _RESERVED.match(name):
        name = f"_{name}"
    if len(name.encode()) <= MOST_BYTES:
        return name
    stem, ending = _split(name)
    return _cut(stem, MOST_BYTES - len(ending.encode())).rstrip(" .") + ending


def unique(names: Iterable[str]) -> list[str]:
    """The same names, each once whatever the system does with case: "a.cbz", "A (2).cbz"."""
    taken: dict[str, int] = {}
    found = []
    for name in names:
        stem, ending = _split(name)
        free = name
        while (key := free.casefold()) in taken:
            taken[name.casefold()] += 1
            free = f"{stem} ({taken[name.casefold()]}){ending}"
        taken[key] = 1
        found.append(free)
    return found


def _split(name: str) -> tuple[str, str]:
    stem, dot, ending = name.rpartition(".")
    if not stem or "/" in ending or len(ending) > 8 or not ending.isalnum():
        return name, ""
    return stem, dot + ending


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")
