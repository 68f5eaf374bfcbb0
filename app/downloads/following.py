"""Following a series of a provider: it gets a source here, and its releases are looked at."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.downloads.follow_series import begin_series
from app.downloads.releases import link_to_chapters
from app.errors import Conflict, Invalid
from app.foundation.db import new_id, now
from app.foundation.web.i18n import _
from app.library.models import Library, Series
from app.library.shelving import shelve_again
from app.providers.base import RemoteChapter, RemoteSeries
from app.providers.models import FormerSource, Keep, Provider, Release, Source
from app.providers.numbers import LARGEST_CHAPTER, LARGEST_VOLUME

_NO_LONGER_FOLLOWED = text("""
    UPDATE series SET is_followed = false WHERE is_followed AND NOT EXISTS (
        SELECT FROM source WHERE source.series_id = series.id AND source.stopped_at IS NULL)
    RETURNING library_id, id
""")
_TOLD = ("number_text", "title", "language", "published_at", "page_count", "url", "why_not")
"""Columns of a release that are as the provider says."""


async def follow(
    session: AsyncSession,
    provider: Provider,
    remote: RemoteSeries,
    library: Library,
    *,
    by: User | None,
    languages: Sequence[str] = (),
    groups: Sequence[str] = (),
    keep: Keep = Keep.NEW,
    series: Series | None = None,
) -> Source:
    """The source of a new series in this library, or of one that is there (`series`). What is
    followed here already is followed as it was asked for now. Its first look is due at once."""
    if library.read_only:
        raise Invalid(_("“%(name)s” is read-only: nothing can be put there.", name=library.name))
    # Two people at once: the second finds what the first made.
    await session.scalar(
        select(Library.id).where(Library.id == library.id).with_for_update(key_share=True)
    )
    source = await _source_here(session, provider, remote, library, series)
    if source is None:
        if series is None:
            series = await begin_series(session, library, provider, remote, languages)
        source = Source(
            id=new_id(), series_id=series.id, provider_id=provider.id, remote_id=remote.remote_id
        )
        source.priority = await _last_place(session, source)
        session.add(source)
    source.title, source.url = remote.title, remote.url
    source.languages, source.groups, source.keep = list(languages), list(groups), keep
    source.followed_by, source.followed_at = by.id if by else None, now()
    source.next_check_at, source.checked_at = now(), None
    await resume(session, source)
    return source


async def stop(session: AsyncSession, source: Source) -> None:
    """Nothing more is asked or downloaded; what is here stays."""
    source.stopped_at = source.stopped_at or now()
    await session.flush()
    await _note_followed(session, source)


async def resume(session: AsyncSession, source: Source) -> None:
    source.stopped_at = None
    source.failures, source.reason = 0, None
    await session.flush()
    await _note_followed(session, source)


async def leave_provider(session: AsyncSession, provider: Provider) -> None:
    """Before it is taken away: what was followed there alone is awaited no more, and its series can
    say why."""
    stopped = await session.execute(
        update(Source)
        .where(Source.provider_id == provider.id, Source.stopped_at.is_(None))
        .values(stopped_at=now())
        .returning(Source.series_id, Source.title)
        .execution_options(synchronize_session=False)
    )
    if was := [(series_id, title) for series_id, title in stopped]:
        lines = [
            {"id": new_id(), "series_id": series_id, "title": title, "provider": provider.name}
            for series_id, title in was
        ]
        await session.execute(insert(FormerSource), lines)
    await mend_followed(session)


async def mend_followed(session: AsyncSession) -> int:
    """Series whose providers were taken away are awaited no more; how many there were."""
    rows = await session.execute(_NO_LONGER_FOLLOWED)
    by_library: dict[UUID, list[UUID]] = {}
    for library_id, series_id in rows:
        by_library.setdefault(library_id, []).append(series_id)
    for library_id, wanted in by_library.items():
        await shelve_again(session, library_id, wanted)
    return sum(map(len, by_library.values()))


async def look(
    session: AsyncSession, source: Source, chapters: Sequence[RemoteChapter]
) -> list[Release]:
    """Writes down what the provider lists now; answers with what it did not list before, in its
    order. What was there when it was followed counts as seen at that moment, so that it is no
    news."""
    await session.scalar(
        select(Source.id).where(Source.id == source.id).with_for_update(key_share=True)
    )
    rows = await session.scalars(select(Release).where(Release.source_id == source.id))
    known = {release.remote_id: release for release in rows}
    listed = {chapter.remote_id: chapter for chapter in chapters}
    moment = now()
    fresh = []
    for remote_id, chapter in listed.items():
        release = known.get(remote_id)
        if release is None:
            release = Release(id=new_id(), source_id=source.id, remote_id=remote_id)
            release.seen_at = source.followed_at if _was_there(source, chapter) else moment
            session.add(release)
            fresh.append(release)
        _tell(release, chapter)
    for release in _taken_down(source, known.values(), listed):
        release.removed_at = moment
    source.checked_at = moment
    await session.flush()
    await link_to_chapters(session, [source.series_id])
    return fresh


def _tell(release: Release, chapter: RemoteChapter) -> None:
    for name in _TOLD:
        setattr(release, name, getattr(chapter, name))
    release.number = _fitting(chapter.number, LARGEST_CHAPTER)
    release.volume = _fitting(chapter.volume, LARGEST_VOLUME)
    release.groups = list(chapter.groups)
    release.removed_at = None


def _was_there(source: Source, chapter: RemoteChapter) -> bool:
    is_first_look = source.checked_at is None
    published = chapter.published_at
    return is_first_look and (published is None or published <= source.followed_at)


def _taken_down(
    source: Source, known: Iterable[Release], listed: dict[str, RemoteChapter]
) -> Iterable[Release]:
    """Only in languages that were asked for: of the others nothing was said."""
    for release in known:
        was_asked_for = not source.languages or release.language in (None, *source.languages)
        if release.remote_id not in listed and release.removed_at is None and was_asked_for:
            yield release


def _fitting(number: Decimal | None, largest: Decimal) -> Decimal | None:
    """A number that the column holds; a plug-in may say anything."""
    return number if number is not None and 0 <= number <= largest else None


async def _source_here(
    session: AsyncSession,
    provider: Provider,
    remote: RemoteSeries,
    library: Library,
    series: Series | None,
) -> Source | None:
    asked = select(Source).where(
        Source.provider_id == provider.id, Source.remote_id == remote.remote_id
    )
    if series is not None:
        if series.library_id != library.id:
            raise Conflict(_("“%(title)s” stands in another library.", title=series.title))
        return (await session.scalars(asked.where(Source.series_id == series.id))).one_or_none()
    in_library = asked.join(Series, Series.id == Source.series_id).where(
        Series.library_id == library.id, Series.trashed_at.is_(None)
    )
    return (await session.scalars(in_library.order_by(Source.followed_at).limit(1))).one_or_none()


async def _last_place(session: AsyncSession, source: Source) -> int:
    """The higher comes first; a new one comes last."""
    lowest = await session.scalar(
        select(Source.priority)
        .where(Source.series_id == source.series_id)
        .order_by(Source.priority)
        .limit(1)
    )
    return 0 if lowest is None else lowest - 1


async def _note_followed(session: AsyncSession, source: Source) -> None:
    """Whether the series stands on the shelf also without a chapter."""
    series = await session.get_one(Series, source.series_id)
    live = select(Source.id).where(Source.series_id == series.id, Source.stopped_at.is_(None))
    is_followed = await session.scalar(live.limit(1)) is not None
    if series.is_followed != is_followed or (is_followed and series.missing_since):
        series.is_followed = is_followed
        await shelve_again(session, series.library_id, [series.id])
        await session.refresh(series, ["missing_since", "trashed_at", "position_count"])
