"""What runs inside the sandbox: an open file in, plain facts out. Imports nothing heavy."""

import os

import msgspec

from app.foundation.archives import page_table
from app.foundation.archives.errors import BadFile, NotSupportedYet, Unsuitable
from app.foundation.archives.listing import Listing
from app.foundation.archives.reader import read_entry, read_listing
from app.foundation.security.xml import BadXml
from app.metadata.comicinfo import MOST_BYTES, ComicInfo, parse_comicinfo
from app.metadata.facts import SeriesFacts
from app.metadata.naming import ParsedName, parse_name
from app.metadata.series_json import MOST_BYTES as MOST_SIDECAR_BYTES
from app.metadata.series_json import BadSidecar, parse_sidecar
from app.scanning.problems import DAMAGED, NOT_SUPPORTED, UNREADABLE, UNSUITABLE, reason_of

ANALYSE_FILE = "app.scanning.analyzer:analyse_file"
ANALYSE_SIDECAR = "app.scanning.analyzer:analyse_sidecar"
_FORMATS = {page_table.PLAIN_FILE: "folder", page_table.PLAIN_BYTES: "tar"}


class Request(msgspec.Struct, frozen=True, array_like=True):
    """`name` is the file's own, `folder` the series folder's, `part` a "Volume 1" between them."""

    name: bytes
    folder: bytes = b""
    part: bytes = b""


class Analysis(msgspec.Struct, array_like=True):
    """`trouble` is the kind of problem that keeps the file from being a chapter, "" if none.

    `note` is what is wrong with its ComicInfo. `info_json` is `info` as it is stored.
    """

    trouble: str = ""
    reason: str = ""
    format: str = ""
    page_count: int = 0
    fingerprint: bytes = b""
    pages: bytes = b""
    name: ParsedName = ParsedName()
    part: ParsedName | None = None
    info: ComicInfo | None = None
    info_json: str | None = None
    note: str = ""


class SidecarAnalysis(msgspec.Struct, array_like=True):
    facts: SeriesFacts | None = None
    reason: str = ""


def analyse_file(fd: int, request: Request) -> Analysis:
    """Directory, fingerprint, ComicInfo and name of one archive or image folder."""
    try:
        listing = read_listing(fd)
    except NotSupportedYet as error:
        return Analysis(NOT_SUPPORTED, error.message)
    except Unsuitable as error:
        return Analysis(UNSUITABLE, error.message)
    except BadFile as error:
        return Analysis(DAMAGED, error.message)
    except OSError as error:
        return Analysis(UNREADABLE, reason_of(error))
    analysis = Analysis(
        format=_format(listing),
        page_count=len(listing.pages),
        fingerprint=page_table.fingerprint(listing.pages),
        pages=page_table.encode(listing.pages),
        name=parse_name(os.fsdecode(request.name), os.fsdecode(request.folder)),
        part=parse_name(os.fsdecode(request.part)) if request.part else None,
    )
    if listing.comic_info is not None:
        _read_comicinfo(fd, listing.comic_info, analysis)
    return analysis


def analyse_sidecar(fd: int, name: str) -> SidecarAnalysis:
    """The series facts in a series.json, details.json or ComicInfo.xml of a folder."""
    try:
        if fd < 0:
            raise BadSidecar("It cannot be read.")
        return SidecarAnalysis(parse_sidecar(name, os.pread(fd, MOST_SIDECAR_BYTES + 1, 0)))
    except BadSidecar as error:
        return SidecarAnalysis(reason=str(error))


def _read_comicinfo(fd: int, entry: page_table.PageEntry, analysis: Analysis) -> None:
    try:
        analysis.info = parse_comicinfo(read_entry(fd, entry, most=MOST_BYTES))
    except (BadFile, BadXml) as error:
        analysis.note = f"Its ComicInfo.xml was left out. {error}"
    else:
        analysis.info_json = msgspec.json.encode(analysis.info).decode()


def _format(listing: Listing) -> str:
    return _FORMATS.get(listing.pages[0].method, "zip")
