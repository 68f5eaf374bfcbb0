"""Cookies, named by the scheme they belong to: one made on http is never accepted on https."""

from typing import Any, Final, Literal

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from app.foundation.web.client import Client, client_of

type CookieName = Literal[
    "bunko_sign_in",
    "bunko_session",
    "bunko_second",
    "bunko_form",
    "bunko_flash",
    "bunko_looks",
    "bunko_device",
    "bunko_browser",
    "bunko_tablet",
]

SESSION: Final = "bunko_session"
SECOND_STEP: Final = "bunko_second"
PRE_SESSION: Final = "bunko_form"
FLASH: Final = "bunko_flash"
LOOKS: Final = "bunko_looks"
DEVICE: Final = "bunko_device"
SIGN_IN: Final = "bunko_sign_in"
BROWSER: Final = "bunko_browser"
TABLET: Final = "bunko_tablet"


def cookie_name(client: Client, name: CookieName) -> str:
    """`__Host-` (RFC 6265bis, 4.1.3.2) binds it to https, this host and the whole site."""
    return f"__Host-{name}" if client.is_https else name


def read_cookie(connection: ASGIConnection[Any, Any, Any, Any], name: CookieName) -> str | None:
    """The value of the cookie of this scheme; empty counts as none."""
    return connection.cookies.get(cookie_name(client_of(connection), name)) or None


def make_cookie(client: Client, name: CookieName, value: str, *, seconds: int | None) -> Cookie:
    """`seconds=None` ends with the browser window."""
    return Cookie(
        key=cookie_name(client, name),
        value=value,
        path="/",
        max_age=seconds,
        secure=client.is_https,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(client: Client, name: CookieName) -> Cookie:
    return make_cookie(client, name, "", seconds=0)
