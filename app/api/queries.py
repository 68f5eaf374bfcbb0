"""Reads of the API that no screen has."""

from uuid import UUID

from sqlalchemy import case, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.web.paging import Place
from app.library.models import Library
from app.library.queries import libraries_of, sees_all_of_it


async def libraries_after(
    session: AsyncSession, person: User, place: Place | None, limit: int
) -> list[tuple[Library, int | None]]:
    """One more than `limit` where it goes on; with the kept total for those who see all of it."""
    wanted = (
        select(Library, case((sees_all_of_it(person), Library.series_total)))
        .where(libraries_of(person))
        .order_by(Library.sort_key, Library.id)
        .limit(limit + 1)
    )
    if place is not None:
        edge = (str(place[0]), UUID(str(place[1])))
        wanted = wanted.where(tuple_(Library.sort_key, Library.id) > edge)
    return [(library, total) for library, total in await session.execute(wanted)]


async def people_after(session: AsyncSession, place: Place | None, limit: int) -> list[User]:
    """One more than `limit` where it goes on."""
    wanted = select(User).order_by(User.name_key).limit(limit + 1)
    if place is not None:
        wanted = wanted.where(User.name_key > str(place[0]))
    return list(await session.scalars(wanted))
