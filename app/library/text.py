"""Titles as keys: to recognise one, and to put many in the order a person expects."""

import re
import unicodedata
from functools import lru_cache

_LONGEST = 500
_DIGITS = re.compile(r"[0-9]+")
_SPACES = re.compile(r"\s+")
_DIGIT_WIDTH = 10
# A title is filed under its first word that says something: in these languages that is not this.
_ARTICLES = (
    *("the ", "a ", "an ", "le ", "la ", "les ", "un ", "une ", "l'", "l’"),
    *("der ", "die ", "das ", "ein ", "eine ", "el ", "los ", "las ", "il ", "lo ", "gli "),
)
# Voicing marks of kana are part of the letter: か and が are two sounds, not one with an accent.
_KANA_MARKS = frozenset("\u3099\u309a")


def folded(text: str) -> str:
    """Compatibility forms unified, case and accents off, spaces single: equal for equal readings."""
    if text.isascii():
        plain = text.casefold()
    else:
        spread = unicodedata.normalize("NFKD", text[:_LONGEST]).casefold()
        kept = [sign for sign in spread if sign in _KANA_MARKS or not unicodedata.combining(sign)]
        plain = unicodedata.normalize("NFKC", "".join(kept))
    return " ".join(plain[:_LONGEST].split())


@lru_cache(maxsize=4096)
def title_key(title: str) -> str:
    """What makes two spellings of a title one series: letters and digits of the folded title.

    Never empty for a title that is not: a title of signs only is its own key.
    """
    plain = folded(title)
    words = "".join([sign if sign.isalnum() else " " for sign in plain])
    return _SPACES.sub(" ", words).strip() or plain


@lru_cache(maxsize=4096)
def sort_key(title: str) -> str:
    """For `ORDER BY … COLLATE "C"`: folded, leading article moved, numbers by their value."""
    plain = folded(title).lstrip("\"'“”‘’«»([{<.…-–—*#!?¡¿「『【〈《 ") or folded(title)
    for article in _ARTICLES:
        if plain.startswith(article) and len(plain) > len(article):
            # A tab sorts before every letter and space: "Zoo, the" right behind "Zoo".
            plain = f"{plain[len(article) :]}\t{article.strip()}"
            break
    return padded(plain)


def padded(text: str) -> str:
    """Every number at one width, so that the plain order of characters puts 2 before 10."""
    return _DIGITS.sub(_padded_number, text)


def _padded_number(match: re.Match[str]) -> str:
    digits = match[0].lstrip("0") or "0"
    # A colon sorts behind every digit: longer numbers are larger, whatever they begin with.
    is_short = len(digits) <= _DIGIT_WIDTH
    return digits.rjust(_DIGIT_WIDTH, "0") if is_short else f":{len(digits):04}{digits}"
