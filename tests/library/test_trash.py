"""The trash: nothing is lost by putting it away, nor by a disk that fails in the middle."""

import errno
import os
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.errors import Conflict, DomainError
from app.foundation.db import now
from app.library.jobs import tidy_folders
from app.library.models import Chapter, ChapterFile, Library, Series
from app.library.trash import Trash
from app.reading import listeners, progress  # noqa: F401  (hears of changed series)
from tests import factories
from tests.faults import ERRORS, FaultyStore, every_failure
from tests.scanning.shelves import cbz


@pytest.fixture
async def owner(session):
    return await factories.admin(session)


async def a_series(shelf, chapters=3, title="Iron Lantern"):
    for number in range(1, chapters + 1):
        cbz(shelf.path / title / f"c{number:03}.cbz")
    await shelf.scan()
    [series] = await shelf.all_series()
    return series


def on_disk(shelf):
    found = [path.relative_to(shelf.path) for path in shelf.path.rglob("*") if path.is_file()]
    return sorted(str(path) for path in found if not str(path).startswith(".bunko-trash"))


async def put(shelf, owner, chapter, **store):
    trash = Trash(shelf.session, **store)
    await trash.put([await trash.chapter_for(owner, chapter.id)])
    await shelf.session.commit()
    shelf.session.expunge_all()


async def test_a_chapter_goes_to_the_trash_and_comes_back_with_its_progress(shelf, owner):
    series = await a_series(shelf)
    first, second, third = await shelf.chapters()
    await progress.turn_to(shelf.session, owner, second.id, 2, version=0, device="test")
    await shelf.session.commit()

    await put(shelf, owner, second)

    assert on_disk(shelf) == ["Iron Lantern/c001.cbz", "Iron Lantern/c003.cbz"]
    assert [chapter.position for chapter in await listed(shelf)] == [1, 2]
    report = await shelf.scan()
    assert (report.unchanged, report.added, report.missing, report.problems) == (2, 0, 0, 0)

    library = await shelf.session.get_one(Library, shelf.library.id)
    trash = Trash(shelf.session)
    [one] = await trash.listed(owner, library)
    await trash.restore([one])
    await shelf.session.commit()

    assert len(on_disk(shelf)) == 3
    assert not (shelf.path / ".bunko-trash").exists()
    assert [chapter.id for chapter in await listed(shelf)] == [first.id, second.id, third.id]
    assert (await shelf.scan()).unchanged == 3
    place = await progress.turn_to(shelf.session, owner, second.id, 2, version=1, device="test")
    assert place.page == 2
    assert (await shelf.session.get_one(Series, series.id)).position_count == 3


async def listed(shelf):
    rows = await shelf.session.scalars(
        select(Chapter)
        .where(Chapter.trashed_at.is_(None), Chapter.missing_since.is_(None))
        .order_by(Chapter.position)
    )
    return list(rows)


async def test_a_series_whose_last_chapter_goes_leaves_the_shelf_until_one_is_restored(
    shelf, owner
):
    series = await a_series(shelf, 2)
    trash = Trash(shelf.session)
    await trash.put(await trash.series_for(owner, series.id))
    await shelf.session.commit()

    shelf.session.expunge_all()
    series = await shelf.session.get_one(Series, series.id)
    library = await shelf.session.get_one(Library, shelf.library.id)
    assert series.trashed_at is not None
    assert (library.series_total, library.chapter_total) == (0, 0)

    await trash.restore((await trash.listed(owner, library))[:1])
    await shelf.session.commit()
    await shelf.session.refresh(series)
    await shelf.session.refresh(library)
    assert series.trashed_at is None
    assert (library.series_total, library.chapter_total) == (1, 1)


@pytest.mark.parametrize("error", ERRORS, ids=errno.errorcode.get)
async def test_SEC61_SEC66_a_disk_that_fails_leaves_a_series_whole_or_whole_in_the_trash(
    shelf, owner, error
):
    series = await a_series(shelf, 2)
    outcomes = set()
    for store in every_failure(error):
        trash = Trash(shelf.session, store)
        try:
            await trash.put(await trash.series_for(owner, series.id))
            await shelf.session.commit()
            outcomes.add("put away")
        except DomainError as failure:
            shelf.session.expunge_all()
            await shelf.session.rollback()
            assert failure.message.endswith(".")
            outcomes.add("refused")
        shelf.session.expunge_all()
        gone = on_disk(shelf) == []
        rows = await shelf.session.scalars(select(ChapterFile.trashed_at))
        assert {at is not None for at in rows} == {gone}
        if gone:
            library = await shelf.session.get_one(Library, shelf.library.id)
            whole = Trash(shelf.session)
            for one in await whole.listed(owner, library):
                await whole.restore([one])
            await shelf.session.commit()
            shelf.session.expunge_all()

    assert outcomes == {"put away", "refused"}


