"""Libraries are made, changed and taken away; their files never are."""

from pathlib import Path

import pytest
from sqlalchemy import select

from app.errors import Invalid, NotFound
from app.library.models import Root, Series
from app.library.service import AllLibraries, FolderTaken, NameTaken
from tests import factories as make


@pytest.fixture
def libraries(session):
    return AllLibraries(session)


async def test_two_libraries_cannot_share_a_name(libraries):
    await libraries.create("Manga", [Path("/shelves/manga")])

    with pytest.raises(NameTaken):
        await libraries.create(" Manga ", [Path("/shelves/other")])


@pytest.mark.parametrize("name", ["", "   ", "\0\n"])
async def test_a_library_needs_a_name(libraries, name):
    with pytest.raises(Invalid):
        await libraries.create(name, [Path("/shelves/manga")])


async def test_a_library_needs_a_folder(libraries):
    with pytest.raises(Invalid):
        await libraries.create("Manga", [])


@pytest.mark.parametrize("folder", ["/shelves/manga", "/shelves/manga/deep", "/shelves"])
async def test_no_folder_lies_in_two_libraries(libraries, folder):
    await libraries.create("Manga", [Path("/shelves/manga")])

    with pytest.raises(FolderTaken):
        await libraries.create("Other", [Path(folder)])


async def test_a_root_that_stays_keeps_its_rows(libraries, session):
    library = await libraries.create("Manga", [Path("/a"), Path("/b")])
    before = dict((await session.execute(select(Root.path, Root.id))).all())

    await libraries.set_folders(library, [Path("/b"), Path("/c")])

    after = dict((await session.execute(select(Root.path, Root.id))).all())
    assert set(after) == {b"/b", b"/c"}
    assert after[b"/b"] == before[b"/b"]


async def test_removing_a_library_takes_its_series_along(libraries, session):
    shelf = await make.library(session)
    await make.chapter(session, await make.series(session, shelf))

    await libraries.remove(shelf)

    assert (await session.scalars(select(Series))).all() == []


async def test_SEC31_a_library_of_others_does_not_exist(libraries, session):
    reader = await make.alice(session)
    shelf = await make.library(session)

    with pytest.raises(NotFound):
        await libraries.one_for(reader, shelf.id)

    await libraries.let_in(shelf, [reader.id])
    assert (await libraries.one_for(reader, shelf.id)).name == "Manga"
