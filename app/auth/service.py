"""Proving who one is, and changing what proves it."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.accounts.names import name_key
from app.accounts.service import signs_in_as
from app.auth import throttle
from app.auth.hashing import hasher
from app.auth.models import Session
from app.auth.passwords import WeakPassword, check_password
from app.auth.sessions import Sessions
from app.auth.throttle import Throttles
from app.errors import TooManyTries
from app.foundation.db import now
from app.foundation.web.client import Client
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _


class Found(msgspec.Struct, frozen=True):
    """`person` only when everything was right; else `wait` seconds before the next try counts.
    `known` is whose name was typed, whatever else was wrong."""

    person: User | None
    wait: int
    known: UUID | None


async def let_go(session: AsyncSession) -> None:
    """Give the connection back before slow work. Only where nothing was written yet."""
    await session.commit()


async def sign_in(
    session: AsyncSession, throttles: Throttles, typed: str, password: str, client: Client
) -> Found:
    """One look-up and one verification, whatever is wrong: nothing tells names apart."""
    with hasher().place():
        await count_try_from(throttles, client)
        person, is_known_here = await _look_up(session, typed, client)
        await let_go(session)
        here = throttle.account_here(name_key(typed), client.network)
        limits = [here] if is_known_here else [here, throttle.account_anywhere(name_key(typed))]
        wait = await throttles.take(*limits)
    stored = person.password_hash if person is not None else hasher().nobody
    is_right = await hasher().verify(stored, password)
    known = person.id if person is not None else None
    if person is None or not is_right or wait or person.disabled_at is not None:
        return Found(None, await throttles.wait(*limits), known)
    await throttles.clear(here)
    if hasher().is_outdated(person.password_hash):
        person.password_hash = await hasher().hash(password)
    return Found(person, 0, known)


async def count_try_from(throttles: Throttles, client: Client, door: str = "login") -> None:
    refusal = await throttle.refusal_of(throttles, client.network, door)
    if refusal is not None:
        raise refusal


async def proves_to_be(
    session: AsyncSession, throttles: Throttles, person: User, password: str, client: Client
) -> bool:
    """Whether this is the password of someone who is signed in already; tries are counted."""
    await let_go(session)
    limit = throttle.account_here(f"proof:{person.id}", client.network)
    wait = await throttles.take(limit)
    if wait:
        raise TooManyTries("There were too many wrong passwords.", wait)
    is_right = await hasher().verify(person.password_hash, password)
    if is_right:
        await throttles.clear(limit)
    return is_right


async def change_password(
    session: AsyncSession, person: User, password: str, *, but: UUID | None = None
) -> None:
    """Every session of this person ends, but the one that may stay."""
    person.password_hash = await hasher().hash(password)
    person.password_changed_at = now()
    await Sessions(session).end_all_of(person.id, but=but)
    await throttle.forget_account(session, [person.name_key, name_key(person.email or "")])


def check_new_password(form: Form[Any], password: str, again: str, *about: str | None) -> None:
    """Both mistakes at once: a weak one, and one that was typed differently the second time."""
    try:
        check_password(password, *about)
    except WeakPassword as error:
        form.wrong("password", error)
    if password != again:
        form.wrong("password_again", _("This is not the same as above."))


async def _look_up(session: AsyncSession, typed: str, client: Client) -> tuple[User | None, bool]:
    """The person, and whether they are signed in from this network already."""
    signed_in_here = exists().where(
        Session.user_id == User.id, Session.network == client.network, Session.expires_at > now()
    )
    row = (
        await session.execute(
            select(User, signed_in_here)
            .options(joinedload(User.preference))
            .where(signs_in_as(typed))
        )
    ).first()
    return (row[0], row[1]) if row is not None else (None, False)
