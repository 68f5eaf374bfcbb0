"""1- and 2-grams of titles, people and tags: matching in any script without an extension.

Text is folded (NFKC, case, accents) and kana brought to one script, so that ワンピース,
ﾜﾝﾋﾟｰｽ and わんぴーす are one. Kanji are not transliterated.
"""

from collections.abc import Iterable
from itertools import pairwise

from app.library.text import folded

# Katakana ァ–ヶ stand 0x60 behind hiragana ぁ–ゖ.
_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_LONGEST = 500


def search_text(text: str) -> str:
    """The text as it is matched: letters and digits in words, kana as hiragana."""
    plain = folded(text[:_LONGEST])
    if not plain.isascii():
        plain = plain.translate(_TO_HIRAGANA)
    # The long-vowel mark is a letter to Unicode; other signs part words.
    return " ".join("".join([sign if sign.isalnum() else " " for sign in plain]).split())


def grams(texts: Iterable[str]) -> list[str]:
    """Every letter and every pair of neighbours within a word, each once, sorted."""
    found: set[str] = set()
    for text in texts:
        for word in search_text(text).split():
            found.update(word)
            found.update([first + second for first, second in pairwise(word)])
    return sorted(found)


def query_grams(text: str) -> list[str]:
    """What a document must contain (`grams @> …`) to match: pairs, or the letter if it is alone.

    Necessary, not sufficient: recheck the words themselves.
    """
    found: set[str] = set()
    for word in search_text(text).split():
        if len(word) == 1:
            found.add(word)
        else:
            found.update([first + second for first, second in pairwise(word)])
    return sorted(found)
