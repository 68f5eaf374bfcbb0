"""Pages that want to harm, or are merely odd, through every step of a recipe, over HTTP."""

import io
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from PIL import Image

from app.foundation.images.recipe import Recipe
from app.reading.addresses import page_url
from app.reading.images import Images, images_of
from tests import factories
from tests.foundation.archives import corpus
from tests.foundation.images import pictures
from tests.reading.shelf import cbz, chapter_on_disk, shelf

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]
EINK = Recipe(1080, crop="alone", is_dithered=True)
SIZE = (800, 1200)
MOST_RESIDENT_KB = 300 * 1024
MOST_SECONDS = 25
"""The wall time of the sandbox is thirty: nothing here may come near it, even on a busy machine."""


def truncated() -> bytes:
    whole = pictures.saved(pictures.drawn(), "JPEG")
    return whole[: len(whole) // 2]


def bomb() -> bytes:
    """81 megapixels of colour, 243 MB when decoded, in 1 MB."""
    return pictures.saved(Image.new("RGB", (9_000, 9_000), "white"), "PNG", compress_level=1)


def animated() -> bytes:
    frames = [pictures.drawn(), *[Image.new("RGB", SIZE, shade) for shade in ("grey", "black")]]
    return pictures.saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=40)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "bomb": (bomb, "too much memory"),
    "truncated": (truncated, "damaged"),
    "30,000 x 30,000": (lambda: corpus.huge_png_header(30_000, 30_000), "100 million pixels"),
}
ODD: dict[str, tuple[Callable[[], bytes], tuple[int, int]]] = {
    "CMYK": (lambda: pictures.saved(pictures.drawn("CMYK"), "JPEG"), SIZE),
    "16 bits": (pictures.grey16, SIZE),
    "animated": (animated, SIZE),
    "on its side": (lambda: pictures.turned(6), (SIZE[1], SIZE[0])),
}


@pytest.fixture
async def images(app) -> AsyncIterator[Images]:
    images = images_of(app)
    yield images
    await images.derived.settled()


def highest_resident_kb(images: Images) -> int:
    """Of any child, over its whole life."""
    pids = images._maker._pool.pids()
    lines = [Path(f"/proc/{pid}/status").read_text().splitlines() for pid in pids]
    return max(int(line.split()[1]) for child in lines for line in child if "VmHWM" in line)


async def test_SEC39_SEC40_SEC42_hostile_and_odd_pages_pass_every_step_of_a_recipe_in_bounds(
    session, browser, alice, tmp_path, images
):
    library = await shelf(session, tmp_path / "manga")
    await factories.let_in(session, alice, library)
    series = await factories.series(session, library)
    pages = [make() for make, _ in [*HOSTILE.values(), *ODD.values()]]
    archive = cbz(pages, ending="jpg")
    chapter = await chapter_on_disk(session, series, tmp_path / "manga", archive=archive)
    file = await images.access.chapter_file(alice, chapter.id)

    answers, seconds = [], []
    for number in range(1, len(pages) + 1):
        started = time.monotonic()
        answers.append(await browser.get(page_url(chapter.id, number, 1, EINK)))
        seconds.append(time.monotonic() - started)

    assert max(seconds) < MOST_SECONDS
    assert 0 < highest_resident_kb(images) < MOST_RESIDENT_KB
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; sandbox")
    for (name, (_, reason)), answer in zip(HOSTILE.items(), answers, strict=False):
        assert (answer.status_code, reason in answer.text) == (404, True), (name, answer.text)
        assert answer.headers["content-type"].startswith("text/plain")
    for number, (name, (_, size)) in enumerate(ODD.items(), start=len(HOSTILE) + 1):
        foretold = await images.derived.shape(file, number, size, EINK)
        answer = answers[number - 1]
        assert answer.headers["content-type"] == "image/png", (name, answer.text)
        made = Image.open(io.BytesIO(answer.content))
        assert made.size == (foretold.width, foretold.height), name
        assert len(made.convert("L").getcolors() or []) <= 16, name
        assert not made.info.get("exif"), name
