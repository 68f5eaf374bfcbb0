"""Which releases are here already, and which of several are wanted."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from math import inf
from uuid import UUID

import msgspec
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.library.models import Chapter, Library, Series
from app.library.text import title_key
from app.providers.models import Keep, Release, Source

_VERSION = re.compile(r"(?:\[v|\(v|\bv)(\d{1,2})[\])]?\s*\Z", re.IGNORECASE)
_EVER = datetime.max.replace(tzinfo=UTC)

type Place = tuple[Decimal | None, Decimal | None, str]
"""Number, volume and title, as far as they tell chapters of this series apart."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A chapter that is here, or on its way from elsewhere. Without language or groups it passes
    for any."""

    id: UUID | None = None
    number: Decimal | None = None
    number_end: Decimal | None = None
    volume: Decimal | None = None
    volume_end: Decimal | None = None
    title: str = ""
    language: str | None = None
    groups: Sequence[str] = ()


def wanted_of(
    releases: Iterable[Release],
    source: Source,
    here: Sequence[Held] = (),
    taken: Collection[UUID] = (),
) -> list[Release]:
    """What is downloaded of a source without being asked for, in reading order.

    Of each place one release: by the order of languages, then of groups, then the higher version,
    then the first that was seen. Where a chapter is `here`, or a release was `taken` up before (even
    if that failed or was cancelled), only one that is better; `here` alone makes nothing old new.
    """
    if source.keep is Keep.NONE:
        return []
    liked = [one for one in releases if is_liked(one, source)]
    restarts = numbers_restart([*liked, *here])
    linked = {one.chapter_id for one in liked if one.chapter_id}
    shelf = Shelf([held for held in here if held.id not in linked], restarts=restarts)
    found = []
    for at_place in by_place(liked, restarts=restarts).values():
        ours = [_rank(one, source)[:3] for one in at_place if one.chapter_id or one.id in taken]
        held = [*ours, *(_rank_here(one, source) for one in shelf.at(at_place[0]))]
        best = best_of(at_place, source)
        if best is None or (held and _rank(best, source)[:3] >= min(held)):
            continue
        if source.keep is Keep.ALL or ours or all(is_news(one, source) for one in at_place):
            found.append(best)
    return sorted(found, key=reading_order)


def by_place(releases: Iterable[Release], *, restarts: bool) -> dict[Place, list[Release]]:
    """Releases of one chapter stand together."""
    found: dict[Place, list[Release]] = {}
    for release in releases:
        found.setdefault(_place(release, restarts=restarts), []).append(release)
    return found


def best_of(releases: Iterable[Release], source: Source) -> Release | None:
    """Of releases of one chapter the one to download, if any can be had."""
    found = [one for one in releases if _can_be_had(one) and is_liked(one, source)]
    return min(found, key=lambda one: _rank(one, source), default=None)


def is_better(one: Release, other: Release, source: Source) -> bool:
    """Of two releases of one chapter: in a language that is preferred; or in the same, by its group
    or as a higher version."""
    languages = _rank_language(one.language, source), _rank_language(other.language, source)
    if one.language != other.language and languages[0] >= languages[1]:
        return False
    return _rank(one, source)[:3] < _rank(other, source)[:3]


def is_liked(release: Release, source: Source) -> bool:
    """In a language that is followed. One that does not say its language passes for any."""
    return not source.languages or release.language in (None, *source.languages)


def is_news(release: Release, source: Source) -> bool:
    """Whether it came after the series was followed."""
    return release.seen_at > source.followed_at


def reading_order(release: Release) -> tuple[Decimal, Decimal, datetime, str]:
    last = Decimal("Infinity")
    return (
        last if release.number is None else release.number,
        last if release.volume is None else release.volume,
        release.published_at or _EVER,
        release.remote_id,
    )


def numbers_restart(chapters: Iterable[Release | Held]) -> bool:
    """Whether a number means another chapter in another volume. Groups may cut one story into
    volumes differently: only what one group says of itself counts."""
    seen: dict[tuple[object, ...], Decimal] = {}
    for one in chapters:
        if one.number is not None and one.volume is not None:
            key = (one.number, one.language, *one.groups)
            if seen.setdefault(key, one.volume) != one.volume:
                return True
    return False


class Shelf:
    """Chapters that are here, to be asked for by release."""

    def __init__(self, chapters: Sequence[Held], *, restarts: bool = False) -> None:
        self._restarts = restarts
        self._by_number: dict[Decimal, list[Held]] = {}
        self._by_title: dict[str, list[Held]] = {}
        self._volumes = [one for one in chapters if one.number is None and one.volume is not None]
        ranges = []
        for one in chapters:
            if one.number is not None and one.number_end is not None:
                ranges.append(one)
            elif one.number is not None:
                self._by_number.setdefault(one.number, []).append(one)
            elif one.volume is None:
                self._by_title.setdefault(title_key(one.title), []).append(one)
        self._ranges = sorted(ranges, key=lambda one: one.number or 0)
        self._starts = [one.number or Decimal(0) for one in self._ranges]

    def at(self, release: Release) -> list[Held]:
        """Those at the place of this release, whatever their language and group."""
        if release.number is not None:
            found = [*self._by_number.get(release.number, []), *self._covering(release.number)]
            if self._restarts:
                found = [one for one in found if one.volume in (None, release.volume)]
            return found or self._in_volumes(release.volume)
        if release.volume is not None and not release.number_text:
            return self._in_volumes(release.volume)
        return self._by_title.get(title_key(release.number_text or release.title), [])

    def _covering(self, number: Decimal) -> list[Held]:
        begun = self._ranges[: bisect_right(self._starts, number)]
        return [one for one in begun if one.number_end is not None and number <= one.number_end]

    def _in_volumes(self, volume: Decimal | None) -> list[Held]:
        if volume is None:
            return []
        return [
            one
            for one in self._volumes
            if one.volume is not None and one.volume <= volume <= (one.volume_end or one.volume)
        ]


async def link_to_chapters(session: AsyncSession, series_ids: Collection[UUID]) -> None:
    """Every release of these series knows its chapter, where that is here. A link that holds is
    left alone: who downloaded it knows better than names and numbers."""
    followed = await session.scalars(
        select(Source.series_id).where(Source.series_id.in_(series_ids)).distinct()
    )
    for series_id in followed.all():
        rows = await session.execute(
            select(Release, Release.chapter_id)
            .join(Source)
            .where(Source.series_id == series_id)
            .order_by(Release.id)
            .execution_options(populate_existing=True)
        )
        releases = [release for release, _chapter in rows]
        chapters = await chapters_here(session, series_id)
        for release_id, chapter_id in _links(releases, chapters):
            await session.execute(
                update(Release).where(Release.id == release_id).values(chapter_id=chapter_id)
            )


_CONCERNS_OTHERS = text("""
    SELECT bool_or(chapter.number IS NULL OR chapter.number_end IS NOT NULL OR EXISTS (
        SELECT FROM source JOIN release ON release.source_id = source.id
        LEFT JOIN chapter held ON held.id = release.chapter_id
            AND held.missing_since IS NULL AND held.trashed_at IS NULL
        WHERE source.series_id = chapter.series_id AND release.number = chapter.number
            AND held.id IS NULL
            AND coalesce(release.language = coalesce(
                chapter.language, series.language, library.language), true)
            AND (release.groups = '{}' OR chapter.groups = '{}' OR EXISTS (
                SELECT FROM unnest(release.groups) theirs JOIN unnest(chapter.groups) ours
                ON lower(theirs) = lower(ours)))))
    FROM chapter JOIN series ON series.id = chapter.series_id
    JOIN library ON library.id = series.library_id
    WHERE chapter.id = ANY(CAST(:chapters AS uuid[]))
