"""Small libraries on a real disk, for scans to find."""

import os
import zipfile
from pathlib import Path

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c4944415408d763f8ffff3f0005fe02fea735812b0000000049454e44ae426082"
)


def page(seed: str, number: int) -> bytes:
    """Bytes that begin as a PNG and differ from page to page."""
    return PNG + f"{seed}:{number}".encode()


def cbz(path: Path, pages: int = 3, comicinfo: str | None = None, seed: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(1, pages + 1):
            archive.writestr(f"{number:03}.png", page(seed or path.name, number))
        if comicinfo is not None:
            archive.writestr("ComicInfo.xml", comicinfo)
    return path


def raw_cbz(folder: Path, name: bytes, pages: int = 3) -> bytes:
    """A CBZ whose file name is any bytes."""
    made = cbz(folder / "made.cbz", pages, seed=name.hex())
    place = os.fsencode(folder) + b"/" + name
    os.rename(os.fsencode(made), place)
    return place


def info(**elements: object) -> str:
    body = "".join(f"<{name}>{value}</{name}>" for name, value in elements.items())
    return f'<?xml version="1.0" encoding="utf-8"?><ComicInfo>{body}</ComicInfo>'
