"""Pages made by a recipe over HTTP: once, in the size that was foretold, and within bounds."""

import asyncio
import io
import re
from collections.abc import AsyncIterator, Sequence
from html import unescape
from typing import Any

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import select

from app.errors import DomainError
from app.foundation.archives.page_facts import decode_facts
from app.foundation.images.deriving import ImageMaker
from app.foundation.images.recipe import Recipe
from app.foundation.images.workshop import MOST_WAITING, Lane
from app.library.models import PageFacts
from app.reading.addresses import page_url
from app.reading.images import Images, images_of
from tests.browser import Browser
from tests.reading.shelf import cbz, chapter_on_disk, jpeg

SIZE = (800, 1200)


def framed(panel: tuple[int, int, int, int], size: tuple[int, int] = SIZE) -> bytes:
    image = Image.new("L", size, 255)
    ImageDraw.Draw(image).rectangle(panel, outline=0, width=6)
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


LEFT, RIGHT = framed((160, 60, 760, 1100)), framed((80, 120, 640, 1100))


@pytest.fixture
async def images(app) -> AsyncIterator[Images]:
    images = images_of(app)
    yield images
    await images.derived.settled()


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Recipe]]:
    """What the sandbox was asked to make from now on."""
    asked: list[Sequence[Recipe]] = []
    derive = ImageMaker.derive

    async def counting(self, fd, entry, recipes, borders) -> Any:
        asked.append(recipes)
        return await derive(self, fd, entry, recipes, borders)

    monkeypatch.setattr(ImageMaker, "derive", counting)
    return asked


async def size_of(browser: Browser, address: str) -> tuple[int, int]:
    answer = await browser.get(address)
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content)).size


async def test_whoever_asks_for_the_same_in_other_words_gets_the_same(
    session, akira, alice, tmp_path, images
):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=cbz([jpeg()]))
    file = await images.access.chapter_file(alice, chapter.id)
    said = (Recipe(720, is_dithered=True, is_grey=True), Recipe(720, is_dithered=True))

    one, other = await asyncio.gather(*(images.derived.get(file, 1, recipe) for recipe in said))

    assert one == other


async def test_a_page_is_made_once_for_all_who_ask_at_once(
    session, browser, akira, tmp_path, images, monkeypatch
):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=cbz([jpeg()]))
    asked = counted(monkeypatch)
    address = page_url(chapter.id, 1, 1, Recipe(720))

    answers = await asyncio.gather(*[browser.get(address) for _ in range(8)])

    assert {answer.status_code for answer in answers} == {200}
    assert asked == [[Recipe(720)]]


async def test_the_next_two_pages_are_there_before_they_are_asked_for(
    session, browser, akira, tmp_path, images, monkeypatch
):
    archive = cbz([jpeg()] * 4, ending="jpg")
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=archive)
    await browser.get(page_url(chapter.id, 1, 1, Recipe(720)))
    await images.derived.settled()
    asked = counted(monkeypatch)

    for page in (2, 3):
        assert await size_of(browser, page_url(chapter.id, page, 1, Recipe(720))) == (720, 1080)

    await images.derived.settled()
    assert len(asked) == 1, "page 4, ahead"


async def test_what_a_screen_will_ask_for_is_being_made_while_it_is_on_its_way(
    session, browser, akira, tmp_path, images, monkeypatch
):
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=cbz([jpeg()]))
    form = {"scope": "series", "page": 1, "dither": "yes"}
    await browser.post(f"/read/{chapter.id}/settings", form)
    markup = (await browser.get(f"/read/{chapter.id}?page=1")).text
    await images.derived.settled()
    asked = counted(monkeypatch)

    address = re.search(r'<link rel="preload" as="image" href="([^"]+)"', markup)

    assert address and "dither" in address[1]
    await size_of(browser, unescape(address[1]))
    assert asked == []


