"""Derived pages and covers look like their originals, only smaller, and carry nothing else."""

import asyncio
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat

from app.foundation.archives.errors import BadFile
from app.foundation.archives.reader import read_listing
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.images.deriving import (
    DeriveOrder,
    ImageMaker,
    covers,
    image_pool,
)
from app.foundation.images.deriving import derived as derived_together
from app.foundation.images.recipe import Format, Recipe
from app.foundation.images.widths import SIDES, snap
from tests.foundation.images import pictures


def derived(data: bytes, recipe: Recipe) -> bytes:
    (made,) = derived_together(data, [recipe])
    return made


def is_red(pixel: Any) -> bool:
    return bool(pixel[0] > 150 and pixel[1] < 80 and pixel[2] < 80)


def is_white(pixel: Any) -> bool:
    return all(level > 235 for level in pixel)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("to", ["jpeg", "webp"])
def test_every_format_derives_to_the_asked_width(form: str, to: Format) -> None:
    data = pictures.saved(pictures.drawn(), form)

    image = pictures.read(derived(data, Recipe(width=320, format=to)))

    assert image.size == (320, 480)
    assert image.format == to.upper()
    assert is_red(image.convert("RGB").getpixel((40, 240)))
    assert is_white(image.convert("RGB").getpixel((280, 240)))


@pytest.mark.parametrize(
    ("mode", "form"),
    [
        ("CMYK", "JPEG"),
        ("P", "PNG"),
        ("P", "GIF"),
        ("RGBA", "PNG"),
        ("RGBA", "WEBP"),
        ("L", "JPEG"),
        ("LA", "PNG"),
        ("1", "PNG"),
    ],
)
def test_every_mode_keeps_its_light_and_dark(mode: str, form: str) -> None:
    data = pictures.saved(pictures.drawn(mode), form)

    image = pictures.read(derived(data, Recipe(width=320))).convert("RGB")

    assert is_white(image.getpixel((280, 240)))
    assert sum(image.crop((40, 40, 60, 60)).reduce(20).getpixel((0, 0))) < 500


def test_sixteen_bit_grey_is_scaled_and_not_cut_off() -> None:
    image = pictures.read(derived(pictures.grey16(), Recipe(width=320)))

    assert image.mode == "L"
    assert 124 <= image.getpixel((100, 100)) <= 131


def test_what_is_transparent_becomes_paper() -> None:
    data = pictures.saved(Image.new("RGBA", (100, 100), (0, 0, 0, 0)), "PNG")
    palette = Image.new("P", (100, 100), 0)
    cut_out = pictures.saved(palette, "PNG", transparency=0)

    for source in (data, cut_out):
        assert is_white(pictures.read(derived(source, Recipe(width=64))).getpixel((9, 9)))


def test_screentone_stays_even_and_as_dark_as_it_was() -> None:
    tone = pictures.screentone((712, 712))

    smaller = pictures.read(derived(pictures.saved(tone, "PNG"), Recipe(width=480, is_grey=True)))

    from_afar = ImageStat.Stat(pictures.from_afar(smaller))
    assert from_afar.stddev[0] < 1.5, "moiré"
    assert abs(from_afar.mean[0] - ImageStat.Stat(tone).mean[0]) < 4


def test_grey_is_one_channel() -> None:
    image = pictures.read(
        derived(pictures.saved(pictures.drawn(), "JPEG"), Recipe(320, is_grey=True))
    )

    assert image.mode == "L"


@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [(1, (320, 480), (40, 240)), (3, (320, 480), (280, 240)), (6, (320, 213), (160, 40))],
)
def test_the_orientation_is_applied(
    orientation: int, size: tuple[int, int], red_at: tuple[int, int]
) -> None:
    image = pictures.read(derived(pictures.turned(orientation), Recipe(width=320)))

    assert image.size == size
    assert is_red(image.getpixel(red_at))


