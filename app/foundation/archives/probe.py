"""Size and frames of an image from its header, without decoding a pixel (SEC41).

Follows ITU-T T.81 (JPEG), the W3C PNG recommendation, GIF89a, RFC 9649 (WebP), ISO/IEC 23008-12
(AVIF). The pixel caps are enforced here, before anything is decoded or served to a decoder.
"""

import zlib
from collections.abc import Callable
from struct import Struct
from struct import error as StructError

import msgspec

from app.foundation.archives import limits
from app.foundation.archives.errors import BadFile
from app.foundation.archives.jpeg_header import measure_jpeg
from app.foundation.archives.page_table import PageEntry
from app.foundation.archives.reader import read_entry, read_head
from app.foundation.archives.sniffing import sniff

HEAD_BYTES = 64 * 1024
_DAMAGED = "The image is damaged: its header makes no sense."
_SIZE_BE = Struct(">II")
_SIZE_LE = Struct("<HH")


class ImageFacts(msgspec.Struct, frozen=True):
    """`width` and `height` in pixels as shown (after the EXIF rotation a browser applies)."""

    media_type: str
    width: int
    height: int
    frames: int = 1


def measure_page(fd: int, entry: PageEntry) -> ImageFacts:
    """The facts of one page, usually from its first 64 KiB; BadFile if it is none of ours."""
    head = read_head(fd, entry, HEAD_BYTES)
    if len(head) == entry.size:
        return measure(head)
    media_type = sniff(head)
    if media_type in ("image/jpeg", "image/png"):
        try:
            return measure(head)
        except BadFile:
            # A long EXIF thumbnail or colour profile can push the size further back.
            if media_type == "image/png":
                raise
    return measure(read_entry(fd, entry))


def measure(data: bytes) -> ImageFacts:
    """The facts of a whole image in memory; BadFile if it is none of ours, damaged or too large."""
    media_type = sniff(data)
    if media_type is None:
        raise BadFile("The page is not an image that can be shown.")
    try:
        width, height, frames = _RULES[media_type](data)
    except (StructError, IndexError) as error:
        raise BadFile(_DAMAGED) from error
    if width <= 0 or height <= 0:
        raise BadFile(_DAMAGED)
    if width * height > limits.MOST_PIXELS:
        raise BadFile("The image has more than 100 million pixels.")
    if frames > limits.MOST_FRAMES:
        raise BadFile("The image is an animation of more than 200 frames.")
    return ImageFacts(media_type, width, height, frames)


def _jpeg(data: bytes) -> tuple[int, int, int]:
    size = measure_jpeg(data)
    if size is None:
        raise BadFile(_DAMAGED)
    return (*size, 1)


def _png(data: bytes) -> tuple[int, int, int]:
    if data[12:16] != b"IHDR" or zlib.crc32(data[12:29]) != int.from_bytes(data[29:33], "big"):
        raise BadFile(_DAMAGED)
    width, height = _SIZE_BE.unpack_from(data, 16)
    # APNG: the frame count stands in acTL, before the first image data.
    end = data.find(b"IDAT")
    animation = data.find(b"acTL", 33, end if end > 0 else len(data))
    frames = int.from_bytes(data[animation + 4 : animation + 8], "big") if animation > 0 else 1
    return width, height, max(1, frames)


def _gif(data: bytes) -> tuple[int, int, int]:
    width, height = _SIZE_LE.unpack_from(data, 6)
    at = 13 + _colours(data[10])
    frames = 0
    while at < len(data) and frames <= limits.MOST_FRAMES:
        block = data[at]
        if block == 0x2C:
            frames += 1
            # A frame may be larger than the screen it claims to be on.
            frame_width, frame_height = _SIZE_LE.unpack_from(data, at + 5)
            width, height = max(width, frame_width), max(height, frame_height)
            at = _after_sub_blocks(data, at + 11 + _colours(data[at + 9]))
        elif block == 0x21:
            at = _after_sub_blocks(data, at + 2)
        else:
            break
    return width, height, frames


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_sub_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _webp(data: bytes) -> tuple[int, int, int]:
    kind = data[12:16]
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in _SIZE_LE.unpack_from(data, 26))
        frames = 1
    elif kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        width, height, frames = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, 1
    elif kind == b"VP8X" and len(data) >= 30:
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
        frames = _webp_frames(data) if data[20] & 2 else 1
    else:
        raise BadFile(_DAMAGED)
    return width, height, frames


def _webp_frames(data: bytes) -> int:
    at, frames = 12, 0
    while at + 8 <= len(data) and frames <= limits.MOST_FRAMES:
        frames += data[at : at + 4] == b"ANMF"
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + (length & 1)
    return max(1, frames)


def _avif(data: bytes) -> tuple[int, int, int]:
    # The largest `ispe` is the whole picture: tiles of a grid and thumbnails are smaller.
    sizes = [_SIZE_BE.unpack_from(data, at + 8) for at in _boxes(data, b"ispe")]
    counts = [int.from_bytes(data[at + 12 : at + 16], "big") for at in _boxes(data, b"stsz")]
    if not sizes:
        raise BadFile(_DAMAGED)
    width, height = max(sizes, key=lambda size: int(size[0]) * int(size[1]))
    return width, height, max([1, *counts])


def _boxes(data: bytes, kind: bytes) -> list[int]:
    places: list[int] = []
    at = data.find(kind, 0, HEAD_BYTES)
    while at >= 0 and len(places) < 1000:
        places.append(at)
        at = data.find(kind, at + 4, HEAD_BYTES)
    return places


_RULES: dict[str, Callable[[bytes], tuple[int, int, int]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/gif": _gif,
    "image/avif": _avif,
}
