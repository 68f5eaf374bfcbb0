"""Archives as honest people make them, each with two pages "1" and "2"."""

import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.foundation.archives.corpus_writing import (
    COMIC_INFO,
    ONE,
    TWO,
    add,
    archive,
    picture,
    written,
    zip64_bytes,
)

type Builder = Callable[[Path], Path]


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
        add(out, "2.jpg", TWO)
        add(out, "1.jpg", ONE)
        add(out, "ComicInfo.xml", COMIC_INFO)
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
            add(out, "漫画" * 100 + "/" + name, data)
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
