"""Who came in and who tried to, for the eyes of their person (OWASP ASVS 5.0, 6.3.5).

A browser that came in before carries a cookie of its own for a year; one without it is new here. Tries
that fail again and again from one place within an hour are one line with a count.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response
from sqlalchemy import delete, exists, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.events import SecurityEvent, What, by
from app.auth.models import Session, SignIn
from app.auth.sessions import hash_secret
from app.events import on, publish
from app.foundation.db import now
from app.foundation.mail import can_send
from app.foundation.web.client import client_of
from app.foundation.web.cookies import BROWSER, make_cookie, read_cookie

KEPT = timedelta(days=180)
KNOWN_FOR = timedelta(days=365)
ONE_LINE = timedelta(hours=1)
SECRET_BYTES = 16
LONGEST_SECRET = 64

type AnyRequest = Request[Any, Any, Any]


async def came_in(
    request: AnyRequest, session: AsyncSession, person: User, response: Response[Any], way: str
) -> Response[Any]:
    """A session has just begun. Of a browser that is new here its person is told: by mail where it
    reaches them, else on their next screen elsewhere."""
    who = by(request, person.id)
    secret = _browser_of(request) or secrets.token_urlsafe(SECRET_BYTES)
    is_new = await _is_new(session, person, secret)
    session.add(
        SignIn(
            user_id=person.id,
            way=way,
            is_good=True,
            is_new=is_new,
            device=who.device,
            network=who.network,
            browser_hash=hash_secret(secret),
        )
    )
    if is_new:
        await publish(session, SecurityEvent(What.NEW_DEVICE, person.id, who, {"way": way}))
        if not (can_send(request.app.state.settings) and person.email):
            person.new_session_id = await _newest_session(session, person)
    seconds = int(KNOWN_FOR.total_seconds())
    response.cookies.append(make_cookie(client_of(request), BROWSER, secret, seconds=seconds))
    return response


@on(SecurityEvent)
async def note_refused(session: AsyncSession, event: SecurityEvent) -> None:
    """Somebody who knows a name here was not let in."""
    if event.what is not What.SIGN_IN_FAILED or event.subject is None:
        return
    moment = now()
    same = (
        SignIn.user_id == event.subject,
        SignIn.is_good.is_(False),
        SignIn.network == event.by.network,
        SignIn.device == event.by.device,
        SignIn.at > moment - ONE_LINE,
    )
    counted = await session.execute(
        update(SignIn).where(*same).values(tries=SignIn.tries + 1, at=moment).returning(SignIn.id)
    )
    if counted.first() is None:
        session.add(
            SignIn(
                user_id=event.subject,
                way=str(event.about.get("door", "")),
                is_good=False,
                device=event.by.device,
                network=event.by.network,
            )
        )


async def sign_ins_of(
    session: AsyncSession, person: User, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[SignIn]:
    """The newest first."""
    query = select(SignIn).where(SignIn.user_id == person.id)
    if after is not None:
        query = query.where(tuple_(SignIn.at, SignIn.id) < tuple_(*after))
    query = query.order_by(SignIn.at.desc(), SignIn.id.desc()).limit(limit)
    return (await session.scalars(query)).all()


async def forget_old(session: AsyncSession, at_once: int) -> int:
    """How many went, at most `at_once`."""
    old = select(SignIn.id).where(SignIn.at < now() - KEPT).order_by(SignIn.at).limit(at_once)
    gone = await session.execute(delete(SignIn).where(SignIn.id.in_(old)).returning(SignIn.id))
    return len(gone.all())


def _browser_of(request: AnyRequest) -> str | None:
    secret = read_cookie(request, BROWSER)
    fits = secret is not None and len(secret) <= LONGEST_SECRET and secret.isascii()
    return secret if fits else None


async def _is_new(session: AsyncSession, person: User, secret: str) -> bool:
    """Whether they came in before, and never with this browser."""
    good = exists().where(SignIn.user_id == person.id, SignIn.is_good)
    with_it = good.where(SignIn.browser_hash == hash_secret(secret))
    return bool(await session.scalar(select(good & ~with_it)))


async def _newest_session(session: AsyncSession, person: User) -> UUID | None:
    return await session.scalar(
        select(Session.id)
        .where(Session.user_id == person.id)
        .order_by(Session.created_at.desc(), Session.id.desc())
        .limit(1)
    )
