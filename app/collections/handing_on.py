"""What becomes of shared lists and collections when their person leaves."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.events import PersonLeaves
from app.collections.models import Collection, ReadingList
from app.events import on


@on(PersonLeaves)
async def hand_on(session: AsyncSession, fact: PersonLeaves) -> None:
    """Without an heir lists go with their person, and collections stay as nobody's."""
    if fact.heir_id is None:
        return
    await session.execute(
        update(ReadingList)
        .where(ReadingList.owner_id == fact.person_id, ReadingList.is_shared)
        .values(owner_id=fact.heir_id)
    )
    await session.execute(
        update(Collection)
        .where(Collection.created_by == fact.person_id)
        .values(created_by=fact.heir_id)
    )
