"""Session cookies on answers."""

from typing import Any

from litestar import Request, Response
from litestar.datastructures import Cookie
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.events import SecurityEvent, What, Words, by
from app.auth.history import came_in
from app.auth.models import Second, Tablet, Way
from app.auth.principal import current_session, forget_recent, session_of
from app.auth.second_step import LIVES, Challenges, has_second_factor
from app.auth.sessions import ABSOLUTE, Sessions
from app.auth.throttle import Throttles
from app.events import publish
from app.foundation.web import done
from app.foundation.web.client import client_of
from app.foundation.web.cookies import (
    PRE_SESSION,
    SECOND_STEP,
    SESSION,
    drop_cookie,
    make_cookie,
)
from app.foundation.web.csrf import NEW_SESSION

type AnyRequest = Request[Any, Any, Any]


def throttles_of(request: AnyRequest) -> Throttles:
    return Throttles(request.app.state.session_maker_class)


async def let_in(
    request: AnyRequest,
    session: AsyncSession,
    person: User,
    *,
    then: str,
    stays: bool,
    way: Way = Way.PASSWORD,
    origin: bytes | None = None,
) -> Response[Any]:
    """The first proof was right: a session begins, or for whoever has a second factor, the short
    time in which they may show it."""
    if not await has_second_factor(session, person.id):
        response = done(request, then)
        return await welcome(
            request, session, person, response, stays=stays, way=way, origin=origin
        )
    client = client_of(request)
    secret = await Challenges(session).begin(
        person, client, way=way, stays=stays, then=then, origin=origin
    )
    response = done(request, "/login/second")
    seconds = int(LIVES.total_seconds())
    response.cookies.append(make_cookie(client, SECOND_STEP, secret, seconds=seconds))
    return response


async def welcome(
    request: AnyRequest,
    session: AsyncSession,
    person: User,
    response: Response[Any],
    *,
    stays: bool,
    way: Way,
    second: Second | None = None,
    origin: bytes | None = None,
) -> Response[Any]:
    """Everything that is asked for at the door was right."""
    about: Words = {"way": way.value, "second": second.value if second is not None else None}
    event = SecurityEvent(What.SIGN_IN, person.id, by(request, person.id), about)
    await publish(session, event)
    await begin_session(
        request, session, person, response, stays=stays, way=way, second=second, origin=origin
    )
    return await came_in(request, session, person, response, (second or way).value)


async def begin_session(
    request: AnyRequest,
    session: AsyncSession,
    person: User,
    response: Response[Any],
    *,
    stays: bool,
    way: Way = Way.PASSWORD,
    second: Second | None = None,
    tablet: Tablet | None = None,
    origin: bytes | None = None,
) -> Response[Any]:
    """A new session id, always; the one that came with the request ends."""
    before = session_of(request)
    sessions = Sessions(session)
    if before is not None:
        await sessions.end(before.session_id)
    client = client_of(request)
    agent = request.headers.get("user-agent", "")
    secret, _row = await sessions.begin(
        person, client, agent, stays=stays, way=way, second=second, tablet=tablet, origin=origin
    )
    response.cookies.append(_session_cookie(request, secret, stays=stays))
    response.cookies.append(drop_cookie(client, PRE_SESSION))
    forget_recent()
    return response


async def renew_session(
    request: AnyRequest,
    session: AsyncSession,
    response: Response[Any],
    second: Second | None = None,
) -> Response[Any]:
    """Whoever sits here has just proved who they are: the cookie of before is worth nothing.
    `second` is what they showed besides the password."""
    known = current_session(request)
    secret = await Sessions(session).renew(known.session_id, second)
    response.cookies.append(_session_cookie(request, secret, stays=known.stays))
    forget_recent()
    return response


def end_session(request: AnyRequest, response: Response[Any]) -> Response[Any]:
    response.cookies.append(drop_cookie(client_of(request), SESSION))
    forget_recent()
    return response


def _session_cookie(request: AnyRequest, secret: str, *, stays: bool) -> Cookie:
    seconds = int(ABSOLUTE.total_seconds()) if stays else None
    request.scope["state"][NEW_SESSION] = secret
    return make_cookie(client_of(request), SESSION, secret, seconds=seconds)
