"""The heart: plain and with htmx, and only one's own."""

import pytest

from tests import factories as make
from tests.browser import another_browser
from tests.collections.conftest import CANARY, a_reader
from tests.reading.counting import statements


async def test_a_heart_is_given_and_taken_without_scripts(browser, world):
    address = f"/series/{world.akira.id}"

    given = await browser.post(f"{address}/favourite")

    assert (given.status_code, given.headers["location"]) == (303, address)
    assert 'aria-pressed="true"' in (await browser.get(address)).text
    assert "Akira" in (await browser.get("/favourites")).text
    await browser.post(f"{address}/favourite/remove")
    assert 'aria-pressed="false"' in (await browser.get(address)).text
    assert "No favourites yet" in (await browser.get("/favourites")).text


async def test_with_htmx_the_heart_alone_changes(browser, world):
    answer = await browser.post(f"/series/{world.akira.id}/favourite", htmx=True)

    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<form") and 'aria-pressed="true"' in answer.text
    assert "/favourite/remove" in answer.text


async def test_giving_it_twice_is_giving_it_once(browser, world):
    for _ in range(2):
        assert (await browser.post(f"/series/{world.akira.id}/favourite")).status_code == 303

    assert (await browser.get("/favourites")).text.count('class="card"') == 1


async def test_at_the_end_of_a_chapter_it_leads_back_there(browser, world):
    end = f"/read/{world.chapters[0].id}/end"
    assert f'action="/series/{world.akira.id}/favourite"' in (await browser.get(end)).text

    answer = await browser.post(f"/series/{world.akira.id}/favourite", {"next": end})

    assert answer.headers["location"] == end


@pytest.mark.parametrize("away", ["https://evil.example", "//evil.example", "/\\evil.example"])
async def test_SEC30_it_leads_nowhere_else(browser, world, away):
    answer = await browser.post(f"/series/{world.akira.id}/favourite", {"next": away})

    assert answer.headers["location"] == "/"


async def test_favourites_are_the_persons_own(app, session, browser, world):
    await browser.post(f"/series/{world.akira.id}/favourite")

    async with another_browser(app, session, await a_reader(session, world)) as other:
        assert "No favourites yet" in (await other.get("/favourites")).text


async def test_SEC32_what_is_taken_away_from_a_person_leaves_their_favourites(
    app, session, browser, world
):
    async with another_browser(app, session, await make.admin(session)) as owner:
        await owner.post(f"/series/{world.hidden.id}/favourite")
        assert CANARY in (await owner.get("/favourites")).text
    assert (await browser.post(f"/series/{world.hidden.id}/favourite")).status_code == 404
    assert CANARY not in (await browser.get("/favourites")).text


async def test_many_favourites_come_in_parts_with_few_queries(app, session, browser, world):
    from sqlalchemy import select

    from app.library.models import Library

    shelf = await session.scalar(select(Library).where(Library.id == world.akira.library_id))
    for number in range(50):
        series = await make.series(session, shelf, f"Serial {number:02}")
        await browser.post(f"/series/{series.id}/favourite")

    with statements(app.state.engine) as said:
        first = (await browser.get("/favourites")).text
    onwards = first.partition('class="more not-eink"')[2].partition('href="')[2].partition('"')[0]
    second = (await browser.get(onwards, htmx=True)).text

    assert len(said) <= 6, said
    assert first.count('class="card"') == 48 and second.count('class="card"') == 2
    assert "Serial 49" in first and "Serial 00" in second and "<html" not in second
    for forged in ("x", "A" * 5000, "%00"):
        assert (await browser.get(f"/favourites?after={forged}")).text.count('class="card"') == 48
