"""Search as it is typed, over many synthetic titles in several scripts, for an owner and a reader.

    python -m bench.search [series] [queries]

What is measured is what `/search/suggest` asks of the database and of Python, without HTTP.
"""

import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from app.accounts.models import Preference, Role, User
from app.foundation.db import create_engine, new_id, now, raw_pool, session_maker
from app.foundation.db.migrate import upgrade
from app.foundation.embedded.postgres import EmbeddedPostgres
from app.library.grams import document_of, words_text
from app.library.models import Access, HiddenTag, Library
from app.library.text import sort_key, title_key
from app.search.language import parse
from app.search.patience import in_time
from app.search.results import suggestions
from bench.report import Figure, report

SERIES, QUERIES, CHAPTERS_EACH, PEOPLE, TAGS, BATCH = 100_000, 300, 3, 20_000, 400, 5_000
SYLLABLES, ENGLISH = map(
    str.split,
    (
        "ka ki ku ke ko sa shi su ta chi tsu na ni no ha hi fu ma mi mo ya yu ra ri ru wa",
        "the of a and light house lamp harbour sea iron lantern street fire fox moon night garden"
        " library letter keeper king witch blade summer winter rain train island school music wolf",
    ),
)
KANJI = "灯台守七嘘月光夜市飛魚狐火図書館潮騒雨鉄塔海港手紙王魔女剣夏冬島学校音楽狼花空山川"
KANA = "アカサタナハマヤラワキシチニヒミリクスツヌフムユルケセテネヘメレコソトノホモヨロ"
HANGUL = "달빛수선집바다등대밤시장여우불도서관편지왕마녀검여름겨울섬학교음악늑대"


def a_title(dice: random.Random) -> str:
    kind = dice.random()
    if kind < 0.4:
        return " ".join(a_word(dice) for _ in range(dice.randint(2, 5))).capitalize()
    if kind < 0.65:
        return f"{a_name(dice)} {a_name(dice)}"
    if kind < 0.85:
        return "".join(dice.choices(KANJI, k=dice.randint(2, 6)))
    if kind < 0.95:
        return "".join(dice.choices(KANA, k=dice.randint(3, 8)))
    return "".join(dice.choices(HANGUL, k=dice.randint(2, 6)))


def a_name(dice: random.Random) -> str:
    return "".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))).capitalize()


def a_word(dice: random.Random) -> str:
    """Few words are in most texts, and most words in few."""
    rank = int(dice.paretovariate(0.7))
    if rank <= len(ENGLISH):
        return ENGLISH[rank - 1]
    first, rest = rank % len(SYLLABLES), rank // len(SYLLABLES)
    return SYLLABLES[first] + SYLLABLES[rest % len(SYLLABLES)] + SYLLABLES[rest % 23]


def typed(dice: random.Random, titles: list[str]) -> str:
    """What stands in the box at some moment: the beginning of a title, a word, a filter, a slip."""
    title = dice.choice(titles)
    kind = dice.random()
    if kind < 0.6:
        return title[: dice.randint(1, len(title))]
    if kind < 0.8:
        return dice.choice(title.split())
    if kind < 0.9:
        return f"{dice.choice(ENGLISH)} year:>{dice.randint(1990, 2020)}"
    if kind < 0.95:
        return f"by:{a_name(dice)}"
    at = dice.randrange(max(1, len(title) - 1))
    return title[:at] + title[at + 1 : at + 2] + title[at : at + 1] + title[at + 2 :]


async def fill(pool: asyncpg.Pool, library_id: object, many: int) -> list[str]:
    dice = random.Random(7)
    people = [(new_id(), f"{a_name(dice)} {a_name(dice)}") for n in range(PEOPLE)]
    tags = [(new_id(), f"{a_word(dice)} {a_word(dice)} {n}") for n in range(TAGS)]
    await pool.copy_records_to_table(
        "creator",
        records=[(key, name, f"{title_key(name)} {at}") for at, (key, name) in enumerate(people)],
        columns=("id", "name", "key"),
    )
    await pool.copy_records_to_table(
        "tag",
        records=[(key, "tag", name, title_key(name)) for key, name in tags],
        columns=("id", "kind", "name", "key"),
    )
    titles: list[str] = []
    async with _indexes_made_at_the_end(pool, "search_document", "series", "chapter"):
        for start in range(0, many, BATCH):
            titles += await _fill_some(pool, library_id, dice, people, tags, start)
    for table in ("search_document", "series", "chapter", "series_creator", "series_tag"):
        await pool.execute(f"VACUUM ANALYZE {table}")
    return titles


@asynccontextmanager
async def _indexes_made_at_the_end(pool: asyncpg.Pool, *tables: str) -> AsyncIterator[None]:
    """Made once of all rows, they take a fraction of the time they take row by row."""
    rows = await pool.fetch(
        "SELECT index.indexrelid::regclass::text AS name, pg_get_indexdef(index.indexrelid) AS made"
        " FROM pg_index AS index WHERE index.indrelid::regclass::text = ANY($1)"
        " AND NOT index.indisunique",
        list(tables),
    )
    for row in rows:
        await pool.execute(f"DROP INDEX {row['name']}")
    yield
    async with pool.acquire() as to:
        await to.execute("SET maintenance_work_mem = '256MB'")
        for row in rows:
            await to.execute(row["made"])


