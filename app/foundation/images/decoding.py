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
from app.foundation.images.geometry import Shape, Size

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
REDUCING_GAP = 2.0
_WHITE = (255, 255, 255)
_MOST_PROFILE_BYTES = 1024 * 1024
_ORIENTATION = 0x0112
DAMAGED = "The image is damaged and cannot be shown."


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
        raise BadFile(DAMAGED) from error


def decoded(image: "Image", scale: float, *, is_grey: bool) -> "Image":
    """The whole picture, upright, in a mode that can be averaged, at this scale or a larger one.

    JPEG decodes at a fraction of its size straight away, and only its brightness when grey.
    """
    from PIL import ImageOps

    least = min(1.0, scale * REDUCING_GAP)
    image.draft("L" if is_grey else None, (int(image.width * least), int(image.height * least)))
    image.load()
    picture = _continuous(image)
    ImageOps.exif_transpose(picture, in_place=True)
    return picture


def cut_out(picture: "Image", size: tuple[int, int], form: Shape, *, is_grey: bool) -> "Image":
    """What the shape takes of the decoded picture, in RGB or L, not turned yet. `size` is that of
    the original. Strips take in a little of their neighbours where they meet, so no seam shows."""
    from PIL import Image

    across, down = picture.width / size[0], picture.height / size[1]
    rows = form.box.size.height / form.whole.height
    box = (
        form.box.left * across,
        (form.box.top + form.first * rows) * down,
        form.box.right * across,
        min((form.box.top + form.last * rows) * down, picture.height),
    )
    made = (form.whole.width, form.last - form.first)
    gap = REDUCING_GAP if made[1] == form.whole.height else None
    info = dict(picture.info)
    if made != picture.size:
        picture = picture.resize(made, Image.Resampling.BICUBIC, box, gap)
        picture.info = info
    picture = _opaque(_in_srgb(picture))
    picture = picture.convert("L") if is_grey else picture
    picture.info.clear()
    return picture


def shown_size(image: "Image") -> Size:
    """(width, height) after the rotation its EXIF asks for."""
    is_on_its_side = image.getexif().get(_ORIENTATION) in range(5, 9)
    return Size(*reversed(image.size)) if is_on_its_side else Size(*image.size)


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
