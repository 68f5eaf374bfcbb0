"""Other ways to come in than a password, for the sign-in screen and where somebody shows again who
they are; and whether passwords still count."""

from collections.abc import Awaitable, Callable

import msgspec
from litestar.datastructures import Cookie
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.models import Way
from app.errors import NotAllowed
from app.foundation.db.setting_store import setting
from app.foundation.web.context import AnyRequest
from app.foundation.web.settings import chosen


@setting("sign_in_ways")
class SignInWays(msgspec.Struct, frozen=True, kw_only=True):
    by_password: bool = True
    """`bunko user allow-passwords` switches it on again from the server itself."""


class OtherWay(msgspec.Struct, frozen=True):
    """A link on the sign-in screen; `address` gets the `next` of that screen."""

    label: str
    address: str


class WayOut(msgspec.Struct, frozen=True):
    """Where a session that ended here can end elsewhere too, and what the browser takes there."""

    address: str
    cookie: Cookie


class PasswordsAreOff(NotAllowed):
    def __init__(self) -> None:
        super().__init__("Nobody signs in with a password here. Choose one of the other ways.")


type Source = Callable[[AsyncSession, User | None], Awaitable[list[OtherWay]]]

type Leave = Callable[[AnyRequest, bytes], WayOut | None]

_sources: list[Source] = []
_ways_out: dict[Way, Leave] = {}


def register_ways(source: Source) -> None:
    if source not in _sources:
        _sources.append(source)


def register_way_out(way: Way, leave: Leave) -> None:
    """`leave` gets what that way in gave the session as its `origin`."""
    _ways_out[way] = leave


def way_out(request: AnyRequest, way: Way, origin: bytes | None) -> WayOut | None:
    leave = _ways_out.get(way)
    return leave(request, origin) if leave is not None and origin is not None else None


async def other_ways(session: AsyncSession, person: User | None = None) -> list[OtherWay]:
    """All there are; those that lead this person in."""
    return [way for source in _sources for way in await source(session, person)]


async def refuse_switched_off_passwords(session: AsyncSession) -> None:
    if not (await chosen(session, SignInWays)).by_password:
        raise PasswordsAreOff
