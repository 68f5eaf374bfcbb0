"""A library of SERIES × CHAPTERS_EACH rows, and a reader who has begun some of it, by COPY."""

import os
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from app.foundation.db import new_id
from bench.roomy import lift_limits

SERIES = int(os.environ.get("BENCH_SERIES", "10000"))
CHAPTERS_EACH = 10
BEGUN = 600
LONG, LONG_CHAPTERS = 1, 2000
DOCUMENTS = (
    """INSERT INTO search_document (kind, id, library_id, title, names, about, grams, words)
    SELECT 'series', s.id, $1, s.title, '', '', ARRAY(SELECT DISTINCT gram FROM (
        SELECT substr(s.title, at, long) AS gram
        FROM generate_series(1, length(s.title)) AS at, generate_series(2, 3) AS long) AS g),
        to_tsvector('simple', s.title) FROM (SELECT id, lower(title) AS title FROM series) AS s""",
    """INSERT INTO search_document (kind, id, library_id, grams, words)
    SELECT 'chapter', c.id, $1, '{}', to_tsvector('simple', c.title) FROM chapter c""",
)
"""As far as these plain titles need what a scan does for them."""
MATES = ["bob", "charlie", "dora", "emil"]
HOUSEHOLD = """INSERT INTO progress (user_id, chapter_id, page, page_count, fraction, version, updated_at)
    SELECT mate.id, p.chapter_id, p.page, p.page_count, p.fraction, p.version, p.updated_at
    FROM progress AS p, user_account AS mate WHERE mate.name_key = ANY($1)"""
"""They read what the reader reads: where one person has made all marks there are, walking through
them is the shortest way to theirs."""
THEN = datetime(2026, 1, 1, tzinfo=UTC)


class Filled(msgspec.Struct):
    """Who asks, and where."""

    cookie: str
    person: UUID
    paths: dict[str, str]


async def fill(database_url: str) -> Filled:
    import asyncpg

    from app.foundation.db.engine import asyncpg_arguments

    library, root, person, tag = (new_id() for _ in range(4))
    cookie = await _people(database_url, library, root, person)
    series = [new_id() for _ in range(SERIES)]
    chapters = [[new_id() for _ in range(CHAPTERS_EACH)] for _ in series]
    chapters[LONG] = [new_id() for _ in range(LONG_CHAPTERS)]
    to = await asyncpg.connect(**asyncpg_arguments(database_url))
    await to.execute("INSERT INTO tag (id, kind, name, key) VALUES ($1, 'tag', 'T', 't')", tag)
    await _copy_series(to, library, series)
    await _copy_chapters(to, root, series, chapters)
    await to.execute(
        "UPDATE series SET cover_chapter_id = chapter.id FROM chapter"
        " WHERE chapter.series_id = series.id AND chapter.position = 1"
    )
    hidden = [(one, tag) for one in series[::20]]
    await to.copy_records_to_table("series_tag", records=hidden, columns=["series_id", "tag_id"])
    await to.execute("INSERT INTO hidden_tag (user_id, tag_id) VALUES ($1, $2)", person, tag)
    await _copy_reading(to, person, series, chapters)
    await to.execute(HOUSEHOLD, MATES)
    for documents in DOCUMENTS:
        await to.execute(documents, library)
    await to.execute("VACUUM ANALYZE")
    await to.close()
    shelf = f"/libraries/{library}"
    paths = {
        "library": shelf,
        "library, newest first": f"{shelf}?sort=added",
        "library, unread": f"{shelf}?state=unread",
        "library, in progress": f"{shelf}?state=reading",
        "library, completed": f"{shelf}?state=completed",
        "library, last read": f"{shelf}?sort=read",
        "library, letter s": f"{shelf}?letter=s",
        "home": "/",
        "series of 2,000 chapters": f"/series/{series[LONG]}",
        "search": "/search?q=serial+12",
        "search, chapters": "/search?q=matter&kind=chapters",
        "suggestions": "/search/suggest?q=the+ser",
        "favourites": "/favourites",
        "collections": "/collections",
        "reading lists": "/lists",
        "history": "/history",
    }
    return Filled(cookie, person, paths)


