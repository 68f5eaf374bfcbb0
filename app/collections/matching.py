"""Books of a CBL file, found on the shelf of the person who brings it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Text, any_, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.collections import members
from app.collections.cbl import Book, number_of
from app.library.models import Chapter, ChapterKind, Series
from app.library.queries import listed_for
from app.library.text import title_key
from app.library.words import plain

type ByTitle = dict[str, list[UUID]]
type BySeries = dict[UUID, list["Candidate"]]


class Candidate(msgspec.Struct, frozen=True):
    id: UUID
    series_id: UUID
    title: str | None
    number_text: str | None
    number: Decimal | None
    number_end: Decimal | None
    volume: Decimal | None
    kind: ChapterKind
    language: str | None


class Matches(msgspec.Struct, frozen=True):
    found: dict[int, UUID]
    """Place in the file → chapter; a chapter named twice counts where it is named first."""
    missing: list[Book]


async def match(session: AsyncSession, person: User, books: Sequence[Book]) -> Matches:
    """Two queries, however many books there are."""
    by_title = await _series(session, person, {title for book in books for title in _titles(book)})
    wanted = {series_id for ids in by_title.values() for series_id in ids}
    by_series = await _chapters(session, wanted)
    wished = (person.preference.reading or {}).get("language")
    found: dict[int, UUID] = {}
    missing: list[Book] = []
    taken: set[UUID] = set()
    for book in books:
        chapter_id = _best(book, by_title, by_series, wished)
        if chapter_id is None:
            missing.append(book)
        elif chapter_id not in taken:
            taken.add(chapter_id)
            found[book.place] = chapter_id
    return Matches(found, missing)


def _titles(book: Book) -> Iterator[str]:
    """As Komga names them: `Series (Volume)` unless the volume is 1, then `Series`."""
    if book.series:
        if book.volume and number_of(book.volume) != 1:
            yield title_key(f"{book.series} ({book.volume})")
        yield title_key(book.series)


async def _series(session: AsyncSession, person: User, titles: set[str]) -> ByTitle:
    """By their titles as they stand now, or as they were first found."""
    keys = cast(sorted(titles), ARRAY(Text))
    # Postgres folds less than `title_key`: this finds too many or the same, never one too few of
    # those that differ by case, signs and spaces alone.
    spelled = func.trim(func.regexp_replace(func.lower(Series.title), r"[^[:alnum:]]+", " ", "g"))
    rows = await session.execute(
        select(Series.id, Series.title, Series.key)
        .where(or_(Series.key == any_(keys), spelled == any_(keys)), listed_for(person))
        .order_by(Series.sort_key, Series.id)
    )
    found: ByTitle = defaultdict(list)
    for series_id, title, key in rows:
        for name in dict.fromkeys((title_key(title), key)):
            found[name].append(series_id)
    return found


async def _chapters(session: AsyncSession, series_ids: set[UUID]) -> BySeries:
    """Of series that were judged already."""
    rows = await session.execute(
        select(
            Chapter.id,
            Chapter.series_id,
            Chapter.title,
            Chapter.number_text,
            Chapter.number,
            Chapter.number_end,
            Chapter.volume,
            Chapter.kind,
            Chapter.language,
        )
        .where(members.among(Chapter.series_id, list(series_ids)))
        .where(Chapter.missing_since.is_(None), Chapter.trashed_at.is_(None))
        .order_by(Chapter.series_id, Chapter.position, Chapter.id)
    )
    found: BySeries = defaultdict(list)
    for row in rows:
        candidate = Candidate(*row)
        found[candidate.series_id].append(candidate)
    return found


def _best(book: Book, by_title: ByTitle, by_series: BySeries, wished: str | None) -> UUID | None:
    if not book.number:
        return None
    for title in _titles(book):
        for series_id in by_title.get(title, ()):
            ranked = [
                (rank, candidate.language != wished, at)
                for at, candidate in enumerate(by_series[series_id])
                if (rank := _rank(book, candidate)) is not None
            ]
            if ranked:
                return by_series[series_id][min(ranked)[-1]].id
    return None


def _rank(book: Book, chapter: Candidate) -> int | None:
    """How well the number fits: 0 best, None not at all."""
    number = number_of(book.number)
    if number is None:
        said = {(chapter.number_text or "").casefold(), (chapter.title or "").casefold()}
        return 0 if book.number.casefold() in said else None
    if chapter.number == number:
        is_its_volume = chapter.volume is not None and chapter.volume == number_of(book.volume)
        return 0 if is_its_volume else 1
    if chapter.kind is ChapterKind.VOLUME and chapter.number is None:
        return 2 if chapter.volume == number else None
    if chapter.kind is ChapterKind.ONESHOT and chapter.number is None:
        return 3 if number == 1 else None
    return 4 if _within(number, chapter) else None


def _within(number: Decimal, chapter: Candidate) -> bool:
    """A file that holds several: "c001–008"."""
    first, last = chapter.number, chapter.number_end
    return first is not None and last is not None and first < number <= last


def said_of(chapter: Any) -> str:
    """The `Number` of a chapter in a CBL file, such that `match` finds it again."""
    if chapter.number is not None:
        return plain(chapter.number)
    if chapter.kind is ChapterKind.VOLUME and chapter.volume is not None:
        return plain(chapter.volume)
    return "1" if chapter.kind is ChapterKind.ONESHOT else chapter.title or "1"
