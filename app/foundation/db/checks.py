"""What `bunko doctor` asks: each room names what must hold, how to see it, and how to mend it."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.config import Settings
from app.foundation.db.engine import session_maker

SHOWN = 10


class Found(msgspec.Struct, frozen=True):
    """How many things are wrong, and up to SHOWN of them in plain words."""

    count: int = 0
    examples: tuple[str, ...] = ()


class Patient:
    """An installation: its database and its folders."""

    def __init__(self, engine: AsyncEngine, settings: Settings) -> None:
        self.engine = engine
        self.settings = settings
        self.sessions = session_maker(engine)


type Look = Callable[[Patient], Awaitable[Found]]
type Mend = Callable[[Patient], Awaitable[str]]


@dataclass(frozen=True)
class Check:
    """`look` changes nothing. `mend` says in a sentence what it did; it may be called when nothing
    is wrong. `wrong` says what is the matter with the things counted."""

    name: str
    wrong: str
    look: Look
    mend: Mend


def counted(things: Iterable[str]) -> Found:
    count, examples = 0, []
    for thing in things:
        count += 1
        if count <= SHOWN:
            examples.append(thing)
    return Found(count, tuple(examples))


async def wrong_rows(session: AsyncSession, query: str, **values: Any) -> Found:
    """`query` selects one column of text: a line in plain words for each wrong row."""
    rows = await session.execute(
        text(
            f"WITH wrong(example) AS ({query})"  # noqa: S608 (our own constants)
            f" SELECT (SELECT count(*) FROM wrong), example FROM wrong LIMIT {SHOWN}"
        ),
        values,
    )
    found = rows.all()
    return Found(found[0][0], tuple(str(row[1]) for row in found)) if found else Found()


def rows(query: str) -> Look:
    """A look that is one query for `wrong_rows`."""

    async def look(patient: Patient) -> Found:
        async with patient.sessions() as session:
            return await wrong_rows(session, query)

    return look
