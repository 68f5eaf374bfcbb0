"""Languages as providers write them, and as Bunko does (BCP 47)."""

import re

_TO_BCP = {
    "zh": "zh-Hans",
    "zh-hk": "zh-Hant",
    "zh-ro": "zh-Latn",
    "es-la": "es-419",
    "ja-ro": "ja-Latn",
    "ko-ro": "ko-Latn",
    "pt-br": "pt-BR",
}
_FROM_BCP = {tag.lower(): theirs for theirs, tag in _TO_BCP.items()}
LONGEST = 35
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.ASCII)
_OF_LIBRARIES = {
    **{"ara": "ar", "chi": "zh", "cze": "cs", "deu": "de", "dut": "nl", "eng": "en", "fra": "fr"},
    **{"fre": "fr", "ger": "de", "hun": "hu", "ind": "id", "ita": "it", "jpn": "ja", "kor": "ko"},
    **{"nld": "nl", "pol": "pl", "por": "pt", "rus": "ru", "spa": "es", "swe": "sv", "tha": "th"},
    **{"tur": "tr", "ukr": "uk", "vie": "vi", "zho": "zh"},
}
"""Three letters, as catalogues of books write them (ISO 639-2); BCP 47 has two for these."""
_NONE = frozenset({"und", "mul", "zxx", "mis"})


def language_in(text: str | None) -> str | None:
    """`pt-BR` of `pt_br` and `en` of `eng`; None for what is no language, or says none."""
    tag = (text or "").strip().replace("_", "-").lower()
    if len(tag) > LONGEST or not _TAG.fullmatch(tag):
        return None
    first, *rest = tag.split("-")
    if first in _NONE:
        return None
    return "-".join([_OF_LIBRARIES.get(first, first), *map(_as_written, rest)])


def is_wanted(language: str | None, wanted: frozenset[str]) -> bool:
    """Whoever wants `en` is content with `en-GB`, and with what says nothing of its language."""
    return not wanted or language is None or bool({language, language.partition("-")[0]} & wanted)


def from_mangadex(code: str | None) -> str | None:
    """MangaDex writes ISO 639-1 in lower case, with seven exceptions (API documentation, "Language
    codes & localization")."""
    if not code or len(code) > LONGEST or not code.isascii():
        return None
    if not code.replace("-", "").isalnum():
        return None
    return _TO_BCP.get(code.lower(), code.lower())


def to_mangadex(tag: str) -> str:
    return _FROM_BCP.get(tag.lower(), tag.lower())


def _as_written(part: str) -> str:
    """Scripts like Names, REGIONS in capitals (RFC 5646, 2.1.1)."""
    if len(part) == 2:
        return part.upper()
    return part.title() if len(part) == 4 and part.isalpha() else part
