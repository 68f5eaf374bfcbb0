"""The one door through which words written by others come in: file names, ComicInfo, providers."""

import re
import unicodedata
from functools import lru_cache

# C0 but tab and line feed, DEL, C1, surrogates that cannot be stored, and non-characters.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# Unicode 16, UAX #9: embeddings, overrides and isolates, which could turn what stands around them.
_OPENERS = {"\u202a": "\u202c", "\u202b": "\u202c", "\u202d": "\u202c", "\u202e": "\u202c"}
_ISOLATE_OPENERS = frozenset("\u2066\u2067\u2068")
_POP_ISOLATE = "\u2069"
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
FIRST_STRONG_ISOLATE = "\u2068"
MARK_OF_A_CUT = "…"


def clean_text(foreign: str, limit: int) -> str:
    """Foreign words, safe to store and to show: at most `limit` characters, NFC, one line feed kind.

    Control characters are dropped, and so is a surrogate. Words that turn the direction of
    writing (bidi controls) are kept, but closed and wrapped in an isolate, so that they end
    where the words end. A cut is shown by an ellipsis.
    """
    if foreign.isascii() and len(foreign) <= limit and foreign.isprintable():
        return foreign.strip()
    # What is far too long is not normalised as a whole first.
    text = foreign[: limit * 4 + 16].replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", _UNPRINTABLE.sub("", text)).strip()
    turned = _BIDI.search(text) is not None
    room = limit - 2 if turned else limit
    if len(text) > room or len(foreign) > limit * 4 + 16:
        text = text[: max(0, room - 1)].rstrip() + MARK_OF_A_CUT if room > 0 else ""
    return isolate(text, limit) if turned else text


def clean_line(foreign: str, limit: int) -> str:
    """`clean_text` on one line: every run of white space becomes one space."""
    return clean_text(" ".join(foreign[: limit * 8 + 16].split()), limit)


def isolate(text: str, limit: int) -> str:
    """The text with its bidi controls balanced, inside a first-strong isolate (UAX #9, 2.4)."""
    kept: list[str] = []
    closers: list[str] = []
    room = limit - 2
    for char in text:
        closer = _OPENERS.get(char) or (_POP_ISOLATE if char in _ISOLATE_OPENERS else None)
        if closer:
            if len(kept) + len(closers) + 2 > room:
                continue
            closers.append(closer)
        elif char in ("\u202c", _POP_ISOLATE):
            if not closers or closers[-1] != char:
                continue
            closers.pop()
        elif len(kept) + len(closers) + 1 > room:
            continue
        kept.append(char)
    return FIRST_STRONG_ISOLATE + "".join(kept) + "".join(reversed(closers)) + _POP_ISOLATE


@lru_cache(maxsize=1)
def _escapes() -> re.Pattern[str]:
    return re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def on_one_line(text: str, limit: int = 2000) -> str:
    """For logs and terminals: line breaks, ANSI and bidi controls are written as escapes."""
    shown = text if len(text) <= limit else text[:limit] + MARK_OF_A_CUT
    return _escapes().sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), shown)
