"""A forgotten password (OWASP ASVS 5.0, 6.4.3): a link that works once, for half an hour.

It opens nothing but the choice of a new password. Whoever used it signs in with that like anybody,
second factor included.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.names import name_key
from app.accounts.service import People
from app.auth import throttle
from app.auth.events import By
from app.auth.service import change_password, let_go
from app.auth.throttle import Throttles
from app.auth.tokens import BadToken, Tokens
from app.foundation.db import new_id
from app.foundation.mail import send_later

KIND = "recovery"
LETTER = "recovery"
LIVES = timedelta(minutes=30)


async def ask_for_link(
    session: AsyncSession, throttles: Throttles, typed: str, who: By
) -> UUID | None:
    """The same look-up and the same wish whoever is meant: nothing tells names apart. Whose name it
    was, for the audit log alone."""
    person = await People(session).who_signs_in_as(typed)
    known = person.id if person is not None else None
    # Else a letter to nobody, which the worker finds nobody for.
    to = known or new_id()
    await let_go(session)
    if await throttles.take(throttle.letters_to(name_key(typed))) == 0:
        key = f"{LETTER} {to}"
        await send_later(session, LETTER, to, key=key, network=who.network, device=who.device)
    return known


async def new_link(session: AsyncSession, person: User, *, email: str | None = None) -> str:
    """The path to hand over; links of before work no more. `email` is where it is sent to."""
    tokens = Tokens(session, KIND)
    await tokens.forget(person.id)
    secret, _row = await tokens.make(lives=LIVES, user_id=person.id, data={"email": email})
    return f"/recover/{secret}"


async def whose_link(session: AsyncSession, secret: str) -> User:
    """Whose password may be chosen with it; raises BadToken."""
    row = await Tokens(session, KIND).good(secret)
    return await _person(session, row.user_id)


async def recover(session: AsyncSession, secret: str, password: str) -> User:
    """Spends the link. All sign-ins end, and so do throttles; the second factor stays."""
    tokens = Tokens(session, KIND)
    row = await tokens.spend(secret)
    person = await _person(session, row.user_id)
    await change_password(session, person, password)
    await tokens.forget(person.id)
    if row.data["email"] is not None:
        await People(session).confirm_email(person, row.data["email"])
    return person


async def _person(session: AsyncSession, user_id: object) -> User:
    person = await session.get(User, user_id)
    if person is None or person.disabled_at is not None:
        raise BadToken
    return person
