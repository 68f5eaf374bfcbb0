"""Libraries as their shelves show them: with what a scan is doing now, as its job says."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, Text, and_, case, cast, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.accounts.models import User
from app.errors import NotFound
from app.foundation.queue.models import Job, JobState
from app.library.models import Library
from app.library.queries import libraries_of, sees_all_of_it

ACTIVE = (JobState.WAITING, JobState.RUNNING)
SCAN = "scan_library"


class Shelf(NamedTuple):
    """`total` is None for people from whom something may be hidden; `scan` while there is none."""

    library: Library
    total: int | None
    scan: Job | None


async def shelf_for(session: AsyncSession, person: User, library_id: UUID) -> Shelf:
    """The library with its roots, if this person may see it."""
    query = _shelves(person).where(Library.id == library_id).options(selectinload(Library.roots))
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("There is no such library.")
    return Shelf(*row)


async def shelves_of(session: AsyncSession, person: User) -> list[Shelf]:
    rows = await session.execute(_shelves(person).order_by(Library.sort_key, Library.id))
    return [Shelf(*row) for row in rows]


def _shelves(person: User) -> Select[*tuple[Library, int | None, Job | None]]:
    its_scan = and_(Job.kind == SCAN, Job.key == cast(Library.id, Text), Job.state.in_(ACTIVE))
    return (
        select(Library, case((sees_all_of_it(person), Library.series_total)), Job)
        .outerjoin(Job, its_scan)
        .where(libraries_of(person))
    )
