"""Somebody's inbox."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.models import Series
from app.library.queries import Asker, visible_to
from app.notifications.models import UNREAD, Kind, Notification, NotificationByMail

MOST_COUNTED = 99


def shown_to(person: User | Asker) -> ColumnElement[bool]:
    """Their own lines, without those about a series that they may not see any more."""
    series = exists().where(Series.id == Notification.series_id, visible_to(person))
    return and_(Notification.user_id == person.id, or_(Notification.series_id.is_(None), series))


async def inbox_of(
    session: AsyncSession, person: User, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Notification]:
    """The newest first; `after` is the last line that was shown."""
    query = select(Notification).where(shown_to(person))
    if after is not None:
        query = query.where(tuple_(Notification.at, Notification.id) < after)
    order = (Notification.at.desc(), Notification.id.desc())
    return (await session.scalars(query.order_by(*order).limit(limit))).all()


def unread_count(person: User | Asker) -> ScalarSelect[int]:
    """No more than one beyond MOST_COUNTED are counted."""
    some = select(Notification.id).where(shown_to(person), text(UNREAD)).limit(MOST_COUNTED + 1)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


async def by_mail(session: AsyncSession, person: User) -> set[Kind]:
    """The kinds of which they want letters."""
    query = select(NotificationByMail.kind).where(NotificationByMail.user_id == person.id)
    return set(await session.scalars(query))
