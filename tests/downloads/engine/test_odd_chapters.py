"""Chapters of every kind that a provider lists, from following their series to a file that reads."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.downloads.follow_jobs import check_source
from app.downloads.following import follow
from app.downloads.models import DownloadState
from app.foundation.archives.reader import read_listing
from app.library.models import Chapter, ChapterFile, Library
from app.providers.base import Wish
from app.providers.models import Keep, Release
from app.providers.opening import opened
from app.scanning.scanner import Scanner
from tests.downloads.engine.desk import Desk, page
from tests.providers.fake_mangadex import FakeChapter, FakeSeries

NAME = "Iron Lantern"
OWLS, MOTHS = ("Night Owls",), ("Moths",)


def chapter(name: str, number: str | None, at: int, **more: object) -> FakeChapter:
    pages = [page(at * 100 + n) for n in range(3)]
    return FakeChapter(f"{NAME} {name}", number, pages=pages, **more)


@pytest.fixture
def listed(desk: Desk) -> FakeSeries:
    series = FakeSeries(
        NAME,
        chapters=[
            chapter("zero", "0", 1),
            chapter("seven", "7", 2, title="Sand"),
            chapter("seven of others", "7", 3, groups=MOTHS),
            chapter("half", "10.5", 4),
            chapter("extra", "Extra", 5),
            chapter("none", None, 6, title="A day off"),
            chapter("elsewhere", "11", 7, external="https://publisher.example/11"),
            chapter("gone", "12", 8, unavailable=True),
        ],
    )
    desk.fake.series.append(series)
    return series


async def test_every_kind_of_chapter_comes_once_or_says_why_not(
    desk: Desk, listed: FakeSeries, pool
) -> None:
    await bring_all(desk)

    downloads = await desk.downloads()
    assert [one.state for one in downloads] == [DownloadState.DONE] * 5
    assert desk.on_disk() == [
        f"{NAME}/{NAME} A day off [Night Owls].cbz",
        f"{NAME}/{NAME} Extra [Night Owls].cbz",
        f"{NAME}/{NAME} c000 [Night Owls].cbz",
        f"{NAME}/{NAME} c007 [Moths].cbz",
        f"{NAME}/{NAME} c010.5 [Night Owls].cbz",
    ]
    assert await shelf(desk) == [
        (Decimal(0), "0", None, 3),
        (Decimal(7), "7", None, 3),
        (Decimal("10.5"), "10.5", None, 3),
        (None, None, "A day off", 3),
        (None, None, "Extra", 3),
    ]
    said = await desk.session.execute(select(Release.number_text, Release.why_not))
    why = dict(said.tuples().all())
    assert why["11"] and why["12"] and not why["0"]


async def test_a_scan_makes_the_same_of_what_was_downloaded(
    desk: Desk, listed: FakeSeries, pool
) -> None:
    await bring_all(desk)
    before = await shelf(desk)
    await desk.session.execute(Chapter.__table__.delete())
    await desk.session.commit()

    await Scanner(desk.engine, pool, 1).scan(desk.series.library_id)

    assert await shelf(desk) == before


async def bring_all(desk: Desk) -> None:
    """The series is found, followed for its Moths, and looked at; what is wanted of it comes."""
    session = desk.session
    driver = await opened().driver(desk.provider)
    [remote] = (await driver.search(Wish(text=NAME))).series
    library = await session.get_one(Library, desk.series.library_id)
    source = await follow(
        session,
        desk.provider,
        remote,
        library,
        by=None,
        languages=("en",),
        groups=MOTHS,
        keep=Keep.ALL,
    )
    source_id = source.id
    await session.commit()
    run = await desk.a_run()
    await check_source.function(run, source_id)
    await desk.end(run.job_id)
    assert await desk.work() is None


async def shelf(desk: Desk) -> list[tuple[object, ...]]:
    """Each chapter in reading order, and the pages that its file really has."""
    rows = await desk.session.execute(
        select(Chapter, ChapterFile)
        .join(ChapterFile, ChapterFile.chapter_id == Chapter.id)
        .order_by(Chapter.position)
        .execution_options(populate_existing=True)
    )
    found = []
    for one, file in rows:
        with (desk.root / file.path.decode()).open("rb") as opened_file:
            pages = len(read_listing(opened_file.fileno()).pages)
        assert file.page_count == pages
        found.append((one.number, one.number_text, one.title, pages))
    return found
