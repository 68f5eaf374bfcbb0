"""The panel of a scan, on a screen and as the fragment that is fetched again while it runs."""

import pytest
from sqlalchemy import delete

from app.foundation.queue.models import Job, JobState
from tests import factories as make


@pytest.fixture
async def scan(session, world) -> Job:
    job = Job(kind="scan_library", key=str(world.shelf.id), state=JobState.RUNNING)
    job.done, job.total = 25, 100
    return await make.add(session, job)


@pytest.mark.parametrize("address", ["/", "/libraries/{}"])
async def test_screens_with_a_shelf_listen_for_its_scan(world, browser, address):
    screen = (await browser.get(address.format(world.shelf.id))).text

    assert f'data-live="scan {world.shelf.id}"' in screen
    assert "/static/dist/live." in screen


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


async def test_SEC31_the_scan_of_another_library_is_not_there(world, browser):
    answer = await browser.get(f"/libraries/{world.hidden.library_id}/scan")

    assert answer.status_code == 404
