"""What is wrong with the files of a library, newest first."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.library.models import Library, Problem

SHOWN = 100


async def problems_of(
    session: AsyncSession, library: Library, after: UUID | None
) -> tuple[Sequence[Problem], UUID | None]:
    """A screenful, and the id to go on after; None at the end. An unknown `after` begins anew."""
    query = select(Problem).where(Problem.library_id == library.id)
    last = await session.get(Problem, after) if after else None
    if last is not None and last.library_id == library.id:
        query = query.where(
            (Problem.since < last.since) | ((Problem.since == last.since) & (Problem.id > last.id))
        )
    rows = (
        await session.scalars(query.order_by(Problem.since.desc(), Problem.id).limit(SHOWN + 1))
    ).all()
    return rows[:SHOWN], rows[SHOWN - 1].id if len(rows) > SHOWN else None
