"""Progress in the database, and the sums that must always agree with it."""

from collections import defaultdict
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import NotFound
from app.foundation.db import now
from app.library.models import Chapter, Series
from app.reading.aggregate import rebuild_aggregate
from app.reading.models import Progress, SeriesReading
from app.reading.progress import bring_back, chapters_of, mark_read, mark_unread, take_back, turn_to
from tests import factories


async def _alice(session: AsyncSession, shelf: Any) -> User:
    alice = await factories.alice(session)
    await factories.let_in(session, alice, shelf)
    return alice


async def _turn(session: AsyncSession, who: User, of: Chapter, page: int, version: int = 0) -> Any:
    place = await turn_to(session, who, of.id, page, version=version, device="Phone")
    await session.commit()
    return place


async def _sums(session: AsyncSession, series: Series) -> SeriesReading | None:
    return await session.scalar(
        select(SeriesReading)
        .where(SeriesReading.series_id == series.id)
        .execution_options(populate_existing=True)
    )


async def test_two_languages_of_one_chapter_count_once(session):
    shelf = await factories.library(session)
    alice, akira = await _alice(session, shelf), await factories.series(session, shelf)
    english = await factories.chapter(session, akira, 1, language="en")
    french = await factories.chapter(session, akira, 1, language="fr")
    second = await factories.chapter(session, akira, 2, language="en")

    await _turn(session, alice, english, 3)
    await _turn(session, alice, french, 3)

    sums = await _sums(session, akira)
    assert (sums.read_positions, sums.started_positions) == (1, 0)
    assert sums.next_chapter_id == second.id


async def test_the_next_chapter_is_in_the_language_that_was_read(session):
    shelf = await factories.library(session)
    alice, akira = await _alice(session, shelf), await factories.series(session, shelf)
    first = await factories.chapter(session, akira, 1, language="fr")
    await factories.chapter(session, akira, 2, language="en")
    french = await factories.chapter(session, akira, 2, language="fr")

    await _turn(session, alice, first, 3)

    assert (await _sums(session, akira)).next_chapter_id == french.id


async def test_the_next_chapter_is_in_the_language_that_the_person_prefers(session):
    shelf = await factories.library(session)
    alice, akira = await _alice(session, shelf), await factories.series(session, shelf)
    alice.preference.reading = {"language": "en"}
    await session.commit()
    first = await factories.chapter(session, akira, 1, language="fr")
    await factories.chapter(session, akira, 2, language="fr")
    english = await factories.chapter(session, akira, 2, language="en")

    await _turn(session, alice, first, 3)

    assert (await _sums(session, akira)).next_chapter_id == english.id


async def test_a_chapter_left_in_the_middle_is_the_one_to_continue(session):
    shelf = await factories.library(session)
    alice, akira = await _alice(session, shelf), await factories.series(session, shelf)
    first = await factories.chapter(session, akira, 1)
    await factories.chapter(session, akira, 2)

    await _turn(session, alice, first, 2)

    sums = await _sums(session, akira)
    assert (sums.next_chapter_id, sums.started_positions) == (first.id, 1)


async def test_marking_read_can_be_taken_back_to_the_page(session):
    shelf = await factories.library(session)
    alice, akira = await _alice(session, shelf), await factories.series(session, shelf)
    begun = await factories.chapter(session, akira, 1)
    await factories.chapter(session, akira, 2)
    await _turn(session, alice, begun, 2)

    every = await chapters_of(session, alice, akira.id)
    marked = await mark_read(session, alice, akira.id, every)
    assert marked.count == 2
    sums = await _sums(session, akira)
    assert (sums.read_positions, sums.next_chapter_id) == (2, None)
    await take_back(session, alice, akira.id, marked.at)
    await session.commit()

    sums = await _sums(session, akira)
    assert (sums.read_positions, sums.started_positions) == (0, 1)
    assert sums.next_chapter_id == begun.id
    progress = await session.get(Progress, (alice.id, begun.id), populate_existing=True)
    assert progress.page == 2


async def test_before_here_is_what_stands_before(session):
    shelf = await factories.library(session)
    alice, akira = await _alice(session, shelf), await factories.series(session, shelf)
    made = [await factories.chapter(session, akira, number) for number in (1, 2, 3)]

    chapter_ids = await chapters_of(session, alice, akira.id, before=made[2].id)

    assert set(chapter_ids) == {made[0].id, made[1].id}


async def test_marking_unread_can_be_taken_back_but_not_over_a_new_beginning(session):
    shelf = await factories.library(session)
    alice, akira = await _alice(session, shelf), await factories.series(session, shelf)
    begun, read, again = [await factories.chapter(session, akira, n, pages=9) for n in (1, 2, 3)]
    await _turn(session, alice, begun, 4)
    await _turn(session, alice, read, 9)
    await _turn(session, alice, again, 9)

    every = await chapters_of(session, alice, akira.id)
    marked = await mark_unread(session, alice, akira.id, every)
    row = await session.get(Progress, (alice.id, again.id), populate_existing=True)
    await turn_to(session, alice, again.id, 2, version=row.version, device="Phone")
    await bring_back(session, alice, akira.id, marked.at)
    await session.commit()

    rows = await session.scalars(select(Progress).execution_options(populate_existing=True))
    standing = {row.chapter_id: (row.page, row.completed_at is not None) for row in rows}
    assert standing == {begun.id: (4, False), read.id: (9, True), again.id: (2, False)}
    assert (await _sums(session, akira)).read_positions == 1


