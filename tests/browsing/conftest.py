"""A small shelf with a reader, and a second library that the reader must never hear of."""

from dataclasses import dataclass

import pytest

from app.accounts.models import User
from app.library.models import Chapter, Library, Series
from app.reading.progress import mark_read, turn_to
from tests import factories as make
from tests.browser import Browser, browser_of

CANARY = "Zanzibar-canary-4711"


@dataclass
class World:
    reader: User
    shelf: Library
    series: Series
    chapters: list[Chapter]
    hidden: Series
    """In a library of its own, with a unique title."""
    hidden_chapter: Chapter


@pytest.fixture
async def world(session) -> World:
    reader = await make.alice(session)
    shelf = await make.library(session, "Manga", series_total=2, chapter_total=4)
    series = await make.series(session, shelf, "Akira", summary="Neo-Tokyo.", year=1982)
    chapters = [
        await make.chapter(session, series, number, pages=20, volume=1 if number < 3 else 2)
        for number in (1, 2, 3)
    ]
    await make.series(session, shelf, "Beck", position_count=3)
    other = await make.library(session, f"Library of {CANARY}", series_total=98765)
    hidden = await make.series(session, other, CANARY, summary=CANARY)
    hidden_chapter = await make.chapter(session, hidden, title=CANARY)
    await make.let_in(session, reader, shelf)
    return World(reader, shelf, series, chapters, hidden, hidden_chapter)


@pytest.fixture
async def browser(client, session, world) -> Browser:
    return await browser_of(client, session, world.reader)


async def read(session, world: World, *, through: int, page: int = 0) -> None:
    """The first chapters are finished, and the next is open at `page`."""
    done = [chapter.id for chapter in world.chapters[:through]]
    if done:
        await mark_read(session, world.reader, world.series.id, done)
    if page:
        await turn_to(session, world.reader, world.chapters[through].id, page, version=0, device="")
    await session.commit()
