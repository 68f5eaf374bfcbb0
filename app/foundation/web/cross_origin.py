"""Which other sites' scripts may call the API (WHATWG Fetch, 3.2): none, until an owner names them.

Only `/api/` ever answers such a call, only for exact origins, and never with credentials that a
browser adds by itself: a script must bring its own key in a header.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.foundation.db.outage import DATABASE_ERRORS
from app.foundation.db.setting_store import setting
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, lazy_gettext
from app.foundation.web.settings import Section, chosen, register_section

PATHS = "/api/"
METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
HEADERS = b"authorization, content-type, if-match, if-none-match, range, x-api-key"
EXPOSED = b"etag, link, ratelimit, ratelimit-policy, retry-after"
REMEMBERED = b"600"
MOST_ORIGINS = 50
VARY = (b"vary", b"Origin")

type Headers = list[tuple[bytes, bytes]]


@setting("cross_origin")
class CrossOriginRules(msgspec.Struct, frozen=True, kw_only=True):
    """One origin a line, such as `https://app.example.org`."""

    origins: str = ""


class CrossOrigin:
    """Stands between the front door and the router: a preflight names no route of ours."""

    def __init__(self, app: ASGIApp, sessions: async_sessionmaker[AsyncSession]) -> None:
        self.app = app
        self.sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith(PATHS):
            await self.app(scope, receive, send)
            return
        asked = dict(scope["headers"])
        origin = asked.get(b"origin", b"")
        allowed = await self._allowed(origin)
        if allowed and scope["method"] == "OPTIONS" and b"access-control-request-method" in asked:
            await _let_ask(origin, send)
        else:
            await self.app(scope, receive, _telling(send, origin if allowed else b""))

    async def _allowed(self, origin: bytes) -> bool:
        if not origin:
            return False
        try:
            rules = await chosen(self.sessions, CrossOriginRules)
        except DATABASE_ERRORS:
            return False
        return origin.decode("latin-1") in origins_of(rules.origins)


@lru_cache(maxsize=4)
def origins_of(lines: str) -> frozenset[str]:
    return frozenset(lines.split())


def is_origin(text: str) -> bool:
    """As a browser would write it (RFC 6454, 6.2): scheme, lower-case host, port unless usual."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    if usual is None or not parts.hostname or port == usual or "*" in text:
        return False
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return text == f"{parts.scheme}://{host}" + (f":{port}" if port else "")


async def _let_ask(origin: bytes, send: Send) -> None:
    headers: Headers = [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", HEADERS),
        (b"access-control-max-age", REMEMBERED),
        VARY,
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _telling(send: Send, origin: bytes) -> Send:
    """What others keep of an answer must not be given to another origin: it varies, always."""
    more: Headers = [VARY]
    if origin:
        more += [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", EXPOSED),
        ]

    async def tell(message: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *more]
        await send(message)

    return tell


async def _check(_session: AsyncSession, form: Form[Any]) -> None:
    lines = form.value.origins.split() if form.value is not None else []
    wrong = [line for line in lines if not is_origin(line)]
    if wrong:
        form.wrong(
            "origins",
            _("“%(origin)s” is no origin. Write it like https://app.example.org", origin=wrong[0]),
        )
    elif len(lines) > MOST_ORIGINS:
        form.wrong("origins", _("That is too much."))


register_section(
    Section(
        key="cross_origin",
        title=lazy_gettext("Other web apps"),
        about=lazy_gettext(
            "Which other sites may call the API of Bunko from a browser: none, at first."
        ),
        icon="plug",
        kind=CrossOriginRules,
        template="settings/_cross_origin.html",
        check=_check,
        order=155,
    )
)
