"""How servers that know their people are signed in to, and what they say where that fails."""

from base64 import b64encode
from urllib.parse import urlsplit

from app.foundation.http.client import Fetched
from app.providers.errors import Blocked


def basic(name: str, password: str) -> dict[str, str]:
    pair = f"{name}:{password}".encode()
    return {"Authorization": "Basic " + b64encode(pair).decode()}


def why_not_let_in(answer: Fetched, asked: str) -> Blocked | None:
    """What is behind a 401 besides a wrong password; None where nothing speaks for it."""
    if _origin(answer.url) != _origin(asked):
        # Nothing secret goes along to where it leads.
        return Blocked(
            "It leads on to %(address)s, where we are not signed in: set that address.",
            address=_origin(answer.url),
        )
    ways = answer.headers.get("www-authenticate", "")
    if answer.status == 401 and ways and "basic" not in ways.lower():
        return Blocked(
            "It wants to be signed in to by %(way)s, which Bunko cannot: let it accept Basic, or a "
            "key.",
            way=ways.split()[0][:40],
        )
    return None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
