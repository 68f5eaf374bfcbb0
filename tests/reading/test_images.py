"""Page and cover images over HTTP."""

import asyncpg
import pytest

from app.foundation.valkey.local_cache import LocalCache
from app.library.models import Series
from app.reading.open_files import OpenFiles
from tests import factories
from tests.browser import browser_of
from tests.reading.shelf import cbz, chapter_on_disk, jpeg, png


def _page(chapter, page: int = 1, query: str = "") -> str:
    return f"/chapters/{chapter.id}/pages/{page}{query}"


async def test_a_page_is_the_very_bytes_of_the_archive(session, browser, akira, tmp_path):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga")

    for _again in range(2):
        answer = await browser.get(_page(chapter, 2, "?v=1"))

        assert (answer.status_code, answer.content) == (200, png(grey=20))
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"


async def test_a_deflated_page_is_inflated(session, browser, akira, tmp_path):
    archive = cbz([png(grey=7)], deflated=True)
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=archive)

    assert (await browser.get(_page(chapter))).content == png(grey=7)


async def test_the_pages_after_the_first_ask_nothing_of_the_database_and_wait_for_no_thread(
    session, browser, akira, tmp_path, app, monkeypatch
):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga")
    for cache in LocalCache._all:
        monkeypatch.setattr(cache, "clock", lambda: 0.0)
    await browser.get(_page(chapter))
    monkeypatch.setitem(app.state, "session_maker_class", _never)
    monkeypatch.setattr(OpenFiles, "_in_thread", _never)
    monkeypatch.setattr(asyncpg.Pool, "fetchrow", _never)

    again = await browser.get(_page(chapter))

    assert (again.status_code, again.content) == (200, png(grey=10))


def _never(*_args, **_more):
    raise AssertionError("A page that is at hand was asked for elsewhere.")


async def test_the_address_without_its_revision_is_asked_again(session, browser, akira, tmp_path):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga")

    for query in ("", "?v=2", "?v=nonsense"):
        answer = await browser.get(_page(chapter, 1, query))
        assert answer.headers["cache-control"] == "private, no-cache"


async def test_what_the_browser_has_is_not_sent_again(session, browser, akira, tmp_path):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga")
    first = await browser.get(_page(chapter))

    again = await browser.get(_page(chapter), headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


async def test_a_part_and_the_head_of_a_page(session, browser, akira, tmp_path):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga")
    whole = png(grey=10)

    part = await browser.get(_page(chapter), headers={"Range": "bytes=2-5"})
    head = await browser.client.head(_page(chapter))
    beyond = await browser.get(_page(chapter), headers={"Range": "bytes=9000000-"})

    assert (part.status_code, part.content) == (206, whole[2:6])
    assert part.headers["content-range"] == f"bytes 2-5/{len(whole)}"
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole))
    assert beyond.status_code == 416


@pytest.mark.parametrize("page", ["0", "4", "99999999999999", "9" * 5000, "-1", "x"])
async def test_a_page_that_does_not_exist_is_not_found(session, browser, akira, tmp_path, page):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga")

    assert (await browser.get(f"/chapters/{chapter.id}/pages/{page}")).status_code == 404


async def test_SEC42_only_images_are_sent_and_in_a_sandbox(session, browser, akira, tmp_path):
    archive = cbz([b"<html><script>alert(1)</script></html>", png()])
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=archive)

    hostile, good = [await browser.get(_page(chapter, page)) for page in (1, 2)]

    assert hostile.status_code == 404 and b"script" not in hostile.content
    assert hostile.headers["content-type"].startswith("text/plain")
    assert good.headers["content-security-policy"].startswith("default-src 'none'; sandbox")
    for answer in (hostile, good):
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_SEC31_foreign_images_are_not_found_in_any_way(session, client, akira, tmp_path, app):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga")
    other = await browser_of(client, session, await factories.person(session, "eve"))
    paths = (_page(chapter), f"/chapters/{chapter.id}/cover", f"/series/{akira.id}/cover")

    for path in paths:
        for headers in ({}, {"Range": "bytes=0-1"}, {"If-None-Match": "*"}):
            assert (await other.get(path, headers=headers)).status_code == 404
        assert (await client.head(path)).status_code == 404


async def test_SEC31_an_age_limit_holds_for_pages_and_covers(session, client, akira, tmp_path):
    akira.age_rating = 18
    await session.merge(akira)
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga")
    bob = await factories.bob(session)
    library = await session.get(type(akira).library.property.mapper.class_, akira.library_id)
    await factories.let_in(session, bob, library)
    browser = await browser_of(client, session, bob)

    assert (await browser.get(_page(chapter))).status_code == 404
    assert (await browser.get(f"/series/{akira.id}/cover")).status_code == 404


