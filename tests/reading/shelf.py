"""A library on disk with a CBZ in it, and its rows as a scan would have made them."""

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.archives import page_table
from app.foundation.archives.reader import read_listing
from app.foundation.db import new_id
from app.library.models import Chapter, ChapterFile, Library, PageTable, Series
from tests import factories


def png(width: int = 60, height: int = 90, grey: int = 200) -> bytes:
    rows = zlib.compress((b"\0" + bytes([grey]) * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [b"\x89PNG\r\n\x1a\n"]
    for name, data in ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")):
        checksum = zlib.crc32(name + data)
        parts.append(struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum))
    return b"".join(parts)


def jpeg(width: int = 1600, height: int = 2400) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(out, "JPEG", quality=80)
    return out.getvalue()


def cbz(pages: list[bytes], *, deflated: bool = False, ending: str = "png") -> bytes:
    out = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with zipfile.ZipFile(out, "w", method) as archive:
        for number, page in enumerate(pages, start=1):
            archive.writestr(f"{number:03}.{ending}", page)
    return out.getvalue()


async def shelf(session: AsyncSession, folder: Path, name: str = "Manga", **more: Any) -> Library:
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 (a test)
    return await factories.library(session, name, str(folder), **more)


async def chapter_on_disk(
    session: AsyncSession,
    of: Series,
    folder: Path,
    number: int = 1,
    *,
    archive: bytes | None = None,
    pages: int = 3,
    **more: Any,
) -> Chapter:
    """The rows and the file. Page n of the default archive is a PNG of grey 10 n."""
    data = archive or cbz([png(grey=10 * page) for page in range(1, pages + 1)])
    path = folder / f"c{number}-{len(data)}.cbz"
    path.write_bytes(data)
    fd = os.open(path, os.O_RDONLY)
    try:
        entries = read_listing(fd).pages
    finally:
        os.close(fd)
    root = await factories._first_root(session, of)
    made = Chapter(
        id=new_id(),
        series_id=of.id,
        number=number,
        number_text=str(number),
        position=number,
        **more,
    )
    file = ChapterFile(
        id=new_id(),
        chapter_id=made.id,
        root_id=root.id,
        path=path.name.encode(),
        display_name=path.name,
        size=len(data),
        mtime_ns=1,
        inode=path.stat().st_ino,
        format="zip",
        page_count=len(entries),
    )
    table = PageTable(file_id=file.id, revision=1, data=page_table.encode(entries))
    of.position_count = max(of.position_count, number)
    session.add_all([made, file])
    await session.flush()
    session.add_all([table, await session.merge(of)])
    await session.commit()
    return made
