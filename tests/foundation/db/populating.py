"""A row in every table there is, whatever revision the database is at."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    MetaData,
    Table,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.schema import sort_tables
from sqlalchemy.types import (
    ARRAY,
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    TypeEngine,
)

NOT_OURS = frozenset({"alembic_version"})
A_VALUE: list[tuple[type[TypeEngine[Any]], Any]] = [
    (pg.UUID, uuid.UUID(int=7)),
    (pg.JSONB, {}),
    (pg.TSVECTOR, None),
    (ARRAY, []),
    (Boolean, False),
    (Integer, 1),
    (Numeric, 1),
    (DateTime, dt.datetime(2026, 1, 2, tzinfo=dt.UTC)),
    (Date, dt.date(2026, 1, 2)),
    (LargeBinary, b"bytes"),
    (Text, "words"),
    (TypeEngine, "word"),
]


def fill(connection: Connection) -> dict[str, int]:
    """Rows by table afterwards: at least one in each. Parents come before their children."""
    counts = _counts(connection)
    if not all(counts.values()):
        metadata = MetaData()
        metadata.reflect(connection)
        for table in sort_tables(metadata.tables.values(), skip_fn=_may_be_absent):
            if not counts.get(table.name, 1):
                connection.execute(insert(table).values(_row(connection, table)))
        counts = _counts(connection)
    return counts


def _counts(connection: Connection) -> dict[str, int]:
    names = set(inspect(connection).get_table_names()) - NOT_OURS
    counted = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in names)
    return dict(connection.execute(text(counted)).tuples().all()) if names else {}


def _may_be_absent(key: ForeignKey) -> bool:
    return bool(key.parent.nullable)


def _row(connection: Connection, table: Table) -> dict[str, Any]:
    return {
        column.name: _parent(connection, column) if column.foreign_keys else _value(column)
        for column in table.columns
        if column.computed is None and (column.foreign_keys or not column.nullable)
    }


def _parent(connection: Connection, column: Column[Any]) -> Any:
    [key] = column.foreign_keys
    if key.column.table is column.table:
        return None
    return connection.scalar(select(key.column).limit(1))


def _value(column: Column[Any]) -> Any:
    return next(value for kind, value in A_VALUE if isinstance(column.type, kind))
