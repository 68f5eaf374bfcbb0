"""Strangers who make themselves an account, where owners opened that door."""

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.registration import Registration
from app.accounts.service import People
from app.errors import NotFound, Unavailable
from app.foundation.db import now
from app.foundation.web.settings import chosen
from app.library.service import AllLibraries

MOST_WAITING = 50
"""So that nobody fills the list of people from outside."""


class RegistrationIsClosed(NotFound):
    def __init__(self) -> None:
        super().__init__("Nobody can make an account here by themselves. Ask for an invitation.")


async def open_registration(session: AsyncSession) -> Registration:
    """The rules, while the door is open; raises RegistrationIsClosed."""
    rules = await chosen(session, Registration)
    if not rules.is_open:
        raise RegistrationIsClosed
    return rules


async def register(
    session: AsyncSession, rules: Registration, name: str, password_hash: str
) -> User:
    """A reader; where an owner is asked, one who waits and cannot sign in yet."""
    people = People(session)
    if rules.asks_owner and await _number_waiting(session) >= MOST_WAITING:
        raise Unavailable("Too many people are waiting to be let in. Try again another day.")
    person = await people.create(name, password_hash, age_limit=rules.age_limit)
    if rules.asks_owner:
        person.asked_at = person.disabled_at = now()
    await AllLibraries(session).give(person, rules.libraries)
    return person


async def turn_away(session: AsyncSession, user_id: UUID) -> User:
    """Somebody who waits is gone as if they had never asked."""
    person = await session.scalar(
        select(User).where(User.id == user_id, User.asked_at.is_not(None)).with_for_update()
    )
    if person is None:
        raise NotFound("Nobody like that is waiting.")
    await session.execute(delete(User).where(User.id == user_id))
    return person


async def _number_waiting(session: AsyncSession) -> int:
    found = await session.scalar(select(func.count()).where(User.asked_at.is_not(None)))
    return found or 0
