"""However many downloads there are, a screen of them reads few."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import User
from app.downloads import queries
from app.downloads.queries import AT_WORK, SHOWN, Filter, Show
from app.foundation.db import session_maker
from tests import factories
from tests.conftest import empty
from tests.downloads import rows

pytestmark = pytest.mark.xdist_group("plans")

EACH = 1500
"""Releases of each of two series, at a provider each."""
MOST_READ = 400
_ROWS = (
    "INSERT INTO release (id, source_id, remote_id, number_text, number, title, language, groups,"
    " seen_at) SELECT gen_random_uuid(), id, n::text, n::text, n, '', 'en', '{}', now()"
    f" FROM source, generate_series(1, {EACH}) n",
    "INSERT INTO download (id, release_id, series_id, provider_id, state, place, run_at,"
    " finished_at, created_at, priority, attempts, pages_done, bytes_done, rate, is_automatic)"
    " SELECT gen_random_uuid(), r.id, series_id, provider_id, state, n, now(),"
    " CASE WHEN state IN ('done', 'failed', 'cancelled') THEN now() - n * interval '1 second' END,"
    " now(), 0, 0, 0, 0, 0, false FROM (SELECT id, source_id, number AS n,"
    " CASE WHEN number < 3 THEN 'running' WHEN number % 5 = 0 THEN 'done' WHEN number % 5 = 1"
    " THEN 'failed' WHEN number % 5 = 2 THEN 'cancelled' ELSE 'waiting' END AS state"
    " FROM release) r JOIN source ON source.id = r.source_id",
    "ANALYZE release, download, series, source, provider",
)


@pytest.fixture(scope="module")
async def crowd(engine: AsyncEngine) -> AsyncIterator[tuple[AsyncSession, User]]:
    """With somebody who may see all but what is for adults. Its tests only look at it."""
    async with session_maker(engine)() as session:
        library = await factories.library(session)
        person = await factories.charlie(session)
        person.age_limit = 16
        await factories.let_in(session, person, library)
        for name in ("Hourglass", "Tide"):
            series = await factories.series(session, library, name)
            await rows.a_source(session, series, await rows.a_provider(session, name))
        for statement in _ROWS:
            await session.execute(text(statement))
        await session.commit()
        await session.refresh(person)
        yield session, person
    await empty(engine)


@pytest.mark.parametrize("show", list(Show))
@pytest.mark.parametrize("narrowed", ["all", "series", "provider"])
async def test_a_list_reads_little_more_than_it_shows(
    engine: AsyncEngine, crowd: tuple[AsyncSession, User], show: Show, narrowed: str
) -> None:
    session, person = crowd
    series = await session.scalar(text("SELECT id FROM series ORDER BY title LIMIT 1"))
    provider = await session.scalar(text("SELECT id FROM provider ORDER BY name LIMIT 1"))
    asked = {"all": Filter(), "series": Filter().of(series), "provider": Filter().at(provider)}

    with asked_of(engine) as said:
        found, _next = await queries.lines(session, person, asked[narrowed].showing(show), None)

    assert len(found) == SHOWN or show is Show.ACTIVE
    # Those of one series are put in order by what is read of them: a series has an end.
    most = EACH if narrowed == "series" and not show.is_over else MOST_READ
    # What is at work is little, and put in order when it was read.
    assert await read_of(session, said, in_order=show is not Show.ACTIVE) <= most


@pytest.mark.parametrize("show", [Show.WAITING, Show.DONE])
@pytest.mark.parametrize("narrowed", ["all", "provider"])
async def test_deep_in_a_list_it_reads_no_more_than_at_its_beginning(
    engine: AsyncEngine, crowd: tuple[AsyncSession, User], show: Show, narrowed: str
) -> None:
    session, person = crowd
    provider = await session.scalar(text("SELECT id FROM provider ORDER BY name LIMIT 1"))
    asked = (Filter().at(provider) if narrowed == "provider" else Filter()).showing(show)
    is_in = "state = 'done'" if show is Show.DONE else "state = 'waiting'"
    row = await session.execute(
        text(
            f"SELECT priority, place, id, finished_at FROM download WHERE {is_in}"
            f" AND place BETWEEN {EACH - 250} AND {EACH - 240} ORDER BY place LIMIT 1"
        )
    )
    priority, place, last, finished_at = row.one()
    after = (
        (finished_at.isoformat(), str(last)) if show is Show.DONE else (priority, place, str(last))
    )

    with asked_of(engine) as said:
        found, _next = await queries.lines(session, person, asked, after)

    assert len(found) == SHOWN
    assert {one.state.value for one in found} == {show.value}
    assert await read_of(session, said, in_order=True) <= MOST_READ


async def test_totals_read_no_more_than_they_count(
    engine: AsyncEngine, crowd: tuple[AsyncSession, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, person = crowd
    monkeypatch.setattr(queries, "MOST_COUNTED", 50)

    with asked_of(engine) as said:
        totals = await queries.totals(session, person, Filter())

    assert (totals.active, totals.waiting, totals.failed, totals.done_today) == (4, 50, 50, 50)
    assert await read_of(session, said) <= MOST_READ


async def test_the_frame_of_every_screen_reads_only_what_is_at_work(
    engine: AsyncEngine, crowd: tuple[AsyncSession, User]
) -> None:
    session, _person = crowd
    with asked_of(engine) as said:
        await session.scalar(select(queries.at_work_count()))

    assert await read_of(session, said) <= MOST_READ
    assert AT_WORK in said[0][0]


@contextmanager
def asked_of(engine: AsyncEngine) -> Iterator[list[tuple[str, Any]]]:
    """What an engine is asked while the block runs, with its values."""
    said: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        said.append((statement, values))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def read_of(
    session: AsyncSession, said: list[tuple[str, Any]], *, in_order: bool = False
) -> float:
    """How many downloads were looked at for all that."""
    connection = await session.connection()
    # Among so few Postgres may as well put all in order: what matters is that it need not.
    await session.execute(text(f"SET LOCAL enable_sort = {'off' if in_order else 'on'}"))
    read = 0.0
    for statement, values in said:
        asked = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
        found = (await connection.exec_driver_sql(asked, values)).scalar_one()
        [plan] = json.loads(found) if isinstance(found, str) else found
        read += sum(_rows(step) for step in _steps(plan["Plan"]))
    return read


def _steps(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _steps(below)


def _rows(node: dict[str, Any]) -> float:
    if node.get("Relation Name") != "download":
        return 0.0
    return float(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    )
