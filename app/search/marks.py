"""What was found, marked in the text as it is written. The text is foreign and stays escaped."""

import unicodedata
from collections.abc import Iterable, Iterator

from markupsafe import Markup, escape

from app.library.grams import search_text

# Halfwidth voicing marks are letters to Unicode, but belong to the kana before them.
_JOINED = "\uff9e\uff9f"
_LONGEST = 500


def marked(text: str, needles: Iterable[str]) -> Markup:
    """The text with `<mark>` around every place where one of the folded `needles` stands."""
    shown = text[:_LONGEST]
    plain, places = _folded_with_places(shown)
    out, end = Markup(), 0
    for start, stop in _merged(_found(plain, places, needles)):
        out += escape(shown[end:start]) + Markup("<mark>{}</mark>").format(shown[start:stop])
        end = stop
    return out + escape(shown[end:])


def holds(text: str, needles: Iterable[str]) -> bool:
    """Whether every needle stands in it."""
    plain = search_text(text)
    return all(needle in plain for needle in needles)


def snippet(text: str, needles: Iterable[str], length: int = 120) -> Markup | None:
    """A piece of a long text around the first needle, marked; None when none is in it."""
    wanted = list(needles)
    for start in range(0, min(len(text), 20_000), _LONGEST - 100):
        piece = text[start : start + _LONGEST]
        plain, places = _folded_with_places(piece)
        found = next(_found(plain, places, wanted), None)
        if found is not None:
            at = start + found[0]
            first = max(0, at - length // 3)
            cut = text[first : first + length]
            before, after = "…" if first else "", "…" if first + length < len(text) else ""
            return escape(before) + marked(cut, wanted) + escape(after)
    return None


def _folded_with_places(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text as `search_text` sees it, and for each of its signs where in the text it is from."""
    signs: list[str] = []
    places: list[tuple[int, int]] = []
    for start, stop in _clusters(text):
        plain = search_text(text[start:stop]) or " "
        if plain == " " and (not signs or signs[-1] == " "):
            continue
        signs.extend(plain)
        places.extend([(start, stop)] * len(plain))
    return "".join(signs), places


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Each sign with the marks that stand on it."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not (unicodedata.combining(text[at]) or text[at] in _JOINED):
            yield start, at
            start = at


def _found(
    plain: str, places: list[tuple[int, int]], needles: Iterable[str]
) -> Iterator[tuple[int, int]]:
    for needle in needles:
        at = plain.find(needle) if needle else -1
        while at >= 0:
            yield places[at][0], places[at + len(needle) - 1][1]
            at = plain.find(needle, at + len(needle))


def _merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged
