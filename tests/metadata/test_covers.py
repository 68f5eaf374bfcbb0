"""A manager chooses the cover of a series."""

import io
import os

import pytest
from sqlalchemy import select

from app.library.models import Chapter, Series
from app.reading.images import ARTWORK
from tests import factories as make
from tests.browser import browser_of
from tests.foundation.images import pictures
from tests.reading.shelf import chapter_on_disk, jpeg, shelf


@pytest.fixture
async def drawn(session, settings, client):
    """A series of two chapters with real pictures, and the browser of its manager."""
    from app.foundation.db import new_id

    folder = settings.library_roots[0] / new_id().hex
    library = await shelf(session, folder)
    series = await make.series(session, library, "Akira", folder=b"Akira")
    for number in (1, 2):
        await chapter_on_disk(session, series, folder, number)
    manager = await make.charlie(session)
    await make.let_in(session, manager, library)
    browser = await browser_of(client, session, manager)
    (folder / "Akira").mkdir()
    return Drawn(session, series.id, folder / "Akira", browser)


class Drawn:
    def __init__(self, session, series_id, folder, browser) -> None:
        self.session, self.folder, self.browser = session, folder, browser
        self.path = f"/series/{series_id}/edit/cover"
        self.series_id = series_id

    async def series(self) -> Series:
        self.session.expunge_all()
        return await self.session.get(Series, self.series_id)

    async def image(self) -> tuple[str, bytes]:
        """The address on the series screen, and what is there."""
        screen = (await self.browser.get(f"/series/{self.series_id}")).text
        address = screen.partition(f'src="/series/{self.series_id}/cover')[2].partition('"')[0]
        address = f"/series/{self.series_id}/cover{address}".replace("&amp;", "&")
        answer = await self.browser.get(address)
        assert answer.status_code == 200
        return address, answer.content

    async def upload(self, data: bytes, name: str = "cover.jpg"):
        form = {"csrf_token": self.browser.token()}
        files = {"picture": (name, io.BytesIO(data))}
        return await self.browser.client.post(f"{self.path}/upload", data=form, files=files)


async def test_a_page_of_any_chapter_becomes_the_cover_and_undo_takes_it_back(drawn, session):
    second = await session.scalar(select(Chapter).where(Chapter.position == 2))
    offered = await drawn.browser.get(drawn.path)
    pages = await drawn.browser.get(f"{drawn.path}/{second.id}")
    before = await drawn.image()

    chosen = await drawn.browser.post(f"{drawn.path}/{second.id}", {"page": "3"})

    series = await drawn.series()
    assert f"{drawn.path}/{second.id}" in offered.text and 'value="3"' in pages.text
    assert (series.cover_chapter_id, series.cover_page) == (second.id, 3)
    assert series.locked_fields == ["cover"]
    shown = (await drawn.browser.get(chosen.headers["location"])).text
    after = await drawn.image()
    assert before[0] != after[0] and before[1] != after[1]
    undo = shown.partition(f'action="/series/{drawn.series_id}/edit/')[2].partition('"')[0]
    await drawn.browser.post(f"/series/{drawn.series_id}/edit/{undo}")
    assert (await drawn.series()).locked_fields == []


async def test_an_upload_is_made_anew_and_shown_at_once(drawn):
    before = await drawn.image()

    answer = await drawn.upload(jpeg(1600, 2400))

    address, shown = await drawn.image()
    series = await drawn.series()
    assert answer.status_code == 303
    assert f"v={series.cover_art}" in address and address != before[0]
    assert shown[:3] == b"\xff\xd8\xff" and shown != before[1]
    assert len(shown) < 60_000


