"""What owners chose, for every request; and the parts of the settings screen that rooms bring.

A choice is trusted for two seconds by the process that read it, and forgotten at once where it is
changed, like rights.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.foundation.db import setting_store
from app.foundation.db.setting_store import Stored
from app.foundation.valkey.local_cache import LocalCache
from app.foundation.valkey.rights import rights_changed
from app.foundation.web.forms import Form
from app.foundation.web.i18n import LazyText

type Check = Callable[[AsyncSession, Form[Any]], Awaitable[None]]

_kept: LocalCache[type[msgspec.Struct], msgspec.Struct] = LocalCache(seconds=2.0, size=64)
_stored: LocalCache[None, Stored] = LocalCache(seconds=2.0, size=1)


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One card of `/admin/settings`. With a `kind` it is a form of that struct, whose fields the
    `template` draws; without, it leads to the screen `href`. `check` says what is wrong with a
    form beyond its fields."""

    key: str
    title: LazyText
    about: LazyText
    icon: str = "gear"
    kind: type[msgspec.Struct] | None = None
    template: str = ""
    href: str = ""
    check: Check | None = None
    order: int = 100

    @property
    def address(self) -> str:
        return self.href or f"/admin/settings/{self.key}"


_sections: dict[str, Section] = {}


def register_section(section: Section) -> None:
    _sections[section.key] = section


def sections() -> list[Section]:
    return sorted(_sections.values(), key=lambda section: (section.order, section.key))


async def chosen[Kind: msgspec.Struct](
    session: AsyncSession | async_sessionmaker[AsyncSession], kind: type[Kind]
) -> Kind:
    """What the owners chose, at most two seconds ago. Who has no session yet gives the maker."""
    known = _kept.get(kind)
    if known is None:
        stored = _stored.get(None) or _stored.put(None, await _looked_up(session))
        known = _kept.put(kind, stored.of(kind))
    assert isinstance(known, kind)
    return known


async def _looked_up(session: AsyncSession | async_sessionmaker[AsyncSession]) -> Stored:
    if isinstance(session, AsyncSession):
        return await setting_store.load_all(session)
    async with session() as own:
        return await setting_store.load_all(own)


async def choose(session: AsyncSession, value: msgspec.Struct) -> None:
    """Kept with the commit, which also makes every process forget the old choice."""
    await setting_store.save(session, value)
    rights_changed(session)
