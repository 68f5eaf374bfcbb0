"""Which of what providers found stands on the shelf already, as far as this person may know."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import String, and_, any_, bindparam, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Unrated, User
from app.library.grams import search_text
from app.library.models import SearchDocument, Series
from app.library.queries import ADULT, known_to
from app.providers.base import RemoteSeries
from app.providers.models import Source
from app.search.remote_merge import MOST_TITLES, Merged


class Shelved(NamedTuple):
    """A series of ours; `is_followed` at a provider, else only of the same title."""

    series_id: UUID
    title: str
    is_followed: bool


async def shelved(
    session: AsyncSession, person: User, found: Sequence[Merged]
) -> dict[int, Shelved]:
    """By place in `found`. Two queries, however many were found."""
    if not found:
        return {}
    ids = {(hit.provider.id, hit.series.remote_id) for one in found for hit in one.hits}
    followed = await _followed(session, person, ids)
    titles = {title for one in found for title in _titles(one)}
    titled = await _titled(session, person, titles)
    marks: dict[int, Shelved] = {}
    for at, one in enumerate(found):
        hits = [(hit.provider.id, hit.series.remote_id) for hit in one.hits]
        mark = next((followed[hit] for hit in hits if hit in followed), None)
        mark = mark or next((titled[title] for title in _titles(one) if title in titled), None)
        if mark:
            marks[at] = mark
    return marks


def may_meet(person: User, series: RemoteSeries) -> bool:
    """The age limit of a person holds for what providers show as well."""
    if person.age_limit is None:
        return True
    if series.age_rating is None:
        return person.unrated is not Unrated.HIDE
    return min(series.age_rating, ADULT) <= person.age_limit


async def _followed(
    session: AsyncSession, person: User, ids: Iterable[tuple[UUID, str]]
) -> dict[tuple[UUID, str], Shelved]:
    rows = await session.execute(
        select(Source.provider_id, Source.remote_id, Series.id, Series.title)
        .join(Series, Series.id == Source.series_id)
        .where(
            tuple_(Source.provider_id, Source.remote_id).in_(list(ids)),
            Source.stopped_at.is_(None),
            known_to(person),
        )
    )
    return {
        (provider_id, remote_id): Shelved(series_id, title, is_followed=True)
        for provider_id, remote_id, series_id, title in rows
    }


async def _titled(session: AsyncSession, person: User, titles: Iterable[str]) -> dict[str, Shelved]:
    wanted = bindparam("titles", list(titles), ARRAY(String))
    rows = await session.execute(
        select(SearchDocument.title, Series.id, Series.title)
        .join(Series, and_(SearchDocument.kind == "series", SearchDocument.id == Series.id))
        .where(SearchDocument.title == any_(wanted), SearchDocument.title > "", known_to(person))
        .order_by(Series.id)
    )
    return {key: Shelved(series_id, title, is_followed=False) for key, series_id, title in rows}


def _titles(one: Merged) -> list[str]:
    """As the search of the shelf knows titles, the main ones first."""
    main = [hit.series.title for hit in one.hits]
    others = [other.text for hit in one.hits for other in hit.series.other_titles[:MOST_TITLES]]
    return [text for title in dict.fromkeys([*main, *others]) if (text := search_text(title))]
