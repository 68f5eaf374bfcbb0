"""A library as large as one likes, written by Postgres itself in a few statements."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from string import Template
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.models import Library
from tests import factories as make

PATIENCE = 900
BEGUN = 200
"""Series the person is reading, or has read."""
RARE = 20
"""Series, chapters or files that have what nearly all others have not: each filter must find them."""
_ROWS = (
    """INSERT INTO series (id, library_id, folder, key, title, sort_key, age_rating, position_count,
        year, language, status, publisher, other_titles, links, locked_fields, sources, sidecars,
        cover_page, added_at, updated_at)
    SELECT gen_random_uuid(), $library, n::text::bytea, n::text, word || ' and serial', word,
        (ARRAY[0, 12, 15, 18])[n / 20 % 4 + 1], $each, CASE WHEN n % $gap = 0 THEN 1900 ELSE 1960 + n % 60
        END, CASE WHEN n % $gap = 0 THEN 'fr' ELSE 'ja' END,
        CASE WHEN n % $gap = 0 THEN 'hiatus' ELSE 'ongoing' END, 'Press', '[]', '[]', '{}', '{}',
        '{}', 1, now() - n * interval '1 minute',
        now() - n * interval '1 minute' + n % 3 * interval '1 day'
    FROM (SELECT n, md5(n::text) AS word FROM generate_series(1, $series) AS n) AS words""",
    """INSERT INTO chapter (id, series_id, title, number, number_text, kind, groups, position,
        added_at, missing_since)
    SELECT gen_random_uuid(), s.id, 'Of ' || s.sort_key, n, n::text, 'chapter', '{}', n, s.added_at,
        CASE WHEN s.year = 1900 AND n = 2 THEN now() END
    FROM series s, generate_series(1, $each) AS n""",
    """INSERT INTO chapter_file (id, chapter_id, root_id, path, display_name, size, mtime_ns, inode,
        format, revision, page_count, added_at)
    SELECT gen_random_uuid(), c.id, r.id, c.id::text::bytea, 'c.cbz', 1, 1, 1,
        CASE WHEN c.missing_since IS NULL THEN 'zip' ELSE 'tar' END, 1, 20, now()
    FROM chapter c, library_root r WHERE r.library_id = $library""",
    """INSERT INTO problem (id, library_id, root_id, path, display_name, kind, reason, since)
    SELECT gen_random_uuid(), $library, f.root_id, f.path, 'c.cbz', 'damaged', 'cut short', now()
    FROM chapter_file f WHERE f.format = 'tar'
    UNION ALL SELECT gen_random_uuid(), $library, r.id, (n || '/bad.rar')::bytea, 'bad.rar',
        'format', 'no comic', now()
    FROM library_root r, generate_series(1, $rare) AS n WHERE r.library_id = $library""",
    """UPDATE series SET cover_chapter_id = c.id
    FROM chapter c WHERE c.series_id = series.id AND c.position = 1""",
    """INSERT INTO tag (id, kind, name, key)
    SELECT gen_random_uuid(), CASE WHEN n <= 20 THEN 'genre' ELSE 'tag' END, 'Tag ' || n, 'tag ' || n
    FROM generate_series(1, 520) AS n UNION ALL SELECT gen_random_uuid(), 'tag', 'Rare', 'rare'""",
    """INSERT INTO series_tag (series_id, tag_id)
    SELECT s.id, t.id FROM series s JOIN tag t ON t.key IN ('tag ' || s.key::int % 20 + 1,
        'tag ' || s.key::int % 500 + 21, CASE WHEN s.year = 1900 THEN 'rare' END)""",
    """INSERT INTO creator (id, name, key)
    SELECT gen_random_uuid(), 'Writer ' || n, 'writer ' || n FROM generate_series(0, 2000) AS n""",
    """INSERT INTO series_creator (series_id, creator_id, role, place)
    SELECT s.id, c.id, 'writer', 0 FROM series s
    JOIN creator c ON c.key = 'writer ' || s.key::int % 2000""",
    """INSERT INTO search_document (kind, id, library_id, title, names, about, grams, words)
    SELECT 'series', s.id, $library, s.title, '', '',
        ARRAY(SELECT DISTINCT substr(s.title, at, long)
            FROM generate_series(1, 31) AS at, generate_series(2, 3) AS long),
        to_tsvector('simple', s.title) FROM series s""",
    """INSERT INTO search_document (kind, id, library_id, grams, words)
    SELECT 'chapter', c.id, $library, '{}', to_tsvector('simple', c.title) FROM chapter c""",
    """INSERT INTO series_reading (user_id, series_id, read_positions, started_positions,
        last_read_at, next_chapter_id)
    SELECT $person, s.id, least(row_number() OVER () % ($each + 1), $each), 1, s.added_at,
        s.cover_chapter_id
    FROM (SELECT * FROM series ORDER BY added_at DESC LIMIT $begun) AS s""",
    """INSERT INTO favourite (user_id, series_id, added_at)
    SELECT $person, id, added_at FROM series WHERE year = 1900""",
)
_TABLES = (
    *("series", "chapter", "chapter_file", "problem", "tag", "series_tag", "creator"),
    *("series_creator", "search_document", "series_reading", "favourite"),
)


@asynccontextmanager
async def crowd(
    session: AsyncSession, library: Library, person: User, *, series: int, each: int
) -> AsyncIterator[None]:
    """`series` of `each` chapters with files, covers and search documents; the person reads some,
    and a few are unlike all others. Taken away at the
    end at once: to DELETE as much row by row takes minutes."""
    values = {
        **{"library": f"'{library.id}'::uuid", "person": f"'{person.id}'::uuid"},
        **{"series": series, "each": each, "begun": BEGUN},
        **{"rare": RARE, "gap": series // RARE},
    }
    rules = (await session.execute(_RULES, {"tables": list(_TABLES)})).all()
    await _run(
        session,
        # These take longer than any request may.
        "SET LOCAL statement_timeout = 0",
        "SET LOCAL maintenance_work_mem = '512MB'",
        *(drop for drop, _make in rules),
        *(Template(rows).substitute(values) for rows in _ROWS),
        *(make for _drop, make in reversed(rules)),
        "ANALYZE",
    )
    await session.commit()
    try:
        yield
    finally:
        await session.rollback()
        await _clear_away(session)


async def _clear_away(session: AsyncSession) -> None:
    await session.execute(text(f"TRUNCATE {', '.join(_TABLES)} CASCADE"))
    # Nor shall the next test be planned for what is gone.
    await session.execute(_FORGOTTEN, {"tables": list(_TABLES)})
    await session.commit()


_RULES = text(
    "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),"
    " format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,"
    " pg_get_constraintdef(oid)) FROM pg_constraint"
    " WHERE contype = 'f' AND conrelid = ANY(CAST(:tables AS regclass[]))"
    " UNION ALL SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)"
    " FROM pg_index WHERE indrelid = ANY(CAST(:tables AS regclass[]))"
    " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
)
"""Foreign keys and the indexes that no key needs, and how to make them again: at once and at the
end they cost a tenth of what they cost row by row."""

_FORGOTTEN = text(
    "SELECT pg_clear_attribute_stats(schemaname::text, tablename::text, attname::text, inherited)"
    " FROM pg_stats WHERE tablename = ANY(:tables)"
)


async def _run(session: AsyncSession, *statements: str) -> None:
    connection = await (await session.connection()).get_raw_connection()
    driver: Any = connection.driver_connection
    for statement in statements:
        await driver.execute(statement, timeout=PATIENCE)


async def manager_of(session: AsyncSession, library: Library) -> User:
    """With an age limit, so that every rule of what may be seen is asked, and every filter known."""
    manager = await make.charlie(session, age_limit=16)
    await make.let_in(session, manager, library)
    return manager