""")


async def concerns_others(session: AsyncSession, chapter_ids: Sequence[UUID]) -> bool:
    """Whether one of these chapters, which came just now, may be what a release waits for."""
    return bool(await session.scalar(_CONCERNS_OTHERS, {"chapters": list(chapter_ids)}))


async def chapters_here(session: AsyncSession, series_id: UUID) -> list[Held]:
    """What can be read of a series. A file that does not say its language is in that of its
    series, or its library."""
    rows = await session.execute(
        select(
            *(Chapter.id, Chapter.number, Chapter.number_end, Chapter.volume, Chapter.volume_end),
            *(Chapter.title, Chapter.groups),
            func.coalesce(Chapter.language, Series.language, Library.language).label("language"),
        )
        .join(Series, Series.id == Chapter.series_id)
        .join(Library, Library.id == Series.library_id)
        .where(Chapter.series_id == series_id)
        .where(Chapter.missing_since.is_(None), Chapter.trashed_at.is_(None))
        .order_by(Chapter.position, Chapter.id)
    )
    return [Held(**{**row._mapping, "title": row.title or ""}) for row in rows]


def _links(
    releases: Sequence[Release], chapters: Sequence[Held]
) -> Iterable[tuple[UUID, UUID | None]]:
    """Those that change."""
    shelf = Shelf(chapters, restarts=numbers_restart([*releases, *chapters]))
    ids = {one.id for one in chapters}
    for release in releases:
        if release.chapter_id in ids:
            continue
        same = [one for one in shelf.at(release) if _is_same(release, one)]
        # One that names the group before one that names none.
        same.sort(key=lambda one: not one.groups)
        chapter_id = same[0].id if same else None
        if chapter_id != release.chapter_id:
            yield release.id, chapter_id


def _is_same(release: Release, chapter: Held) -> bool:
    language = not release.language or not chapter.language or release.language == chapter.language
    theirs, ours = _folded(release.groups), _folded(chapter.groups)
    return language and (not theirs or not ours or bool(theirs & ours))


def _place(release: Release, *, restarts: bool) -> Place:
    if release.number is not None:
        return (release.number, release.volume if restarts else None, "")
    is_whole_volume = release.volume is not None and not release.number_text
    title = "" if is_whole_volume else title_key(release.number_text or release.title)
    return (None, release.volume, title)


def _can_be_had(release: Release) -> bool:
    return release.why_not is None and release.removed_at is None


def _rank(release: Release, source: Source) -> tuple[float, float, float, datetime, datetime, str]:
    """The lower is the better one; the first three say so, the others only decide."""
    version = _VERSION.search(release.title)
    return (
        _rank_language(release.language, source),
        _rank_groups(release.groups, source),
        -float(version[1]) if version else -1.0,
        release.seen_at,
        release.published_at or _EVER,
        release.remote_id,
    )


def _rank_here(held: Held, source: Source) -> tuple[float, float, float]:
    """What does not say its group is taken for a good one."""
    groups = _rank_groups(held.groups, source) if held.groups else 0.0
    return _rank_language(held.language, source), groups, -inf


def _rank_language(language: str | None, source: Source) -> float:
    if language is None or not source.languages:
        return 0.0
    known = language in source.languages
    return float(source.languages.index(language) if known else len(source.languages))


def _rank_groups(groups: Iterable[str], source: Source) -> float:
    wanted = [group.casefold() for group in source.groups]
    ranks = [wanted.index(group) for group in _folded(groups) if group in wanted]
    return float(min(ranks, default=len(wanted)))


def _folded(groups: Iterable[str]) -> set[str]:
    return {group.casefold() for group in groups}
