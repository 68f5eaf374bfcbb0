"""Only our own screens may act for a signed-in person (OWASP ASVS 5.0, 3.5.1).

The token is bound to the session cookie; before there is a session, to a cookie of its own
that is set together with the first form. It is masked anew on every screen, so that
compression tells nothing about it (BREACH).
"""

import hmac
import secrets
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType, ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from app.errors import NotAllowed
from app.foundation.security.signing import MAC_BYTES, Signer, from_base64, to_base64
from app.foundation.web.client import client_of
from app.foundation.web.cookies import PRE_SESSION, SESSION, cookie_name, make_cookie, read_cookie

FIELD = "csrf_token"
HEADER = b"x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SAME_SITE = ("same-origin", "none")
FORM_TYPES = (RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART)
NEW_COOKIE = "pre_session_cookie"
BY_KEY = "by_key"
"""In the state of a request: whether a key in a header says who asks."""
COOKIELESS = "cookieless"
"""Option of a route that reads no cookie at all: what opens it is sent in the body."""
NEW_SESSION = "new_session"
"""In `scope["state"]`: the session that this answer begins, to which its forms belong."""
BOUND_BYTES = 18

type Connection = ASGIConnection[Any, Any, Any, Any]


class WrongOrigin(NotAllowed):
    """The form was not sent by one of our screens, or the screen is too old."""

    def __init__(self) -> None:
        super().__init__(
            "This form is no longer valid. Go back, load the screen anew and send it again."
        )


def token_for(connection: Connection) -> str:
    """A token for a form shown to this browser now."""
    mac = _mac(connection, _bound_to(connection) or _new_pre_session(connection))
    pad = secrets.token_bytes(MAC_BYTES)
    return to_base64(pad + _xor(pad, mac))


def new_cookie(scope: Scope) -> Cookie | None:
    """The pre-session cookie that the answer must set, if a form asked for one."""
    value = scope["state"].get(NEW_COOKIE)
    if value is None:
        return None
    return make_cookie(scope["state"]["client"], PRE_SESSION, value, seconds=None)


def is_valid(connection: Connection, token: str | None) -> bool:
    masked = from_base64(token or "")
    bound_to = _bound_to(connection)
    if bound_to is None or masked is None or len(masked) != 2 * MAC_BYTES:
        return False
    told = _xor(masked[:MAC_BYTES], masked[MAC_BYTES:])
    return hmac.compare_digest(told, _mac(connection, bound_to))


class CsrfMiddleware:
    """Stands behind the principal, before the guards; reads the form only where one was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["method"] not in SAFE_METHODS:
            request = Request[Any, Any, Any](scope, receive, send)
            if _rides_on_cookies(request):
                await _check(request)
        await self.app(scope, receive, send)


async def _check(request: Request[Any, Any, Any]) -> None:
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in SAME_SITE:
        raise WrongOrigin
    if origin is not None and origin != "null" and not _is_ours(origin, request):
        raise WrongOrigin
    if not is_valid(request, await _sent_token(request)):
        raise WrongOrigin


def _rides_on_cookies(request: Request[Any, Any, Any]) -> bool:
    """A good key in a header was added by a program; no browser does so for another site."""
    handler = request.scope.get("route_handler")
    is_cookieless = handler is not None and handler.opt.get(COOKIELESS)
    return not (is_cookieless or request.scope["state"].get(BY_KEY))


def _is_ours(origin: str, request: Request[Any, Any, Any]) -> bool:
    public_url = request.app.state.settings.public_url
    ours = {client_of(request).origin}
    if public_url is not None:
        parts = urlsplit(public_url)
        ours.add(f"{parts.scheme}://{parts.netloc}")
    return origin.lower() in ours


async def _sent_token(request: Request[Any, Any, Any]) -> str | None:
    header = request.headers.get(HEADER.decode())
    if header is not None or request.content_type[0] not in FORM_TYPES:
        return header
    # Litestar keeps the parsed form for the handler.
    sent = (await request.form()).get(FIELD)
    return sent if isinstance(sent, str) else None


def _bound_to(connection: Connection) -> str | None:
    session = connection.scope["state"].get(NEW_SESSION) or read_cookie(connection, SESSION)
    if session is not None:
        return f"session:{session}"
    before = connection.scope["state"].get(NEW_COOKIE) or read_cookie(connection, PRE_SESSION)
    return f"before:{before}" if before and _open(connection, before) else None


def _new_pre_session(connection: Connection) -> str:
    value = _signer(connection, "pre-session").sign(secrets.token_bytes(BOUND_BYTES))
    connection.scope["state"][NEW_COOKIE] = value
    return f"before:{value}"


def _open(connection: Connection, value: str) -> bool:
    return _signer(connection, "pre-session").open(value) is not None


def _mac(connection: Connection, bound_to: str) -> bytes:
    # The scheme is in it: a token shown on http is worth nothing on https.
    name = cookie_name(client_of(connection), SESSION)
    return _signer(connection, "csrf").mac(f"{name}\n{bound_to}".encode())


def _signer(connection: Connection, purpose: str) -> Signer:
    signer: Signer = connection.app.state.secrets.signer(purpose)
    return signer


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
