"""Who is asking: the one place where a request gets its person.

Stands before the form check. It never asks anything of the database for a request without a
credential, and one query for each one with it. Nothing a client sends becomes a session id: what
is not found is nobody.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.models import Session
from app.auth.sessions import Sessions, hash_secret, is_due_to_be_noted
from app.foundation.db import now
from app.foundation.valkey.local_cache import LocalCache
from app.foundation.web import policies
from app.foundation.web.client import client_of
from app.foundation.web.context import language_of
from app.foundation.web.cookies import SESSION, read_cookie
from app.foundation.web.database import provide_session
from app.foundation.web.i18n import use_language
from app.foundation.web.policies import SignInFirst

CURRENT = "current_session"
STATIC = "/static/"
TRUSTED_FOR = 2.0
"""Seconds for which image routes alone may go without asking again (requirement 23)."""
LONGEST_SECRET = 200


class Carrier(StrEnum):
    """What brought the proof of who is asking."""

    SESSION = "session"
    APP_PASSWORD = "app password"  # noqa: S105 - a kind of credential
    ACCESS_TOKEN = "access token"  # noqa: S105 - a kind of credential


class Known(msgspec.Struct, frozen=True):
    """The session of this request, for the screens that are about it."""

    session_id: UUID
    stays: bool
    proved_at: datetime


class Principal(msgspec.Struct, frozen=True):
    """Who asks, by what, and how far it reaches. Policies judge this and nothing else."""

    person: User
    carrier: Carrier
    scopes: frozenset[policies.Scope] = frozenset()
    """What a key may be used for; the cookie of a session needs none."""
    session: Known | None = None

    def opens(self, scopes: frozenset[policies.Scope]) -> bool:
        """Whether one of the scopes that a route declares is held; keys alone need one."""
        return self.carrier is Carrier.SESSION or not scopes.isdisjoint(self.scopes)


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
            if not _is_image(scope) and not scope["path"].startswith(STATIC):
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
    request = ASGIConnection[Any, Any, Any, Any](scope)
    secret = None if scope["path"].startswith(STATIC) else read_cookie(request, SESSION)
    if secret is None or len(secret) > LONGEST_SECRET or not secret.isascii():
        return None
    scheme = client_of(request).scheme
    if not _is_image(scope):
        return await _looked_up(scope, secret, scheme)
    key = hash_secret(f"{scheme}:{secret}")
    known = _recent.get(key)
    if known is not None:
        return known
    found = await _looked_up(scope, secret, scheme)
    return found and _recent.put(key, found)


async def _looked_up(scope: Scope, secret: str, scheme: str) -> Principal | None:
    session = provide_session(scope["litestar_app"].state, scope)
    row = await Sessions(session).found(secret, scheme)
    if row is None or row.user.disabled_at is not None:
        return None
    if is_due_to_be_noted(row, now()):
        await _note_use(session, row)
    known = Known(row.id, row.stays, row.proved_at)
    return Principal(row.user, Carrier.SESSION, session=known)


async def _note_use(session: AsyncSession, row: Session) -> None:
    """Committed at once, before anything else happened: it must survive a refused request."""
    moment = now()
    await session.execute(
        update(Session).where(Session.id == row.id, Session.used_at < moment).values(used_at=moment)
    )
    await session.commit()


def _is_image(scope: Scope) -> bool:
    """Whether this is a page or a cover: the one kind of route that comes in dozens at once."""
    handler = scope.get("route_handler")
    return bool(handler is not None and handler.opt.get("image"))
