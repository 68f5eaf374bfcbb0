"""The chapter picker: a window of the series around the chapter that is open."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from app.library.models import Chapter, Series
from app.reading import contents
from app.reading.models import PreferredVersion, Progress
from tests.reading.counting import statements


@pytest.fixture(autouse=True)
def short_windows(monkeypatch):
    monkeypatch.setattr(contents, "AT_ONCE", 8)
    monkeypatch.setattr(contents, "BEFORE", 2)


async def _long(session, akira, put, number: int) -> list[Chapter]:
    chapters = [await put(one + 1) for one in range(number)]
    await session.execute(update(Series).where(Series.id == akira.id).values(position_count=number))
    return chapters


def _leads_to(markup: str) -> list[str]:
    return re.findall(r'<div class="chap[^>]*>\s*<a href="/read/([0-9a-f-]+)"', markup)


async def test_the_window_stands_around_the_open_chapter(session, browser, akira, put):
    chapters = await _long(session, akira, put, 20)

    markup = (await browser.get(f"/read/{chapters[9].id}/chapters")).text

    assert _leads_to(markup) == [str(one.id) for one in chapters[7:15]]
    assert f'href="/read/{chapters[9].id}" aria-current="page"' in markup
    assert re.findall(r"chapters\?from=(\d+)", markup) == ["1", "16"]


@pytest.mark.parametrize(("asked", "first"), [("0", 1), ("1", 1), ("nonsense", 8), ("9" * 30, 13)])
async def test_an_absurd_place_is_the_nearest_window(session, browser, akira, put, asked, first):
    chapters = await _long(session, akira, put, 20)

    answer = await browser.get(f"/read/{chapters[9].id}/chapters?from={asked}")

    assert answer.status_code == 200
    assert _leads_to(answer.text)[0] == str(chapters[first - 1].id)


async def test_each_row_says_how_far_it_was_read(session, browser, alice, akira, put):
    chapters = await _long(session, akira, put, 3)
    moment = datetime.now(UTC)
    for chapter, page, done in ((chapters[0], 3, moment), (chapters[1], 2, None)):
        session.add(
            Progress(
                user_id=alice.id,
                chapter_id=chapter.id,
                page=page,
                page_count=3,
                version=1,
                completed_at=done,
                updated_at=moment,
            )
        )
    await session.commit()

    markup = (await browser.get(f"/read/{chapters[2].id}/chapters")).text

    words = re.sub(r"<[^>]+>|\s+", " ", markup)
    assert [word in words for word in ("Read", "p. 2 of 3", "Unread")] == [True] * 3


async def test_of_several_versions_the_chosen_one_stands_in_the_list(
    session, browser, alice, akira, put
):
    english = await put(1, language="en")
    await put(1, language="de", pages=4)
    await put(2, language="en")
    second = await put(2, language="de", pages=4)
    await session.execute(update(Series).where(Series.id == akira.id).values(position_count=2))
    session.add(PreferredVersion(user_id=alice.id, series_id=akira.id, language="de", groups=[]))
    await session.commit()

    markup = (await browser.get(f"/read/{english.id}/chapters")).text

    assert _leads_to(markup) == [str(english.id), str(second.id)]


async def test_it_takes_one_query_more_than_opening(session, app, browser, akira, put):
    chapters = await _long(session, akira, put, 12)

    with statements(app.state.engine) as asked:
        await browser.get(f"/read/{chapters[5].id}/chapters")

    assert len([one for one in asked if "chapter_file" in one]) == 2
