"""What every screen knows without being told: the person, the way about, what just happened."""

from collections.abc import Awaitable, Callable, Iterable
from inspect import isawaitable
from typing import Any, NamedTuple

import msgspec
from litestar import Request

from app.foundation.web.client import client_of
from app.foundation.web.flashes import Flash
from app.foundation.web.i18n import choose_language
from app.foundation.web.looks import looks_of

type AnyRequest = Request[Any, Any, Any]


class NavEntry(msgspec.Struct, frozen=True):
    """One place in rail and dock. `count` is shown behind the label."""

    href: str
    icon: str
    label: str
    count: int | None = None
    current: bool = False


type NavSource = Callable[[AnyRequest], Iterable[NavEntry] | Awaitable[Iterable[NavEntry]]]
type ContextSource = Callable[[AnyRequest], Awaitable[dict[str, Any]]]


class _Nav(NamedTuple):
    order: int
    source: NavSource
    admin: bool


_navs: list[_Nav] = []
_contexts: list[ContextSource] = []


def register_nav(source: NavSource, *, order: int = 100, admin: bool = False) -> None:
    """Add places to every signed-in screen, low `order` first; `admin` ones stand apart.

    `source(request)` returns NavEntry rows (or an awaitable of them) that this person may see.
    `current` is filled in where `href` begins the path asked for.
    """
    if all(known.source is not source for known in _navs):
        _navs.append(_Nav(order, source, admin))
        _navs.sort(key=lambda nav: nav.order)


def add_context(source: ContextSource) -> None:
    """Names that every full screen of a signed-in person gets; queries belong in here."""
    if source not in _contexts:
        _contexts.append(source)


def person_of(request: AnyRequest) -> Any:
    """The User whom the auth middleware attached, or None."""
    return request.scope.get("user")


def language_of(request: AnyRequest) -> str:
    return choose_language(request.headers.get("accept-language", ""), looks_of(request).language)


def plain_context(request: AnyRequest, flashes: Iterable[Flash] = ()) -> dict[str, Any]:
    """What fragments and screens outside the shell get; needs no query."""
    looks = looks_of(request)
    return {
        "request_id": request.scope["state"]["request_id"],
        "person": person_of(request),
        "theme": looks.worn,
        "text_size": looks.text_size,
        "reduced_motion": looks.reduced_motion,
        "lang": language_of(request),
        "path": request.scope["path"],
        "flashes": list(flashes),
        "nav": [],
        "nav_admin": [],
        "nav_search": False,
        "banner_insecure": _is_insecure(request),
    }


async def shell_context(request: AnyRequest) -> dict[str, Any]:
    """The rest of it for a full screen; queries are made here."""
    if person_of(request) is None:
        return {}
    context: dict[str, Any] = {"nav": [], "nav_admin": []}
    for nav in _navs:
        found = nav.source(request)
        entries = await found if isawaitable(found) else found
        context["nav_admin" if nav.admin else "nav"] += _with_current(entries, request)
    for source in _contexts:
        context.update(await source(request))
    return context


def _with_current(entries: Iterable[NavEntry], request: AnyRequest) -> list[NavEntry]:
    path = request.scope["path"]
    return [
        msgspec.structs.replace(entry, current=True) if _leads_to(entry.href, path) else entry
        for entry in entries
    ]


def _leads_to(href: str, path: str) -> bool:
    return path == href or (href != "/" and path.startswith(f"{href}/"))


def _is_insecure(request: AnyRequest) -> bool:
    """Owners are told while passwords cross the network unencrypted."""
    person = person_of(request)
    beyond = request.app.state.settings.beyond_loopback
    return bool(
        person is not None and person.is_owner and beyond and not client_of(request).is_https
    )
