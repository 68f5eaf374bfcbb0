"""What was read when; taking it out, and putting the place back."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.foundation.db import day_of, now
from app.reading import history
from app.reading.history_routes import ROWS
from app.reading.journal import LONGEST_GAP, MOST_PAGES
from app.reading.models import Progress, ReadingDay, SeriesReading
from app.reading.progress import turn_to
from app.reading.statistics import DaySum, streaks_of
from app.reading.year_chart import half_years
from tests.reading.counting import statements
from tests.reading.shelf import cbz, png

NOON = now().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def turn(session, alice):
    async def turn(chapter, page: int, at: datetime = NOON, device: str = "Tablet"):
        kept = await session.get(Progress, (alice.id, chapter.id), populate_existing=True)
        version = kept.version if kept else 0
        await turn_to(session, alice, chapter.id, page, version=version, device=device, at=at)
        await session.commit()

    return turn


async def _days(session) -> list[ReadingDay]:
    found = select(ReadingDay).order_by(ReadingDay.day, ReadingDay.chapter_id)
    return list(await session.scalars(found.execution_options(populate_existing=True)))


async def _progress(session) -> Progress:
    found = select(Progress).execution_options(populate_existing=True)
    return (await session.scalars(found)).one()


async def test_turns_of_one_day_are_one_line_with_pages_and_time(session, put, turn):
    chapter = await put(pages=5)
    for page in (1, 2, 3):
        await turn(chapter, page, NOON + timedelta(seconds=20 * page))

    [day] = await _days(session)

    assert (day.pages, day.seconds, day.last_page, day.is_finished) == (3, 40, 3, False)
    assert (day.day, day.device) == (day_of(NOON), "Tablet")


async def test_the_next_day_is_a_line_of_its_own(session, put, turn):
    chapter = await put(pages=5)
    await turn(chapter, 2)
    await turn(chapter, 5, NOON + timedelta(days=1))

    first, second = await _days(session)

    assert (first.is_finished, second.is_finished) == (False, True)
    assert (first.pages, second.pages, second.seconds) == (2, 3, 0)


async def test_a_book_put_down_counts_no_time_and_a_jump_no_pages(session, put, turn):
    chapter = await put(archive=cbz([png()] * 60))
    await turn(chapter, 1)
    await turn(chapter, 2 + MOST_PAGES, NOON + LONGEST_GAP + timedelta(seconds=1))

    [day] = await _days(session)

    assert (day.pages, day.seconds) == (2, 0)


async def test_turning_back_counts_nothing_and_is_told_as_where_one_is(session, put, turn):
    chapter = await put(pages=5)
    await turn(chapter, 4)
    await turn(chapter, 2)

    [day] = await _days(session)

    assert (day.pages, day.last_page) == (4, 2)


async def test_reading_again_counts_again(session, put, turn):
    chapter = await put(pages=3)
    await turn(chapter, 3)
    await turn(chapter, 1, NOON + timedelta(days=1))
    await turn(chapter, 3, NOON + timedelta(days=1, seconds=9))

    first, second = await _days(session)

    assert (first.pages, second.pages, second.is_finished) == (3, 3, True)


async def test_taking_a_reading_back_puts_the_place_back_and_can_be_undone(
    session, browser, alice, akira, put, turn
):
    chapter = await put(pages=9)
    await turn(chapter, 4)
    await turn(chapter, 9, NOON + timedelta(days=1))
    address = f"/history/{chapter.id}/{day_of(NOON + timedelta(days=1))}"

    answer = await browser.post(f"{address}/take-back", {})
    back = await _progress(session)
    listed = (await browser.get("/history")).text
    was = (back.page, back.completed_at)
    await browser.post(f"{address}/restore", {})
    again = await _progress(session)
    sums = await session.get(SeriesReading, (alice.id, akira.id), populate_existing=True)

    assert answer.headers["location"] == "/history"
    assert was == (4, None) and listed.count('class="been"') == 1
    assert (again.page, again.completed_at is not None) == (9, True)
    assert sums.read_positions == 1


async def test_a_place_that_was_moved_since_is_not_put_back(session, browser, put, turn):
    chapter = await put(pages=9)
    await turn(chapter, 4)
    await turn(chapter, 6, NOON + timedelta(days=1))

    answer = await browser.post(f"/history/{chapter.id}/{day_of(NOON)}/take-back", {})

    assert answer.status_code == 409 and (await _progress(session)).page == 6
    assert len(await _days(session)) == 2
    assert [day.removed_at for day in await _days(session)] == [None, None]


async def test_undo_after_reading_on_keeps_the_newer_place(session, browser, put, turn):
    chapter = await put(pages=9)
    await turn(chapter, 4)
    await browser.post(f"/history/{chapter.id}/{day_of(NOON)}/take-back", {})
    await turn(chapter, 2, NOON + timedelta(seconds=30))

    answer = await browser.post(f"/history/{chapter.id}/{day_of(NOON)}/restore", {})

    assert answer.status_code == 404 and (await _progress(session)).page == 2


async def test_a_line_taken_out_leaves_progress_and_begins_anew(session, browser, put, turn):
    chapter = await put(pages=9)
    await turn(chapter, 4)
    await browser.post(f"/history/{chapter.id}/{day_of(NOON)}/remove", {})
    kept = (await _progress(session)).page
    empty = (await browser.get("/history")).text
    await turn(chapter, 5, NOON + timedelta(seconds=30))

    [day] = await _days(session)

    assert kept == 4 and "Nothing read yet" in empty
    assert (day.pages, day.removed_at) == (1, None)


async def test_history_asks_one_question_however_long_it_is(
    session, app, browser, alice, akira, put
):
    chapter = await put(pages=3)
    session.add(
        Progress(user_id=alice.id, chapter_id=chapter.id, page=1, page_count=3, updated_at=NOON)
    )
    session.add_all(
        ReadingDay(
            user_id=alice.id,
            day=day_of(NOON - timedelta(days=back)),
            chapter_id=chapter.id,
            pages=1,
            last_page=1,
            is_finished=False,
            ended_at=NOON - timedelta(days=back),
        )
        for back in range(ROWS + 2)
    )
    await session.commit()

    with statements(app.state.engine) as said:
        first = (await browser.get("/history")).text
    href = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]

    assert first.count('class="been"') == ROWS
    assert (await browser.get(href)).text.count('class="been"') == 2
    assert len([text for text in said if "FROM reading_day" in text]) == 1


async def test_history_of_a_series_that_is_no_longer_allowed_is_silent(
    session, browser, alice, akira, put, turn
):
    chapter = await put(pages=3)
    await turn(chapter, 2)
    akira.age_rating, alice.age_limit = 18, 12
    await session.merge(akira)
    await session.merge(alice)
    await session.commit()

    lines = await history.history_of(session, alice, limit=9)

    assert lines == [] and "Akira" not in (await browser.get("/statistics")).text


async def test_statistics_tell_pages_days_and_genres_of_a_year(
    session, app, browser, akira, put, turn
):
    chapter = await put(pages=6)
    await turn(chapter, 4, NOON)
    await turn(chapter, 6, NOON + timedelta(minutes=3))

    with statements(app.state.engine) as said:
        markup = (await browser.get("/statistics")).text

    assert "6 pages, 1 chapter to the end" in markup and 'class="heat-' in markup
    assert "3 min" in markup and "Akira" in markup
    assert len([text for text in said if "reading_day" in text]) == 3


@pytest.mark.parametrize("year", ["1899", "x", "9" * 40, "-1", "2026.0"])
async def test_a_year_without_reading_is_not_there(browser, year):
    assert (await browser.get(f"/statistics?year={year}")).status_code == 404


@given(st.sets(st.dates(datetime(2020, 1, 1).date(), datetime(2020, 3, 1).date())))
def test_a_streak_is_the_longest_run_of_days(days):
    ordered = sorted(days)
    longest = 0
    for day in ordered:
        length = 1
        while day + timedelta(days=length) in days:
            length += 1
        longest = max(longest, length)

    assert streaks_of(ordered, datetime(2020, 3, 1).date()).longest == longest


@pytest.mark.parametrize(("today", "present"), [(3, 3), (4, 3), (5, 0)])
def test_todays_streak_lasts_until_tomorrow_is_over(today, present):
    days = [datetime(2020, 1, day).date() for day in (1, 2, 3)]

    assert streaks_of(days, datetime(2020, 1, today).date()).present == present


@given(st.integers(1990, 2100), st.lists(st.integers(0, 500), max_size=40))
def test_every_day_of_a_year_has_one_square_of_its_own(year, counts):
    first = datetime(year, 1, 1).date()
    days = [DaySum(first + timedelta(days=at), read, 0, 0) for at, read in enumerate(counts)]

    charts = half_years(year, days)

    squares = [square for chart in charts for square in chart.squares]
    assert [square.day for square in squares] == [
        first + timedelta(days=at) for at in range((datetime(year + 1, 1, 1).date() - first).days)
    ]
    assert all(square.level == 0 for square in squares if not square.pages)
    assert all(1 <= square.level <= 4 for square in squares if square.pages)
    for chart in charts:
        assert len({(square.x, square.y) for square in chart.squares}) == len(chart.squares)
        assert (
            max(square.x for square in chart.squares) < chart.width <= 328
        )  # beside 16 px on a phone
