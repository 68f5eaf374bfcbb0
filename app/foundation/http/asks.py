"""What is asked of whom, and where an answer that leads elsewhere leads."""

from collections.abc import Mapping

import httpx
import msgspec

from app.foundation.http.bodies import Take
from app.foundation.http.errors import LeadsToPlainHttp, Refused

TELLS_NOTHING = frozenset({"accept", "accept-language", "content-type", "range"})
"""Headers that go along where one host leads to another. A key may have any name."""
LONGEST_URL = 8000


class Ask(msgspec.Struct, frozen=True):
    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    content: bytes | None
    take: Take | None


def checked(url: str | httpx.URL) -> httpx.URL:
    """An address that one may ask: http or https, a host, no password in it."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise Refused("This is not an address on the web.") from error
    if parsed.scheme not in ("http", "https") or not parsed.host or len(str(parsed)) > LONGEST_URL:
        raise Refused("This is not an address on the web.")
    if parsed.userinfo:
        raise Refused("An address with a password in it is not asked.")
    return parsed.copy_with(fragment=None) if parsed.fragment else parsed


def redirected(ask: Ask, status: int, target: str) -> Ask:
    """Where it leads (RFC 9110, 15.4), without what was meant for the first host alone."""
    try:
        url = checked(ask.url.join(target))
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused("This is not an address on the web.") from error
    if ask.url.scheme == "https" and url.scheme == "http":
        raise LeadsToPlainHttp(ask.url.host)
    headers = ask.headers
    if _origin(url) != _origin(ask.url):
        headers = {name: value for name, value in headers.items() if name.lower() in TELLS_NOTHING}
    keeps = status in (307, 308) or ask.method in ("GET", "HEAD")
    method, content = (ask.method, ask.content) if keeps else ("GET", None)
    return Ask(method, url, headers, content, ask.take)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or usual_port(url)


def usual_port(url: httpx.URL) -> int:
    return {"http": 80, "https": 443}.get(url.scheme, 0)
