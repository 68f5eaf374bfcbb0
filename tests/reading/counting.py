"""The statements an engine sends while the block runs, beside what a process asks only now and then:
choices of owners are kept for two seconds, so whether one is read depends on what ran before."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FROM setting" not in statement:
            said.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
