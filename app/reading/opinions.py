"""A rating and a note on a series, which nobody else sees."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import NotFound
from app.foundation.db import now
from app.library.models import Series
from app.library.queries import visible_to
from app.reading.models import SeriesOpinion

HIGHEST = 10
LONGEST_NOTE = 10_000


async def series_to_judge(session: AsyncSession, person: User, series_id: UUID) -> Series:
    found = await session.scalar(
        select(Series).where(
            Series.id == series_id, Series.trashed_at.is_(None), visible_to(person)
        )
    )
    if found is None:
        raise NotFound("There is no such series.")
    return found


async def opinion_of(session: AsyncSession, person: User, series_id: UUID) -> SeriesOpinion | None:
    return await session.get(SeriesOpinion, (person.id, series_id))


async def judge(
    session: AsyncSession, person: User, series: Series, rating: int | None, note: str
) -> None:
    """Neither a rating nor a note is no opinion."""
    if rating is None and not note:
        await session.execute(
            delete(SeriesOpinion).where(
                SeriesOpinion.user_id == person.id, SeriesOpinion.series_id == series.id
            )
        )
        return
    said = {"rating": rating, "note": note, "updated_at": now()}
    await session.execute(
        insert(SeriesOpinion)
        .values(user_id=person.id, series_id=series.id, **said)
        .on_conflict_do_update(
            index_elements=[SeriesOpinion.user_id, SeriesOpinion.series_id], set_=said
        )
    )
