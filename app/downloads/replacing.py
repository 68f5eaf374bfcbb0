"""A better version takes the place of one that was downloaded before.

Only of what the rules of one source brought: a file that a person put there, or asked for by hand,
stays. The chapter keeps its address and everybody's place; the older file lies in the trash.
"""

import logging
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, joinedload

from app.downloads.models import Download, DownloadState
from app.downloads.releases import by_place, is_better, numbers_restart
from app.errors import DomainError
from app.foundation.queue import Run, enqueue, job, minutes
from app.library.duplicates import exchange
from app.library.models import Chapter
from app.library.trash import OnDisk, Trash
from app.providers.models import Release

TOLD_BY_ITS_FILE = ("title", "number_text", "volume", "language", "groups", "released_on")
_IDS = ARRAY(PgUUID(as_uuid=True))
_better = aliased(Release)
_RIVALS = (
    select(Release)
    .join(_better, Release.source_id == _better.source_id)
    .where(_better.id == any_(bindparam("better", type_=_IDS)), Release.id != _better.id)
    .where(Release.number.is_not_distinct_from(_better.number))
    .where(
        select(Download.id)
        .where(Download.release_id == Release.id, Download.is_automatic)
        .where(Download.state == DownloadState.DONE, Download.chapter_id == Release.chapter_id)
        .exists()
    )
)
"""Other releases of the same source and number that came by themselves, and are here."""
_WITH_RIVALS = _RIVALS.with_only_columns(_better.id).distinct()

log = logging.getLogger(__name__)


async def put_away_worse_later(session: AsyncSession, release_ids: Sequence[UUID]) -> None:
    """Asked for together with what came: a worker that dies now leaves it to another. To look whether
    there may be any costs next to nothing."""
    better = await session.scalars(_WITH_RIVALS, {"better": list(release_ids)})
    for release_id in better.all():
        await enqueue(session, put_away_worse, key=str(release_id), release_id=release_id)


@job(timeout=minutes(5), retries=3)
async def put_away_worse(run: Run, release_id: UUID) -> None:
    """The chapter is there either way: where the older file cannot be put away, both stand side by
    side, and a person may choose."""
    try:
        async with run.transaction() as session:
            await _make_room(session, release_id)
    except DomainError as error:
        log.warning("An older version stays beside release %s: %s", release_id, error)


async def _make_room(session: AsyncSession, release_id: UUID) -> None:
    better = await session.get(Release, release_id, options=[joinedload(Release.source)])
    if better is None:
        return
    trash = Trash(session)
    for worse in await _worse_than(session, better):
        kept, dropped = await _on_disk(trash, better), await _on_disk(trash, worse)
        if kept and dropped and kept.chapter.id != dropped.chapter.id:
            await _replace(session, trash, kept, dropped)


async def _worse_than(session: AsyncSession, better: Release) -> list[Release]:
    rivals = list(await session.scalars(_RIVALS.order_by(Release.id), {"better": [better.id]}))
    if not rivals:
        return []
    listed = await session.scalars(select(Release).where(Release.source_id == better.source_id))
    places = by_place([*rivals, better], restarts=numbers_restart(listed)).values()
    here = next(place for place in places if better in place)
    return [one for one in here if is_better(better, one, better.source)]


async def _on_disk(trash: Trash, release: Release) -> OnDisk | None:
    return await trash.live_one(release.chapter_id) if release.chapter_id else None


async def _replace(session: AsyncSession, trash: Trash, kept: OnDisk, dropped: OnDisk) -> None:
    """Each chapter is described by the file that it has afterwards, but for what a person set."""
    older, newer = sorted((kept.chapter, dropped.chapter), key=lambda chapter: chapter.id)
    if older is dropped.chapter:
        _exchange_words(older, newer)
    await exchange(session, kept, dropped, trash)
    for table in (Release, Download):
        await session.execute(
            update(table).where(table.chapter_id == newer.id).values(chapter_id=older.id)
        )


def _exchange_words(older: Chapter, newer: Chapter) -> None:
    for name in TOLD_BY_ITS_FILE:
        if name not in older.kept and name not in newer.kept:
            mine, theirs = getattr(older, name), getattr(newer, name)
            setattr(older, name, theirs)
            setattr(newer, name, mine)
