"""Small pictures in every mode and format that pages come in."""

import io
from typing import Any

from PIL import Image, ImageCms, ImageDraw, ImageFilter

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


def screentone(size: tuple[int, int]) -> Image.Image:
    """Round dots, four pixels apart along the diagonals: what a filter too coarse turns to moiré."""
    finely, pitch = 4, 4 * 2**0.5
    image = Image.new("L", (size[0] * finely, size[1] * finely), 255)
    pen = ImageDraw.Draw(image)
    for row in range(int(2 * size[1] / pitch) + 1):
        for column in range(int(size[0] / pitch) + 1):
            across, down = (column + row % 2 / 2) * pitch * finely, row * pitch / 2 * finely
            pen.ellipse((across - 4, down - 4, across + 4, down + 4), fill=0)
    return image.resize(size, Image.Resampling.BOX)


def from_afar(image: Image.Image) -> Image.Image:
    """Blurred until no dot is seen, without the edges, where there is nothing to blur with."""
    blurred = image.filter(ImageFilter.GaussianBlur(5))
    return blurred.crop((16, 16, image.width - 16, image.height - 16))


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
