"""Titles that are nearly what was typed: "did you mean".

One wrong, missing, doubled or swapped letter leaves one half of a word whole, or else both its ends.
Documents that hold one of these three are looked up by the index of grams, and the nearest words of
their titles are compared here. No extension of Postgres is needed for that, so it works everywhere.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.grams import pairs, triples
from app.library.models import SearchDocument, Series
from app.library.queries import Asker, listed_for
from app.search.asked import holds_grams, in_libraries_of
from app.search.candidates import at_most
from app.search.language import Query

SHORTEST = 4
"""Letters of a word in which a mistake can be told from another word."""
NEAR_ENOUGH = 0.4
_LOOKED_AT = 300
_RUNS = 3


async def near_titles(
    session: AsyncSession, person: User, query: Query, *, limit: int = 3
) -> list[str]:
    """Titles of series one may see, the nearest first; for a query that found nothing."""
    words = [word for phrase in query.words for word in phrase.split()]
    long = max(words, key=len, default="")
    if len(long) < SHORTEST:
        return []
    runs = {f"run_{number}": run for number, run in enumerate(_runs(long))}
    rows = await session.execute(_statement(Asker.like(person)), {**Asker.values(person), **runs})
    scored = {title: _nearness(words, folded) for title, folded in rows}
    good = sorted((-score, title) for title, score in scored.items() if score >= NEAR_ENOUGH)
    return [title for _, title in good[:limit]]


@cache
def _statement(person: Asker) -> Select[Any]:
    holds_a_run = or_(*(holds_grams(f"run_{number}") for number in range(_RUNS)))
    documents = (
        select(SearchDocument.id, SearchDocument.title)
        .where(holds_a_run, in_libraries_of(person))
        .limit(at_most(_LOOKED_AT))
        .subquery("documents")
    )
    return (
        select(Series.title, documents.c.title)
        .join(documents, documents.c.id == Series.id)
        .where(listed_for(person))
    )


def _runs(word: str) -> list[list[str]]:
    """Grams of its halves and of its ends; of a word too short for halves of three letters, its pairs
    in three runs, of which some mistakes leave none."""
    half = len(word) // 2
    if half >= 3:
        return [triples(word[:half]), triples(word[half:]), [word[:2], word[-2:]]]
    found = pairs(word)
    cuts = [len(found) * number // _RUNS for number in range(_RUNS + 1)]
    return [found[start:end] for start, end in pairwise(cuts)]


def _nearness(words: Sequence[str], title: str) -> float:
    """Between 0 and 1: how alike the least alike of the words is to a word of the title."""
    others = [set(pairs(f" {word} ")) for word in title.split()]
    return min(
        max((_dice(set(pairs(f" {word} ")), other) for other in others), default=0.0)
        for word in words
    )


def _dice(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))
