"""Which series on the shelf a series of a provider may be."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, any_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.downloads.follow_series import links_of
from app.library.grams import search_text
from app.library.models import Library, SearchDocument, Series
from app.library.queries import known_to
from app.providers.base import RemoteSeries
from app.providers.models import Keep, Provider, Source

MOST = 6
MOST_TITLES, MOST_LINKS = 30, 10


class Candidate(NamedTuple):
    """`by_link`: both name the same site, not only the same title."""

    series_id: UUID
    title: str
    library_id: UUID
    library_name: str
    read_only: bool
    by_link: bool


class Followed(NamedTuple):
    """With what is wanted of it."""

    series_id: UUID
    title: str
    library_name: str
    languages: Sequence[str]
    groups: Sequence[str]
    keep: Keep


async def candidates(session: AsyncSession, person: User, remote: RemoteSeries) -> list[Candidate]:
    """Those that this person may know of; the likeliest first."""
    return await _alike(session, remote, known_to(person))


async def candidates_in(
    session: AsyncSession, library: Library, remote: RemoteSeries
) -> list[Candidate]:
    """For the command line, which knows of everything; the likeliest first."""
    in_library = and_(Series.library_id == library.id, Series.trashed_at.is_(None))
    return await _alike(session, remote, in_library)


async def _alike(
    session: AsyncSession, remote: RemoteSeries, rule: ColumnElement[bool]
) -> list[Candidate]:
    titles = [remote.title, *(other.text for other in remote.other_titles[:MOST_TITLES])]
    wanted = bindparam(
        "titles", [text for title in titles if (text := search_text(title))], ARRAY(String)
    )
    links = [Series.links.contains([{"url": link}]) for link in links_of(remote)[:MOST_LINKS]]
    by_link = or_(False, *links)
    rows = await session.execute(
        select(Series.id, Series.title, Library.id, Library.name, Library.read_only, by_link)
        .join(Library, Library.id == Series.library_id)
        .join(SearchDocument, and_(SearchDocument.kind == "series", SearchDocument.id == Series.id))
        .where(or_(SearchDocument.title == any_(wanted), by_link), rule)
        .order_by(by_link.desc(), Series.sort_key, Series.id)
        .limit(MOST)
    )
    return [Candidate(*row) for row in rows]


async def followed(
    session: AsyncSession, person: User, provider: Provider, remote_id: str
) -> list[Followed]:
    """Where this very series of the provider is followed already."""
    rows = await session.execute(
        select(
            *(Series.id, Series.title, Library.name),
            *(Source.languages, Source.groups, Source.keep),
        )
        .join(Source, Source.series_id == Series.id)
        .join(Library, Library.id == Series.library_id)
        .where(Source.provider_id == provider.id, Source.remote_id == remote_id)
        .where(Source.stopped_at.is_(None), known_to(person))
        .order_by(Series.id)
        .limit(MOST)
    )
    return [Followed(*row) for row in rows]
