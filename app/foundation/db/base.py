"""What every table has: an id that never changes, UTC times, names for its constraints."""

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from advanced_alchemy.base import CommonTableAttributes
from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import Enum, LargeBinary, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator
from uuid_utils.compat import uuid7

from app.errors import Sentence

__all__ = [
    "Base",
    "DateTimeUTC",
    "PathBytes",
    "SentenceText",
    "Table",
    "day_of",
    "midnight",
    "new_id",
    "now",
]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def _values(words: type[StrEnum]) -> Iterable[str]:
    return [word.value for word in words]


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): grows with time, so new rows lie together in every index."""
    return uuid7()


def now() -> datetime:
    return datetime.now(UTC)


def day_of(at: datetime) -> date:
    """The day it is then where this server stands (`TZ`)."""
    return at.astimezone().date()


def midnight(day: date) -> datetime:
    """When that day begins there."""
    return datetime.combine(day, time()).astimezone()


class PathBytes(TypeDecorator[bytes]):
    """A file path as the bytes the file system gave (`os.fsencode`); never normalised."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | bytes | os.PathLike[str] | None, _: Any) -> Any:
        return None if value is None else os.fsencode(value)


class SentenceText(TypeDecorator[str]):
    """A sentence that is translated where it is read: as text, or where it has values as JSON,
    `["%(host)s cannot be reached.", {"host": "nas.lan"}]`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _: Any) -> str | None:
        if isinstance(value, Sentence) and value.values:
            return msgspec.json.encode(_packed(value)).decode()
        return value

    def process_result_value(self, value: str | None, _: Any) -> str | None:
        return _unpacked(msgspec.json.decode(value)) if value and value.startswith('["') else value


def _packed(value: Any) -> Any:
    if isinstance(value, Sentence):
        return [value.message, {name: _packed(one) for name, one in value.values.items()}]
    return value if isinstance(value, int) else str(value)


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        message, values = value
        return Sentence(message, **{name: _unpacked(one) for name, one in values.items()})
    return value


class Table(CommonTableAttributes, DeclarativeBase):
    """A table whose key is not an `id` of its own."""

    __abstract__ = True
    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        datetime: DateTimeUTC(timezone=True),
        dict[str, Any]: JSONB(),
        UUID: PgUUID(as_uuid=True),
        StrEnum: Enum(StrEnum, native_enum=False, length=24, values_callable=_values),
    }


class Base(Table):
    """A table with a UUIDv7 `id`, which may stand in URLs."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-100)
