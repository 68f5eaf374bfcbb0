"""Session cookies on answers."""

from typing import Any

from litestar import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.principal import forget_recent, session_of
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
    seconds = int(ABSOLUTE.total_seconds()) if stays else None
    response.cookies.append(make_cookie(client, SESSION, secret, seconds=seconds))
    response.cookies.append(drop_cookie(client, PRE_SESSION))
    forget_recent()
    return response


def end_session(request: AnyRequest, response: Response[Any]) -> Response[Any]:
    response.cookies.append(drop_cookie(client_of(request), SESSION))
    forget_recent()
    return response
