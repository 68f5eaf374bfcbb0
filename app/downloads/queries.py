"""Downloads as the screen shows them, as far as the person asking may see their series."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, ScalarSelect, and_, func, select, text, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.downloads import history
from app.downloads.models import OPEN, Download, DownloadState
from app.errors import NotFound
from app.foundation.db import now
from app.library.models import Series
from app.library.queries import visible_to
from app.providers.models import Health, Provider, Release

SHOWN = 50
MOST_COUNTED = 1000
"""Nobody reads a larger number, and nothing counts further than this."""
AT_WORK = "download.state IN ('running', 'verifying')"
TO_COME = "download.state IN ('queued', 'waiting')"
TODAY = timedelta(hours=24)


class Show(StrEnum):
    ACTIVE = "active"
    WAITING = "waiting"
    FAILED = "failed"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self in (Show.FAILED, Show.DONE, Show.CANCELLED)


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    show: Show = Show.ACTIVE
    series_id: UUID | None = None
    provider_id: UUID | None = None

    def showing(self, show: Show) -> "Filter":
        return msgspec.structs.replace(self, show=show)

    def of(self, series_id: UUID) -> "Filter":
        return msgspec.structs.replace(self, series_id=series_id)

    def at(self, provider_id: UUID) -> "Filter":
        return msgspec.structs.replace(self, provider_id=provider_id)

    def without(self, name: str) -> "Filter":
        return msgspec.structs.replace(self, **{name: None})


class Line(msgspec.Struct, frozen=True):
    """One download with what it is of."""

    id: UUID
    state: DownloadState
    paused_at: datetime | None
    run_at: datetime
    reason: str | None
    pages_done: int
    pages_total: int | None
    rate: int
    attempts: int
    priority: int
    place: int
    finished_at: datetime | None
    chapter_id: UUID | None
    series_id: UUID
    series: str
    provider_id: UUID
    provider: str
    provider_paused_at: datetime | None
    provider_health: Health
    provider_reason: str | None
    number: Decimal | None
    number_text: str
    title: str
    language: str | None
    groups: Sequence[str]


class Totals(msgspec.Struct, frozen=True):
    """Counted up to MOST_COUNTED. `rate` in bytes a second; `pages_left` and `bytes_left` of what is
    at work."""

    active: int
    waiting: int
    failed: int
    done_today: int
    rate: int
    seconds_left: float | None


async def lines(
    session: AsyncSession, person: User, asked: Filter, after: Sequence[Any] | None
) -> tuple[list[Line], tuple[Any, ...] | None]:
    """In their order, or the last ended first; and where the list goes on."""
    query = _lines(person).where(*_narrowed(asked))
    if asked.show in (Show.DONE, Show.CANCELLED):
        query = query.where(Download.finished_at > await history.begins(session))
    query, parts = _in_order(query, asked.show, after)
    rows: list[Line] = []
    for part in parts:
        if len(rows) <= SHOWN:
            found = await session.execute(query.where(part).limit(SHOWN + 1 - len(rows)))
            rows += [Line(*row) for row in found]
    if len(rows) <= SHOWN:
        return rows, None
    last_shown = rows[SHOWN - 1]
    return rows[:SHOWN], _edge(last_shown, is_over=asked.show.is_over)


async def totals(session: AsyncSession, person: User, asked: Filter) -> Totals:
    """Of a series or a provider where one is asked for. In one query, however much there is."""
    narrowed = _narrowed(asked)
    ended = Download.finished_at.is_not(None)
    today = Download.finished_at > now() - TODAY
    to_come = Download.pages_total - Download.pages_done
    size = Download.bytes_done * to_come / func.nullif(Download.pages_done, 0)
    at_work = (
        select(
            func.count(Download.id).label("active"),
            func.sum(Download.rate).label("rate"),
            func.sum(size).label("left"),
        )
        .join(Series, Series.id == Download.series_id)
        .where(text(AT_WORK), visible_to(person), *narrowed)
        .subquery()
    )
    row = (
        await session.execute(
            select(
                at_work.c.active,
                _counted(person, text(TO_COME), *narrowed),
                _counted(person, Download.state == DownloadState.FAILED, ended, *narrowed),
                _counted(person, Download.state == DownloadState.DONE, today, *narrowed),
                at_work.c.rate,
                at_work.c.left,
            )
        )
    ).one()
    active, waiting, failed, done, rate, left = tuple(row)
    seconds = float(left) / float(rate) if rate and left is not None else None
    return Totals(active, waiting, failed, done, int(rate or 0), seconds)


def at_work_count() -> ScalarSelect[int]:
    """How many come in at the moment; no more than a hundred are counted."""
    some = select(Download.id).where(text(AT_WORK)).limit(100).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


async def how_many_open(session: AsyncSession, person: User, asked: Filter) -> int:
    counted = _counted(person, text(OPEN), *_narrowed(asked))
    return await session.scalar(select(counted)) or 0


async def one_for(session: AsyncSession, person: User, download_id: UUID) -> Line:
    row = (await session.execute(_lines(person).where(Download.id == download_id))).one_or_none()
    if row is None:
        raise NotFound("There is no such download.")
    return Line(*row)


async def series_named(session: AsyncSession, person: User, series_id: UUID | None) -> str | None:
    if series_id is None:
        return None
    title = await session.scalar(
        select(Series.title).where(Series.id == series_id, visible_to(person))
    )
    if title is None:
        raise NotFound("There is no such series.")
    return title


async def providers(session: AsyncSession) -> list[Provider]:
    """There are few."""
    order = (Provider.priority.desc(), func.lower(Provider.name), Provider.id)
    return list(await session.scalars(select(Provider).order_by(*order)))


def _lines(person: User) -> Any:
    return (
        select(
            *(Download.id, Download.state, Download.paused_at, Download.run_at, Download.reason),
            *(Download.pages_done, Download.pages_total, Download.rate, Download.attempts),
            *(Download.priority, Download.place, Download.finished_at, Download.chapter_id),
            *(Series.id, Series.title, Provider.id, Provider.name),
            *(Provider.paused_at, Provider.health, Provider.health_reason),
            *(Release.number, Release.number_text, Release.title, Release.language),
            Release.groups,
        )
        .join(Series, Series.id == Download.series_id)
        .join(Provider, Provider.id == Download.provider_id)
        .join(Release, Release.id == Download.release_id)
        .where(visible_to(person))
    )


def _narrowed(asked: Filter) -> list[ColumnElement[bool]]:
    rules = []
    if asked.series_id is not None:
        rules.append(Download.series_id == asked.series_id)
    if asked.provider_id is not None:
        rules.append(Download.provider_id == asked.provider_id)
    return rules


def _in_order(
    query: Any, show: Show, after: Sequence[Any] | None
) -> tuple[Any, Sequence[ColumnElement[bool]]]:
    """The query in the order of this list; and what of it is left after this place, in parts that
    follow each other: asked for in one, Postgres reads everything before that place."""
    if show.is_over:
        ended = query.where(Download.state == show.value, Download.finished_at.is_not(None))
        ended = ended.order_by(Download.finished_at.desc(), Download.id.desc())
        if after is None:
            return ended, [true()]
        moment, last = datetime.fromisoformat(str(after[0])), UUID(str(after[1]))
        return ended, [tuple_(Download.finished_at, Download.id) < (moment, last)]
    coming = query.where(text(AT_WORK if show is Show.ACTIVE else TO_COME))
    coming = coming.order_by(Download.priority.desc(), Download.place, Download.id)
    if after is None:
        return coming, [true()]
    priority, place, last = int(after[0]), int(after[1]), UUID(str(after[2]))
    further = tuple_(Download.place, Download.id) > (place, last)
    return coming, [and_(Download.priority == priority, further), Download.priority < priority]


def _edge(last: Line, *, is_over: bool) -> tuple[Any, ...]:
    if is_over and last.finished_at is not None:
        return (last.finished_at.isoformat(), str(last.id))
    return (last.priority, last.place, str(last.id))


def _counted(person: User, *rules: Any) -> Any:
    some = (
        select(Download.id)
        .join(Series, Series.id == Download.series_id)
        .where(*rules, visible_to(person))
        .limit(MOST_COUNTED)
        .subquery()
    )
    return select(func.count()).select_from(some).scalar_subquery()
