"""A signed-in browser without scripts: it follows no redirect and fills in the form token itself."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from litestar import Litestar, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.sessions import Sessions
from app.foundation.web.client import Client
from app.foundation.web.csrf import FIELD, new_cookie, token_for

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Browser:
    """`get` and `post` answer httpx responses; `htmx=True` asks as htmx does for a fragment."""

    def __init__(self, client: httpx.AsyncClient, app: Litestar, secret: str | None) -> None:
        self.client = client
        self.app = app
        self.secret = secret

    async def get(self, path: str, *, htmx: bool = False, **more: Any) -> httpx.Response:
        return await self.client.get(path, headers=_headers(more, htmx), **more)

    async def post(
        self, path: str, data: Mapping[str, Any] | None = None, *, htmx: bool = False, **more: Any
    ) -> httpx.Response:
        """`data` is the form; its token is added. An answer 303 is not followed."""
        form = {FIELD: self.token(), **(data or {})}
        return await self.client.post(path, data=form, headers=_headers(more, htmx), **more)

    def token(self) -> str:
        """What `csrf()` would write into a form for this browser now."""
        names = ("bunko_session", "__Host-bunko_session", "bunko_form", "__Host-bunko_form")
        sent = {name: value for name in names if (value := self.client.cookies.get(name))}
        base = self.client.base_url
        line = "; ".join(f"{name}={value}" for name, value in sent.items())
        scope: Any = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "headers": [(b"cookie", line.encode())],
            "litestar_app": self.app,
            "app": self.app,
            "state": {"client": Client("127.0.0.1", base.scheme, base.netloc.decode())},
        }
        request = Request[Any, Any, Any](scope)
        token = token_for(request)
        cookie = new_cookie(request.scope)
        if cookie is not None and cookie.value is not None:
            keep_cookie(self.client, cookie.key, cookie.value)
        return token


async def browser_of(
    client: httpx.AsyncClient, session: AsyncSession, user: User | None, *, app: Any = None
) -> Browser:
    """The `client` fixture, from now on signed in as `user` (None: nobody)."""
    litestar = app or client._transport.app  # type: ignore[attr-defined]
    secret = None
    if user is not None:
        base = client.base_url
        here = Client("127.0.0.1", base.scheme, base.netloc.decode())
        secret, _row = await Sessions(session).begin(user, here, "tests", stays=True)
        await session.commit()
        name = "__Host-bunko_session" if base.scheme == "https" else "bunko_session"
        keep_cookie(client, name, secret)
    return Browser(client, litestar, secret)


@asynccontextmanager
async def another_browser(
    app: Litestar, session: AsyncSession, user: User | None, base_url: str = "http://localhost"
) -> AsyncIterator[Browser]:
    """A second browser beside the first, with cookies of its own."""
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 4243))  # type: ignore[arg-type]
    unpacked = {"accept-encoding": "identity"}  # as `tests.conftest` says
    async with httpx.AsyncClient(
        transport=transport, base_url=base_url, headers=unpacked
    ) as client:
        yield await browser_of(client, session, user, app=app)


def keep_cookie(client: httpx.AsyncClient, name: str, value: str) -> None:
    """As if the server had set it: a jar calls a host without dots `host.local`."""
    host = client.base_url.host
    client.cookies.set(name, value, domain=host if "." in host else f"{host}.local")


def _headers(more: dict[str, Any], htmx: bool) -> dict[str, str]:
    return {**(HTMX if htmx else {}), **more.pop("headers", {})}
