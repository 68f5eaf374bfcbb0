"""No order and no filter of a shelf walks a whole table, where an index can lead to what is asked."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from app.browsing.shelf import GRID, Question, screenful
from app.browsing.shelf_order import lap_of
from app.browsing.wish import Format, Only, ReadState, Sort, Wish
from app.foundation.db import session_maker
from app.library.models import SeriesStatus
from app.library.queries import Asker
from tests import factories as make
from tests.conftest import empty

pytestmark = pytest.mark.xdist_group("plans")

ROWS = 4000
RARE = uuid4()
COMMON = (
    "INSERT INTO tag (id, kind, name, key) VALUES (gen_random_uuid(), 'tag', 'Common', 'common')",
    "INSERT INTO series_tag (series_id, tag_id) SELECT s.id, t.id FROM series s, tag t",
    "INSERT INTO creator (id, name, key) VALUES (gen_random_uuid(), 'Common', 'common')",
    "INSERT INTO series_creator (series_id, creator_id, role, place)"
    " SELECT s.id, c.id, 'writer', 0 FROM series s, creator c",
    "INSERT INTO chapter (id, series_id, kind, groups, position, added_at)"
    " SELECT gen_random_uuid(), id, 'chapter', '{}', 1, added_at FROM series",
    "INSERT INTO chapter_file (id, chapter_id, root_id, path, display_name, size, mtime_ns, inode,"
    " format, revision, page_count, added_at) SELECT gen_random_uuid(), c.id, r.id,"
    " convert_to(c.id::text, 'UTF8'), 'c.cbz', 1, 1, 1, 'zip', 1, 20, now()"
    " FROM chapter c, library_root r",
)
"""What every series has, so that it is known how rare the rest is."""
TABLES = "tag, series_tag, creator, series_creator, chapter, chapter_file"


@pytest.fixture(scope="module")
async def crowd(engine):
    """Its tests only look at it."""
    async with session_maker(engine)() as session:
        yield await _crowd(session, engine)
    await empty(engine)


async def _crowd(session, engine):
    # What larger crowds left behind would be planned for as well: pages without rows, and numbers.
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text(f"VACUUM series, series_reading, {TABLES}"))
    library = await make.library(session)
    reader = await make.alice(session)
    await make.let_in(session, reader, library)
    await session.execute(
        text(
            "INSERT INTO series (id, library_id, folder, key, title, sort_key, other_titles, links,"
            " locked_fields, sources, sidecars, cover_page, position_count, added_at, updated_at,"
            " year, status, language, age_rating)"
            " SELECT gen_random_uuid(), :library, convert_to('f' || n, 'UTF8'), n::text, 'T' || n,"
            " md5(n::text), '[]', '[]', '{}', '{}', '{}', 1, n % 50,"
            " now() - n * interval '1 minute', now() - n * interval '1 minute', 1950 + n % 70,"
            " CASE WHEN n % 1000 = 0 THEN 'hiatus' ELSE 'ongoing' END,"
            " CASE WHEN n % 1000 = 0 THEN 'fr' ELSE 'ja' END, 12"
            " FROM generate_series(1, :rows) AS n"
        ),
        {"library": library.id, "rows": ROWS},
    )
    await session.execute(
        text(
            "INSERT INTO series_reading (user_id, series_id, read_positions, started_positions,"
            " last_read_at) SELECT :reader, id, 1, 0, now() FROM series LIMIT 20"
        ),
        {"reader": reader.id},
    )
    for rows in COMMON:
        await session.execute(text(rows))
    await session.execute(text("ANALYZE"))
    await session.commit()
    session.expunge_all()
    return session, library, reader


async def plan_of(crowd, wish, edge=None, *, backwards=False, **settings):
    session, library, reader = crowd
    ids = dict.fromkeys(wish.names, RARE)
    asked = Question(Asker.like(reader), wish, lap_of(wish, edge), backwards)
    values = asked.values(reader, library.id, ids, edge, GRID + 1)
    statement = asked.statement.params(values)
    compiled = statement.compile(
        dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
    )
    said = str(compiled).replace(":", r"\:").replace("%%", "%")
    for name, value in settings.items():
        await session.execute(text(f"SET LOCAL {name} = {value}"))
    [rows] = (await session.execute(text("EXPLAIN (FORMAT JSON) " + said))).one()
    await session.rollback()
    return json.dumps(rows)


def nodes(plan):
    waiting = [one["Plan"] for one in json.loads(plan)]
    for node in waiting:
        waiting += node.get("Plans", [])
    return waiting


@pytest.mark.parametrize(
    ("sort", "index", "value"),
    [
        (Sort.TITLE, "ix_series_title", "abc"),
        (Sort.YEAR, "ix_series_library_year", 1980),
        (Sort.UNREAD, "ix_series_library_size", 20),
        (Sort.RANDOM, "ix_series_library_shuffled", "abc"),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
async def test_SEC35_every_order_is_a_walk_along_its_index(crowd, sort, index, value, backwards):
    for edge in (None, (value, uuid4())):
        wish = Wish(sort=sort, seed=2**31)
        # On a table this small Postgres may as well walk it: what matters is that it need not.
        plan = await plan_of(crowd, wish, edge, backwards=backwards, enable_seqscan="off")

        assert index in plan
        assert "Seq Scan" not in [
            node["Node Type"] for node in nodes(plan) if node.get("Relation Name") == "series"
        ]


@pytest.mark.parametrize(
    ("wish", "index"),
    [
        (Wish(language=("fr",)), "ix_series_library_language"),
        (Wish(status=(SeriesStatus.HIATUS,)), "ix_series_library_status"),
        (Wish(since=1952, until=1952), "ix_series_library_year"),
        (Wish(tag=("rare",)), "ix_series_tag_tag_id"),
        (Wish(person=("rare",)), "ix_series_creator_creator_id"),
        (Wish(only=(Only.FAVOURITES,)), "favourite"),
        (Wish(only=(Only.MISSING,)), "ix_chapter_missing"),
        (Wish(format=(Format.TAR,)), "ix_chapter_file_format"),
        (Wish(state=ReadState.READING), "series_reading"),
    ],
)
async def test_SEC35_a_rare_value_is_found_by_an_index(crowd, wish, index):
    assert index in await plan_of(crowd, wish, enable_seqscan="off")


async def test_SEC35_years_of_half_a_shelf_are_met_along_its_order(crowd):
    plan = await plan_of(crowd, Wish(since=1970, until=1999))

    assert "ix_series_title" in plan


async def test_a_plan_is_made_for_the_years_that_were_asked_for(crowd):
    _session, _library, reader = crowd
    asked = Question(Asker.like(reader), Wish(since=1970, until=1999))

    said = str(asked.statement.compile(dialect=postgresql.dialect()))

    assert "POSTCOMPILE" in said


async def test_SEC35_a_filter_is_planned_for_its_values_however_often_it_was_asked(crowd):
    session, library, reader = crowd
    await session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))

    await screenful(session, reader, library.id, Wish(tag=("rare",)), ids={("tag", "rare"): RARE})

    mode = await session.scalar(text("SHOW plan_cache_mode"))
    await session.rollback()
    assert mode == "force_custom_plan"
