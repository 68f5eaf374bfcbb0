"""Everything a query finds, by groups: as it is typed, and on the screen of results."""

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.search.chapters import ChapterHits, find_chapters
from app.search.language import Query
from app.search.names import Names, find_names
from app.search.near import near_titles
from app.search.series import MOST, SeriesHits, find_series

SUGGESTED = 8
GLANCE = 80
"""How many are found while somebody types, where speed is worth more than a count."""
SHOWN = 12
FULL = 48
E_INK = 12


class Results(NamedTuple):
    series: SeriesHits
    chapters: ChapterHits
    names: Names
    near: list[str]
    """Titles that may have been meant, when nothing was found."""

    @property
    def total(self) -> int:
        names = len(self.names.people) + len(self.names.tags)
        return self.series.total + self.chapters.total + names

    @property
    def is_empty(self) -> bool:
        return not self.total


async def suggestions(session: AsyncSession, person: User, query: Query) -> Results:
    return await everything(session, person, query, limit=SUGGESTED, most=GLANCE)


async def everything(
    session: AsyncSession, person: User, query: Query, *, limit: int = SHOWN, most: int = MOST
) -> Results:
    """Three statements; a fourth when nothing was found. `most`: how many each way may find."""
    series = await find_series(session, person, query, limit=limit, most=most)
    chapters = await find_chapters(session, person, query, limit=limit, most=most)
    names = await find_names(session, query, series.about, limit=limit)
    found = Results(series, chapters, names, [])
    if found.is_empty:
        return found._replace(near=await near_titles(session, person, query))
    return found
