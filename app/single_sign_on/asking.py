"""How providers are asked: through the one guarded way out, and at a private address only where an
owner allowed that."""

import base64
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from app.errors import Unavailable

if TYPE_CHECKING:
    from app.foundation.http import LocalPace

DEADLINE = 10.0
MOST_BYTES = 512 * 1024
FORM = "application/x-www-form-urlencoded"
PORTS = {"http": 80, "https": 443}


class ProviderIsAway(Unavailable):
    def __init__(self) -> None:
        super().__init__("The other server does not answer as it should. Try again in a minute.")


async def ask(
    url: str,
    *,
    private: bool,
    form: Mapping[str, str] | None = None,
    authorization: str | None = None,
) -> dict[str, Any]:
    """The JSON object at this address; with a `form` it is sent there. `private`
    lets the address be a private one, over http. Nothing is followed to another address."""
    # Loaded by the first who signs in this way: most installations have none.
    from app.foundation.http import OutboundError, Rate
    from app.foundation.http.client import Outbound

    if not is_allowed_url(url, private=private):
        raise ProviderIsAway
    parts = urlsplit(url)
    port = parts.port or PORTS[parts.scheme]
    allowed = frozenset({(str(parts.hostname), port)}) if private else frozenset()
    rate = Rate(per_second=50, burst=50, places=16)
    out = Outbound(_pace(), user_agent="Bunko", allowed=allowed, rate=rate)
    try:
        answer = await out.fetch(
            url,
            method="GET" if form is None else "POST",
            headers=_headers(form, authorization),
            content=None if form is None else urlencode(form).encode(),
            most_bytes=MOST_BYTES,
            deadline=DEADLINE,
            redirects=0,
        )
        if not answer.is_good:
            raise ProviderIsAway
        return msgspec.json.decode(answer.body, type=dict[str, Any])
    except (OutboundError, msgspec.DecodeError, UnicodeError) as error:
        raise ProviderIsAway from error
    finally:
        await out.aclose()


@cache
def _pace() -> "LocalPace":
    from app.foundation.http import LocalPace

    return LocalPace()


def is_allowed_url(url: str, *, private: bool) -> bool:
    """https to anywhere public; http only where a private address is allowed."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    schemes = ("https", "http") if private else ("https",)
    return parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc


def basic(client_id: str, secret: str) -> str:
    # RFC 6749, 2.3.1: each part is form-encoded first.
    both = ":".join(quote(part, safe="") for part in (client_id, secret))
    return f"Basic {base64.b64encode(both.encode()).decode()}"


def _headers(form: Mapping[str, str] | None, authorization: str | None) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if form is not None:
        headers["Content-Type"] = FORM
    if authorization is not None:
        headers["Authorization"] = authorization
    return headers
