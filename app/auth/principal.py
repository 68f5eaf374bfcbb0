"""Who is asking: the one place where a request gets its person.

Stands before the form check. It never asks anything of the database for a request without a
credential, and one query for each one with it. Nothing a client sends becomes a session id: what
is not found is nobody.
"""

from typing import Any

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.asking import Carrier, Known, Principal
from app.auth.credentials import Connection, Sent, cookie_of, principal_of_key, sent_with
from app.auth.events import refused_sign_in
from app.auth.models import Session
from app.auth.proxied import is_somebody_else
from app.auth.sessions import Sessions, is_due_to_be_noted
from app.auth.throttle import Throttles, refusal_of
from app.errors import DomainError
from app.foundation.db import now
from app.foundation.valkey.local_cache import LocalCache
from app.foundation.web.client import client_of
from app.foundation.web.context import language_of
from app.foundation.web.csrf import BY_KEY, COOKIELESS
from app.foundation.web.database import provide_session
from app.foundation.web.i18n import use_language
from app.foundation.web.policies import FOR_ALL, BadKey, Policy, SignInFirst, scopes_that_open

TRUSTED_FOR = 2.0
"""Seconds for which image routes alone may go without asking again (requirement 23)."""


class TwoPeople(DomainError):
    def __init__(self) -> None:
        super().__init__("This request names two different people. Send one credential.")


_recent: LocalCache[bytes, Principal] = LocalCache(seconds=TRUSTED_FOR, size=512)


class PrincipalMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            scope["user"] = None
            scope["auth"] = None
            principal = await _principal_of(scope)
            if principal is not None:
                scope["user"] = principal.person
                scope["auth"] = principal
                scope["state"][BY_KEY] = principal.carrier is not Carrier.SESSION
            if not _is_image(scope) and not _is_for_all(scope):
                # What handlers say (in flashes, in forms) is said in the reader's language too.
                use_language(language_of(Request(scope)))
        await self.app(scope, receive, send)


def principal_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Principal | None:
    found: Principal | None = connection.scope.get("auth")
    return found


def session_of(request: Request[Any, Any, Any]) -> Known | None:
    """The session that brought this request, if one did."""
    principal = principal_of(request)
    return principal.session if principal is not None else None


def current_session(request: Request[Any, Any, Any]) -> Known:
    """Only for routes that open to sessions alone."""
    known = session_of(request)
    if known is None:
        raise SignInFirst
    return known


def forget_recent() -> None:
    """Rights changed here: image routes ask again at once."""
    _recent.clear()


async def _principal_of(scope: Scope) -> Principal | None:
    connection: Connection = ASGIConnection(scope)
    sent = _sent(connection)
    if sent.cookie is None and not sent.keys and not sent.is_foreign:
        return None
    if not _is_image(scope):
        return await _looked_up(connection, sent)
    digest = sent.digest(client_of(connection).scheme)
    known = _recent.get(digest)
    if known is not None:
        return known
    found = await _looked_up(connection, sent)
    return found and _recent.put(digest, found)


def _sent(connection: Connection) -> Sent:
    """Keys open nothing that is open to strangers anyway, so there they are not looked at."""
    handler = connection.scope.get("route_handler")
    if handler is None or handler.opt.get(FOR_ALL):
        return Sent()
    if handler.opt.get(COOKIELESS):
        return Sent()
    if handler.opt.get("policy") in (Policy.PUBLIC, Policy.SETUP):
        return Sent(cookie_of(connection))
    return sent_with(connection)


async def _looked_up(connection: Connection, sent: Sent) -> Principal | None:
    """Two people are refused. Of one person's credentials, what is sent in a header counts."""
    by_session = await _by_session(connection, sent.cookie) if sent.cookie else None
    by_keys = [await principal_of_key(connection, key) for key in sent.keys]
    named = [found for found in [by_session, *by_keys] if found is not None]
    opens_to_keys = bool(scopes_that_open(connection.scope["route_handler"]))
    if None in by_keys or (sent.is_foreign and opens_to_keys and not named):
        connection.scope["state"][BY_KEY] = True
        raise await _refusal(connection)
    if len({found.person.id for found in named}) > 1:
        raise TwoPeople
    keys = named[1:] if by_session is not None else named
    return _with_the_smallest_scope(keys) or by_session


def _with_the_smallest_scope(keys: list[Principal]) -> Principal | None:
    if not keys:
        return None
    scopes = frozenset.intersection(*(key.scopes for key in keys))
    return msgspec.structs.replace(keys[0], scopes=scopes)


async def _by_session(connection: Connection, secret: str) -> Principal | None:
    session = provide_session(connection.app.state, connection.scope)
    row = await Sessions(session).found(secret, client_of(connection).scheme)
    if row is None or row.user.disabled_at is not None:
        return None
    if await is_somebody_else(connection, session, row.user):
        # Behind the proxy sits somebody else now: what the one before began is not theirs.
        return None
    if is_due_to_be_noted(row, now()):
        await _note_use(session, row)
    known = Known(row.id, row.stays, row.proved_at, row.tablet_id, row.is_two_factor)
    return Principal(row.user, Carrier.SESSION, session=known)


async def _refusal(connection: Connection) -> DomainError:
    """One answer whatever was wrong; nothing was hashed slowly to find it."""
    throttles = Throttles(connection.app.state.session_maker_class)
    too_many = await refusal_of(throttles, client_of(connection).network, "key")
    if too_many is not None:
        return too_many
    await refused_sign_in(Request(connection.scope), None, "key")
    return BadKey()


async def _note_use(session: AsyncSession, row: Session) -> None:
    """Committed at once, before anything else happened: it must survive a refused request."""
    moment = now()
    await session.execute(
        update(Session).where(Session.id == row.id, Session.used_at < moment).values(used_at=moment)
    )
    await session.commit()


def _is_for_all(scope: Scope) -> bool:
    handler = scope.get("route_handler")
    return bool(handler is not None and handler.opt.get(FOR_ALL))


def _is_image(scope: Scope) -> bool:
    """Whether this is a page or a cover: the one kind of route that comes in dozens at once."""
    handler = scope.get("route_handler")
    return bool(handler is not None and handler.opt.get("image"))
