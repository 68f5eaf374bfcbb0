"""Small pictures in every mode and format that pages come in."""

import io
from typing import Any

from hypothesis import HealthCheck, settings
from PIL import Image, ImageCms, ImageDraw

patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
"""Time is never what a property is about, and pictures take theirs on a busy machine."""


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def drawn(mode: str = "RGB", size: tuple[int, int] = (800, 1200)) -> Image.Image:
    """White, with its left half red (dark where there is no red)."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2 - 1, size[1]), fill=(200, 0, 0))
    return image if mode == "RGB" else image.convert(mode)


def grey16(size: tuple[int, int] = (800, 1200)) -> bytes:
    """A 16-bit grey PNG, half as bright as white."""
    return saved(Image.new("I;16", size, 32768), "PNG")


def turned(orientation: int) -> bytes:
    """A JPEG with an EXIF orientation and a GPS position nobody should learn."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "secret place"
    return saved(drawn(), "JPEG", exif=exif)


def with_wide_profile() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    return saved(drawn(), "JPEG", icc_profile=profile)


def read(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image
