"""Who is asking: the one place where a request gets its person.

Stands before the form check. It never asks anything of the database for a request without a
session cookie, and one query for one with it. Nothing a client sends becomes a session id: what
is not found is nobody.
"""

from datetime import datetime
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
from app.auth.sessions import Sessions, hash_secret, is_alive, is_due_to_be_noted
from app.foundation.db import now
from app.foundation.valkey.local_cache import LocalCache
from app.foundation.web.client import client_of
from app.foundation.web.context import language_of
from app.foundation.web.cookies import SESSION, read_cookie
from app.foundation.web.database import provide_session
from app.foundation.web.i18n import use_language

CURRENT = "current_session"
STATIC = "/static/"
TRUSTED_FOR = 2.0
"""Seconds for which image routes alone may go without asking again (requirement 23)."""
LONGEST_SECRET = 200

_recent: LocalCache[bytes, Session] = LocalCache(seconds=TRUSTED_FOR, size=512)


class Known(msgspec.Struct, frozen=True):
    """The session of this request, for the screens that are about it."""

    session_id: UUID
    stays: bool
    proved_at: datetime


class PrincipalMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            scope["user"] = None
            scope["auth"] = None
            row = await _session_of(scope)
            if row is not None:
                scope["user"] = row.user
                scope["auth"] = Known(row.id, row.stays, row.proved_at)
            if not _is_image(scope) and not scope["path"].startswith(STATIC):
                # What handlers say (in flashes, in forms) is said in the reader's language too.
                use_language(language_of(Request(scope)))
        await self.app(scope, receive, send)


def current_session(request: Request[User, Known, Any]) -> Known:
    """Only for routes whose policy lets no one in without a session."""
    known: Known = request.scope["auth"]
    return known


def forget_recent() -> None:
    """Rights changed here: image routes ask again at once."""
    _recent.clear()


async def _session_of(scope: Scope) -> Session | None:
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
        return known if is_alive(known, now()) else None
    found = await _looked_up(scope, secret, scheme)
    return found and _recent.put(key, found)


async def _looked_up(scope: Scope, secret: str, scheme: str) -> Session | None:
    session = provide_session(scope["litestar_app"].state, scope)
    row = await Sessions(session).found(secret, scheme)
    if row is None or row.user.disabled_at is not None:
        return None
    if is_due_to_be_noted(row, now()):
        await _note_use(session, row)
    return row


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