@pytest.mark.parametrize("error", ERRORS, ids=errno.errorcode.get)
async def test_SEC66_a_disk_that_fails_brings_back_a_series_whole_or_not_at_all(
    shelf, owner, error
):
    series_id = (await a_series(shelf, 2)).id
    outcomes = set()
    for store in every_failure(error):
        whole = Trash(shelf.session)
        if on_disk(shelf):
            await whole.put(await whole.series_for(owner, series_id))
            await shelf.session.commit()
        trash = Trash(shelf.session, store)
        library = await shelf.session.get_one(Library, shelf.library.id)
        try:
            await trash.restore(await trash.listed(owner, library))
            await shelf.session.commit()
        except DomainError:
            await shelf.session.rollback()
        shelf.session.expunge_all()
        outcomes.add(len(on_disk(shelf)))
        rows = await shelf.session.scalars(select(ChapterFile.trashed_at))
        assert {at is None for at in rows} == {bool(on_disk(shelf))}

    assert outcomes == {0, 2}


async def test_a_read_only_library_has_no_trash(shelf, owner):
    await a_series(shelf)
    library = await shelf.session.get_one(Library, shelf.library.id)
    library.read_only = True
    await shelf.session.commit()
    [chapter, *_] = await shelf.chapters()

    with pytest.raises(Conflict, match="read-only"):
        await put(shelf, owner, chapter)

    assert len(on_disk(shelf)) == 3


async def test_a_file_is_not_restored_over_another(shelf, owner):
    await a_series(shelf)
    [chapter, *_] = await shelf.chapters()
    await put(shelf, owner, chapter)
    cbz(shelf.path / "Iron Lantern" / "c001.cbz", seed="another")

    library = await shelf.session.get_one(Library, shelf.library.id)
    trash = Trash(shelf.session)
    [one] = await trash.listed(owner, library)
    with pytest.raises(Conflict, match="Another file"):
        await trash.restore([one])
    shelf.session.expunge_all()
    await shelf.session.rollback()
    assert (await shelf.scan()).added == 1


async def test_SEC38_the_trash_follows_no_link(shelf, owner, tmp_path):
    await a_series(shelf)
    [chapter, *_] = await shelf.chapters()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (shelf.path / ".bunko-trash").symlink_to(elsewhere)

    with pytest.raises(DomainError):
        await put(shelf, owner, chapter)
    await shelf.session.rollback()

    assert list(elsewhere.iterdir()) == []
    assert len(on_disk(shelf)) == 3


async def test_deleting_for_good_takes_the_file_and_leaves_who_has_read_it(shelf, owner):
    await a_series(shelf)
    [chapter, *_] = await shelf.chapters()
    await progress.turn_to(shelf.session, owner, chapter.id, 2, version=0, device="test")
    await put(shelf, owner, chapter)
    library = await shelf.session.get_one(Library, shelf.library.id)
    trash = Trash(shelf.session)

    await trash.delete((await trash.listed(owner, library))[0])
    await shelf.session.commit()

    assert os.listdir(shelf.path / ".bunko-trash") == []
    assert await trash.listed(owner, library) == []
    assert await shelf.session.get(Chapter, chapter.id) is not None


class Upkeep:
    """As much of a Run as upkeep needs."""

    def __init__(self, session_maker):
        self.session_maker = self.transaction = session_maker

    def check(self):
        pass


async def test_the_trash_is_emptied_of_what_lay_there_for_thirty_days(shelf, owner, engine):
    from contextlib import asynccontextmanager

    from app.foundation.db import session_maker

    await a_series(shelf)
    old, young, _ = await shelf.chapters()
    for chapter in (old, young):
        await put(shelf, owner, chapter)
    file = await shelf.session.scalar(select(ChapterFile).where(ChapterFile.chapter_id == old.id))
    file.trashed_at = now() - timedelta(days=31)
    await shelf.session.commit()
    run = Upkeep(session_maker(engine))

    @asynccontextmanager
    async def transaction():
        async with session_maker(engine)() as session, session.begin():
            yield session

    run.transaction = transaction
    await tidy_folders.function(run)

    library = await shelf.session.get_one(Library, shelf.library.id)
    assert [one.chapter.id for one in await Trash(shelf.session).listed(owner, library)] == [
        young.id
    ]
    assert len(os.listdir(shelf.path / ".bunko-trash")) == 1


async def test_restoring_the_name_that_a_system_gave_in_any_bytes(shelf, owner):
    from tests.scanning.shelves import raw_cbz

    folder = shelf.path / "Odd"
    folder.mkdir()
    raw_cbz(folder, b"c001 \xff\xfe.cbz")
    await shelf.scan()
    [chapter] = await shelf.chapters()

    await put(shelf, owner, chapter)
    library = await shelf.session.get_one(Library, shelf.library.id)
    trash = Trash(shelf.session, FaultyStore())
    await trash.restore((await trash.listed(owner, library))[:1])
    await shelf.session.commit()

    assert os.listdir(os.fsencode(folder)) == [b"c001 \xff\xfe.cbz"]
