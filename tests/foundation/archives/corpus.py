"""Files as the world sends them, good and hostile: each function writes one and returns its path.

`HOSTILE` maps a name to (builder, part of the reason expected); `GOOD` maps a name to a builder
whose archive has two pages in the order "1", "2". Used by the scanner's tests as well.
"""

import io
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

type Builder = Callable[[Path], Path]

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


# Good ones.


def stored(folder: Path) -> Path:
    return archive(folder, {"2.jpg": TWO, "1.jpg": ONE, "ComicInfo.xml": COMIC_INFO})


def deflated(folder: Path) -> Path:
    entries = {"1.jpg": ONE, "2.jpg": TWO, "ComicInfo.xml": COMIC_INFO}
    return archive(folder, entries, method=zipfile.ZIP_DEFLATED)


def with_comment_and_trailing_bytes(folder: Path) -> Path:
    path = archive(folder, {"1.jpg": ONE, "2.jpg": TWO}, comment=b"PK\x05\x06" * 200)
    with path.open("ab") as out:
        out.write(b"\0" * 5000)
    return path


def with_foreign_start(folder: Path) -> Path:
    """A self-extracting archive: offsets count from behind the program."""
    data = stored(folder).read_bytes()
    return written(folder, b"#!/bin/sh\n" + b"x" * 7000 + data)


def zip64(folder: Path) -> Path:
    return written(folder, zip64_bytes([(b"1.jpg", ONE), (b"2.jpg", TWO)]))


def with_debris(folder: Path) -> Path:
    return archive(
        folder,
        {
            "a/1.jpg": ONE,
            "a/2.jpg": TWO,
            "a/": b"",
            "__MACOSX/a/._1.jpg": b"\0\5\x16\7",
            "a/._2.jpg": b"\0\5\x16\7",
            "a/.hidden.jpg": ONE,
            ".thumbs/1.jpg": ONE,
            "Thumbs.db": b"x",
            "readme.txt": b"read by nobody",
            "a/bonus.zip": b"PK\x03\x04",
        },
    )


def with_symlinks(folder: Path) -> Path:
    path = folder / "a.cbz"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("1.jpg", ONE)
        out.writestr("2.jpg", TWO)
        link = zipfile.ZipInfo("0.jpg")
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        out.writestr(link, "/etc/passwd")
    return path


def path_traversing(folder: Path) -> Path:
    """Names are data: the pages are read, nothing is ever written by name."""
    return archive(folder, {"../../2.jpg": TWO, "/etc/1.jpg": ONE})


def wrong_extension(folder: Path) -> Path:
    """A PNG named .jpg is still a page."""
    return archive(folder, {"1.jpg": picture("PNG"), "2.png": TWO})


def zip_named_rar(folder: Path) -> Path:
    return stored(folder).rename(folder / "a.cbr")


def tar(folder: Path) -> Path:
    path = folder / "a.cbt"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as out:
        _add(out, "2.jpg", TWO)
        _add(out, "1.jpg", ONE)
        _add(out, "ComicInfo.xml", COMIC_INFO)
        link = tarfile.TarInfo("0.jpg")
        link.type = tarfile.SYMTYPE
        link.linkname = "/etc/passwd"
        out.addfile(link)
        device = tarfile.TarInfo("00.jpg")
        device.type = tarfile.CHRTYPE
        out.addfile(device)
    return path


def tar_with_long_names(folder: Path, form: int = tarfile.GNU_FORMAT) -> Path:
    path = folder / "a.cbt"
    with tarfile.open(path, "w", format=form) as out:
        for name, data in (("1.jpg", ONE), ("2.jpg", TWO)):
            _add(out, "漫画" * 100 + "/" + name, data)
    return path


def tar_with_pax_names(folder: Path) -> Path:
    return tar_with_long_names(folder, tarfile.PAX_FORMAT)


def image_folder(folder: Path) -> Path:
    path = folder / "chapter"
    path.mkdir()
    (path / "1.jpg").write_bytes(ONE)
    (path / "2.jpg").write_bytes(TWO)
    (path / "ComicInfo.xml").write_bytes(COMIC_INFO)
    (path / "0.jpg").symlink_to("/etc/passwd")
    (path / ".hidden.jpg").write_bytes(ONE)
    os.mkfifo(path / "00.jpg")
    return path


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
    packed = _deflated(b"\xff\xd8\xff" + bytes(100 << 20))
    return written(folder, zip_bytes([(b"1.jpg", packed)], method=8, size=1000))


def huge_entry(folder: Path) -> Path:
    return written(folder, zip_bytes([(b"1.jpg", ONE)], method=8, size=300 << 20))


def huge_total(folder: Path) -> Path:
    """Twenty pages of 250 MiB by their own word."""
    packed = _deflated(bytes(2 << 20)) + os.urandom(1 << 20)
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

GOOD: dict[str, Builder] = {
    "stored": stored,
    "deflated": deflated,
    "comment and trailing bytes": with_comment_and_trailing_bytes,
    "foreign start": with_foreign_start,
    "zip64": zip64,
    "debris": with_debris,
    "symlinks": with_symlinks,
    "path-traversing": path_traversing,
    "wrong extension": wrong_extension,
    "zip named rar": zip_named_rar,
    "tar": tar,
    "tar with long names": tar_with_long_names,
    "tar with pax names": tar_with_pax_names,
    "image folder": image_folder,
}


def huge_png_header(width: int = 50_000, height: int = 50_000) -> bytes:
    """A PNG of 2,500 megapixels in 67 bytes."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = _chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + head + data + _chunk(b"IEND", b"")


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


def _add(out: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    out.addfile(info, io.BytesIO(data))


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
