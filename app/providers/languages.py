"""Languages as providers write them, and as Bunko does (BCP 47)."""

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


def from_mangadex(code: str | None) -> str | None:
    """MangaDex writes ISO 639-1 in lower case, with seven exceptions (API documentation, "Language
    codes & localization")."""
    if not code or len(code) > LONGEST or not code.replace("-", "").isalnum():
        return None
    return _TO_BCP.get(code.lower(), code.lower())


def to_mangadex(tag: str) -> str:
    return _FROM_BCP.get(tag.lower(), tag.lower())