@pytest.mark.parametrize("to", ["jpeg", "webp"])
def test_SEC41_derived_images_carry_no_exif_profile_or_comment(to: Format) -> None:
    sources = [pictures.turned(6), pictures.with_wide_profile()]
    sources.append(pictures.saved(pictures.drawn(), "JPEG", comment=b"secret place"))

    for source in sources:
        made = derived(source, Recipe(width=320, format=to))
        assert b"secret place" not in made
        assert not pictures.read(made).getexif()
        assert "icc_profile" not in pictures.read(made).info


def test_nothing_is_ever_enlarged() -> None:
    small = pictures.saved(pictures.drawn(size=(200, 300)), "JPEG")

    assert pictures.read(derived(small, Recipe(width=1080))).size == (200, 300)
    assert {pictures.read(cover).width for cover in covers(small).values()} == {200}


def test_a_spread_counts_as_two_pages_where_pages_are_fitted() -> None:
    spread = pictures.saved(pictures.drawn(size=(2000, 1400)), "JPEG")

    assert pictures.read(derived(spread, Recipe(width=320))).width == 320
    assert pictures.read(derived(spread, Recipe(width=320, fit="page"))).width == 640


def test_covers_are_jpeg_in_two_widths() -> None:
    made = covers(pictures.saved(pictures.drawn(), "PNG"))

    assert {width: pictures.read(data).size for width, data in made.items()} == {
        320: (320, 480),
        640: (640, 960),
    }
    assert all(pictures.read(data).format == "JPEG" for data in made.values())


def test_the_cover_of_a_long_strip_is_its_top() -> None:
    made = covers(pictures.saved(pictures.drawn(size=(700, 9000)), "JPEG"))

    assert pictures.read(made[320]).size == (320, 512)


@pytest.mark.parametrize("form", ["TIFF", "BMP", "PPM", "ICO", "PDF", "TGA"])
def test_SEC41_only_the_five_formats_are_opened(form: str) -> None:
    with pytest.raises(BadFile, match="not an image"):
        derived(pictures.saved(pictures.drawn(), form), Recipe(width=320))


def test_SEC41_a_cut_off_image_is_a_plain_reason() -> None:
    for form in ("JPEG", "PNG", "WEBP", "GIF", "AVIF"):
        data = pictures.saved(pictures.drawn(), form)
        with pytest.raises(BadFile, match="damaged"):
            derived(data[: len(data) // 2], Recipe(width=320))


def test_a_page_is_derived_straight_from_its_archive(tmp_path: Path, maker: ImageMaker) -> None:
    archive = tmp_path / "a.cbz"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("1.jpg", pictures.saved(pictures.drawn(), "JPEG"))
    fd = os.open(archive, os.O_RDONLY)
    try:
        (entry,) = read_listing(fd).pages

        (page,) = asyncio.run(maker.derive(fd, entry, [Recipe(width=480)]))
        made = asyncio.run(maker.cover(fd, entry))
    finally:
        os.close(fd)

    assert pictures.read(page).width == 480
    assert sorted(made) == [320, 640]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_every_format_is_made_within_the_limits_of_the_sandbox(
    form: str, pool: SandboxPool
) -> None:
    data = pictures.saved(pictures.drawn(size=(2000, 3000)), form)
    order = DeriveOrder((Recipe(width=1080),), data=data)

    (made,) = pool.run_sync(
        "app.foundation.images.deriving:derive", None, order, answer=list[bytes]
    )

    assert pictures.read(made).size == (1080, 1620)


@pytest.fixture(scope="module")
def pool() -> Iterator[SandboxPool]:
    pool = image_pool()
    yield pool
    pool.close()


@pytest.fixture
def maker(pool: SandboxPool) -> ImageMaker:
    return ImageMaker(pool)


def test_widths_snap_to_the_ladder() -> None:
    assert [snap(width) for width in (1, 320, 321, 1072, 5000)] == [320, 320, 480, 1072, 2560]
    assert list(SIDES) == sorted(SIDES)


def test_pictures_are_what_they_say() -> None:
    assert Image.open(io.BytesIO(pictures.grey16())).mode.startswith("I")