async def test_unread_leaves_no_trace_in_the_sums_and_old_screens_stay_old(session):
    shelf = await factories.library(session)
    alice, akira = await _alice(session, shelf), await factories.series(session, shelf)
    chapter = await factories.chapter(session, akira, 1, pages=9)
    old = await _turn(session, alice, chapter, 4)

    await mark_unread(session, alice, akira.id, [chapter.id])
    await session.commit()
    assert await _sums(session, akira) is None

    now_at = await _turn(session, alice, chapter, 6, version=old.version + 1)
    assert now_at.page == 6
    assert (await _turn(session, alice, chapter, 2, version=old.version)).page == 6


async def test_SEC33_a_chapter_out_of_reach_takes_no_progress(session):
    shelf = await factories.library(session)
    alice = await factories.alice(session)
    chapter = await factories.chapter(session, await factories.series(session, shelf))

    with pytest.raises(NotFound):
        await turn_to(session, alice, chapter.id, 2, version=0, device="Phone")
    await mark_read(session, alice, chapter.series_id, [chapter.id])

    assert await session.scalar(select(Progress)) is None


async def test_a_scan_that_moves_positions_makes_the_sums_anew(session):
    import app.scanning.scanner  # noqa: F401 (it brings the listener)
    from app import events
    from app.library.events import SeriesChanged

    shelf = await factories.library(session)
    alice, akira = await _alice(session, shelf), await factories.series(session, shelf)
    first = await factories.chapter(session, akira, 1)
    await _turn(session, alice, first, 3)
    assert (await _sums(session, akira)).next_chapter_id is None
    second = await factories.chapter(session, akira, 2)

    await events.publish(session, SeriesChanged(shelf.id, (akira.id,)))
    await session.commit()

    assert (await _sums(session, akira)).next_chapter_id == second.id


async def test_one_turn_asks_few_questions(session, engine):
    from tests.reading.counting import statements

    shelf = await factories.library(session)
    alice, akira = await _alice(session, shelf), await factories.series(session, shelf)
    chapter = await factories.chapter(session, akira, 1, pages=9)

    with statements(engine) as said:
        await turn_to(session, alice, chapter.id, 2, version=0, device="Phone")

    # Two of them for the history: is there a line of today, and the line.
    assert len(said) <= 8, said


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["turn", "turn", "turn", "read", "unread", "missing", "back"]),
        st.integers(0, 5),
        st.integers(1, 4),
    ),
    max_size=12,
)


@settings(max_examples=25)
@given(steps=STEPS, shape=st.lists(st.integers(1, 4), min_size=6, max_size=6))
async def test_the_sums_always_equal_those_made_from_scratch(session, engine, steps, shape):
    from tests.conftest import empty

    await session.rollback()
    await empty(engine)
    session.expunge_all()
    shelf = await factories.library(session)
    alice, akira = await _alice(session, shelf), await factories.series(session, shelf)
    made = [await factories.chapter(session, akira, position) for position in shape]

    for verb, which, page in steps:
        await _do(session, alice, made[which], verb, page)
        await session.commit()
        assert await _kept(session, akira) == await _from_scratch(session, akira)

    before = await _kept(session, akira)
    await session.execute(delete(SeriesReading))
    await rebuild_aggregate(session)
    assert await _kept(session, akira) == before


async def _do(session: AsyncSession, alice: User, of: Chapter, verb: str, page: int) -> None:
    if verb == "turn":
        row = await session.get(Progress, (alice.id, of.id), populate_existing=True)
        version = row.version if row else 0
        await turn_to(session, alice, of.id, page, version=version, device="Phone")
    elif verb == "read":
        await mark_read(session, alice, of.series_id, [of.id])
    elif verb == "unread":
        await mark_unread(session, alice, of.series_id, [of.id])
    else:
        gone = now() if verb == "missing" else None
        await session.execute(update(Chapter).where(Chapter.id == of.id).values(missing_since=gone))
        await rebuild_aggregate(session, series_ids=[of.series_id])


async def _kept(session: AsyncSession, series: Series) -> tuple[Any, ...] | None:
    sums = await _sums(session, series)
    if sums is None:
        return None
    return (sums.read_positions, sums.started_positions, sums.last_read_at, sums.next_chapter_id)


async def _from_scratch(session: AsyncSession, series: Series) -> tuple[Any, ...] | None:
    """The same rule in plain Python."""
    rows = (
        await session.execute(
            select(Chapter, Progress)
            .outerjoin(Progress, Progress.chapter_id == Chapter.id)
            .where(Chapter.series_id == series.id)
            .execution_options(populate_existing=True)
        )
    ).all()
    touched = [(c, p) for c, p in rows if p is not None and (p.page > 0 or p.completed_at)]
    if not touched:
        return None
    standing: dict[int, set[str]] = defaultdict(set)
    for chapter, progress in touched:
        if chapter.missing_since is None:
            standing[chapter.position].add("read" if progress.completed_at else "begun")
    read = {position for position, words in standing.items() if "read" in words}
    latest, newest = max(touched, key=lambda row: (row[1].updated_at, row[0].position, row[0].id))
    return (
        len(read),
        len(set(standing) - read),
        newest.updated_at,
        _to_continue([c for c, _ in rows if c.missing_since is None], touched, read, latest),
    )


def _to_continue(
    listed: list[Chapter], touched: Any, read: set[int], latest: Chapter
) -> UUID | None:
    begun = {chapter.id for chapter, progress in touched if progress.page > 0}
    unread = [chapter for chapter in listed if chapter.position not in read]
    unread.sort(
        key=lambda chapter: (
            chapter.position < latest.position,
            chapter.position,
            chapter.id != latest.id,
            chapter.id not in begun,
            chapter.id,
        )
    )
    return unread[0].id if unread else None