async def _people(database_url: str, library: UUID, root: UUID, person: UUID) -> str:
    from app.accounts.models import Preference, Role, User
    from app.auth.sessions import Sessions
    from app.foundation.db import create_engine, session_maker
    from app.foundation.web.client import Client
    from app.library.models import Access, Library, Root

    engine = create_engine(database_url)
    async with session_maker(engine)() as session:
        reader = User(id=person, name="alice", name_key="alice", password_hash="!")
        reader.role, reader.age_limit = Role.READER, 16
        reader.preference = Preference(user_id=person)
        mates = [
            User(id=new_id(), name=name, name_key=name, role=Role.READER, password_hash="!")
            for name in MATES
        ]
        session.add_all([reader, *mates, Library(id=library, name="Bench", sort_key="bench")])
        await session.flush()
        session.add(Root(id=root, library_id=library, path=b"/bench", display_name="/bench"))
        session.add(Access(user_id=person, library_id=library))
        here = Client("127.0.0.1", "http", "127.0.0.1")
        secret, _row = await Sessions(session).begin(reader, here, "bench", stays=True)
        await lift_limits(session)
        await session.commit()
    await engine.dispose()
    return f"bunko_session={secret}"


async def _copy_series(to: Any, library: UUID, series: list[UUID]) -> None:
    names = random.Random(1)
    rows: list[tuple[Any, ...]] = []
    for number, id in enumerate(series):
        title = "".join(names.choices("abcdefghijklmnoprstuvwy", k=4)).title()
        title = f"{title} and the Serial of Some Length {number}"
        added = THEN + timedelta(minutes=number)
        grown = added + timedelta(days=number % 3)
        rating = (None, 0, 12, 15, 18)[number % 5]
        key = title.casefold()
        rows.append((id, library, key.encode(), key, title, key, rating, 10, added, grown))
    columns = ("library_id", "folder", "key", "title", "sort_key", "age_rating", "position_count")
    await _copy(
        to,
        "series",
        ["id", *columns, "added_at", "updated_at"],
        [(*row, "[]", "[]", [], "{}", "{}", 1) for row in rows],
        ["other_titles", "links", "locked_fields", "sources", "sidecars", "cover_page"],
    )


async def _copy_chapters(
    to: Any, root: UUID, series: list[UUID], chapters: list[list[UUID]]
) -> None:
    placed = [
        (chapter, of, at)
        for of, ids in zip(series, chapters, strict=True)
        for at, chapter in enumerate(ids, start=1)
    ]
    columns = ["id", "series_id", "title", "number", "number_text", "volume", "position"]
    rows: list[tuple[Any, ...]] = [
        (chapter, of, f"Of the Matter {at}", at, str(at), (at + 4) // 5, at, "chapter", [], THEN)
        for chapter, of, at in placed
    ]
    await _copy(to, "chapter", columns, rows, ["kind", "groups", "added_at"])
    files = [
        (new_id(), chapter, root, b"%d" % number, "c.cbz", 1000, 1, number, "zip", 1, 20, THEN)
        for number, (chapter, _of, _at) in enumerate(placed)
    ]
    columns = ["id", "chapter_id", "root_id", "path", "display_name", "size", "mtime_ns", "inode"]
    await _copy(
        to, "chapter_file", columns, files, ["format", "revision", "page_count", "added_at"]
    )


async def _copy_reading(
    to: Any, person: UUID, series: list[UUID], chapters: list[list[UUID]]
) -> None:
    begun = range(0, SERIES, max(1, SERIES // BEGUN))
    rows = [
        (person, series[at], at % 11, 1, THEN + timedelta(hours=at), chapters[at][at % 10])
        for at in begun
    ]
    columns = ["user_id", "series_id", "read_positions", "started_positions", "last_read_at"]
    await _copy(to, "series_reading", columns, rows, ["next_chapter_id"])
    progress = [(person, chapter, 7, 20, 0.35, 1, THEN) for at in begun for chapter in chapters[at]]
    columns = ["user_id", "chapter_id", "page", "page_count", "fraction", "version", "updated_at"]
    await _copy(to, "progress", columns, progress, [])


async def _copy(
    to: Any, table: str, columns: list[str], rows: list[tuple[Any, ...]], more: list[str]
) -> None:
    await to.copy_records_to_table(table, records=rows, columns=[*columns, *more])
