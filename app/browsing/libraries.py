"""Libraries as their shelves show them: with what a scan is doing now, as its job says."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, Text, and_, bindparam, case, cast, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import NotFound
from app.foundation.queue.models import Job, JobState
from app.library.models import Library, Root
from app.library.queries import Asker, libraries_of, sees_all_of_it

ACTIVE = (JobState.WAITING, JobState.RUNNING)
SCAN = "scan_library"


class Shelf(NamedTuple):
    """`total` is None for people from whom something may be hidden; `scan` while there is none."""

    library: Library
    total: int | None
    scan: Job | None
    offline: Sequence[Root] = ()


async def shelf_for(session: AsyncSession, person: User, library_id: UUID) -> Shelf:
    """The library, if this person may see it, with those of its roots that are offline."""
    values = {**Asker.values(person), "library_id": library_id}
    rows = (await session.execute(_one_shelf(Asker.like(person)), values)).all()
    if not rows:
        raise NotFound("There is no such library.")
    library, total, scan, _ = rows[0]
    return Shelf(library, total, scan, [root for *_, root in rows if root is not None])


async def shelves_of(session: AsyncSession, person: User) -> list[Shelf]:
    rows = await session.execute(_every_shelf(Asker.like(person)), Asker.values(person))
    return [Shelf(*row) for row in rows]


@cache
def _one_shelf(person: Asker) -> Select[*tuple[Any, ...]]:
    """A row for each of its roots that is offline, else one."""
    offline = and_(Root.library_id == Library.id, Root.offline_since.is_not(None))
    return (
        _shelves(person)
        .add_columns(Root)
        .outerjoin(Root, offline)
        .where(Library.id == bindparam("library_id"))
        .order_by(Root.display_name)
    )


@cache
def _every_shelf(person: Asker) -> Select[*tuple[Any, ...]]:
    return _shelves(person).order_by(Library.sort_key, Library.id)


def _shelves(person: Asker) -> Select[*tuple[Library, int | None, Job | None]]:
    its_scan = and_(Job.kind == SCAN, Job.key == cast(Library.id, Text), Job.state.in_(ACTIVE))
    return (
        select(Library, case((sees_all_of_it(person), Library.series_total)), Job)
        .outerjoin(Job, its_scan)
        .where(libraries_of(person))
    )
