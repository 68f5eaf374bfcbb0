"""Runs in the sandbox: is this file a whole picture that can be a page?"""

import os
import zlib

import msgspec

from app.foundation.archives.errors import BadFile
from app.foundation.archives.jpeg_scan import lacks_scans, open_ended
from app.foundation.archives.sniffing import sniff

LOOK = "app.downloads.looking:look"
JPEG = "image/jpeg"
LEAST_SIDE = 64
"""Both sides shorter than this: a tracking dot or an icon, no page."""
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<script")


class Picture(msgspec.Struct, frozen=True, array_like=True):
    media_type: str
    width: int
    height: int
    crc32: int


class Look(msgspec.Struct, frozen=True, array_like=True):
    """A picture, or why it is none."""

    picture: Picture | None = None
    why_not: str = ""


def look(fd: int, size: int) -> Look:
    data = os.pread(fd, size, 0)
    try:
        return Look(_looked_at(data))
    except BadFile as error:
        return Look(why_not=error.message)


def _looked_at(data: bytes) -> Picture:
    # Pillow is loaded by whoever looks first.
    from app.foundation.images.decoding import DAMAGED, opened, shown_size

    media_type, crc32 = sniff(data), zlib.crc32(data)
    if media_type is None:
        raise BadFile(_stranger(data))
    if media_type == JPEG:
        if lacks_scans(data):
            raise BadFile(DAMAGED)
        data = open_ended(data)
    with opened(data) as image:
        size = shown_size(image)
        # Of a JPEG the brightness at an eighth of its size: every bit is read all the same.
        image.draft("L", (image.width // 8 or 1, image.height // 8 or 1))
        image.load()
    if max(size.width, size.height) < LEAST_SIDE:
        raise BadFile("The picture is too small to be a page.")
    return Picture(media_type, size.width, size.height, crc32)


def _stranger(data: bytes) -> str:
    if not data:
        return "It is empty."
    if data[:500].lstrip().lower().startswith(_MARKUP):
        return "It is a web page and no picture."
    return "It is no picture that can be shown."
