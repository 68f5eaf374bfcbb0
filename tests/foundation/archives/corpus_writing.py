"""Writes pictures, archives and bytes that no honest tool would write, for the corpus."""

import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

from PIL import Image

COMIC_INFO = b"<?xml version='1.0'?><ComicInfo><Title>One</Title></ComicInfo>"


def picture(form: str = "JPEG", size: tuple[int, int] = (40, 60), colour: int = 128) -> bytes:
    out = io.BytesIO()
    Image.new("L", size, colour).convert("RGB").save(out, form)
    return out.getvalue()


ONE = picture(colour=10)
TWO = picture(colour=200)


def archive(
    folder: Path,
    entries: dict[str, bytes],
    *,
    name: str = "a.cbz",
    method: int = zipfile.ZIP_STORED,
    comment: bytes = b"",
) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", method) as out:
        for entry, data in entries.items():
            out.writestr(entry, data)
        out.comment = comment
    return path


def written(folder: Path, data: bytes, name: str = "a.cbz") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


# Bytes that zipfile would refuse to write.

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")


def zip_bytes(
    entries: list[tuple[bytes, bytes]],
    *,
    flags: int = 0,
    method: int = 0,
    size: int | None = None,
    extra: bytes = b"",
    is_shared: bool = False,
) -> bytes:
    """A ZIP of (raw name, packed bytes); `size` is what each claims to unpack to."""
    out, directory = bytearray(), bytearray()
    offset = 0
    for name, data in entries:
        if not (is_shared and out):
            offset = len(out)
            facts = (zlib.crc32(data), len(data), len(data) if size is None else size)
            out += _LOCAL.pack(b"PK\x03\x04", 20, flags, method, 0, 0, *facts, len(name), 0)
            out += name + data
        lengths = (len(name), len(extra), 0, 0, 0)
        directory += _CENTRAL.pack(
            b"PK\x01\x02", 20, 20, flags, method, 0, 0, *facts, *lengths, 0, offset
        )
        directory += name + extra
    end = struct.pack(
        "<4sHHHHIIH",
        b"PK\x05\x06",
        0,
        0,
        len(entries),
        len(entries),
        len(directory),
        len(out),
        0,
    )
    return bytes(out + directory + end)


def zip64_bytes(entries: list[tuple[bytes, bytes]]) -> bytes:
    """A ZIP that puts every size, offset and count into its ZIP64 places."""
    out, directory = bytearray(), bytearray()
    high = 0xFFFFFFFF
    for name, data in entries:
        wide = struct.pack("<HHQQQ", 1, 24, len(data), len(data), len(out))
        local = struct.pack("<HHQQ", 1, 16, len(data), len(data))
        crc = zlib.crc32(data)
        sizes = (crc, high, high)
        directory += _CENTRAL.pack(
            b"PK\x01\x02", 45, 45, 0, 0, 0, 0, *sizes, len(name), len(wide), 0, 0, 0, 0, high
        )
        directory += name + wide
        out += _LOCAL.pack(b"PK\x03\x04", 45, 0, 0, 0, 0, *sizes, len(name), len(local))
        out += name + local + data
    end = len(out) + len(directory)
    total = len(entries)
    wide_end = struct.pack(
        "<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, total, total, len(directory), len(out)
    )
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    last = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, high, high, 0)
    return bytes(out + directory) + wide_end + locator + last


def add(out: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    out.addfile(info, io.BytesIO(data))


def deflated_bytes(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
