"""What a worker reads and writes of downloads. Everything is written in `Run.transaction()`, and only
where the row is still the worker's: a person may have paused or cancelled it meanwhile."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads.binding import Subject
from app.downloads.models import CLAIMABLE, OPEN, Download, DownloadState
from app.downloads.naming import Facts
from app.errors import BunkoError
from app.foundation.db import now
from app.library.models import ChapterFile, Library, Root, Series
from app.providers.models import Provider, Release, Source

IN_HAND = (DownloadState.RUNNING, DownloadState.VERIFYING)


class TakenBack(BunkoError):
    """A person paused or cancelled it, or its release is gone."""


class Shelf(msgspec.Struct, frozen=True):
    """A root of a library."""

    id: UUID
    path: bytes
    shown: str


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One download as its worker needs it."""

    id: UUID
    release_id: UUID
    remote_id: str
    attempts: int
    priority: int
    requested_by: UUID | None
    is_automatic: bool
    path: bytes | None
    series_id: UUID
    folder: bytes
    library_id: UUID
    is_read_only: bool
    shelves: Sequence[Shelf]
    subject: Subject


class Step(msgspec.Struct):
    """How far one is: counts of pages and bytes, and bytes a second."""

    pages_done: int = 0
    pages_total: int | None = None
    bytes_done: int = 0
    rate: int = 0


_CLAIM = text(f"""
    UPDATE download SET state = 'running', started_at = coalesce(started_at, now()), reason = NULL
    WHERE id IN (
        SELECT id FROM download WHERE provider_id = :provider_id AND {CLAIMABLE} AND run_at <= now()
        ORDER BY priority DESC, place, id LIMIT :most FOR UPDATE SKIP LOCKED)
    RETURNING id
""")  # noqa: S608 (our own constant)


_NOTE = text("""
    UPDATE download SET pages_done = :pages_done, pages_total = :pages_total,
        bytes_done = :bytes_done, rate = :rate
    WHERE id = :row AND state IN ('running', 'verifying')
""").bindparams(bindparam("row", type_=PgUUID(as_uuid=True)))


async def claim(session: AsyncSession, provider_id: UUID, most: int) -> list[Order]:
    """The next of this provider, in their order."""
    ids = (await session.scalars(_CLAIM, {"provider_id": provider_id, "most": most})).all()
    if not ids:
        return []
    asked = (
        select(Download, Release, Source, Series, Library.read_only, Provider.name)
        .join(Release, Release.id == Download.release_id)
        .join(Source, Source.id == Release.source_id)
        .join(Series, Series.id == Download.series_id)
        .join(Library, Library.id == Series.library_id)
        .join(Provider, Provider.id == Download.provider_id)
        .where(Download.id.in_(ids))
        .order_by(Download.priority.desc(), Download.place, Download.id)
    )
    rows = (await session.execute(asked)).all()
    series_list = {row.Series.id: row.Series for row in rows}
    names = await _names_in_files(session, series_list.keys())
    shelves = {one.id: await _shelves_of(session, one) for one in series_list.values()}
    return [
        _order(*row, shelves=shelves[row.Series.id], known_as=names.get(row.Series.id))
        for row in rows
    ]


async def give_back_all(session: AsyncSession, provider_id: UUID) -> None:
    """Those that a worker had in hand when it vanished, or that it leaves for later."""
    await session.execute(
        update(Download)
        .where(Download.provider_id == provider_id, Download.state.in_(IN_HAND))
        .values(state=DownloadState.QUEUED, rate=0)
    )


async def next_moment(session: AsyncSession, provider_id: UUID) -> datetime | None:
    """When the first of those that wait goes on; None where nothing is left."""
    return await session.scalar(
        select(func.min(Download.run_at)).where(
            Download.provider_id == provider_id, text(CLAIMABLE)
        )
    )


async def note(
    session: AsyncSession, steps: Mapping[UUID, Step], in_hand: Collection[UUID]
) -> set[UUID]:
    """How far they are; answers with those in hand that are no longer the worker's."""
    if steps:
        await session.execute(
            _NOTE, [{"row": one, **msgspec.structs.asdict(step)} for one, step in steps.items()]
        )
    kept = await session.scalars(
        select(Download.id).where(
            Download.id.in_(in_hand), Download.state.in_(IN_HAND), Download.paused_at.is_(None)
        )
    )
    return set(in_hand) - set(kept)


async def verifying(session: AsyncSession, download_id: UUID, path: bytes) -> None:
    """Written before there is a file, so that whoever comes after a kill knows where it may lie."""
    await _mine(session, download_id, state=DownloadState.VERIFYING, path=path)


