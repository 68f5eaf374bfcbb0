"""What a worker writes of downloads. Everything is written in `Run.transaction()`, and only
where the row is still the worker's: a person may have paused or cancelled it meanwhile."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads.models import CLAIMABLE, OPEN, Download, DownloadState
from app.downloads.orders import Order
from app.errors import BunkoError
from app.foundation.db import now

IN_HAND = (DownloadState.RUNNING, DownloadState.VERIFYING)


class TakenBack(BunkoError):
    """A person paused or cancelled it, or its release is gone."""

    def __init__(self) -> None:
        super().__init__("It was cancelled.")


class Moved(BunkoError):
    """Its series lies elsewhere, or is called otherwise, than when the chapter was taken up."""

    def __init__(self) -> None:
        super().__init__("Its series, or its file, was moved meanwhile.")


class Step(msgspec.Struct):
    """How far one is: counts of pages and bytes, and bytes a second."""

    pages_done: int = 0
    pages_total: int | None = None
    bytes_done: int = 0
    rate: int = 0


_NOTE = text("""
    UPDATE download SET pages_done = :pages_done, pages_total = :pages_total,
        bytes_done = :bytes_done, rate = :rate
    WHERE id = :row AND state IN ('running', 'verifying')
""").bindparams(bindparam("row", type_=PgUUID(as_uuid=True)))


_IDS = ARRAY(PgUUID(as_uuid=True))
_DONE = text("""
    WITH mine AS (
        UPDATE download SET state = 'done', chapter_id = came.chapter_id, finished_at = :at,
            reason = NULL, rate = 0
        FROM unnest(:rows, :chapters) AS came(row_id, chapter_id)
        WHERE id = came.row_id AND state IN ('running', 'verifying')
        RETURNING release_id, download.chapter_id)
    UPDATE release SET chapter_id = mine.chapter_id FROM mine WHERE release.id = mine.release_id
    RETURNING release.id
""").bindparams(
    bindparam("rows", type_=_IDS),
    bindparam("chapters", type_=_IDS),
    bindparam("at", type_=Download.finished_at.type),
)


_VERIFYING = text("""
    UPDATE download SET state = 'verifying', path = :path FROM series
    WHERE download.id = :row AND state IN ('running', 'verifying') AND series.id = series_id
    RETURNING series.folder = :folder AND series.library_id = :library
""").bindparams(
    bindparam("row", type_=PgUUID(as_uuid=True)),
    bindparam("library", type_=PgUUID(as_uuid=True)),
)
_STRAYS = text("""
    SELECT bool_or(chapter.series_id <> download.series_id)
    FROM unnest(:rows, :chapters) AS came(row_id, chapter_id)
    JOIN download ON download.id = came.row_id JOIN chapter ON chapter.id = came.chapter_id
""").bindparams(bindparam("rows", type_=_IDS), bindparam("chapters", type_=_IDS))


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
    if not in_hand:
        return set()
    kept = await session.scalars(
        select(Download.id).where(
            Download.id.in_(in_hand), Download.state.in_(IN_HAND), Download.paused_at.is_(None)
        )
    )
    return set(in_hand) - set(kept)


async def verifying(session: AsyncSession, order: Order, path: bytes) -> None:
    """Written before there is a file, so that whoever comes after a kill knows where it may lie.
    Raises Moved where its series does not lie any more where the order says."""
    values = {"row": order.id, "path": path, "folder": order.folder, "library": order.library_id}
    is_there = await session.scalar(_VERIFYING, values)
    if is_there is None:
        raise TakenBack
    if not is_there:
        raise Moved


async def strays(session: AsyncSession, chapters: Mapping[UUID, UUID]) -> bool:
    """Whether a chapter of these downloads came into another series than it was wanted for."""
    values = {"rows": list(chapters), "chapters": list(chapters.values())}
    return bool(await session.scalar(_STRAYS, values))


async def done(session: AsyncSession, chapters: Mapping[UUID, UUID]) -> None:
    """Each download with its chapter. Raises TakenBack: then the chapters must not be there either."""
    values = {"rows": list(chapters), "chapters": list(chapters.values()), "at": now()}
    if len((await session.scalars(_DONE, values)).all()) < len(chapters):
        raise TakenBack


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
        raise TakenBack
