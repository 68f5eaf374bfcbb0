"""Releases as screens list them: what is new of followed series, and what a series has elsewhere."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Subquery,
    and_,
    any_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.downloads.models import Download, DownloadState
from app.library.models import Chapter, Series
from app.library.queries import Asker, known_to
from app.providers.models import Provider, Release, Source
from app.reading.addresses import cover_version_column
from app.reading.models import Progress

ROWS, E_INK_ROWS = 60, 15
MOST_COMING = 100
MOST_LOOKED_AT = 1000
"""Of the newest releases, for the row of home."""
MOST_AT_ONCE = 250
MOST_NEWS = 20
_IDS = ARRAY(PgUUID(as_uuid=True))


class Only(StrEnum):
    ALL = "all"
    UNREAD = "unread"
    AWAY = "away"
    """Not downloaded."""


class Line(msgspec.Struct, frozen=True):
    """A release; `download` columns are those of the last one of it, if there was any."""

    id: UUID
    number: Decimal | None
    number_text: str
    volume: Decimal | None
    title: str
    language: str | None
    groups: Sequence[str]
    seen_at: datetime
    published_at: datetime | None
    why_not: str | None
    chapter_id: UUID | None
    provider: str
    state: DownloadState | None
    paused_at: datetime | None
    reason: str | None
    pages_done: int | None
    pages_total: int | None
    series_id: UUID
    series_title: str
    series_language: str | None
    cover_version: str | None
    completed_at: datetime | None

    @property
    def percent(self) -> int:
        return 100 * (self.pages_done or 0) // self.pages_total if self.pages_total else 0

    @property
    def is_coming(self) -> bool:
        """On its way: what is said of it changes by itself."""
        over = (None, DownloadState.FAILED, DownloadState.CANCELLED)
        return self.chapter_id is None and self.state not in over

    @property
    def can_be_wanted(self) -> bool:
        """Not here, not on its way, and to be had."""
        over = (None, DownloadState.FAILED, DownloadState.CANCELLED)
        return self.chapter_id is None and self.why_not is None and self.state in over


async def updates(
    session: AsyncSession,
    person: User,
    only: Only,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Line]:
    """The newest first; one more than `limit`, to know whether it goes on. A chapter stands there
    once, however many groups and sources release it.

    Looked for among the newest releases of all, and further back, each time four times as far, only
    where too few of those are for this person: two queries each time. In one, Postgres would sort
    everything that was ever released."""
    asked = _lines(person).where(is_shown(), _is_new(), ~_stands_elsewhere())
    if only is Only.UNREAD:
        asked = asked.where(Progress.completed_at.is_(None))
    if only is Only.AWAY:
        asked = asked.where(Release.chapter_id.is_(None))
    found: list[Line] = []
    many, newest = MOST_AT_ONCE, await _newest(session, after, MOST_AT_ONCE)
    while newest and len(found) <= limit:
        rows = await session.execute(
            asked.where(Release.id == any_(bindparam("ids", [id for _at, id in newest], _IDS)))
            .order_by(Release.seen_at.desc(), Release.id)
            .limit(limit + 1 - len(found))
        )
        found += [Line(*row) for row in rows]
        is_end, many = len(newest) < many, many * 4
        newest = [] if is_end else await _newest(session, newest[-1], many)
    return found


async def how_many_since(
    session: AsyncSession, person: User, only: Only, moment: datetime | None
) -> int:
    """New chapters that came after this moment (None: at all), up to MOST_NEWS and one more."""
    newest = await updates(session, person, only, None, MOST_NEWS)
    return sum(moment is None or line.seen_at > moment for line in newest)


async def _newest(
    session: AsyncSession, after: tuple[datetime, UUID] | None, many: int
) -> Sequence[tuple[datetime, UUID]]:
    """By their index alone."""
    asked = select(Release.seen_at, Release.id).order_by(Release.seen_at.desc(), Release.id)
    if after is not None:
        moment, last = after
        is_later = or_(Release.seen_at < moment, Release.id > last)
        asked = asked.where(Release.seen_at <= moment, is_later)
    return (await session.execute(asked.limit(many))).tuples().all()


async def those(session: AsyncSession, person: User, release_ids: Collection[UUID]) -> list[Line]:
    """Of these the ones that this person may know of. One query."""
    asked = _lines(person).where(Release.id.in_(release_ids)).order_by(Release.id)
    return [Line(*row) for row in await session.execute(asked)]


async def coming(session: AsyncSession, person: User, series: Series) -> list[Line]:
    """What is released of a series and not here in any version, the last chapters first: up to
    MOST_COMING, and one more. One query."""
    asked = (
        _lines(person)
        .where(Source.series_id == series.id, is_shown(), Release.chapter_id.is_(None))
        .where(~_stands_elsewhere(), ~_is_covered())
        .order_by(Release.number.desc().nulls_first(), Release.seen_at.desc(), Release.id)
        .limit(MOST_COMING + 1)
    )
    return [Line(*row) for row in await session.execute(asked)]


def newest_series(person: User | Asker, limit: int | BindParameter[int]) -> Subquery:
    """Series with new chapters that this person has not read, the newest first: `series_id`,
    `number` of chapters, when the `latest` was seen. Looks at the newest MOST_LOOKED_AT."""
    of_all = select(Release.id).order_by(Release.seen_at.desc(), Release.id)
    newest = (
        select(Source.series_id, Release.seen_at)
        .join(Source, Source.id == Release.source_id)
        .join(Series, Series.id == Source.series_id)
        .outerjoin(Progress, _progress_of(person))
        .where(is_shown(), _is_new(), ~_stands_elsewhere())
        .where(known_to(person), Progress.completed_at.is_(None))
        .where(Release.id.in_(of_all.limit(MOST_LOOKED_AT)))
        .subquery()
    )
    latest = func.max(newest.c.seen_at).label("latest")
    return (
        select(newest.c.series_id, func.count().label("number"), latest)
        .group_by(newest.c.series_id)
        .order_by(latest.desc(), newest.c.series_id)
        .limit(limit)
        .subquery()
    )


def of_series(series: Series) -> Select[UUID]:
    """Everything of a series that is not here."""
    return (
        select(Release.id)
        .join(Source)
        .where(Source.series_id == series.id, is_shown(), Release.chapter_id.is_(None))
        .where(~_is_covered(), Release.why_not.is_(None))
    )


def is_shown() -> ColumnElement[bool]:
    """Of releases joined with their source: listed there now, and in a language that is followed."""
    return and_(
        Source.stopped_at.is_(None),
        Release.removed_at.is_(None),
        or_(
            func.cardinality(Source.languages) == 0,
            Release.language.is_(None),
            Release.language == any_(Source.languages),
        ),
    )


def _is_new() -> ColumnElement[bool]:
    return Release.seen_at > Source.followed_at


def _stands_elsewhere() -> ColumnElement[bool]:
    """Another release of the same chapter in the same language stands for it, of whatever source of
    the series: the first that can be had, else the first. OFFSET has it looked up for each row that is
    shown: else Postgres reads all releases once for every screen."""
    other, theirs = aliased(Release), aliased(Source)
    # Not every provider says the volume.
    unsaid = or_(other.volume.is_(None), Release.volume.is_(None))
    is_elsewhere = and_(other.source_id != Release.source_id, unsaid)
    better = (
        select(other.id)
        .join(theirs, theirs.id == other.source_id)
        .where(
            theirs.series_id == Source.series_id,
            theirs.stopped_at.is_(None),
            other.number == Release.number,
            or_(other.volume.is_not_distinct_from(Release.volume), is_elsewhere),
            other.language.is_not_distinct_from(Release.language),
            other.removed_at.is_(None),
            tuple_(other.why_not.is_not(None), other.seen_at, other.id)
            < tuple_(Release.why_not.is_not(None), Release.seen_at, Release.id),
        )
    )
    return better.offset(0).correlate(Release, Source).exists()


def _is_covered() -> ColumnElement[bool]:
    """A chapter of the series has this number, or these, whoever made it."""
    return exists().where(
        Chapter.series_id == Source.series_id,
        Chapter.missing_since.is_(None),
        Chapter.trashed_at.is_(None),
        or_(
            and_(
                Chapter.number <= Release.number,
                func.coalesce(Chapter.number_end, Chapter.number) >= Release.number,
            ),
            and_(
                Chapter.number.is_(None),
                Chapter.volume <= Release.volume,
                func.coalesce(Chapter.volume_end, Chapter.volume) >= Release.volume,
            ),
        ),
        or_(
            Chapter.language.is_(None),
            Release.language.is_(None),
            Chapter.language == Release.language,
        ),
    )


def _lines(person: User) -> Select[*tuple[Any, ...]]:
    last = (
        select(
            *(Download.state, Download.paused_at, Download.reason),
            *(Download.pages_done, Download.pages_total),
        )
        .where(Download.release_id == Release.id)
        .order_by(Download.created_at.desc(), Download.id.desc())
        .limit(1)
        .lateral()
    )
    return (
        select(
            *(Release.id, Release.number, Release.number_text, Release.volume, Release.title),
            *(Release.language, Release.groups, Release.seen_at, Release.published_at),
            *(Release.why_not, Release.chapter_id, Provider.name),
            *(last.c.state, last.c.paused_at, last.c.reason, last.c.pages_done, last.c.pages_total),
            *(Series.id, Series.title, Series.language, cover_version_column()),
            Progress.completed_at,
        )
        .join(Source, Source.id == Release.source_id)
        .join(Provider, Provider.id == Source.provider_id)
        .join(Series, Series.id == Source.series_id)
        .outerjoin(last, true())
        .outerjoin(Progress, _progress_of(person))
        .where(known_to(person))
    )


def _progress_of(person: User | Asker) -> ColumnElement[bool]:
    return and_(Progress.chapter_id == Release.chapter_id, Progress.user_id == person.id)
