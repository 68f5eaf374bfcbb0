"""Sign-in by a proxy that has asked already: it says the name in a header, such as `Remote-User`.

The header counts only where an owner switched this on, only from `BUNKO_TRUSTED_PROXIES`, and only
when it stands there once: a proxy must take away what the browser sent under that name.
"""

from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import NO_PASSWORD, Role, User
from app.accounts.names import name_key
from app.accounts.service import People
from app.auth.events import SecurityEvent, What, by, publish_apart
from app.errors import NotAllowed
from app.events import publish
from app.foundation.db.setting_store import setting
from app.foundation.valkey.local_cache import LocalCache
from app.foundation.web.client import client_of
from app.foundation.web.i18n import lazy_gettext
from app.foundation.web.settings import Section, chosen, register_section

LONGEST_NAME = 200
TOLD_EVERY = 3600.0

_told: LocalCache[str, bool] = LocalCache(seconds=TOLD_EVERY, size=1000)

type Connection = ASGIConnection[Any, Any, Any, Any]


@setting("proxy_sign_in")
class ProxySignIn(msgspec.Struct, frozen=True, kw_only=True):
    is_on: bool = False
    header: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,59}$")] = "Remote-User"
    makes_people: bool = False
    """Whether somebody whom nobody knows yet becomes a reader."""


class NotNamed(NotAllowed):
    def __init__(self) -> None:
        super().__init__(
            "The proxy before Bunko has not said who you are. Sign in with your password."
        )


async def name_told(connection: Connection, session: AsyncSession) -> str | None:
    """Whom the proxy says this is; None where nothing may be believed."""
    rules = await chosen(session, ProxySignIn)
    if not rules.is_on:
        return None
    sent = connection.headers.getall(rules.header, [])
    if not sent:
        return None
    if not client_of(connection).is_proxied:
        await _tell_of_forgery(Request(connection.scope))
        return None
    return _readable(sent[0]) if len(sent) == 1 else None


async def is_somebody_else(connection: Connection, session: AsyncSession, person: User) -> bool:
    """Whether the proxy names another person than the session in this browser."""
    if not client_of(connection).is_proxied:
        return False
    name = await name_told(connection, session)
    return name is not None and not _is(person, name)


async def is_told_by_proxy(connection: Connection, session: AsyncSession, person: User) -> bool:
    name = await name_told(connection, session)
    return name is not None and _is(person, name)


async def person_told(request: Request[Any, Any, Any], session: AsyncSession) -> User:
    """The person whom the proxy names, made where the owners want that; raises NotNamed."""
    name = await name_told(request, session)
    if name is None:
        raise NotNamed
    people = People(session)
    person = await people.who_signs_in_as(name)
    rules = await chosen(session, ProxySignIn)
    if person is None and rules.makes_people:
        person = await people.create(name, NO_PASSWORD, role=Role.READER)
        about = {"role": person.role.value, "door": "proxy"}
        await publish(session, SecurityEvent(What.USER_CREATED, person.id, by(request), {**about}))
    if person is None or person.disabled_at is not None:
        raise NotNamed
    return person


def _readable(value: str) -> str | None:
    """Litestar reads headers as Latin-1; names come in UTF-8."""
    try:
        name = value.encode("latin-1").decode("utf-8").strip()
    except UnicodeError:
        return None
    return name if name and len(name) <= LONGEST_NAME and name.isprintable() else None


def _is(person: User, name: str) -> bool:
    if "@" in name:
        return (person.email or "").lower() == name.lower()
    return person.name_key == name_key(name)


async def _tell_of_forgery(request: Request[Any, Any, Any]) -> None:
    """Once an hour for each network, or the log would be theirs to fill."""
    network = client_of(request).network
    if _told.get(network) is None:
        _told.put(network, True)
        await publish_apart(request, SecurityEvent(What.HEADER_FORGED, by=by(request)))


register_section(
    Section(
        key="proxy_sign_in",
        title=lazy_gettext("Sign-in by a proxy"),
        about=lazy_gettext(
            "A proxy before Bunko that signs people in says who they are in a header."
        ),
        icon="key",
        kind=ProxySignIn,
        template="auth/_proxy_sign_in.html",
        order=145,
    )
)
