"""Session cookies on answers."""

from typing import Any

from litestar import Request, Response
from litestar.datastructures import Cookie
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.principal import current_session, forget_recent, session_of
from app.auth.sessions import ABSOLUTE, Sessions
from app.auth.throttle import Throttles
from app.foundation.web.client import client_of
from app.foundation.web.cookies import PRE_SESSION, SESSION, drop_cookie, make_cookie

type AnyRequest = Request[Any, Any, Any]


def throttles_of(request: AnyRequest) -> Throttles:
    return Throttles(request.app.state.session_maker_class)


async def begin_session(
    request: AnyRequest,
    session: AsyncSession,
    person: User,
    response: Response[Any],
    *,
    stays: bool,
) -> Response[Any]:
    """A new session id, always; the one that came with the request ends."""
    before = session_of(request)
    sessions = Sessions(session)
    if before is not None:
        await sessions.end(before.session_id)
    client = client_of(request)
    agent = request.headers.get("user-agent", "")
    secret, _row = await sessions.begin(person, client, agent, stays=stays)
    response.cookies.append(_session_cookie(request, secret, stays=stays))
    response.cookies.append(drop_cookie(client, PRE_SESSION))
    forget_recent()
    return response


async def renew_session(
    request: AnyRequest, session: AsyncSession, response: Response[Any]
) -> Response[Any]:
    """Whoever sits here has just proved who they are: the cookie of before is worth nothing."""
    known = current_session(request)
    secret = await Sessions(session).renew(known.session_id)
    response.cookies.append(_session_cookie(request, secret, stays=known.stays))
    forget_recent()
    return response


def end_session(request: AnyRequest, response: Response[Any]) -> Response[Any]:
    response.cookies.append(drop_cookie(client_of(request), SESSION))
    forget_recent()
    return response


def _session_cookie(request: AnyRequest, secret: str, *, stays: bool) -> Cookie:
    seconds = int(ABSOLUTE.total_seconds()) if stays else None
    return make_cookie(client_of(request), SESSION, secret, seconds=seconds)