async def done(session: AsyncSession, order: Order, chapter_id: UUID) -> None:
    """Raises TakenBack: then the chapter must not be there either."""
    await _mine(
        session,
        order.id,
        state=DownloadState.DONE,
        chapter_id=chapter_id,
        finished_at=now(),
        reason=None,
        rate=0,
    )
    await session.execute(
        update(Release).where(Release.id == order.release_id).values(chapter_id=chapter_id)
    )


async def wait(
    session: AsyncSession, download_id: UUID, reason: str, run_at: datetime, *, counts: bool
) -> None:
    """`counts`: whether it was an attempt."""
    await _mine(
        session,
        download_id,
        state=DownloadState.WAITING,
        reason=reason,
        run_at=run_at,
        rate=0,
        attempts=Download.attempts + int(counts),
    )


async def fail(session: AsyncSession, download_id: UUID, reason: str) -> None:
    await _mine(
        session,
        download_id,
        state=DownloadState.FAILED,
        reason=reason,
        finished_at=now(),
        rate=0,
        attempts=Download.attempts + 1,
    )


async def give_back(session: AsyncSession, download_id: UUID) -> bool:
    """Whether it was in hand still; nobody cancelled it then."""
    found = await session.scalar(
        update(Download)
        .where(Download.id == download_id, Download.state.in_(IN_HAND))
        .values(state=DownloadState.QUEUED, rate=0)
        .returning(Download.id)
    )
    return found is not None


async def open_ids(session: AsyncSession) -> set[UUID]:
    return set(await session.scalars(select(Download.id).where(text(OPEN))))


async def _mine(session: AsyncSession, download_id: UUID, **values: Any) -> None:
    found = await session.scalar(
        update(Download)
        .where(Download.id == download_id, Download.state.in_(IN_HAND))
        .values(**values)
        .returning(Download.id)
        .execution_options(synchronize_session=False)
    )
    if found is None:
        raise TakenBack("It was cancelled.")


async def _shelves_of(session: AsyncSession, series: Series) -> list[Shelf]:
    """The roots of its library: that of its newest file first, then those that are there."""
    newest = (
        select(ChapterFile.root_id)
        .join(ChapterFile.chapter)
        .where(ChapterFile.missing_since.is_(None), ChapterFile.trashed_at.is_(None))
        .where(text("chapter.series_id = :series_id").bindparams(series_id=series.id))
        .order_by(ChapterFile.added_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Root.id, Root.path, Root.display_name)
        .where(Root.library_id == series.library_id)
        .order_by(
            (Root.id == newest).desc().nulls_last(), Root.offline_since.nulls_first(), Root.id
        )
    )
    return [Shelf(*row) for row in rows]


async def _names_in_files(session: AsyncSession, series_ids: Collection[UUID]) -> dict[UUID, str]:
    """What files of each series call it: a new one that says the same lands in the same series."""
    named = text("""
        SELECT series.id, file.name FROM unnest(:ids) AS series(id), LATERAL (
            SELECT file.comicinfo->>'series' AS name
            FROM chapter JOIN chapter_file file ON file.chapter_id = chapter.id
            WHERE chapter.series_id = series.id AND file.comicinfo->>'series' IS NOT NULL
                AND file.missing_since IS NULL AND file.trashed_at IS NULL
            ORDER BY chapter.position, chapter.id LIMIT 1) AS file
    """).bindparams(bindparam("ids", list(series_ids), type_=ARRAY(PgUUID(as_uuid=True))))
    found = await session.execute(named)
    return dict(found.tuples().all())


def _order(
    download: Download,
    release: Release,
    source: Source,
    series: Series,
    is_read_only: bool,
    provider: str,
    *,
    shelves: Sequence[Shelf],
    known_as: str | None,
) -> Order:
    facts = Facts(
        series=known_as or series.title,
        number=_number(release.number),
        number_text=release.number_text,
        volume=_number(release.volume),
        title=release.title,
        groups=tuple(release.groups),
        language=release.language or "",
        published_at=release.published_at,
        provider=provider,
    )
    return Order(
        id=download.id,
        release_id=release.id,
        remote_id=release.remote_id,
        attempts=download.attempts,
        priority=download.priority,
        requested_by=download.requested_by,
        is_automatic=download.is_automatic,
        path=download.path,
        series_id=series.id,
        folder=series.folder,
        library_id=series.library_id,
        is_read_only=is_read_only,
        shelves=shelves,
        subject=Subject(facts=facts, url=release.url or source.url),
    )


def _number(value: Decimal | None) -> Decimal | None:
    """As people write it: the column gives 10.500."""
    return None if value is None else value.normalize() + 0
