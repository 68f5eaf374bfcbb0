"""Names of archive entries: raw bytes of a foreign machine. Data to sort and show, never a path."""

import re
import unicodedata
from struct import Struct
from struct import error as StructError
from zlib import crc32

_DEBRIS_STARTS = (b".", b"__MACOSX")
_MEDIA_BY_EXTENSION = {
    b"jpg": "image/jpeg",
    b"jpeg": "image/jpeg",
    b"jpe": "image/jpeg",
    b"jfif": "image/jpeg",
    b"png": "image/png",
    b"webp": "image/webp",
    b"gif": "image/gif",
    b"avif": "image/avif",
}
_NESTED = frozenset(
    (b"zip", b"cbz", b"rar", b"cbr", b"7z", b"cb7", b"tar", b"cbt", b"epub", b"pdf")
)
_EXTRA = Struct("<HH")
_UNICODE_PATH = 0x7075
_SHOWN_LENGTH = 200
_FOREIGN_RUNS = re.compile(r"([A-Za-z]?)([^\x00-\x7f]+)(?=([A-Za-z]?))")


def media_type_of(raw_name: bytes) -> str:
    """The media type the extension promises, or "" for what is no page, or is hidden or debris."""
    media_type = _MEDIA_BY_EXTENSION.get(raw_name.rpartition(b".")[2].lower(), "")
    if media_type and (raw_name.startswith(_DEBRIS_STARTS) or b"/." in raw_name):
        return "" if _is_debris(raw_name) else media_type
    return media_type


def is_comic_info(raw_name: bytes) -> bool:
    """Whether this entry is the archive's ComicInfo.xml, in any folder and any case."""
    return raw_name[-13:].lower() == b"comicinfo.xml" and (
        len(raw_name) == 13 or (raw_name[-14:-13] in b"/\\" and not _is_debris(raw_name))
    )


def is_nested_archive(raw_name: bytes) -> bool:
    """Whether this entry is itself a book; we never open those."""
    return raw_name.rpartition(b".")[2].lower() in _NESTED


def decoded(raw_name: bytes, is_utf8: bool = False, extra: bytes = b"") -> str:
    """A ZIP entry's name: UTF-8 as flagged, Info-ZIP's Unicode field, else UTF-8, Shift-JIS, cp437.

    The last three are a guess, as the format does not say; cp437 takes any bytes.
    """
    if raw_name.isascii():
        return raw_name.decode("ascii")
    unicode_path = None if is_utf8 else _unicode_path(raw_name, extra)
    try:
        return (unicode_path or raw_name).decode("utf-8")
    except UnicodeDecodeError:
        return _shift_jis(raw_name) or raw_name.decode("cp437")


def shown_name(name: str) -> str:
    """The name fit for a screen or a log: one line, no control or bidi characters, ≤ 200 long."""
    if name.isascii() and name.isprintable() and len(name) <= _SHOWN_LENGTH:
        return name
    clean = "".join("\N{REPLACEMENT CHARACTER}" if _is_unsafe(sign) else sign for sign in name)
    return clean if len(clean) <= _SHOWN_LENGTH else clean[: _SHOWN_LENGTH - 1] + "…"


def _is_debris(raw_name: bytes) -> bool:
    # macOS resource forks and hidden files look like pages but are none.
    parts = raw_name.split(b"/")
    return b"__MACOSX" in parts or any(_is_hidden(part) for part in parts)


def _is_hidden(part: bytes) -> bool:
    return part.startswith(b".") and part not in (b".", b"..")


def _is_unsafe(sign: str) -> bool:
    # Cc control, Cf format (bidi overrides, zero width), Cs surrogate, Co private, Zl/Zp line breaks
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _unicode_path(raw_name: bytes, extra: bytes) -> bytes | None:
    # APPNOTE 4.6.9: version 1, CRC-32 of the plain name it stands for, then UTF-8.
    at = 0
    try:
        while at < len(extra):
            kind, length = _EXTRA.unpack_from(extra, at)
            field = extra[at + 4 : at + 4 + length]
            if kind == _UNICODE_PATH and field[:1] == b"\x01":
                is_current = int.from_bytes(field[1:5], "little") == crc32(raw_name)
                return field[5:] if is_current else None
            at += 4 + length
    except StructError:
        return None
    return None


def _shift_jis(raw_name: bytes) -> str | None:
    # Western cp437 names also decode as Shift-JIS now and then: we want Japanese-looking evidence.
    try:
        name = raw_name.decode("cp932")
    except UnicodeDecodeError:
        return None
    foreign = [sign for sign in name if not sign.isascii()]
    is_plausible = all(_is_japanese_letter(sign) or _is_japanese_mark(sign) for sign in foreign)
    return name if is_plausible and any(map(_is_evidence, _FOREIGN_RUNS.finditer(name))) else None


def _is_evidence(run: re.Match[str]) -> bool:
    # A lone kanji that touches a Latin letter is more likely an accent read in the wrong code.
    letters = sum(map(_is_japanese_letter, run[2]))
    is_touching = (run[1] + run[3]).isalpha()
    return letters > 1 or (letters == 1 and not is_touching)


def _is_japanese_letter(sign: str) -> bool:
    return "\u3041" <= sign <= "\u30ff" or "\u4e00" <= sign <= "\u9fff"


def _is_japanese_mark(sign: str) -> bool:
    return "\u3000" <= sign <= "\u3040" or "\uff01" <= sign <= "\uff5e"
