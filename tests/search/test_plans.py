"""Postgres finds candidates by its indexes, and the work of a query has an end."""

import json
from importlib import import_module

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql

from app.accounts.models import Role, User
from app.foundation.db import create_engine, new_id
from app.library.models import SearchDocument
from app.search.asked import Shape
from app.search.chapters import chapter_statement
from app.search.language import parse
from app.search.patience import in_time
from app.search.series import series_statement
from tests import factories as make

ROWS = 3000


@pytest.fixture
def reader_like() -> User:
    return User(id=new_id(), name="alice", name_key="alice", role=Role.READER)


@pytest.fixture
async def crowd(shelves):
    """Enough documents that walking the table costs more than an index; grams lie as a scan writes them."""
    await shelves.session.execute(
        text(
            "INSERT INTO search_document (kind, id, library_id, title, names, about, grams, words)"
            " SELECT 'series', gen_random_uuid(), :library, word, '', '',"
            " ARRAY(SELECT DISTINCT substr(word, at, long)"
            "  FROM generate_series(1, 31) AS at, generate_series(2, 3) AS long),"
            " to_tsvector('simple', word)"
            " FROM (SELECT md5(n::text) AS word FROM generate_series(1, :rows) AS n) AS words"
        ),
        {"library": shelves.library.id, "rows": ROWS},
    )
    await shelves.session.execute(
        text(
            "INSERT INTO search_document (kind, id, library_id, grams, words)"
            " SELECT 'chapter', gen_random_uuid(), :library, '{}',"
            " to_tsvector('simple', md5((-n)::text)) FROM generate_series(1, :rows) AS n"
        ),
        {"library": shelves.library.id, "rows": ROWS},
    )
    await shelves.series("The Lighthouse Keeper")
    for name in ("grams", "series_words", "chapter_words"):
        await shelves.session.execute(
            text(f"SELECT gin_clean_pending_list('ix_search_document_{name}')")
        )
    await shelves.session.execute(text("ANALYZE search_document"))
    await shelves.session.commit()


async def plan_of(session, statement) -> str:
    compiled = statement.compile(
        dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
    )
    # On a table this small Postgres may as well walk it: what matters is that it need not.
    await session.execute(text("SET LOCAL enable_seqscan = off"))
    [rows] = (await session.execute(text("EXPLAIN (FORMAT JSON) " + _escaped(compiled)))).one()
    return json.dumps(rows)


def _escaped(compiled) -> str:
    return str(compiled).replace(":", r"\:").replace("%%", "%")


@pytest.mark.parametrize("words", ["lighthouse", '"keeper"', "house keeper", "灯", "灯台"])
async def test_SEC35_titles_are_found_by_the_index_of_grams(shelves, crowd, words):
    for person in (shelves.reader, await make.admin(shelves.session)):
        plan = await plan_of(
            shelves.session, series_statement(person, parse(words), 9, summaries=False)
        )

        assert "ix_search_document_grams" in plan
        assert "ix_search_document_title" in plan


async def test_SEC35_chapters_and_summaries_are_found_by_the_index_of_words(shelves, crowd):
    chapters = chapter_statement(shelves.reader, parse("lighthouse"), 9)

    assert "ix_search_document_chapter_words" in await plan_of(shelves.session, chapters)
    both = await plan_of(shelves.session, series_statement(shelves.reader, parse("lighthouse"), 9))
    assert "ix_search_document_series_words" in both


async def test_SEC35_the_widest_questions_end_within_the_statement_timeout(
    database_url, shelves, crowd
):
    """A tenth of a second is a hundredth of what every connection of Bunko allows."""
    engine = create_engine(database_url, statement_ms=100)
    try:
        async with engine.connect() as connection:
            for words in ("a", "a b c d e f", "-a", "is:unread", "year:>1", "-is:unread -a -b"):
                await connection.execute(series_statement(shelves.reader, parse(words), 49))
    finally:
        await engine.dispose()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fox year:>1990", "harbour year:2001..2004"),
        ("by:a", "by:mori"),
        ("-tag:sea in:manga", "-tag:moon in:comics"),
        ("age:>12 publisher:pier", "age:<3 publisher:gate"),
    ],
)
def test_what_a_filter_asks_for_is_a_value_of_one_statement(reader_like, one, other):
    first, second = (Shape.of(reader_like, parse(text), limit=9, most=80) for text in (one, other))

    assert first == second and hash(first) == hash(second)


def test_what_changes_a_condition_changes_the_statement(reader_like):
    asked = ("is:unread", "is:completed", "status:ongoing", "by:mori", "by:もり", "-by:mori")
    shapes = {Shape.of(reader_like, parse(text), limit=9, most=80) for text in asked}

    assert len(shapes) == len(asked)


async def test_SEC35_a_search_is_planned_for_its_own_words_and_walks_no_table(session):
    async def said() -> list[str]:
        names = ("plan_cache_mode", "enable_seqscan")
        return [await session.scalar(text(f"SHOW {name}")) for name in names]

    async with in_time(session):
        inside = await said()
    await session.commit()

    assert inside == ["force_custom_plan", "off"]
    assert await said() == ["auto", "on"]


async def test_SEC35_no_search_begins_with_all_documents_of_a_library(shelves, crowd):
    for words in ("a", "lighthouse"):
        plan = await plan_of(shelves.session, series_statement(shelves.reader, parse(words), 9))

        assert "ix_search_document_library_id" not in plan


async def test_grams_of_documents_from_before_are_those_a_scan_writes(shelves):
    await shelves.series(
        "The 灯台守 Lamp", others=["Ｌａｍｐ one", "a"], by=["É. Zola"], tags=["sea"]
    )
    document = select(SearchDocument.grams).where(SearchDocument.kind == "series")
    written = await shelves.session.scalar(document)
    before = import_module("migrations.versions.0240_grams_of_three")

    await shelves.session.execute(text(before.TAKE_AWAY))
    shorter = await shelves.session.scalar(document)
    await shelves.session.execute(text(before.ADD))

    assert max(map(len, shorter)) == 2
    assert await shelves.session.scalar(document) == written
