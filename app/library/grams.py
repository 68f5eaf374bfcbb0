"""1-, 2- and 3-grams of titles, people and tags: matching in any script without an extension.

Text is folded (NFKC, case, accents) and kana brought to one script, so that ワンピース,
ﾜﾝﾋﾟｰｽ and わんぴーす are one. Kanji are not transliterated.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from app.library.text import folded

# Katakana ァ–ヶ stand 0x60 behind hiragana ぁ–ゖ.
_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_LONGEST = 500
_PIECE = 400
_ASCII_SIGNS = {code: " " for code in range(128) if not chr(code).isalnum()}
# Written without spaces, so that a "word" of full text would be a whole sentence.
_UNSPACED = ((0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))


class Document(NamedTuple):
    """A series as a search sees it: every text as `search_text`, lists with one text a line.

    `names` and `about` begin and end with a line break, so that `LIKE '%\\nword%'` is the start
    of one of them.
    """

    title: str
    names: str
    """The other titles."""
    about: str
    """People, genres and tags."""
    grams: list[str]


def document_of(title: str, names: Iterable[str], about: Iterable[str]) -> Document:
    return Document(
        title=search_text(title),
        names=_lines(names),
        about=_lines(about),
        grams=grams([title, *names, *about]),
    )


def words_text(text: str) -> str:
    """What full text is made of: folded words, and each sign of Han and kana by itself.

    `to_tsvector('simple', …)` of it finds 灯 inside 灯台守; a word of signs is a phrase.
    """
    return " ".join(_spaced(search_text(piece)) for piece in _pieces(text))


def search_text(text: str) -> str:
    """The text as it is matched: letters and digits in words, kana as hiragana."""
    plain = folded(text[:_LONGEST])
    if plain.isascii():
        return " ".join(plain.translate(_ASCII_SIGNS).split())
    plain = plain.translate(_TO_HIRAGANA)
    # The long-vowel mark is a letter to Unicode; other signs part words.
    return " ".join("".join([sign if sign.isalnum() else " " for sign in plain]).split())


def grams(texts: Iterable[str]) -> list[str]:
    """Every letter and every two and three in a row within a word, each once, sorted."""
    found: set[str] = set()
    for text in texts:
        for word in search_text(text).split():
            found.update(word, pairs(word), triples(word))
    return sorted(found)


def query_grams(text: str) -> list[str]:
    """What a document must contain (`grams @> …`) to match: the triples of each word, which are
    rarest, or the whole of a shorter one. A Latin letter beside longer words narrows nothing.

    Necessary, not sufficient: recheck the words themselves.
    """
    found: set[str] = set()
    for word in search_text(text).split():
        found.update(triples(word) if len(word) > 2 else [word])
    return sorted({gram for gram in found if len(gram) > 1 or not gram.isascii()} or found)


def pairs(word: str) -> list[str]:
    return [first + second for first, second in pairwise(word)]


def triples(word: str) -> list[str]:
    return [word[at : at + 3] for at in range(len(word) - 2)]


def is_unspaced(sign: str) -> bool:
    """Whether this sign belongs to a script that writes no spaces between words."""
    return any(first <= ord(sign) <= last for first, last in _UNSPACED)


def _lines(texts: Iterable[str]) -> str:
    found = dict.fromkeys(filter(None, map(search_text, texts)))
    return "\n".join(["", *found, ""]) if found else ""


def _spaced(plain: str) -> str:
    if plain.isascii():
        return plain
    return "".join([f" {sign} " if is_unspaced(sign) else sign for sign in plain])


def _pieces(text: str) -> Iterator[str]:
    """The whole text in parts that `search_text` takes, cut between words where there is a gap."""
    start = 0
    while start < len(text):
        end = min(start + _PIECE, len(text))
        if end < len(text) and (gap := text.rfind(" ", start, end)) > start:
            end = gap
        yield text[start:end]
        start = end
