"""Opens an untrusted image with Pillow, only in the formats we know, within the caps (SEC41).

Runs in the sandbox. Pillow is imported here at first use: it costs a process 10 MB.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from struct import error as StructError
from typing import TYPE_CHECKING

from app.foundation.archives import limits
from app.foundation.archives.errors import BadFile
from app.foundation.archives.probe import measure

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
REDUCING_GAP = 2.0
_WHITE = (255, 255, 255)
_MOST_PROFILE_BYTES = 1024 * 1024
_ORIENTATION = 0x0112
_DAMAGED = "The image is damaged and cannot be shown."


@contextmanager
def opened(data: bytes) -> Iterator["Image"]:
    """The image's first frame, not decoded yet. What Pillow stumbles over becomes a BadFile."""
    from PIL import AvifImagePlugin, Image

    measure(data)
    Image.MAX_IMAGE_PIXELS = limits.MOST_PIXELS
    # A thread per core would ask for more address space than the sandbox has, on a large machine.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                yield image
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise BadFile("The image has more than 100 million pixels.") from error
    except (OSError, SyntaxError, ValueError, EOFError, StructError, KeyError) as error:
        raise BadFile(_DAMAGED) from error


def reduced(image: "Image", size: tuple[int, int], *, is_grey: bool) -> "Image":
    """Decoded, upright, in RGB or L, no larger than `size` (as shown) and never enlarged.

    JPEG decodes at a fraction of its size straight away, and only its brightness when grey.
    """
    from PIL import Image, ImageOps

    width, height = size
    if image.getexif().get(_ORIENTATION) in range(5, 9):
        width, height = height, width
    image.draft("L" if is_grey else None, (int(width * REDUCING_GAP), int(height * REDUCING_GAP)))
    image.load()
    picture = _continuous(image)
    if picture.width > width or picture.height > height:
        picture.thumbnail((width, height), Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
    picture = _opaque(_in_srgb(picture))
    picture = picture.convert("L") if is_grey else picture
    ImageOps.exif_transpose(picture, in_place=True)
    picture.info.clear()
    return picture


def shown_size(image: "Image") -> tuple[int, int]:
    """(width, height) after the rotation its EXIF asks for."""
    is_on_its_side = image.getexif().get(_ORIENTATION) in range(5, 9)
    return (image.height, image.width) if is_on_its_side else (image.width, image.height)


def _continuous(image: "Image") -> "Image":
    """In a mode that can be averaged: palettes, bitmaps and 16-bit greys are spelled out."""
    if image.mode == "P":
        picture = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode == "PA":
        picture = image.convert("RGBA")
    elif image.mode == "1":
        picture = image.convert("L")
    elif image.mode.startswith("I"):
        # Pillow's own conversion cuts 16 bits off at 255 instead of scaling them.
        picture = image.convert("I").point(lambda level: level * (1 / 257)).convert("L")
    else:
        return image
    picture.info = dict(image.info)
    return picture


def _in_srgb(image: "Image") -> "Image":
    profile = image.info.get("icc_profile")
    if not profile or len(profile) > _MOST_PROFILE_BYTES or image.mode not in ("RGB", "CMYK"):
        return image
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return image
        picture = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A broken profile: the plain colours are the better picture than none.
        return image
    assert picture is not None
    picture.info = dict(image.info)
    return picture


def _opaque(image: "Image") -> "Image":
    from PIL import Image

    if image.mode in ("RGB", "L"):
        return image
    if image.mode in ("RGBA", "LA", "RGBa", "La") or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGB", image.size, _WHITE)
        paper.paste(layer, mask=layer.getchannel("A"))
    else:
        paper = image.convert("RGB")
    paper.info = dict(image.info)
    return paper
