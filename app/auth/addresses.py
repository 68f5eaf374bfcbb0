"""A mail address is theirs once they followed a link that was sent to it."""

from datetime import timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.service import People
from app.auth.tokens import BadToken, Tokens
from app.foundation.mail import send_later

KIND = "address"
LETTER = "address"
LIVES = timedelta(hours=24)


class Confirmed(msgspec.Struct, frozen=True):
    """`before` is the address that was given up for it."""

    person: User
    email: str
    before: str | None


def waiting(person: User) -> str | None:
    """The address that waits for its link to be followed."""
    return person.new_email or (None if person.email_verified_at else person.email)


async def send_link(session: AsyncSession, person: User) -> None:
    """To the address that waits; nothing where none does."""
    address = waiting(person)
    if address is not None:
        key = f"{LETTER} {person.id} {address}"
        await send_later(session, LETTER, person.id, address=address, key=key)


async def new_link(session: AsyncSession, person: User, address: str) -> str | None:
    """The path for a letter to this address; None where it waits no more."""
    if address != waiting(person):
        return None
    tokens = Tokens(session, KIND)
    await tokens.forget(person.id)
    secret, _row = await tokens.make(lives=LIVES, user_id=person.id, data={"email": address})
    return f"/confirm/{secret}"


async def whose_link(session: AsyncSession, secret: str) -> tuple[User, str]:
    """Whose address it confirms, and which; raises BadToken."""
    row = await Tokens(session, KIND).good(secret)
    person = await session.get(User, row.user_id)
    if person is None or row.data["email"] != waiting(person):
        raise BadToken
    return person, row.data["email"]


async def confirm(session: AsyncSession, secret: str) -> Confirmed:
    """Spends the link."""
    person, email = await whose_link(session, secret)
    before = person.email
    await Tokens(session, KIND).spend(secret)
    if not await People(session).confirm_email(person, email):
        raise BadToken
    return Confirmed(person, email, before if before != email else None)
