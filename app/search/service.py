"""What a person keeps of their searches: the last ones, and smart lists."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Invalid, NotFound
from app.foundation.db import new_id, now
from app.search.language import parse
from app.search.models import RecentSearch, SmartList

MOST_RECENT = 10
MOST_LISTS = 30
LONGEST_NAME = 100


async def recent_searches(session: AsyncSession, person: User) -> list[str]:
    """The last ones first."""
    mine = (
        select(RecentSearch.query)
        .where(RecentSearch.user_id == person.id)
        .order_by(RecentSearch.searched_at.desc(), RecentSearch.query)
        .limit(MOST_RECENT)
    )
    return list(await session.scalars(mine))


async def remember(session: AsyncSession, person: User, text: str) -> None:
    """A search that is asked again moves to the front; of many the oldest go."""
    query = parse(text)
    if query.is_empty:
        return
    row = insert(RecentSearch).values(user_id=person.id, query=query.text, searched_at=now())
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["user_id", "query"], set_={"searched_at": row.excluded.searched_at}
        )
    )
    kept = await recent_searches(session, person)
    await session.execute(
        delete(RecentSearch).where(
            RecentSearch.user_id == person.id, RecentSearch.query.not_in(kept)
        )
    )


async def forget(session: AsyncSession, person: User, text: str) -> None:
    await session.execute(
        delete(RecentSearch).where(RecentSearch.user_id == person.id, RecentSearch.query == text)
    )


async def forget_all(session: AsyncSession, person: User) -> None:
    await session.execute(delete(RecentSearch).where(RecentSearch.user_id == person.id))


async def smart_lists(session: AsyncSession, person: User) -> Sequence[SmartList]:
    mine = (
        select(SmartList)
        .where(SmartList.user_id == person.id)
        .order_by(SmartList.position, SmartList.id)
    )
    return (await session.scalars(mine)).all()


async def save_as_list(session: AsyncSession, person: User, name: str, text: str) -> SmartList:
    query = parse(text)
    if query.is_empty:
        raise Invalid("A list needs something to search for.")
    number, last = (
        await session.execute(
            select(func.count(), func.max(SmartList.position)).where(SmartList.user_id == person.id)
        )
    ).one()
    if number >= MOST_LISTS:
        raise Invalid("There are thirty smart lists already. Remove one first.")
    made = SmartList(
        id=new_id(), user_id=person.id, name=name, query=query.text, position=(last or 0) + 1
    )
    session.add(made)
    return made


async def smart_list_of(session: AsyncSession, person: User, list_id: UUID) -> SmartList:
    found = await session.scalar(
        select(SmartList).where(SmartList.id == list_id, SmartList.user_id == person.id)
    )
    if found is None:
        raise NotFound("There is no such list.")
    return found


async def move(session: AsyncSession, person: User, moved: SmartList, *, up: bool) -> None:
    """Changes places with its neighbour; the first stays first and the last last."""
    rows = list(await smart_lists(session, person))
    at = next(place for place, row in enumerate(rows) if row.id == moved.id)
    other = at - 1 if up else at + 1
    if 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
    for position, row in enumerate(rows, start=1):
        row.position = position
