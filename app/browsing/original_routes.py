"""Downloads of what lies on disk: one file as it is, or many as one archive that can be resumed."""

from hashlib import blake2b
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing.original_bytes import Download, Files, Surveyed, checksums_of, survey
from app.browsing.original_files import (
    Wanted,
    original_of,
    originals_of,
    wanted_of_folder,
    wanted_of_series,
)
from app.browsing.series_range import part_in_address
from app.errors import NotFound
from app.foundation.archives.zip_stream import Layout, zip_bytes
from app.foundation.web.policies import Policy, Scope

SIGNED_IN = {"policy": Policy.SIGNED_IN, "scope": Scope.DOWNLOAD}
ZIP = "application/zip"
CBZ = "application/vnd.comicbook+zip"
_MEDIA_TYPES = {"cbz": CBZ, "zip": ZIP, "tar": "application/x-tar", "cbt": "application/x-tar"}
_UNKNOWN = "application/octet-stream"


@get("/chapters/{chapter_id:uuid}/file", name="browsing.chapter_file", opt=SIGNED_IN)
async def chapter_file(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    """The file as it is; an image folder as a CBZ of its pages."""
    one = await original_of(session, person, chapter_id)
    if one.is_folder:
        return await _archive(request, wanted_of_folder(one), f"{one.name}.cbz", CBZ)
    key = f"{one.file_id.hex}-{one.revision}"
    [file] = await survey([Wanted(one.name, key, one.root, one.path)])
    files = Files([file], checksums_of(request.app))
    return Download(
        request,
        lambda first, size: files.read(0, first, size),
        length=file.size,
        media_type=_MEDIA_TYPES.get(one.name.rpartition(".")[2].lower(), _UNKNOWN),
        etag=file.identity,
        modified=file.mtime_ns / 1e9,
        download_as=one.name,
    )


@get("/series/{series_id:uuid}/file", name="browsing.series_file", opt=SIGNED_IN)
async def series_file(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    """A whole series, or with `?volume=` or `?of=&first=&last=` a part of it, as one ZIP."""
    part = part_in_address(series_id, request.query_params)
    if part is None:
        raise NotFound("There is nothing here to download.")
    conditions, words = part
    originals = await originals_of(session, person, series_id, conditions)
    name = " ".join(filter(None, [originals[0].series_title, words]))
    return await _archive(request, wanted_of_series(originals), f"{name}.zip", ZIP)


async def _archive(
    request: HTMXRequest, wanted: list[Wanted], name: str, media_type: str
) -> Download:
    files = await survey(wanted)
    layout = Layout([file.member for file in files])
    contents = Files(files, checksums_of(request.app))
    return Download(
        request,
        lambda first, size: zip_bytes(layout, contents, first, size),
        length=layout.length,
        media_type=media_type,
        etag=_tag(files),
        download_as=name,
    )


def _tag(files: list[Surveyed]) -> str:
    """Of everything that the bytes of the archive follow from."""
    digest = blake2b(digest_size=16)
    for file in files:
        digest.update(f"{file.identity}/{file.wanted.name}\n".encode())
    return digest.hexdigest()


routes = [chapter_file, series_file]
