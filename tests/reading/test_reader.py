"""The reader's screens, as a browser without scripts sees them."""

import re
from html import unescape
from io import BytesIO
from uuid import uuid4

import msgspec
import pytest
from PIL import Image
from sqlalchemy import select, update

from app.foundation.archives.page_facts import PageFactsData, Size
from app.library.models import Chapter, ChapterFile, Direction, PageFacts
from app.reading.deck import continue_reading, on_deck
from app.reading.models import Progress, SeriesReading
from tests import factories
from tests.browser import Browser, browser_of
from tests.reading.counting import statements
from tests.reading.shelf import cbz, png


def _zone(markup: str, side: str) -> str:
    """The button or link of the left or right third, with its words."""
    found = re.search(rf'<(?:button|a) class="zone zone-{side}".*?</(?:button|a)>', markup, re.S)
    return unescape(found[0]) if found else ""


async def _progress(session) -> Progress | None:
    return await session.scalar(select(Progress).execution_options(populate_existing=True))


async def _turn(browser: Browser, chapter: Chapter, page: int, version: int = 0, **more):
    form = {"page": page, "version": version}
    return await browser.post(f"/read/{chapter.id}/turn", form, **more)


def _on_another_device(browser: Browser) -> None:
    """From now on with the same sign-in and another device cookie."""
    for cookie in [one for one in browser.client.cookies.jar if one.name == "bunko_device"]:
        browser.client.cookies.jar.clear(cookie.domain, cookie.path, cookie.name)


async def test_in_right_to_left_the_left_third_is_the_next_page(browser, put):
    chapter = await put(pages=3)

    markup = (await browser.get(f"/read/{chapter.id}?page=2")).text

    assert 'value="3"' in _zone(markup, "left") and "Next page" in _zone(markup, "left")
    assert 'value="1"' in _zone(markup, "right") and "Previous page" in _zone(markup, "right")


async def test_in_left_to_right_it_is_the_other_way_round(session, browser, akira, put):
    akira.direction = Direction.LEFT_TO_RIGHT
    await session.merge(akira)
    chapter = await put(pages=3)

    markup = (await browser.get(f"/read/{chapter.id}?page=2")).text

    assert "Next page" in _zone(markup, "right") and "Previous page" in _zone(markup, "left")


@pytest.mark.parametrize("htmx", [False, True])
async def test_a_turn_saves_the_page_and_leads_to_it(session, browser, put, htmx):
    chapter = await put(pages=3)

    answer = await _turn(browser, chapter, 2, htmx=htmx)

    target = answer.headers["hx-redirect" if htmx else "location"]
    assert (answer.status_code, target) == (200 if htmx else 303, f"/read/{chapter.id}?page=2")
    assert (await _progress(session)).page == 2


async def test_SEC27_looking_at_pages_saves_nothing(session, browser, put):
    chapter = await put(pages=3)

    for query in ("", "?page=2", "?page=3"):
        assert (await browser.get(f"/read/{chapter.id}{query}")).status_code == 200
    await browser.get(f"/read/{chapter.id}/end")

    assert await _progress(session) is None


async def test_the_reader_resumes_where_it_was_left(browser, put):
    chapter = await put(pages=5)
    await _turn(browser, chapter, 4)

    assert "Page 4 of 5" in (await browser.get(f"/read/{chapter.id}")).text


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("0", 1), ("99", 3), ("9" * 5000, 3), ("-1", 1), ("1e9", 1), ("x", 1), ("", 1), ("2", 2)],
)
async def test_absurd_pages_are_clamped(browser, put, asked, shown):
    chapter = await put(pages=3)

    answer = await browser.get(f"/read/{chapter.id}?page={asked}")

    assert answer.status_code == 200 and f"Page {shown} of 3" in answer.text


@pytest.mark.parametrize("page", ["x", "-1", "", "9" * 30])
async def test_an_absurd_turn_is_refused_and_saves_nothing(session, browser, put, page):
    chapter = await put(pages=3)

    answer = await browser.post(f"/read/{chapter.id}/turn", {"page": page, "version": "0"})

    assert answer.status_code == 422 and await _progress(session) is None


