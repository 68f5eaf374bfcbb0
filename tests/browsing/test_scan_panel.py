"""The panel of a scan, on a screen and as the fragment that is fetched again while it runs."""

import re
from html import unescape

import pytest
from sqlalchemy import delete, select, update

from app.foundation.db import now
from app.foundation.queue.models import Job, JobState
from app.library.models import Library, Root, Series
from tests import factories as make
from tests.browser import browser_of


@pytest.fixture
async def scan(session, world) -> Job:
    job = Job(kind="scan_library", key=str(world.shelf.id), state=JobState.RUNNING)
    job.done, job.total = 25, 100
    return await make.add(session, job)


@pytest.mark.parametrize("address", ["/", "/libraries/{}"])
async def test_screens_with_a_shelf_listen_for_its_scan(world, browser, address):
    screen = (await browser.get(address.format(world.shelf.id))).text

    assert f'data-live="scan {world.shelf.id}"' in screen
    assert "/static/dist/screens." in screen


@pytest.mark.parametrize("htmx", [False, True])
async def test_the_scan_alone_is_a_screen_and_a_fragment(world, browser, scan, htmx):
    answer = await browser.get(f"/libraries/{world.shelf.id}/scan", htmx=htmx)

    assert "25 of 100 files" in answer.text
    assert ("<html" in answer.text) is not htmx


async def test_the_end_of_a_scan_is_said_to_those_who_saw_it(session, world, browser, scan):
    address = f"/libraries/{world.shelf.id}/scan"
    seen = (await browser.get(address, htmx=True)).text
    await session.execute(delete(Job))
    await session.commit()

    ended = await browser.get(f"{address}?seen=1", htmx=True)
    never = await browser.get(address, htmx=True)

    assert f'hx-get="{address}?seen=1"' in seen
    assert "has ended" in ended.text
    assert "has ended" not in never.text


async def test_an_empty_shelf_is_made_anew_as_soon_as_there_is_something(
    session, world, browser, scan
):
    screen = f"/libraries/{world.shelf.id}"
    asked = f"{screen}/scan?seen=1&empty=1"
    filled = await browser.get(asked, htmx=True)
    await session.execute(update(Library).values(series_total=0))
    await session.execute(delete(Series).where(Series.library_id == world.shelf.id))
    await session.commit()

    first, waiting = await browser.get(screen), await browser.get(asked, htmx=True)
    await session.execute(delete(Job))
    await session.commit()
    ended = await browser.get(asked, htmx=True)

    assert filled.headers["HX-Redirect"] == screen
    assert "as soon as a scan finds them" in first.text
    assert asked in unescape(first.text)
    assert asked in unescape(waiting.text)
    assert ended.headers["HX-Redirect"] == screen


async def test_SEC31_the_scan_of_another_library_is_not_there(world, browser):
    answer = await browser.get(f"/libraries/{world.hidden.library_id}/scan")

    assert answer.status_code == 404


@pytest.mark.parametrize("address", ["/", "/libraries/{}", "/libraries/{}/scan"])
async def test_SEC31_a_scan_does_not_tell_how_much_there_is_to_those_with_an_age_limit(
    session, client, world, scan, address
):
    bob = await make.bob(session)
    await make.let_in(session, bob, world.shelf)
    browser = await browser_of(client, session, bob)

    screen = (await browser.get(address.format(world.shelf.id))).text

    assert "Scanning" in screen or "Waiting to scan" in screen
    panel = screen.partition('class="panel scan"')[2].partition("</section>")[0]
    assert "100" not in re.sub(r"[0-9a-f-]{36}", "", panel)


async def test_SEC31_only_those_who_manage_learn_where_a_library_lies(
    session, client, world, browser
):
    root = (await session.scalars(select(Root).where(Root.library_id == world.shelf.id))).one()
    root.offline_since, root.offline_reason = now(), "The folder is empty."
    charlie = await make.charlie(session)
    await make.let_in(session, charlie, world.shelf)
    await session.commit()

    reader = (await browser.get(f"/libraries/{world.shelf.id}")).text
    manager = await browser_of(client, session, charlie)
    managers = (await manager.get(f"/libraries/{world.shelf.id}")).text

    assert "A folder is offline" in reader and root.display_name not in reader
    assert root.display_name in managers