async def test_an_upload_keeps_no_word_that_its_camera_wrote(drawn):
    await drawn.upload(pictures.saved(pictures.drawn(), "JPEG", comment=b"secret place"))

    assert b"secret place" not in (await drawn.image())[1]


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"%PDF-1.7",
        b"<!doctype html>",
        b"\xff\xd8\xff" + b"broken" * 50,
        jpeg(80, 120)[:200],
    ],
)
async def test_what_is_no_picture_is_refused_in_words(drawn, data, settings):
    answer = await drawn.upload(data)

    assert answer.status_code == 422
    assert "f-picture-wrong" in answer.text
    assert (await drawn.series()).cover_art is None


async def test_nothing_and_far_too_much_are_refused(drawn):
    assert (await drawn.browser.post(f"{drawn.path}/upload")).status_code == 422
    assert (await drawn.upload(b"\xff\xd8\xff" + bytes(21 * 1024 * 1024))).status_code == 413


async def test_a_file_beside_the_chapters_is_taken_by_what_was_offered(drawn):
    (drawn.folder / "cover.jpg").write_bytes(jpeg(600, 900))
    (drawn.folder / "notes.jpg").write_bytes(jpeg(60, 90))
    (drawn.folder / "poster.png").symlink_to("/etc/passwd")
    screen = (await drawn.browser.get(drawn.path)).text
    keys = [part.partition('"')[0] for part in screen.split('name="file" value="')[1:]]
    assert len(keys) == 1 and "cover.jpg" in screen and "poster.png" not in screen

    answer = await drawn.browser.post(f"{drawn.path}/file", {"file": keys[0]})

    assert answer.status_code == 303 and (await drawn.series()).cover_art


async def test_files_beside_the_chapters_are_seen_before_they_are_taken(drawn):
    (drawn.folder / "cover.jpg").write_bytes(jpeg(600, 900))
    (drawn.folder / "cover2.jpg").write_bytes(b"<svg>no picture</svg>")
    screen = (await drawn.browser.get(drawn.path)).text
    seen = [part.partition('"')[0] for part in screen.split(f'src="{drawn.path}/file?key=')[1:]]

    good, bad = [await drawn.browser.get(f"{drawn.path}/file?key={key}") for key in seen]

    assert good.headers["content-type"] == "image/jpeg" and good.content != jpeg(600, 900)
    assert bad.headers["content-type"] == "image/png"
    tag = {"If-None-Match": good.headers["etag"]}
    again = await drawn.browser.get(f"{drawn.path}/file?key={seen[0]}", headers=tag)
    assert again.status_code == 304


async def test_a_scan_keeps_the_chosen_page_and_automatic_takes_the_first_again(desk):
    chapter = (await desk.shelf.chapters())[1]
    await desk.browser.post(f"{desk.path}/cover/{chapter.id}", {"page": "2"})
    from tests.scanning.shelves import cbz

    cbz(desk.shelf.path / "Iron Lantern" / "Iron Lantern c000.cbz")
    await desk.shelf.scan()
    kept = await desk.series()
    assert (kept.cover_chapter_id, kept.cover_page) == (chapter.id, 2)

    await desk.browser.post(f"{desk.path}/cover/remove")

    first = (await desk.shelf.chapters())[0]
    series = await desk.series()
    assert (series.cover_chapter_id, series.cover_page) == (first.id, 1)
    assert series.locked_fields == []


async def test_pages_beyond_the_end_are_not_there(drawn, session):
    first = await session.scalar(select(Chapter).where(Chapter.position == 1))
    for page in ("0", "4", "x", "9" * 30):
        answer = await drawn.browser.post(f"{drawn.path}/{first.id}", {"page": page})
        assert answer.status_code == 404, page
    absurd = await drawn.browser.get(f"{drawn.path}/{first.id}?from=9999999")
    assert absurd.status_code == 200


async def test_only_the_name_of_the_picture_leads_to_its_file(drawn, settings):
    await drawn.upload(jpeg(80, 120))

    names = sorted(os.listdir(settings.data_dir / ARTWORK))
    art = (await drawn.series()).cover_art
    assert {f"{art}.{width}.jpg" for width in (320, 640, 1280)} <= set(names)