async def test_turning_beyond_the_last_page_ends_and_completes(session, browser, put):
    first, second = await put(1, pages=1), await put(2, title="The ninth wave")
    markup = (await browser.get(f"/read/{first.id}")).text
    assert "Finish the chapter" in _zone(markup, "left")

    answer = await _turn(browser, first, 2)
    end = unescape((await browser.get(answer.headers["location"])).text)

    assert answer.headers["location"] == f"/read/{first.id}/end"
    assert "You finished Ch. 1" in end and "The ninth wave" in end
    assert f"/read/{second.id}" in end and f"/chapters/{second.id}/cover" in end
    assert "1 of 2 chapters read" in end
    assert (await _progress(session)).completed_at is not None


async def test_after_the_last_chapter_you_are_up_to_date(browser, put):
    chapter = await put(1, pages=1)
    await _turn(browser, chapter, 2)

    assert "You are up to date" in (await browser.get(f"/read/{chapter.id}/end")).text


async def test_an_overtaken_turn_stays_where_it_is_and_offers_the_other_place(browser, put):
    chapter = await put(pages=9)
    await _turn(browser, chapter, 7, headers={"User-Agent": "Mozilla/5.0 (iPad) Safari/604.1"})
    _on_another_device(browser)

    answer = await _turn(browser, chapter, 2)
    markup = unescape((await browser.get(answer.headers["location"])).text)

    assert "Page 2 of 9" in markup
    assert "You are on p. 7 on Safari on iPad: go there" in markup


async def test_the_picture_that_is_waited_for_is_asked_for_before_any_script(browser, put):
    chapter = await put()

    markup = (await browser.get(f"/read/{chapter.id}?page=1")).text

    asked = re.findall(
        r'<link rel="preload" as="image" href="([^"]+)"[^>]* fetchpriority="high"', markup
    )
    assert asked == re.findall(r'<img src="([^"]+)"', markup)
    assert markup.index('rel="preload"') < markup.index("<img") < markup.index("<script")
    assert markup.count("<script") == 1  # which brings the others once the page is seen


async def test_the_next_image_is_fetched_ahead_but_not_the_next_screen(browser, put):
    chapter = await put(pages=3)

    markup = (await browser.get(f"/read/{chapter.id}?page=1")).text
    last = (await browser.get(f"/read/{chapter.id}?page=3")).text

    ahead = re.findall(r'<link rel="prefetch" href="([^"]+)"', markup)
    assert ahead == [f"/chapters/{chapter.id}/pages/2?v=1"]
    assert "prefetch" not in last


async def test_on_the_last_page_the_first_of_the_next_chapter_is_fetched_ahead(browser, put):
    chapter, following = await put(1, pages=2), await put(2, pages=2)

    last = (await browser.get(f"/read/{chapter.id}?page=2")).text

    ahead = re.findall(r'<link rel="prefetch" href="([^"]+)"', last)
    assert ahead == [f"/chapters/{following.id}/pages/1?v=1"]


async def test_a_cropped_page_is_announced_as_large_as_it_comes(browser, put):
    picture = Image.new("L", (600, 900), 255)
    picture.paste(40, (100, 150, 500, 750))
    file = BytesIO()
    picture.save(file, "PNG")
    chapter = await put(archive=cbz([file.getvalue()]))
    form = {"scope": "series", "page": 1, "crop": "yes"}
    await browser.post(f"/read/{chapter.id}/settings", form)

    markup = (await browser.get(f"/read/{chapter.id}?page=1")).text
    said = re.search(r'<img src="([^"]+)" width="(\d+)" height="(\d+)"', markup)
    came = await browser.get(unescape(said[1]))

    assert Image.open(BytesIO(came.content)).size == (int(said[2]), int(said[3]))
    assert int(said[2]) < 600


async def test_phones_are_offered_smaller_images(browser, put):
    chapter = await put(archive=cbz([png(1600, 2400)]))

    markup = (await browser.get(f"/read/{chapter.id}")).text

    assert re.search(
        r'<source media="\(max-width: 719px\)" srcset="[^"]*w=720&amp;v=1 720w', markup
    )


