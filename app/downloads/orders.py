"""What a worker takes up: the next downloads of a provider, with all that is to be known of each."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec
from sqlalchemy import any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads.binding import Subject
from app.downloads.models import CLAIMABLE, Download
from app.downloads.naming import Facts
from app.library.models import Chapter, ChapterFile, Library, Root, Series
from app.providers.models import Provider, Release, Source


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


_CLAIM = text(f"""
    UPDATE download SET state = 'running', started_at = coalesce(started_at, now()), reason = NULL
    WHERE id = ANY(ARRAY(
        SELECT id FROM download WHERE provider_id = :provider_id AND {CLAIMABLE} AND run_at <= now()
            AND EXISTS (SELECT FROM provider WHERE provider.id = :provider_id
                AND provider.paused_at IS NULL AND provider.health NOT IN ('down', 'blocked'))
        ORDER BY priority DESC, place, id LIMIT :most FOR UPDATE SKIP LOCKED))
    RETURNING id
""")  # noqa: S608 (our own constant)
_IDS = bindparam("ids", type_=ARRAY(PgUUID(as_uuid=True)))
_CLAIMED = (
    select(Download, Release, Source, Series, Library.read_only, Provider.name)
    .join(Release, Release.id == Download.release_id)
    .join(Source, Source.id == Release.source_id)
    .join(Series, Series.id == Download.series_id)
    .join(Library, Library.id == Series.library_id)
    .join(Provider, Provider.id == Download.provider_id)
    .where(Download.id == any_(_IDS))
    .order_by(Download.priority.desc(), Download.place, Download.id)
)
_NEWEST = (
    select(ChapterFile.root_id)
    .join(Chapter, Chapter.id == ChapterFile.chapter_id)
    .where(ChapterFile.missing_since.is_(None), ChapterFile.trashed_at.is_(None))
    .where(Chapter.series_id == bindparam("series_id"))
    .order_by(ChapterFile.added_at.desc())
    .limit(1)
    .scalar_subquery()
)
_SHELVES = (
    select(Root.id, Root.path, Root.display_name)
    .where(Root.library_id == bindparam("library_id"))
    .order_by((Root.id == _NEWEST).desc().nulls_last(), Root.offline_since.nulls_first(), Root.id)
)
_NAMES = text("""
    SELECT series.id, file.name FROM unnest(:ids) AS series(id), LATERAL (
        SELECT file.comicinfo->>'series' AS name
        FROM chapter JOIN chapter_file file ON file.chapter_id = chapter.id
        WHERE chapter.series_id = series.id AND file.comicinfo->>'series' IS NOT NULL
            AND file.missing_since IS NULL AND file.trashed_at IS NULL
        ORDER BY chapter.position, chapter.id LIMIT 1) AS file
""").bindparams(_IDS)


async def claim(session: AsyncSession, provider_id: UUID, most: int) -> list[Order]:
    """The next of this provider, in their order; none while it is paused or does not answer."""
    ids = (await session.scalars(_CLAIM, {"provider_id": provider_id, "most": most})).all()
    return await _orders(session, ids) if ids else []


async def anew(session: AsyncSession, order: Order) -> Order | None:
    """As it is by now; None where it is gone."""
    found = await _orders(session, [order.id])
    return found[0] if found else None


async def _orders(session: AsyncSession, ids: Sequence[UUID]) -> list[Order]:
    rows = (await session.execute(_CLAIMED, {"ids": ids})).all()
    series_list = {row.Series.id: row.Series for row in rows}
    names = await _names_in_files(session, series_list.keys())
    shelves = {one.id: await _shelves_of(session, one) for one in series_list.values()}
    return [
        _order(*row, shelves=shelves[row.Series.id], known_as=names.get(row.Series.id))
        for row in rows
    ]


async def _shelves_of(session: AsyncSession, series: Series) -> list[Shelf]:
    """The roots of its library: that of its newest file first, then those that are there."""
    of_series = {"series_id": series.id, "library_id": series.library_id}
    return [Shelf(*row) for row in await session.execute(_SHELVES, of_series)]


async def _names_in_files(session: AsyncSession, series_ids: Collection[UUID]) -> dict[UUID, str]:
    """What files of each series call it: a new one that says the same lands in the same series."""
    found = await session.execute(_NAMES, {"ids": list(series_ids)})
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
        subject=Subject(release_id=release.id, facts=facts, url=release.url or source.url),
    )


def _number(value: Decimal | None) -> Decimal | None:
    """As people write it: the column gives 10.500."""
    return None if value is None else value.normalize() + 0
