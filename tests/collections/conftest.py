"""A reader with two series, and a library that nobody here may hear of."""

from dataclasses import dataclass

import pytest

from app.accounts.models import User
from app.foundation.db import new_id
from app.library.models import Chapter, Series
from tests import factories as make
from tests.browser import Browser, browser_of
from tests.reading.shelf import chapter_on_disk, shelf

CANARY = "Zanzibar-canary-4711"


@dataclass
class World:
    manager: User
    akira: Series
    beck: Series
    chapters: list[Chapter]
    """Three of Akira, then two of Beck."""
    hidden: Series
    hidden_chapter: Chapter


@pytest.fixture
async def world(session, settings) -> World:
    manager = await make.charlie(session)
    folder = settings.library_roots[0] / new_id().hex
    manga, other = await shelf(session, folder), await make.library(session, "Other")
    akira = await make.series(session, manga, "Akira", year=1982)
    beck = await make.series(session, manga, "Beck")
    chapters = [await chapter_on_disk(session, akira, folder, number) for number in (1, 2, 3)]
    chapters += [await chapter_on_disk(session, beck, folder, number, pages=4) for number in (1, 2)]
    hidden = await make.series(session, other, CANARY, summary=CANARY)
    hidden_chapter = await make.chapter(session, hidden, title=CANARY)
    await make.let_in(session, manager, manga)
    return World(manager, akira, beck, chapters, hidden, hidden_chapter)


@pytest.fixture
async def browser(client, session, world) -> Browser:
    return await browser_of(client, session, world.manager)


async def a_reader(session, world: World, name: str = "alice") -> User:
    """Somebody else who sees the same shelf."""
    from sqlalchemy import select

    from app.library.models import Library

    reader = await make.person(session, name)
    manga = await session.scalar(select(Library).where(Library.id == world.akira.library_id))
    await make.let_in(session, reader, manga)
    return reader


async def a_list(browser: Browser, chapters: list[Chapter], name: str = "Winter", **more) -> str:
    """The address of a new reading list with these chapters."""
    made = await browser.post("/lists/new", {"name": name, **more})
    address = made.headers["location"]
    list_id = address.rpartition("/")[2]
    for chapter in chapters:
        answer = await browser.post(f"/chapters/{chapter.id}/lists", {"to": list_id})
        assert answer.status_code == 303
    return address


async def a_collection(browser: Browser, *members: Series, name: str = "Tokyo") -> str:
    made = await browser.post("/collections/new", {"name": name})
    address = made.headers["location"]
    for series in members:
        to = {"to": address.rpartition("/")[2]}
        assert (await browser.post(f"/series/{series.id}/collections", to)).status_code == 303
    return address