async def test_what_cannot_be_begun_ahead_breaks_no_screen(session, akira, alice, tmp_path, images):
    folder = tmp_path / "manga"
    chapter = await chapter_on_disk(session, akira, folder, archive=cbz([jpeg(400, 6400)]))
    file = await images.access.chapter_file(alice, chapter.id)
    for each in folder.rglob("*.cbz"):
        each.unlink()

    await images.make_ready(file, [(1, Recipe(320, strip=1)), (7, Recipe(320))])

    with pytest.raises(DomainError):
        await images.derived.get(file, 1, Recipe(320))


async def test_the_strips_of_one_page_come_from_one_decoding(
    session, browser, akira, tmp_path, images, monkeypatch
):
    archive = cbz([jpeg(400, 6400)], ending="jpg")
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=archive)
    asked = counted(monkeypatch)
    addresses = [page_url(chapter.id, 1, 1, Recipe(320, strip=strip)) for strip in (1, 2, 3, 4)]

    sizes = await asyncio.gather(*[size_of(browser, address) for address in addresses])
    beyond = await browser.get(page_url(chapter.id, 1, 1, Recipe(320, strip=900)))
    last = await browser.get(addresses[3])

    assert sizes == [(320, 1280)] * 4
    assert len(asked) == 1
    assert beyond.headers["etag"] == last.headers["etag"]


async def test_a_cropped_page_has_the_size_that_was_foretold(
    session, browser, akira, alice, tmp_path, images
):
    archive = cbz([LEFT, RIGHT], ending="jpg")
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=archive)
    file = await images.access.chapter_file(alice, chapter.id)

    for recipe in (Recipe(crop="alone"), Recipe(600, "box", height=800, crop="alone")):
        foretold = await images.derived.shape(file, 1, SIZE, recipe)
        assert foretold.box.left > 100
        made = await size_of(browser, page_url(chapter.id, 1, 1, recipe))
        assert made == (foretold.width, foretold.height)


async def test_the_pages_of_a_spread_are_cropped_alike(
    session, browser, akira, alice, tmp_path, images
):
    archive = cbz([LEFT, RIGHT], ending="jpg")
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=archive)
    file = await images.access.chapter_file(alice, chapter.id)
    with_next, with_former = Recipe(crop="after"), Recipe(crop="before")

    left = await images.derived.shape(file, 1, SIZE, with_next)
    right = await images.derived.shape(file, 2, SIZE, with_former)

    assert (left.box.top, left.box.bottom) == (right.box.top, right.box.bottom)
    assert left.box.left == SIZE[0] - right.box.right
    sizes = [
        await size_of(browser, page_url(chapter.id, page, 1, recipe))
        for page, recipe in ((1, with_next), (2, with_former))
    ]
    assert sizes[0] == sizes[1] != SIZE


async def test_how_far_pages_can_be_cropped_is_remembered(
    session, browser, akira, alice, tmp_path, images, monkeypatch
):
    archive = cbz([LEFT, RIGHT, LEFT, RIGHT, LEFT, RIGHT], ending="jpg")
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=archive)
    file = await images.access.chapter_file(alice, chapter.id)
    first = await images.derived.shape(file, 1, SIZE, Recipe(crop="alone"))
    await images.derived.settled()

    kept = await session.scalar(select(PageFacts.data).where(PageFacts.file_id == file.file_id))
    facts = decode_facts(kept)
    assert [facts.crop(page) is not None for page in range(1, 8)] == [True] * 6 + [False]
    assert {(size.width, size.height) for size in facts.sizes} == {SIZE}

    images.derived.crops.forget()
    monkeypatch.setattr(ImageMaker, "borders", None)
    again = await images.derived.shape(file, 1, SIZE, Recipe(crop="alone"))
    assert again == first


