"""Alice, a series of hers on disk, and a browser in which she is signed in."""

import pytest

from app.library.models import Chapter, Series
from tests import factories
from tests.browser import Browser, browser_of
from tests.reading.shelf import chapter_on_disk, shelf


@pytest.fixture
async def alice(session):
    return await factories.alice(session)


@pytest.fixture
async def browser(client, session, alice) -> Browser:
    return await browser_of(client, session, alice)


@pytest.fixture
async def akira(session, alice, tmp_path) -> Series:
    library = await shelf(session, tmp_path / "manga")
    await factories.let_in(session, alice, library)
    return await factories.series(session, library)


@pytest.fixture
def put(session, akira, tmp_path):
    async def put(number: int = 1, **more) -> Chapter:
        return await chapter_on_disk(session, akira, tmp_path / "manga", number, **more)

    return put