async def _fill_some(pool, library_id, dice, people, tags, start):  # type: ignore[no-untyped-def]
    rows, chapters = [], []
    for number in range(start, start + BATCH):
        title, other = a_title(dice), a_title(dice)
        by, about = dice.sample(people, 2), dice.sample(tags, 3)
        summary = " ".join(a_word(dice) for _ in range(40))
        rows.append((new_id(), number, title, other, by, about, summary))
        chapters += [(new_id(), rows[-1][0], n, a_title(dice)) for n in range(CHAPTERS_EACH)]
    await pool.copy_records_to_table(
        "series",
        records=[
            (
                *(key, library_id, str(number).encode(), str(number), title, sort_key(title)),
                *(f'[{{"title": "{other}"}}]', summary, 1980 + number % 45, "[]", [], "{}", "{}"),
                *(1, 3, now(), now()),
            )
            for key, number, title, other, _, _, summary in rows
        ],
        columns=(
            *("id", "library_id", "folder", "key", "title", "sort_key"),
            *("other_titles", "summary", "year", "links", "locked_fields", "sources", "sidecars"),
            *("cover_page", "position_count", "added_at", "updated_at"),
        ),
    )
    await pool.copy_records_to_table(
        "series_creator",
        records=[
            (row[0], one[0], role, 0)
            for row in rows
            for one, role in zip(row[4], ("writer", "penciller"), strict=True)
        ],
        columns=("series_id", "creator_id", "role", "place"),
    )
    await pool.copy_records_to_table(
        "series_tag",
        records=[(row[0], one[0]) for row in rows for one in row[5]],
        columns=("series_id", "tag_id"),
    )
    await pool.copy_records_to_table(
        "chapter",
        records=[(key, of, title, "chapter", [], n, now()) for key, of, n, title in chapters],
        columns=("id", "series_id", "title", "kind", "groups", "position", "added_at"),
    )
    await _documents(pool, library_id, rows, chapters)
    return [row[2] for row in rows]


async def _documents(pool, library_id, rows, chapters):  # type: ignore[no-untyped-def]
    await pool.execute(
        "CREATE TEMP TABLE IF NOT EXISTS drawn (kind text, id uuid, title text, names text,"
        " about text, grams text[], said text)"
    )
    series = [
        ("series", key, *document_of(title, [other], names), words_text(summary))
        for key, _, title, other, by, about, summary in rows
        for names in [[name for _, name in (*by, *about)]]
    ]
    others = [("chapter", row[0], None, None, None, [], words_text(row[3])) for row in chapters]
    await pool.copy_records_to_table("drawn", records=[*series, *others])
    await pool.execute(
        "INSERT INTO search_document (kind, id, library_id, title, names, about, grams, words) "
        "SELECT kind, id, $1, coalesce(title, ''), coalesce(names, ''), coalesce(about, ''), grams,"
        " to_tsvector('simple', said) FROM drawn",
        library_id,
    )
    await pool.execute("TRUNCATE drawn")


async def people_of(engine: AsyncEngine) -> dict[str, User]:
    library = Library(id=new_id(), name="Bench", sort_key="bench")
    found = {}
    async with session_maker(engine)() as session:
        session.add(library)
        for name, role, limit in (("owner", Role.OWNER, None), ("reader", Role.READER, 16)):
            user = User(id=new_id(), name=name, name_key=name, role=role, password_hash="!")
            user.age_limit, user.preference = limit, Preference(user_id=user.id)
            session.add(user)
            found[name] = user
        await session.flush()
        session.add(Access(user_id=found["reader"].id, library_id=library.id))
        await session.commit()
    return found


async def hide_a_tag(engine: AsyncEngine, reader: User, tag_id: object) -> None:
    async with session_maker(engine)() as session:
        session.add(HiddenTag(user_id=reader.id, tag_id=tag_id))
        await session.commit()


async def measure(ask: Callable[[str], Awaitable[object]], questions: list[str]) -> list[float]:
    seconds = []
    for question in questions:
        started = time.perf_counter()
        await ask(question)
        seconds.append((time.perf_counter() - started) * 1000)
    return seconds


async def run(database_url: str, many: int, queries: int) -> list[Figure]:
    engine = create_engine(database_url)
    people = await people_of(engine)
    pool = await raw_pool(database_url, max_size=1)
    library_id = await pool.fetchval("SELECT id FROM library")
    started = time.perf_counter()
    titles = await fill(pool, library_id, many)
    figures = [Figure("to write them", time.perf_counter() - started, "s")]
    await hide_a_tag(
        engine, people["reader"], await pool.fetchval("SELECT min(id::text)::uuid FROM tag")
    )
    dice = random.Random(11)
    for name, person in people.items():
        async with session_maker(engine)() as session:

            async def ask(text: str, session=session, person=person) -> object:  # type: ignore[no-untyped-def]
                async with in_time(session):
                    return await suggestions(session, person, parse(text))

            questions = [typed(dice, titles) for _ in range(queries)]
            await measure(ask, questions[:30])
            taken = await measure(ask, questions)
            if "-v" in sys.argv:
                for ms, question in sorted(zip(taken, questions, strict=True))[-15:]:
                    print(f"{ms:8.1f} ms  {question}")
        taken.sort()
        figures += [
            Figure(f"{name}, p50", median(taken), "ms"),
            Figure(f"{name}, p95", taken[int(len(taken) * 0.95)], "ms", 25),
            Figure(f"{name}, worst", taken[-1], "ms"),
        ]
    await pool.close()
    await engine.dispose()
    return figures


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    many = numbers[0] if numbers else SERIES
    queries = numbers[1] if len(numbers) > 1 else QUERIES
    place = Path(tempfile.mkdtemp(prefix="bunko-bench-"))
    try:
        with EmbeddedPostgres(place / "data", place / "run") as postgres:
            upgrade(postgres.url)
            figures = asyncio.run(run(postgres.url, many, queries))
        title = f"search as it is typed, {many:,} series and {many * CHAPTERS_EACH:,} chapters"
        report(title, figures)
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