async def test_SEC03_images_are_private_and_nobody_else_gets_them(
    session, browser, client, akira, tmp_path
):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga")
    first = await browser.get(_page(chapter, 1, "?v=1"))
    client.cookies.clear()

    stranger = await client.get(_page(chapter, 1, "?v=1"))

    assert "private" in first.headers["cache-control"]
    assert stranger.status_code in (303, 401, 403)
    assert stranger.content != first.content


async def test_SEC38_a_link_out_of_the_library_is_not_followed(session, browser, akira, tmp_path):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga")
    file = next((tmp_path / "manga").glob("*.cbz"))
    outside = tmp_path / "outside.cbz"
    file.rename(outside)
    file.symlink_to(outside)

    answer = await browser.get(_page(chapter))

    assert (answer.status_code, answer.text) == (404, "The file is not there.")


async def test_a_vanished_file_and_a_vanished_folder_are_said_plainly(
    session, browser, akira, tmp_path
):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga")
    next((tmp_path / "manga").glob("*.cbz")).unlink()

    gone = await browser.get(_page(chapter))
    (tmp_path / "manga").rmdir()
    offline = await browser.get(_page(chapter))

    assert (gone.status_code, offline.status_code) == (404, 503)
    assert "cannot be read at the moment" in offline.text


async def test_a_file_replaced_on_disk_is_not_sent_as_something_else(
    session, browser, akira, tmp_path
):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga")
    assert (await browser.get(_page(chapter))).status_code == 200
    next((tmp_path / "manga").glob("*.cbz")).write_bytes(b"short")

    answer = await browser.get(_page(chapter))

    assert answer.status_code == 404 and answer.headers["content-type"].startswith("text/plain")


async def test_a_width_snaps_and_the_small_page_is_kept(session, browser, akira, tmp_path):
    from PIL import Image

    archive = cbz([jpeg(), jpeg()], ending="jpg")
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=archive)

    answers = [await browser.get(_page(chapter, 1, f"?w={width}&v=1")) for width in (700, 720, 641)]

    assert len({answer.headers["etag"] for answer in answers}) == 1
    image = Image.open(__import__("io").BytesIO(answers[0].content))
    assert (image.width, image.format) == (720, "JPEG")
    assert len(answers[0].content) < len(jpeg())


async def test_an_absurd_width_is_the_original(session, browser, akira, tmp_path):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga")

    for query in ("?w=abc", "?w=-5", "?format=exe", "?w="):
        assert (await browser.get(_page(chapter, 1, query))).content == png(grey=10)


async def test_a_cover_is_a_jpeg_of_its_width_and_kept(session, browser, akira, tmp_path):
    from PIL import Image

    archive = cbz([jpeg()], ending="jpg")
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=archive)
    sizes = {}
    for width in (320, 640):
        answer = await browser.get(f"/series/{akira.id}/cover?w={width}")
        sizes[width] = Image.open(__import__("io").BytesIO(answer.content)).width
        assert answer.headers["content-type"] == "image/jpeg"
        again = await browser.get(
            f"/series/{akira.id}/cover?w={width}", headers={"If-None-Match": answer.headers["etag"]}
        )
        assert again.status_code == 304

    assert sizes == {320: 320, 640: 640}
    assert (await browser.get(f"/chapters/{chapter.id}/cover")).status_code == 200


async def test_the_version_in_a_cover_address_makes_it_immutable(session, browser, akira, tmp_path):
    from sqlalchemy import select

    from app.reading.addresses import cover_url, cover_version_column

    archive = cbz([jpeg()], ending="jpg")
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=archive)
    akira.cover_chapter_id = chapter.id
    await session.merge(akira)
    await session.commit()
    version = await session.scalar(select(cover_version_column()).where(Series.id == akira.id))

    right = await browser.get(cover_url(akira.id, version))
    wrong = await browser.get(cover_url(akira.id, "older"))

    assert "immutable" in right.headers["cache-control"]
    assert "immutable" not in wrong.headers["cache-control"]


async def test_what_has_no_cover_gets_a_quiet_sheet(session, browser, akira, tmp_path):
    empty = await browser.get(f"/series/{akira.id}/cover?w=640")
    await chapter_on_disk(session, akira, tmp_path / "manga", archive=cbz([b"not an image"]))
    LocalCache.clear_all()
    broken = await browser.get(f"/series/{akira.id}/cover?w=640")

    for answer in (empty, broken):
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert "max-age=60" in answer.headers["cache-control"]
