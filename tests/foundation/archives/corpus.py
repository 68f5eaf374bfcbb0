"""Files as the world sends them, good and hostile: each function writes one and returns its path.

`HOSTILE` maps a name to (builder, part of the reason expected); `GOOD` maps a name to a builder
whose archive has two pages in the order "1", "2". Used by the scanner's tests as well.
"""

import os
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

from tests.foundation.archives.corpus_good import GOOD, Builder, image_folder, stored, tar
from tests.foundation.archives.corpus_writing import (
    COMIC_INFO,
    ONE,
    TWO,
    archive,
    chunk,
    deflated_bytes,
    picture,
    written,
    zip64_bytes,
    zip_bytes,
)

__all__ = [
    "COMIC_INFO",
    "GOOD",
    "HOSTILE",
    "ONE",
    "STRANGE_NAMES",
    "TWO",
    "archive",
    "huge_png_header",
    "image_folder",
    "named",
    "picture",
    "stored",
    "tar",
    "unicode_path_extra",
    "written",
    "zip64_bytes",
    "zip_bytes",
]

# Names. Each holds one page; the second value is the name a reader should see.


def named(folder: Path, raw_name: bytes, *, flags: int = 0, extra: bytes = b"") -> Path:
    """One page under a name of exactly these bytes."""
    return written(folder, zip_bytes([(raw_name, ONE)], flags=flags, extra=extra))


def unicode_path_extra(raw_name: bytes, name: str) -> bytes:
    field = b"\x01" + struct.pack("<I", zlib.crc32(raw_name)) + name.encode()
    return struct.pack("<HH", 0x7075, len(field)) + field


STRANGE_NAMES: dict[str, tuple[bytes, str]] = {
    "newline": (b"1\n2.jpg", "1�2.jpg"),
    "bidi override": ("1\u202egpj.exe.jpg".encode(), "1�gpj.exe.jpg"),
    "escape": (b"\x1b[31m1.jpg", "�[31m1.jpg"),
    "nul": (b"1\0.jpg", "1�.jpg"),
}


# Hostile ones.


def truncated(folder: Path) -> Path:
    data = stored(folder).read_bytes()
    return written(folder, data[: len(data) // 2])


def empty(folder: Path) -> Path:
    return written(folder, b"")


def without_pages(folder: Path) -> Path:
    return archive(folder, {"readme.txt": b"no pictures here"})


def without_entries(folder: Path) -> Path:
    return archive(folder, {})


def nested(folder: Path) -> Path:
    return archive(folder, {"inner.cbz": stored(folder).read_bytes()}, name="b.cbz")


def encrypted(folder: Path) -> Path:
    return written(folder, zip_bytes([(b"1.jpg", ONE)], flags=1))


def bomb(folder: Path) -> Path:
    """200 MiB of nothing in 200 KiB."""
    zeros = b"\xff\xd8\xff" + bytes(200 << 20)
    return archive(folder, {"1.jpg": zeros}, method=zipfile.ZIP_DEFLATED)


def bomb_with_small_promise(folder: Path) -> Path:
    """Says 1,000 bytes, unpacks to 100 MiB: found when the page is read."""
    packed = deflated_bytes(b"\xff\xd8\xff" + bytes(100 << 20))
    return written(folder, zip_bytes([(b"1.jpg", packed)], method=8, size=1000))


def huge_entry(folder: Path) -> Path:
    return written(folder, zip_bytes([(b"1.jpg", ONE)], method=8, size=300 << 20))


def huge_total(folder: Path) -> Path:
    """Twenty pages of 250 MiB by their own word."""
    packed = deflated_bytes(bytes(2 << 20)) + os.urandom(1 << 20)
    entries = [(b"%d.jpg" % n, packed * 2) for n in range(20)]
    return written(folder, zip_bytes(entries, method=8, size=250 << 20))


def overlapping(folder: Path) -> Path:
    """Fifield's bomb in small: many directory entries share one local header."""
    return written(folder, zip_bytes([(b"%d.jpg" % n, ONE) for n in range(5)], is_shared=True))


def too_many_entries(folder: Path) -> Path:
    return archive(folder, {f"{n:05}.jpg": b"" for n in range(10_001)})


def lying_directory(folder: Path) -> Path:
    data = stored(folder).read_bytes()
    at = data.index(b"PK\x01\x02")
    return written(folder, data[: at + 46] + b"\xff" * 20 + data[at + 66 :])


def beyond_the_end(folder: Path) -> Path:
    data = bytearray(stored(folder).read_bytes())
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<II", data, at + 20, 100_000_000, 100_000_000)
    return written(folder, bytes(data))


def only_signatures(folder: Path) -> Path:
    return written(folder, b"PK\x03\x04" + b"PK\x05\x06" * 40_000)


def rar(folder: Path) -> Path:
    return written(folder, b"Rar!\x1a\x07\x01\x00" + bytes(100))


def seven_zip(folder: Path) -> Path:
    return written(folder, b"7z\xbc\xaf\x27\x1c" + bytes(100))


def pdf(folder: Path) -> Path:
    return written(folder, b"%PDF-1.7\n")


def plain_image(folder: Path) -> Path:
    return written(folder, ONE)


def noise(folder: Path) -> Path:
    return written(folder, bytes(range(256)) * 100)


def unknown_compression(folder: Path) -> Path:
    return archive(folder, {"1.jpg": ONE * 20}, method=zipfile.ZIP_LZMA)


def truncated_tar(folder: Path) -> Path:
    return written(folder, tar(folder).read_bytes()[:1300], "b.cbt")


def damaged_tar(folder: Path) -> Path:
    data = bytearray(tar(folder).read_bytes())
    data[3] ^= 0xFF
    return written(folder, bytes(data), "b.cbt")


def endless_tar(folder: Path) -> Path:
    """Ten thousand and one empty files."""
    header = tarfile.TarInfo("1.jpg").tobuf(tarfile.USTAR_FORMAT)
    return written(folder, header * 10_001 + bytes(1024), "a.cbt")


HOSTILE: dict[str, tuple[Builder, str]] = {
    "truncated": (truncated, "cut short"),
    "empty": (empty, "empty"),
    "without pages": (without_pages, "no pages"),
    "without entries": (without_entries, "no pages"),
    "nested": (nested, "other archives"),
    "encrypted": (encrypted, "password"),
    "bomb": (bomb, "200 times"),
    "huge entry": (huge_entry, "256 MiB"),
    "huge total": (huge_total, "4 GiB"),
    "overlapping": (overlapping, "overlap"),
    "too many entries": (too_many_entries, "10,000"),
    "lying directory": (lying_directory, "damaged"),
    "beyond the end": (beyond_the_end, "cut short"),
    "only signatures": (only_signatures, "cut short"),
    "rar": (rar, "not supported yet"),
    "7z": (seven_zip, "not supported yet"),
    "pdf": (pdf, "not supported yet"),
    "plain image": (plain_image, "single image"),
    "noise": (noise, "not an archive"),
    "unknown compression": (unknown_compression, "compression"),
    "truncated tar": (truncated_tar, "cut short"),
    "damaged tar": (damaged_tar, "damaged"),
    "endless tar": (endless_tar, "10,000"),
}


def huge_png_header(width: int = 50_000, height: int = 50_000) -> bytes:
    """A PNG of 2,500 megapixels in 67 bytes."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + head + data + chunk(b"IEND", b"")
