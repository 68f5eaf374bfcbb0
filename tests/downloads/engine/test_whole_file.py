"""Chapters that are handed out only as one file come into the library like any other."""

import zipfile
from collections.abc import AsyncIterator
from io import BytesIO

import pytest

from app.downloads.models import DownloadState
from app.providers import opening
from tests.downloads import rows
from tests.downloads.engine.desk import Desk, names_in, page
from tests.providers.fake_opds import Book, FakeOpds, Shelf
from tests.providers.faking import Answer, on_loopback

INFO = "<ComicInfo><Series>Something else</Series><Number>9</Number></ComicInfo>"


def a_cbz(*pages: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("ComicInfo.xml", INFO)
        for number, data in enumerate(pages, start=1):
            archive.writestr(f"scan {number}.jpg", data)
    return out.getvalue()


@pytest.fixture
async def catalogue(desk: Desk) -> AsyncIterator[FakeOpds]:
    """One book, wanted from an OPDS catalogue that streams nothing."""
    fake = FakeOpds()
    fake.shelves = [Shelf("tide", "Tide", [Book("t1", "Chapter 3", is_streamed=False)])]
    async with on_loopback(fake) as fake.port:
        desk.provider = await rows.a_provider(
            desk.session,
            "Books",
            driver="opds",
            options={"url": f"{fake.url}/opds/v1.2/catalog", "name": fake.name},
            allowed=[f"127.0.0.1:{fake.port}"],
        )
        kept = opening.opened().sealed(desk.provider.id, {"password": fake.password})
        desk.provider.sealed = kept
        desk.source = await rows.a_source(desk.session, desk.series, desk.provider)
        await desk.want(
            *await rows.releases(
                desk.session, desk.source, 3, remote_id="/opds/v1.2/series/tide#urn:book:t1"
            )
        )
        yield fake


def book_of(catalogue: FakeOpds) -> Book:
    return catalogue.shelves[0].books[0]


async def test_its_pages_stand_in_the_series_that_wanted_them(desk: Desk, catalogue) -> None:
    book_of(catalogue).file = a_cbz(page(1), page(2))

    assert await desk.work() is None

    [download], [chapter] = await desk.downloads(), await desk.chapters()
    assert (download.state, download.pages_done) == (DownloadState.DONE, 2)
    assert (chapter.series_id, chapter.number_text) == (desk.series.id, "3")
    [path] = desk.on_disk()
    assert names_in(desk.root / path) == ["ComicInfo.xml", "001.jpg", "002.jpg"]
    assert desk.partial() == []


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"<html>Sign in</html>", "not an archive"),
        (b"%PDF-1.7 and more", "PDF"),
        (a_cbz(page(1), page(2))[:-40], ""),
        (a_cbz(page(1), b"<html>no picture</html>"), "image"),
    ],
)
async def test_what_is_no_whole_chapter_waits_with_a_reason(
    desk: Desk, catalogue, file, said
) -> None:
    book_of(catalogue).file = file

    await desk.work()

    download = await desk.the_download()
    assert (download.state, download.attempts) == (DownloadState.WAITING, 1)
    assert download.reason and said in download.reason
    assert desk.on_disk() == []


async def test_a_file_that_is_gone_is_said_to_be_gone(desk: Desk, catalogue) -> None:
    catalogue.fail("/file", Answer(404))

    await desk.work()

    download = await desk.the_download()
    assert download.state is DownloadState.FAILED and "not there any more" in download.reason
