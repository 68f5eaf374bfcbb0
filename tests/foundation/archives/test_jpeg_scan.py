"""A JPEG that stops halfway and says that it is whole is found out; one that is whole never."""

import random
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from app.foundation.archives.jpeg_scan import lacks_scans, open_ended

WHOLE: list[dict[str, Any]] = [
    {"quality": 30},
    {"quality": 95, "subsampling": "4:4:4"},
    {"quality": 85, "subsampling": "4:2:2", "optimize": True},
    {"quality": 80, "restart_marker_rows": 1},
    {"quality": 80, "restart_marker_blocks": 3},
    {"quality": 80, "progressive": True},
]


def drawn(size: tuple[int, int], mode: str, **how: Any) -> bytes:
    chance = random.Random(7)
    rough = Image.frombytes(mode, (9, 11), chance.randbytes(9 * 11 * len(mode)))
    out = BytesIO()
    rough.resize(size, Image.Resampling.BICUBIC).save(out, "JPEG", **how)
    return out.getvalue()


def load(data: bytes) -> None:
    if lacks_scans(data):
        raise OSError("truncated: there are scans to come")
    with Image.open(BytesIO(open_ended(data))) as image:
        image.draft("L", (image.width // 8 or 1, image.height // 8 or 1))
        image.load()


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("how", WHOLE)
def test_whole_pictures_are_whole(mode: str, how: dict[str, Any]) -> None:
    for size in ((1, 1), (8, 8), (17, 33), (160, 240), (333, 501)):
        load(drawn(size, mode, **how))
        load(drawn(size, mode, **how) + b"something after its end")


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_one_that_ends_too_early_is_found_out_though_its_end_is_marked(
    mode: str, part: float
) -> None:
    whole = drawn((333, 501), mode, quality=90)
    cut = whole[: int(len(whole) * part)].rstrip(b"\xff") + b"\xff\xd9"

    with pytest.raises(OSError, match="truncated"):
        load(cut)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("part", [0.1, 0.3, 0.6])
def test_a_progressive_one_that_ends_too_early_lacks_scans(mode: str, part: float) -> None:
    whole = drawn((333, 501), mode, quality=90, progressive=True)
    cut = whole[: int(len(whole) * part)].rstrip(b"\xff") + b"\xff\xd9"

    assert not lacks_scans(whole)
    assert lacks_scans(cut)


def test_a_progressive_one_without_its_last_bytes_is_found_out() -> None:
    whole = drawn((333, 501), "RGB", quality=90, progressive=True)

    with pytest.raises(OSError, match="truncated"):
        load(whole[:-40])


def test_what_is_no_jpeg_stays_as_it_is() -> None:
    for data in (b"", b"\xff\xd8", b"\xff\xd8\xff\xda\x00", b"\xff\xd8" + bytes(20)):
        assert open_ended(data) == data
        assert not lacks_scans(data)
