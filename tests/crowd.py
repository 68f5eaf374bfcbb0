"""A library as large as one likes, written by Postgres itself in a few statements."""

from string import Template
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.models import Library
from tests import factories as make

PATIENCE = 1800
BEGUN = 200
"""Series the person is reading, or has read."""
_ROWS = (
    """INSERT INTO series (id, library_id, folder, key, title, sort_key, age_rating, position_count,
        other_titles, links, locked_fields, sources, sidecars, cover_page, added_at, updated_at)
    SELECT gen_random_uuid(), $library, n::text::bytea, n::text, word || ' and serial', word,
        (ARRAY[0, 12, 15, 18])[n % 4 + 1], $each, '[]', '[]', '{}', '{}', '{}', 1,
        now() - n * interval '1 minute', now() - n * interval '1 minute' + n % 3 * interval '1 day'
    FROM (SELECT n, md5(n::text) AS word FROM generate_series(1, $series) AS n) AS words""",
    """INSERT INTO chapter (id, series_id, title, number, number_text, kind, groups, position, added_at)
    SELECT gen_random_uuid(), s.id, 'Of ' || s.sort_key, n, n::text, 'chapter', '{}', n, s.added_at
    FROM series s, generate_series(1, $each) AS n""",
    """INSERT INTO chapter_file (id, chapter_id, root_id, path, display_name, size, mtime_ns, inode,
        format, revision, page_count, added_at)
    SELECT gen_random_uuid(), c.id, r.id, c.id::text::bytea, 'c.cbz', 1, 1, 1, 'zip', 1, 20, now()
    FROM chapter c, library_root r WHERE r.library_id = $library""",
    """UPDATE series SET cover_chapter_id = c.id
    FROM chapter c WHERE c.series_id = series.id AND c.position = 1""",
    """INSERT INTO search_document (kind, id, library_id, title, names, about, grams, words)
    SELECT 'series', s.id, $library, s.title, '', '',
        ARRAY(SELECT DISTINCT substr(s.title, at, 2) FROM generate_series(1, 31) AS at),
        to_tsvector('simple', s.title) FROM series s""",
    """INSERT INTO search_document (kind, id, library_id, grams, words)
    SELECT 'chapter', c.id, $library, '{}', to_tsvector('simple', c.title) FROM chapter c""",
    """INSERT INTO series_reading (user_id, series_id, read_positions, started_positions,
        last_read_at, next_chapter_id)
    SELECT $person, s.id, least(row_number() OVER () % ($each + 1), $each), 1, s.added_at,
        s.cover_chapter_id
    FROM (SELECT * FROM series LIMIT $begun) AS s""",
)
_TABLES = ("series", "chapter", "chapter_file", "search_document", "series_reading")


async def crowd(
    session: AsyncSession, library: Library, person: User, *, series: int, each: int
) -> None:
    """`series` of `each` chapters with files, covers and search documents; the person reads some."""
    values = {
        **{"library": f"'{library.id}'::uuid", "person": f"'{person.id}'::uuid"},
        **{"series": series, "each": each, "begun": BEGUN},
    }
    connection = await (await session.connection()).get_raw_connection()
    driver: Any = connection.driver_connection
    # These take longer than any request may.
    await driver.execute("SET statement_timeout = 0")
    for rows in _ROWS:
        await driver.execute(Template(rows).substitute(values), timeout=PATIENCE)
    await driver.execute("RESET statement_timeout")
    for name in ("grams", "series_words", "chapter_words"):
        await session.execute(text(f"SELECT gin_clean_pending_list('ix_search_document_{name}')"))
    await session.execute(text("ANALYZE " + ", ".join(_TABLES)))
    await session.commit()


async def reader_of(session: AsyncSession, library: Library) -> User:
    """With an age limit, so that every rule of what may be seen is asked."""
    reader = await make.alice(session, age_limit=16)
    await make.let_in(session, reader, library)
    return reader