async def test_SEC41_a_page_that_cannot_be_decoded_is_told_in_words_and_not_tried_again_at_once(
    session, browser, akira, tmp_path, images, monkeypatch
):
    broken = jpeg()[:5000]
    chapter = await chapter_on_disk(
        session, akira, tmp_path / "manga", archive=cbz([broken, jpeg()], ending="jpg")
    )
    asked = counted(monkeypatch)

    for width in (320, 480, 720):
        answer = await browser.get(page_url(chapter.id, 1, 1, Recipe(width, crop="alone")))
        assert answer.status_code == 404
        assert "damaged" in answer.text and "text/plain" in answer.headers["content-type"]
        assert answer.headers["cache-control"] == "private, no-store"

    assert len(asked) == 1


@pytest.mark.parametrize(
    "query",
    [
        *("w=1", "w=99999999", "h=1", "h=99999999&fit=height", "w=0&h=0&fit=box", "w=5&format=exe"),
        *("rotate=45", "half=none", "contrast=99999", "gamma=0", "dither=2", "crop=7", "strip=0"),
        "strip=999999999999",
        "rotate=90&half=top&crop=before&dither=16&invert=1&w=600&h=800",
    ],
)
async def test_SEC35_an_absurd_wish_is_the_nearest_sensible_page(
    session, browser, akira, tmp_path, images, query
):
    archive = cbz([jpeg(300, 450)], ending="jpg")
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=archive)

    answer = await browser.get(f"/chapters/{chapter.id}/pages/1?{query}")

    assert answer.status_code == 200
    assert max(Image.open(io.BytesIO(answer.content)).size) <= 450


@pytest.mark.parametrize("count", [1_500, pytest.param(10_000, marks=pytest.mark.night)])
async def test_SEC66_thousands_of_combinations_fill_neither_disk_nor_pool(
    session, akira, alice, tmp_path, images, monkeypatch, count
):
    archive = cbz([jpeg(640, 960)], ending="jpg")
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=archive)
    most_waiting = 0
    made = 0

    async def derive(self, fd, entry, recipes, borders) -> list[bytes]:
        nonlocal most_waiting, made
        most_waiting = max(most_waiting, images.workshop.waiting(Lane.ASKED))
        made += 1
        return [bytes(20_000) for _ in recipes]

    monkeypatch.setattr(ImageMaker, "derive", derive)
    cap = 1 << 20
    monkeypatch.setattr(images.derived._kept, "_cap", cap)
    monkeypatch.setattr(images.derived._kept, "_room", 0)  # none left over from a larger cap
    file = await images.access.chapter_file(alice, chapter.id)
    recipes = [
        Recipe(width, contrast=contrast, gamma=gamma, quality=quality, turn=turn, is_inverted=dark)
        for width in range(320, 640)
        for contrast in (75, 100, 125, 150, 200)
        for gamma in (50, 70, 100, 140, 200)
        for quality in ("low", "high")
        for turn in (0, 90)
        for dark in (False, True)
    ][:count]

    for at in range(0, len(recipes), 100):
        batch = recipes[at : at + 100]
        answers = [images.derived.get(file, 1, recipe) for recipe in batch]
        await asyncio.gather(*answers, return_exceptions=True)

    folder = images.derived._kept._directory
    assert made * 20_000 > 2 * cap
    assert sum(path.stat().st_size for path in folder.glob("??/*")) <= cap
    assert most_waiting <= MOST_WAITING[Lane.ASKED]


async def test_where_too_many_are_asked_for_the_original_stands_in(
    session, browser, akira, tmp_path, images, monkeypatch
):
    page = jpeg(1600, 2400)
    archive = cbz([page], ending="jpg")
    chapter = await chapter_on_disk(session, akira, tmp_path / "manga", archive=archive)
    monkeypatch.setitem(MOST_WAITING, Lane.ASKED, 0)

    smaller = await browser.get(page_url(chapter.id, 1, 1, Recipe(720)))
    turned = await browser.get(page_url(chapter.id, 1, 1, Recipe(720, turn=90)))

    assert (smaller.status_code, smaller.content) == (200, page)
    assert smaller.headers["cache-control"] == "private, no-store"
    assert (turned.status_code, turned.headers["retry-after"]) == (503, "2")