async def test_a_page_that_cannot_be_shown_says_why_and_moves_nothing(session, browser, put):
    chapter = await put(archive=cbz([png(), b"no image at all", png()]))

    answer = await _turn(browser, chapter, 2)
    markup = (await browser.get(answer.headers["location"])).text

    assert "Page 2 cannot be shown" in markup and "not an image" in markup
    assert f'href="/read/{chapter.id}?page=2"' in markup
    assert await _progress(session) is None
    await _turn(browser, chapter, 3)
    assert (await _progress(session)).page == 3


async def test_a_file_gone_from_disk_is_said_on_the_page(browser, put, tmp_path):
    chapter = await put()
    next((tmp_path / "manga").glob("*.cbz")).unlink()

    answer = await browser.get(f"/read/{chapter.id}")

    assert answer.status_code == 200 and "The file is not there." in answer.text


async def test_a_missing_chapter_offers_the_way_back(session, browser, akira, put):
    from app.foundation.db import now

    chapter = await put()
    await session.execute(update(ChapterFile).values(missing_since=now()))
    await session.commit()

    answer = await browser.get(f"/read/{chapter.id}")

    assert answer.status_code == 404
    assert "not on the shelf" in answer.text and f"/series/{akira.id}" in answer.text


async def test_pages_much_higher_than_wide_open_as_a_strip_before_anybody_measured_them(
    browser, put
):
    strip = await put(1, archive=cbz([png(30, 150, grey) for grey in range(4)]))
    pages = await put(2, archive=cbz([png(60, 90, grey) for grey in range(4)]))

    assert "strip-page" in (await browser.get(f"/read/{strip.id}")).text
    assert "strip-page" not in (await browser.get(f"/read/{pages.id}")).text


async def test_what_the_second_pass_found_decides_about_a_strip(session, browser, put):
    chapter = await put(1, pages=3)
    file = (await session.scalars(select(ChapterFile))).one()
    facts = PageFactsData(1, [Size(800, 4000)] * 3)
    session.add(PageFacts(file_id=file.id, revision=1, data=msgspec.msgpack.encode(facts)))
    await session.commit()

    assert "strip-page" in (await browser.get(f"/read/{chapter.id}")).text


async def test_a_strip_stands_in_parts(session, browser, akira, put):
    akira.direction = Direction.WEBTOON
    await session.merge(akira)
    chapter = await put(archive=cbz([png(40, 200) for _ in range(11)]))

    first = (await browser.get(f"/read/{chapter.id}")).text
    answer = await _turn(browser, chapter, 9)
    second = (await browser.get(answer.headers["location"])).text

    assert first.count('class="strip-page"') == 8 and "Next part" in first
    assert second.count('class="strip-page"') == 3 and "Finish the chapter" in second
    assert (await _progress(session)).page == 9


async def test_a_strip_goes_on_at_the_page_it_was_left_at(browser, akira, session, put):
    akira.direction = Direction.WEBTOON
    await session.merge(akira)
    chapter = await put(archive=cbz([png(40, 200) for _ in range(11)]))
    await _turn(browser, chapter, 5)

    markup = (await browser.get(f"/read/{chapter.id}")).text

    assert re.findall(r'id="p(\d+)"><span[^>]* autofocus>', markup) == ["5"]
    assert markup.count("autofocus") == 1
    assert "<option selected>5</option>" in markup and 'data-resume="5"' in markup
    assert f"/chapters/{chapter.id}/pages/5/bookmark" in markup


async def test_chapters_beside_are_in_the_language_being_read(browser, put):
    middle = await put(2, language="fr")
    await put(3, language="en")
    french = await put(3, language="fr", archive=cbz([png(grey=3)]))
    before = await put(1, language="en", pages=4)

    markup = (await browser.get(f"/read/{middle.id}?page=1")).text

    assert f'href="/read/{french.id}" rel="next"' in markup
    assert f'href="/read/{before.id}?page=4"' in _zone(markup, "right")


