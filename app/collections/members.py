"""What collections and reading lists have in common: names, and members that have a place."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, any_, bindparam, cast, delete, func, select, update
from sqlalchemy import UUID as SqlUUID
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.collections.models import (
    Collection,
    CollectionSeries,
    ReadingList,
    ReadingListChapter,
)
from app.errors import Conflict, Invalid
from app.foundation.db import now
from app.foundation.security.text import clean_line, clean_text
from app.library.text import sort_key

LONGEST_NAME = 120
LONGEST_SUMMARY = 4_000
MOST_MEMBERS = 2_000
# What was removed can be brought back by the Undo of that moment, not for ever.
KEPT = timedelta(days=1)

type Member = type[CollectionSeries] | type[ReadingListChapter]


def whole_of(member: Member) -> Any:
    return member.collection_id if member is CollectionSeries else member.list_id  # type: ignore[union-attr]


def part_of(member: Member) -> Any:
    return member.series_id if member is CollectionSeries else member.chapter_id  # type: ignore[union-attr]


def name_it(whole: Collection | ReadingList, name: str, summary: str) -> None:
    tidy = clean_line(name, LONGEST_NAME)
    if not tidy:
        raise Invalid("Give it a name.")
    whole.name, whole.sort_key = tidy, sort_key(tidy)
    whole.summary = clean_text(summary, LONGEST_SUMMARY) or None


async def append(
    session: AsyncSession, member: Member, whole: UUID, parts: Sequence[UUID]
) -> list[UUID]:
    """Those that were not in it, now at its end. The row of the whole must be locked."""
    room = await session.execute(
        select(func.count(), func.coalesce(func.max(member.position), 0)).where(
            whole_of(member) == whole
        )
    )
    count, last = room.one()
    known = set(await session.scalars(select(part_of(member)).where(whole_of(member) == whole)))
    new = [part for part in dict.fromkeys(parts) if part not in known]
    if count + len(new) > MOST_MEMBERS:
        raise Conflict("There is no room: 2,000 is the most.")
    await put(session, member, whole, {part: last + at for at, part in enumerate(new, start=1)})
    return new


async def put(session: AsyncSession, member: Member, whole: UUID, places: dict[UUID, int]) -> None:
    names = whole_of(member).key, part_of(member).key
    rows = [
        {names[0]: whole, names[1]: part, "position": position} for part, position in places.items()
    ]
    if rows:
        added = insert(member).values(rows)
        await session.execute(added.on_conflict_do_nothing(index_elements=list(names)))


async def put_back(
    session: AsyncSession, member: Member, whole: UUID, part: UUID, position: int
) -> None:
    """Where it was, or at the end where something else stands there now."""
    taken = await session.scalar(
        select(part_of(member)).where(whole_of(member) == whole, member.position == position)
    )
    if taken is None:
        await put(session, member, whole, {part: position})
    else:
        await append(session, member, whole, [part])


async def take_out(session: AsyncSession, member: Member, whole: UUID, part: UUID) -> int | None:
    """The place it had; None where it was not in it."""
    gone = delete(member).where(whole_of(member) == whole, part_of(member) == part)
    place: int | None = await session.scalar(gone.returning(member.position))
    return place


async def take_all_out(
    session: AsyncSession, member: Member, whole: UUID, parts: Sequence[UUID]
) -> None:
    gone = delete(member).where(whole_of(member) == whole, among(part_of(member), parts))
    await session.execute(gone)


async def rearrange(
    session: AsyncSession, member: Member, whole: UUID, changes: dict[UUID, int]
) -> None:
    """One statement, however many change."""
    if not changes:
        return
    ids = bindparam("ids", list(changes), type_=ARRAY(SqlUUID(as_uuid=True)))
    places = bindparam("places", list(changes.values()), type_=ARRAY(Integer))
    wanted = func.unnest(ids, places).table_valued("part", "place").render_derived()
    await session.execute(
        update(member)
        .where(whole_of(member) == whole, part_of(member) == wanted.c.part)
        .values(position=wanted.c.place)
        .execution_options(synchronize_session=False)
    )


async def sweep(session: AsyncSession, kind: type[Collection] | type[ReadingList]) -> None:
    """What was removed long ago goes for good."""
    await session.execute(delete(kind).where(kind.removed_at < now() - KEPT))


def among(column: Any, ids: Sequence[UUID]) -> Any:
    return column == any_(cast(list(ids), ARRAY(SqlUUID(as_uuid=True))))
