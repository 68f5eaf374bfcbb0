"""Sizes come from headers alone, agree with a real decoder, and hold their caps."""

import io
import os
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.foundation.archives import probe
from app.foundation.archives.errors import BadFile
from app.foundation.archives.probe import ImageFacts, measure, measure_page
from app.foundation.archives.reader import read_listing
from app.foundation.archives.sniffing import sniff
from tests.foundation.archives import corpus

FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "AVIF"]


@pytest.mark.parametrize("form", FORMATS)
@given(width=st.integers(1, 300), height=st.integers(1, 300))
def test_sizes_agree_with_what_was_drawn(form: str, width: int, height: int) -> None:
    facts = measure(corpus.picture(form, (width, height)))

    assert facts == ImageFacts(f"image/{form.lower()}", width, height)


@pytest.mark.parametrize("options", [{"lossless": True}, {"exif": b"Exif\0\0" + bytes(8)}])
def test_webp_in_its_other_shapes(options: dict[str, object]) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (70, 90), (1, 2, 3, 4)).save(out, "WEBP", **options)

    facts = measure(out.getvalue())
    assert (facts.width, facts.height, facts.frames) == (70, 90, 1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("is_progressive", [True, False])
def test_jpegs_are_measured_the_way_up_they_are_shown(
    orientation: int, is_progressive: bool
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    Image.new("RGB", (40, 60)).save(out, "JPEG", exif=exif, progressive=is_progressive)

    facts = measure(out.getvalue())

    assert (facts.width, facts.height) == ((60, 40) if orientation > 4 else (40, 60))


def animation(form: str, frames: int) -> bytes:
    pictures = [Image.new("L", (8, 8), n % 2 * 255) for n in range(frames)]
    out = io.BytesIO()
    pictures[0].save(out, form, save_all=True, append_images=pictures[1:], duration=10)
    return out.getvalue()


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "AVIF"])
def test_SEC41_animations_are_counted_up_to_two_hundred_frames(form: str) -> None:
    assert measure(animation(form, 200)).frames == 200
    with pytest.raises(BadFile, match="200 frames"):
        measure(animation(form, 201))


def test_SEC41_a_png_of_2500_megapixels_is_refused_by_its_header() -> None:
    with pytest.raises(BadFile, match="100 million pixels"):
        measure(corpus.huge_png_header())
    assert measure(corpus.huge_png_header(10_000, 10_000)).width == 10_000
    with pytest.raises(BadFile, match="100 million pixels"):
        measure(corpus.huge_png_header(10_001, 10_000))


def test_SEC41_a_gif_frame_larger_than_its_screen_counts() -> None:
    data = bytearray(animation("GIF", 1))
    at = data.index(b"\x2c", 13)
    struct.pack_into("<HH", data, at + 5, 60_000, 60_000)

    with pytest.raises(BadFile, match="100 million pixels"):
        measure(bytes(data))


@pytest.mark.parametrize(
    "data", [b"", b"<svg/>", b"BM" + bytes(60), b"II*\0" + bytes(60), b"%PDF-1.7", b"\0\0\1\0"]
)
def test_SEC41_only_the_five_formats_have_a_size(data: bytes) -> None:
    assert sniff(data) is None
    with pytest.raises(BadFile, match="not an image"):
        measure(data)


@pytest.mark.parametrize("form", FORMATS)
@given(cut=st.integers(0, 400), at=st.integers(0, 400), to=st.binary(max_size=8))
def test_SEC41_no_damage_makes_the_measuring_stumble(
    form: str, cut: int, at: int, to: bytes
) -> None:
    data = bytearray(corpus.picture(form))
    data[at : at + len(to)] = to
    try:
        facts = measure(bytes(data[: len(data) - cut]))
    except BadFile:
        return
    assert 0 < facts.width * facts.height <= 100_000_000


@given(st.sampled_from([b"\xff\xd8\xff", b"GIF89a", b"RIFF0000WEBP"]), st.binary(max_size=400))
def test_SEC41_noise_behind_a_good_magic_is_a_plain_reason(magic: bytes, noise: bytes) -> None:
    try:
        measure(magic + noise)
    except BadFile:
        return


@pytest.mark.parametrize("name", ["stored", "deflated", "tar", "image folder", "wrong extension"])
def test_pages_are_measured_inside_their_archive(name: str, tmp_path: Path) -> None:
    fd = os.open(corpus.GOOD[name](tmp_path), os.O_RDONLY)
    try:
        sizes = [measure_page(fd, entry) for entry in read_listing(fd).pages]
    finally:
        os.close(fd)

    first = "image/png" if name == "wrong extension" else "image/jpeg"
    assert sizes == [ImageFacts(first, 40, 60), ImageFacts("image/jpeg", 40, 60)]


def test_a_size_behind_a_long_header_is_still_found(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (40, 60)).save(out, "JPEG", icc_profile=bytes(probe.HEAD_BYTES * 2))
    fd = os.open(corpus.archive(tmp_path, {"1.jpg": out.getvalue()}), os.O_RDONLY)
    try:
        facts = measure_page(fd, read_listing(fd).pages[0])
    finally:
        os.close(fd)

    assert (facts.width, facts.height) == (40, 60)


def test_a_large_page_is_measured_without_reading_it_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = corpus.archive(tmp_path, {"1.jpg": corpus.ONE + bytes(10 * probe.HEAD_BYTES)})
    monkeypatch.setattr(probe, "read_entry", None)
    fd = os.open(path, os.O_RDONLY)
    try:
        facts = measure_page(fd, read_listing(fd).pages[0])
    finally:
        os.close(fd)

    assert (facts.width, facts.height) == (40, 60)
