"""What an owner changes while Bunko runs: a struct a subject, kept as JSON in one row.

@setting("registration")
class Registration(msgspec.Struct, frozen=True, kw_only=True):
    is_open: bool = False

rules = await load(session, Registration)
"""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.db.models import Setting

_keys: dict[type[msgspec.Struct], str] = {}


def setting[Kind: msgspec.Struct](key: str) -> Callable[[type[Kind]], type[Kind]]:
    """The name under which a struct is kept. Every field of it has a default."""

    def name(kind: type[Kind]) -> type[Kind]:
        _keys[kind] = key
        return kind

    return name


def key_of(kind: type[msgspec.Struct]) -> str:
    return _keys[kind]


async def load[Kind: msgspec.Struct](session: AsyncSession, kind: type[Kind]) -> Kind:
    """What was chosen, or the defaults. Fields that are gone since are passed over; a value that
    no longer fits raises ValidationError: no rule is guessed."""
    stored = await session.scalar(select(Setting.value).where(Setting.key == key_of(kind)))
    return _made(stored, kind)


async def load_all(session: AsyncSession) -> "Stored":
    """Every choice at once: they are few, and a screen needs several."""
    rows = await session.execute(select(Setting.key, Setting.value))
    return Stored({row.key: row.value for row in rows})


class Stored(msgspec.Struct, frozen=True):
    values: dict[str, Any]

    def of[Kind: msgspec.Struct](self, kind: type[Kind]) -> Kind:
        """As `load` gives it."""
        return _made(self.values.get(key_of(kind)), kind)


def _made[Kind: msgspec.Struct](stored: Any, kind: type[Kind]) -> Kind:
    return kind() if stored is None else msgspec.convert(stored, kind)


async def save(session: AsyncSession, value: msgspec.Struct) -> None:
    stored = msgspec.to_builtins(value)
    await session.execute(
        insert(Setting)
        .values(key=key_of(type(value)), value=stored)
        .on_conflict_do_update(index_elements=[Setting.key], set_={"value": stored})
    )
