"""Words of a query for full text: summaries and titles of chapters."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column

from app.library.grams import is_unspaced, words_text

SHORTEST = 3
"""Letters of a word of which the beginning is enough; shorter ones begin too many."""


def tsquery(text: ColumnElement[str]) -> ColumnElement[Any]:
    return func.to_tsquery(literal_column("'simple'::regconfig"), text)


def tsquery_text(words: Iterable[str]) -> str:
    """All of them, the last letters of each may be missing; empty where that would find everything."""
    phrases = [words_text(word).split() for word in words]
    parts = [part for phrase in phrases for part in phrase]
    if not any(len(part) >= SHORTEST or is_unspaced(part[0]) for part in parts):
        return ""
    return " & ".join(_phrase(phrase) for phrase in phrases if phrase)


def _phrase(parts: list[str]) -> str:
    last = parts[-1]
    may_go_on = len(last) >= SHORTEST and not is_unspaced(last[0])
    return "(" + " <-> ".join([*parts[:-1], f"{last}:*" if may_go_on else last]) + ")"
