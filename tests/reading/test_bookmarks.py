"""Pages kept with a note, and the lists they are found in."""

import pytest
from sqlalchemy import select

from app.library.events import ChapterReplaced
from app.reading.bookmark_routes import ROWS
from app.reading.listeners import keep_the_furthest_place
from app.reading.models import Bookmark
from tests import factories
from tests.browser import browser_of
from tests.reading.counting import statements
from tests.reading.shelf import cbz, png


async def _kept(session) -> list[tuple[int, str]]:
    rows = await session.execute(
        select(Bookmark.page, Bookmark.note)
        .where(Bookmark.removed_at.is_(None))
        .order_by(Bookmark.page)
    )
    return [(page, note) for page, note in rows]


@pytest.mark.parametrize("htmx", [False, True])
async def test_a_page_is_kept_and_found_again_with_its_note(session, browser, put, htmx):
    chapter = await put(pages=3)
    address = f"/chapters/{chapter.id}/pages/2/bookmark"

    answer = await browser.post(address, {"note": "the bridge"}, htmx=htmx)

    target = answer.headers["hx-redirect" if htmx else "location"]
    assert target == f"/read/{chapter.id}?page=2"
    listed = (await browser.get("/bookmarks")).text
    assert "the bridge" in listed and f"/chapters/{chapter.id}/pages/2?w=320" in listed


async def test_setting_it_again_without_a_note_keeps_the_note(session, browser, put):
    chapter = await put(pages=3)
    await browser.post(f"/chapters/{chapter.id}/pages/2/bookmark", {"note": "first"})

    await browser.post(f"/chapters/{chapter.id}/pages/2/bookmark", {})

    assert await _kept(session) == [(2, "first")]


async def test_a_removed_bookmark_comes_back_by_undo_with_its_note(session, browser, put):
    chapter = await put(pages=3)
    address = f"/chapters/{chapter.id}/pages/2/bookmark"
    await browser.post(address, {"note": "dear"})

    await browser.post(f"{address}/remove", {"next": "/bookmarks"})
    gone = await _kept(session)
    await browser.post(f"{address}/restore", {})

    assert gone == [] and await _kept(session) == [(2, "dear")]


@pytest.mark.parametrize("page", ["0", "4", "9" * 30])
async def test_a_page_that_is_not_there_cannot_be_kept(session, browser, put, page):
    chapter = await put(pages=3)

    answer = await browser.post(f"/chapters/{chapter.id}/pages/{page}/bookmark", {})

    assert answer.status_code == 404 and await _kept(session) == []


async def test_a_note_that_is_too_long_changes_nothing(session, browser, put):
    chapter = await put(pages=3)

    answer = await browser.post(f"/chapters/{chapter.id}/pages/1/bookmark", {"note": "x" * 2001})

    assert answer.status_code == 422 and await _kept(session) == []


async def test_nobody_sees_the_bookmarks_of_somebody_else(client, session, browser, akira, put):
    chapter = await put(pages=3)
    await browser.post(f"/chapters/{chapter.id}/pages/1/bookmark", {"note": "secret words"})
    owner = await browser_of(client, session, await factories.admin(session))

    listed = (await owner.get("/bookmarks")).text
    answer = await owner.post(f"/chapters/{chapter.id}/pages/1/bookmark/remove", {})

    assert "secret words" not in listed and answer.status_code == 404
    assert await _kept(session) == [(1, "secret words")]


async def test_the_list_of_a_series_holds_that_series_alone(
    session, browser, alice, akira, put, tmp_path
):
    chapter = await put(pages=3)
    await browser.post(f"/chapters/{chapter.id}/pages/1/bookmark", {"note": "of akira"})
    library = await factories.library(session, "Other")
    await factories.let_in(session, alice, library)
    beck = await factories.series(session, library, "Beck")

    listed = (await browser.get(f"/series/{akira.id}/bookmarks")).text
    other = (await browser.get(f"/series/{beck.id}/bookmarks")).text

    assert "of akira" in listed and "Ch. 1" in listed
    assert "of akira" not in other and "No bookmarks in this series" in other


async def test_a_long_list_goes_on_behind_a_link_and_asks_one_question(
    session, app, browser, alice, put
):
    chapter = await put(archive=cbz([png()] * (ROWS + 3)))
    for page in range(1, ROWS + 3):
        session.add(Bookmark(user_id=alice.id, chapter_id=chapter.id, page=page))
    await session.commit()

    with statements(app.state.engine) as said:
        first = (await browser.get("/bookmarks")).text
    href = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = (await browser.get(href)).text

    assert first.count('class="mark"') == ROWS and second.count('class="mark"') == 2
    assert len([text for text in said if "FROM bookmark" in text]) == 1


async def test_bookmarks_go_along_into_the_file_that_takes_the_place_of_another(
    session, alice, put
):
    worse, better = await put(1, pages=3), await put(2, pages=5)
    session.add(Bookmark(user_id=alice.id, chapter_id=worse.id, page=2, note="kept"))
    session.add(Bookmark(user_id=alice.id, chapter_id=worse.id, page=3))
    session.add(Bookmark(user_id=alice.id, chapter_id=better.id, page=3, note="mine"))
    await session.commit()

    await keep_the_furthest_place(
        session, ChapterReplaced(chapter_id=better.id, taken_from=worse.id)
    )

    kept = await session.execute(
        select(Bookmark.page, Bookmark.note).where(Bookmark.chapter_id == better.id)
    )
    assert sorted(tuple(row) for row in kept) == [(2, "kept"), (3, "mine")]