async def test_SEC31_the_reader_does_not_open_foreign_chapters(session, client, put):
    chapter = await put()
    eve = await browser_of(client, session, await factories.person(session, "eve"))
    paths = [f"/read/{chapter.id}", f"/read/{chapter.id}/end", f"/read/{uuid4()}"]
    acts = [f"/chapters/{chapter.id}/read{end}" for end in ("", "/before", "/remove")]
    acts += [f"/series/{chapter.series_id}/read{end}" for end in ("", "/remove", "?at=x")]

    assert {(await eve.get(path)).status_code for path in paths} == {404}
    assert {(await eve.post(path)).status_code for path in acts} == {404}
    assert (await _turn(eve, chapter, 2)).status_code == 404
    assert await _progress(session) is None


@pytest.mark.parametrize("htmx", [False, True])
async def test_marks_of_a_chapter_and_their_undo(session, browser, akira, put, htmx):
    chapter = await put()

    answer = await browser.post(f"/chapters/{chapter.id}/read", htmx=htmx)
    assert answer.headers["hx-redirect" if htmx else "location"] == f"/series/{akira.id}"
    assert (await _progress(session)).completed_at
    screen = await browser.get(f"/series/{akira.id}")
    undo = unescape(re.search(r'action="(/series/[^"]+/read/remove\?at=[^"]+)"', screen.text)[1])
    await browser.post(undo, htmx=htmx)

    assert (await _progress(session)).completed_at is None
    assert await session.scalar(select(SeriesReading)) is None


@pytest.mark.parametrize("htmx", [False, True])
async def test_a_whole_series_is_marked_and_unmarked(session, browser, akira, put, htmx):
    for number in (1, 2):
        await put(number)

    await browser.post(f"/series/{akira.id}/read", htmx=htmx)
    sums = select(SeriesReading.read_positions)
    assert await session.scalar(sums) == 2
    await browser.post(f"/series/{akira.id}/read/remove", htmx=htmx)
    assert await session.scalar(sums) is None
    screen = await browser.get(f"/series/{akira.id}")
    undo = unescape(re.search(r'action="(/series/[^"]+/read\?at=[^"]+)"', screen.text)[1])
    await browser.post(undo, htmx=htmx)

    assert await session.scalar(sums) == 2


@pytest.mark.parametrize("htmx", [False, True])
async def test_what_stands_before_is_marked(session, browser, put, htmx):
    made = [await put(number) for number in (1, 2, 3)]

    await browser.post(f"/chapters/{made[2].id}/read/before", htmx=htmx)

    assert set(await session.scalars(select(Progress.chapter_id))) == {made[0].id, made[1].id}


async def test_what_to_go_on_with_takes_one_query_each(session, engine, alice, akira, browser, put):
    first, second = await put(1), await put(2)
    await _turn(browser, first, 2)

    with statements(engine) as said:
        now_reading = await continue_reading(session, alice, limit=6)
        deck = await on_deck(session, alice, limit=6)
    assert len(said) == 2
    assert [(row.chapter_id, row.page, row.page_count) for row in now_reading] == [(first.id, 2, 3)]
    assert deck == []

    await _turn(browser, first, 3, version=1)
    assert await continue_reading(session, alice, limit=6) == []
    assert [row.chapter_id for row in await on_deck(session, alice, limit=6)] == [second.id]


async def test_the_screens_of_the_reader_take_few_queries(app, browser, put):
    chapter = await put(1, pages=4)
    await put(2)
    engine = app.state.engine
    for path in (f"/read/{chapter.id}", f"/read/{chapter.id}/end"):
        await browser.get(path)
        with statements(engine) as said:
            await browser.get(path)
        # The session of the person, the chapter, its neighbours; at the end whether it is loved.
        assert len(said) <= (4 if path.endswith("/end") else 3), said
    await _turn(browser, chapter, 2)  # which makes the device known
    with statements(engine) as said:
        await _turn(browser, chapter, 3, version=1)
    assert len(said) <= 10, said
