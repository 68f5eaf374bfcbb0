"""Everything that is kept about one person, as one JSON document, table by table.

Which tables these are is asked of the tables themselves: each row that refers to a person is theirs.
So a table made tomorrow is in it, unless it is left out below for a reason.
"""

import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Column as TableColumn
from sqlalchemy import ColumnElement, LargeBinary, Select, and_, case, null, or_, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.accounts.models import User
from app.foundation.db import now
from app.foundation.db.tables import all_tables
from app.library.models import Chapter, Series
from app.library.queries import visible_to

FORMAT = "bunko-export-1"
AT_ONCE = 500
LEFT_OUT = {
    "chapter_edit": "like `series_edit`",
    "one_time_token": "links that work once: what they are for is told where they were made",
    "series_edit": "kept for a day to undo an edit; what it says is about a series",
    "sign_in_challenge": "a sign-in that waits some minutes for its second step",
    "series_reading": "sums of `progress`",
}
NAMING = {"source": ("title", "remote_id", "url"), "download": ("path", "reason")}
"""Columns that say of which series the row is: told while it may be seen."""
PARTS = {"reading_list_chapter": ("list_id", "reading_list")}
"""Tables whose rows belong to a person through another table."""
ONLY_SEEN = {"notification"}
"""Tables whose rows name a series in their words: those of one that was lost sight of stay behind."""
_SECRET = re.compile(r"hash|secret|seed|token|key_id|public_key")


class Theirs(NamedTuple):
    table: SqlTable
    rule: ColumnElement[bool]


async def everything(maker: async_sessionmaker[AsyncSession], person: User) -> AsyncIterator[bytes]:
    """The document in pieces, all of one moment; no more than AT_ONCE rows are held."""
    async with maker() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield b'{"format":%b,"made_at":%b' % (_json(FORMAT), _json(now()))
        for theirs in tables_of(person):
            yield b",\n%b:[" % _json(theirs.table.name)
            async for piece in _rows(session, _question(theirs, person)):
                yield piece
            yield b"]"
        yield b"}\n"


def tables_of(person: User) -> list[Theirs]:
    """Every table with rows about this person, and which rows these are."""
    metadata = all_tables()
    found = [Theirs(User.__table__, User.__table__.c.id == person.id)]  # type: ignore[arg-type]
    for table in metadata.sorted_tables:
        columns = owners_in(table)
        if columns and table.name not in LEFT_OUT:
            found.append(Theirs(table, or_(*(column == person.id for column in columns))))
    for name, (column, parent) in PARTS.items():
        table, owner = metadata.tables[name], metadata.tables[parent]
        whose = or_(*(of == person.id for of in owners_in(owner)))
        found.append(Theirs(table, table.c[column].in_(select(owner.c.id).where(whose))))
    return found


def owners_in(table: SqlTable) -> list[TableColumn[Any]]:
    """The columns that say whose a row is, or who made it."""
    return [
        column
        for column in table.columns
        if any(key.column.table.name == User.__tablename__ for key in column.foreign_keys)
    ]


def told_of(table: SqlTable) -> list[TableColumn[Any]]:
    """Its columns without secrets, and without what was made of them."""
    return [
        column
        for column in table.columns
        if not isinstance(column.type, LargeBinary) and not _SECRET.search(column.name)
    ]


def _question(theirs: Theirs, person: User) -> Select[Any]:
    """Its rows, with the names of series and chapters that this person may see today."""
    table = theirs.table
    naming = NAMING.get(table.name, ())
    columns = [
        _if_seen(person, one).label(one.name) if one.name in naming else one
        for one in told_of(table)
    ]
    asked = select(*columns).where(theirs.rule)
    if "chapter_id" in table.c:
        asked = (
            asked.add_columns(_if_seen(person, Series.title).label("series"))
            .add_columns(_if_seen(person, Chapter.number_text).label("chapter"))
            .outerjoin(Chapter, Chapter.id == table.c.chapter_id)
            .outerjoin(Series, Series.id == Chapter.series_id)
        )
    elif "series_id" in table.c:
        asked = asked.add_columns(_if_seen(person, Series.title).label("series")).outerjoin(
            Series, Series.id == table.c.series_id
        )
        if table.name in ONLY_SEEN:
            is_seen = and_(Series.trashed_at.is_(None), visible_to(person))
            asked = asked.where(or_(table.c.series_id.is_(None), is_seen))
    return asked.order_by(*table.primary_key.columns)


def _if_seen(person: User, words: Any) -> ColumnElement[Any]:
    return case((and_(Series.trashed_at.is_(None), visible_to(person)), words), else_=null())


async def _rows(session: AsyncSession, question: Select[Any]) -> AsyncIterator[bytes]:
    is_first = True
    result = await session.stream(question.execution_options(yield_per=AT_ONCE))
    async for part in result.mappings().partitions():
        rows = b",\n".join(_json(dict(row)) for row in part)
        yield rows if is_first else b",\n" + rows
        is_first = False


def _json(value: object) -> bytes:
    return msgspec.json.encode(value, enc_hook=_plain)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)
