"""Everything that the sources of a series list, page by page."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, or_, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.downloads.updates import Line, those
from app.providers.models import Release

type Place = tuple[Decimal | None, UUID]
"""The number and the id of a release."""


class Wish(msgspec.Struct, frozen=True):
    """`source_ids` are those of the series, or some of them."""

    source_ids: Sequence[UUID]
    language: str = ""


async def releases_of(
    session: AsyncSession, person: User, wish: Wish, *, after: Place | None, limit: int
) -> list[Line]:
    """The highest number first, before it what has none. Two queries; of each source no more is
    read than is shown, however much it lists."""
    if not wish.source_ids:
        return []
    of_each = [_of_one(one, wish.language, after, limit) for one in wish.source_ids]
    found = union_all(*of_each).subquery()
    order = (found.c.number.desc().nulls_first(), found.c.id.desc())
    ids = (await session.scalars(select(found.c.id).order_by(*order).limit(limit))).all()
    lines = {line.id: line for line in await those(session, person, ids)}
    return [lines[one] for one in ids if one in lines]


def _of_one(source_id: UUID, language: str, after: Place | None, limit: int):  # type: ignore[no-untyped-def]
    asked = select(Release.id, Release.number).where(
        Release.source_id == source_id, Release.removed_at.is_(None)
    )
    if language:
        asked = asked.where(Release.language == language)
    if after is not None:
        asked = asked.where(_beyond(*after))
    order = (Release.number.desc().nulls_first(), Release.id.desc())
    return select(asked.order_by(*order).limit(limit).subquery())


def _beyond(number: Decimal | None, last: UUID) -> ColumnElement[bool]:
    if number is None:
        return or_(Release.number.is_not(None), and_(Release.number.is_(None), Release.id < last))
    return tuple_(Release.number, Release.id) < (number, last)
