"""Pages into a CBZ: stored, not packed, and the same bytes from the same pages."""

import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from struct import Struct
from uuid import UUID
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import msgspec

from app.downloads.naming import Facts
from app.downloads.partial import Piece
from app.errors import BunkoError
from app.foundation.archives.publishing import Writer

INFO = "ComicInfo.xml"
MOST_BYTES = 2_000_000_000
"""Well within what a ZIP without extensions takes."""
_LOCAL = Struct("<4sHHHHHIIIHH")
_CENTRAL = Struct("<4sHHHHHHIIIHHHHHII")
_END = Struct("<4sHHHHIIH")
_VERSION, _UNIX = 20, 3 << 8
_STORED, _UTF8 = 0, 0x800
_TIME, _DATE = 0, 0x21
"""The first moment a ZIP knows."""
_READABLE = 0o100644 << 16


class PageLost(BunkoError):
    """A page is no longer what it was when it came: it has to come again."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of the chapter in its file."""

    release_id: UUID
    facts: Facts
    url: str | None = None

    @property
    def mark(self) -> bytes:
        """The comment of its archive, by which it is told from whatever else has its name."""
        return b"Bunko " + self.release_id.hex.encode()


class _Entry(msgspec.Struct, frozen=True):
    name: bytes
    crc32: int
    size: int
    offset: int


def bind(pieces: Sequence[Piece], info: bytes, mark: bytes = b"") -> Callable[[Writer], None]:
    """Writes them in the order given; one page in memory at a time. Raises PageLost."""

    def write(out: Writer) -> None:
        entries: list[_Entry] = []
        for name, data, crc32 in _contents(pieces, info):
            entry = _Entry(name.encode(), crc32, len(data), out.size)
            out.write(_local(entry))
            out.write(data)
            entries.append(entry)
        _write_directory(out, entries, mark)

    return write


def has_mark(fd: int, mark: bytes) -> bool:
    """Whether the archive ends with this comment."""
    end = (len(mark)).to_bytes(2, "little") + mark
    size = os.fstat(fd).st_size
    return size > len(end) and os.pread(fd, len(end), size - len(end)) == end


def page_name(number: int, of: int, ending: str) -> str:
    return f"{number:0{max(3, len(str(of)))}}.{ending}"


def comic_info(subject: Subject, pieces: Sequence[Piece]) -> bytes:
    """ComicInfo.xml, its elements in the order of the schema."""
    facts = subject.facts
    root = Element("ComicInfo")
    for name, value in _values(facts, subject.url, len(pieces)).items():
        if value:
            SubElement(root, name).text = value
    pages = SubElement(root, "Pages")
    for place, piece in enumerate(pieces):
        page = SubElement(pages, "Page", Image=str(place))
        if place == 0:
            page.set("Type", "FrontCover")
        if piece.width > piece.height:
            page.set("DoublePage", "true")
        page.set("ImageSize", str(piece.size))
        page.set("ImageWidth", str(piece.width))
        page.set("ImageHeight", str(piece.height))
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _values(facts: Facts, url: str | None, pages: int) -> dict[str, str | None]:
    day: datetime | None = facts.published_at
    return {
        "Title": facts.title or (facts.number_text if facts.number is None else None),
        "Series": facts.series,
        "Number": _plain(facts.number),
        "Volume": _plain(facts.volume) if facts.volume == _whole(facts.volume) else None,
        "Year": str(day.year) if day else None,
        "Month": str(day.month) if day else None,
        "Day": str(day.day) if day else None,
        # Where Mihon keeps those who translated; a comma would make two of one.
        "Translator": ", ".join(group.replace(",", " ") for group in facts.groups),
        "Web": url,
        "PageCount": str(pages),
        "LanguageISO": facts.language,
    }


def _plain(number: Decimal | None) -> str | None:
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _whole(number: Decimal | None) -> Decimal | None:
    return None if number is None else number.to_integral_value()


def _contents(pieces: Sequence[Piece], info: bytes) -> Iterator[tuple[str, bytes, int]]:
    yield INFO, info, zlib.crc32(info)
    for place, piece in enumerate(pieces, start=1):
        data = piece.read()
        if data is None:
            raise PageLost("Page %(page)s was lost from the disk and is fetched again.", page=place)
        yield page_name(place, len(pieces), piece.ending), data, piece.crc32


def _local(entry: _Entry) -> bytes:
    return (
        _LOCAL.pack(
            b"PK\x03\x04",
            *(_VERSION, _UTF8, _STORED, _TIME, _DATE),
            *(entry.crc32, entry.size, entry.size, len(entry.name), 0),
        )
        + entry.name
    )


def _write_directory(out: Writer, entries: Sequence[_Entry], mark: bytes) -> None:
    start = out.size
    for entry in entries:
        out.write(
            _CENTRAL.pack(
                b"PK\x01\x02",
                *(_VERSION | _UNIX, _VERSION, _UTF8, _STORED, _TIME, _DATE),
                *(entry.crc32, entry.size, entry.size, len(entry.name), 0, 0, 0, 0),
                *(_READABLE, entry.offset),
            )
            + entry.name
        )
    count = len(entries)
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, out.size - start, start, len(mark))
    out.write(end + mark)
