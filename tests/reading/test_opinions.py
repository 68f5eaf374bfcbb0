"""A rating and a note for one's own eyes, and pages that nobody has to see again and again."""

import pytest
from sqlalchemy import select

from app.library.models import PageTable
from app.reading.models import Progress, SeriesOpinion, SkippedPage
from app.reading.repeats import passed_over, repeats_in
from tests import factories
from tests.browser import browser_of
from tests.reading.shelf import cbz, png

CREDITS = png(grey=7, width=30)


@pytest.fixture
async def owner(client, session):
    return await browser_of(client, session, await factories.admin(session))


def _told(chapter: int) -> bytes:
    """Two pages of a story, then the same credits as always."""
    return cbz([png(grey=chapter * 10), png(grey=chapter * 10 + 1), CREDITS])


async def test_a_rating_and_a_note_are_kept_and_taken_away(session, browser, akira):
    address = f"/series/{akira.id}/opinion"

    await browser.post(address, {"rating": "9", "note": "Again in winter."})
    kept = (await session.scalars(select(SeriesOpinion))).one()
    shown = (await browser.get(address)).text
    await browser.post(address, {"rating": "", "note": ""})

    assert (kept.rating, kept.note) == (9, "Again in winter.")
    assert "Again in winter." in shown and '<option value="9" selected' in shown
    assert await session.scalar(select(SeriesOpinion)) is None


@pytest.mark.parametrize("rating", ["0", "11", "x", "9" * 40])
async def test_a_rating_out_of_range_is_told_beside_its_field(browser, akira, rating):
    answer = await browser.post(f"/series/{akira.id}/opinion", {"rating": rating, "note": "kept"})

    assert answer.status_code == 422 and "kept" in answer.text
    assert 'id="f-rating-wrong"' in answer.text


async def test_pages_in_several_chapters_are_listed_with_their_number(session, akira, put):
    for number in (1, 2, 3):
        await put(number, archive=_told(number))

    [found] = await repeats_in(session, akira)

    assert (found.chapters, found.page, found.is_skipped) == (3, 3, False)


async def test_an_owner_chooses_what_is_passed_over_and_takes_it_back(session, owner, akira, put):
    for number in (1, 2):
        await put(number, archive=_told(number))
    [found] = await repeats_in(session, akira)
    address = f"/series/{akira.id}/repeats"

    listed = (await owner.get(address)).text
    await owner.post(address, {"shown": found.value, "skip": found.value})
    kept = (await session.scalars(select(SkippedPage))).one()
    ticked = (await owner.get(address)).text
    await owner.post(address, {"shown": found.value})

    assert "in 2 chapters" in listed and "checked" not in listed
    assert (kept.crc32, kept.size) == found.identity and "checked" in ticked
    assert await session.scalar(select(SkippedPage)) is None


@pytest.mark.parametrize("value", ["", "x", "1", "-1-2", "1ffffffff-2", "1-1ffffffff", "1-2-3"])
async def test_what_is_no_page_is_refused(session, owner, akira, value):
    answer = await owner.post(
        f"/series/{akira.id}/repeats", {"shown": ["1f-2a"], "skip": ["1f-2a", value or " -"]}
    )

    assert answer.status_code == 422 and await session.scalar(select(SkippedPage)) is None


async def test_a_reader_cannot_choose_for_everybody(browser, akira):
    answer = await browser.post(f"/series/{akira.id}/repeats", {"shown": "1-1", "skip": "1-1"})

    assert answer.status_code == 403


async def test_a_file_of_nothing_but_skipped_pages_is_shown_as_it_is(session, akira, put):
    await put(1, archive=_told(1))
    await put(2, archive=_told(2))
    [found] = await repeats_in(session, akira)
    table = (await session.scalars(select(PageTable.data))).first()

    assert passed_over(table, [found.identity]) == {3}
    assert passed_over(table, []) == frozenset()
    only = cbz([CREDITS])
    await put(3, archive=only)
    tables = list(await session.scalars(select(PageTable.data)))
    assert [passed_over(data, [found.identity]) for data in tables].count(frozenset()) == 1


@pytest.fixture
async def skipped(session, akira, put):
    """Two chapters of three pages, of which the last is passed over."""
    chapters = [await put(number, archive=_told(number)) for number in (1, 2)]
    [found] = await repeats_in(session, akira)
    crc32, size = found.identity
    session.add(SkippedPage(series_id=akira.id, crc32=crc32, size=size))
    await session.commit()
    return chapters


async def test_the_reader_passes_over_what_was_chosen(browser, skipped):
    first, _second = skipped

    markup = (await browser.get(f"/read/{first.id}?page=2")).text
    beyond = (await browser.get(f"/read/{first.id}?page=3")).text

    assert "Finish the chapter" in markup and "1 page is passed over" in markup
    assert f"/chapters/{first.id}/pages/2?" in beyond
    assert f"/chapters/{first.id}/pages/3?" not in beyond


async def test_a_chapter_is_read_when_only_skipped_pages_are_left(session, browser, alice, skipped):
    first, _second = skipped

    await browser.post(f"/read/{first.id}/turn", {"page": "2", "version": "0"})

    progress = await session.get(Progress, (alice.id, first.id))
    assert progress.completed_at is not None and progress.page == 3


async def test_the_reader_shows_whether_a_page_has_a_bookmark(browser, put):
    chapter = await put(pages=3)
    await browser.post(f"/chapters/{chapter.id}/pages/2/bookmark", {})

    marked = (await browser.get(f"/read/{chapter.id}?page=2")).text
    other = (await browser.get(f"/read/{chapter.id}?page=1")).text

    assert '/pages/2/bookmark/remove" data-mark="2"' in marked and 'aria-pressed="true"' in marked
    assert '/pages/1/bookmark" data-mark="2"' in other and 'aria-pressed="true"' not in other
