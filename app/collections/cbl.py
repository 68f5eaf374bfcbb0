"""CBL, the reading lists of ComicRack, as Komga and Kavita exchange them.

    <ReadingList><Name>…</Name><NumIssues>1</NumIssues>
     <Books><Book Series="Akira" Number="1" Volume="1982" Year="1984"/></Books></ReadingList>

There is no specification; all attributes are text, and `Volume` is mostly the year a series began.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import msgspec

from app.errors import Invalid
from app.foundation.security.text import clean_line, clean_text
from app.foundation.security.xml import BadXml, local_name, parse_xml
from app.foundation.web.i18n import _, number

MOST_BYTES = 2_000_000
MOST_BOOKS = 2_000
LONGEST_WORD = 300
LONGEST_NAME = 120
LONGEST_SUMMARY = 4_000


class BadList(Invalid):
    pass


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list; `place` counts from 0 and is its place in the file."""

    series: str
    number: str
    volume: str = ""
    year: str = ""
    place: int = 0


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    summary: str
    books: Sequence[Book]


def read_cbl(data: bytes) -> Listed:
    """Raises BadList with a sentence for what is no list; a book may lack anything."""
    try:
        root = parse_xml(data, max_bytes=MOST_BYTES, max_depth=16)
    except BadXml as error:
        raise BadList("This is not a CBL file. It is not XML that can be read.") from error
    if local_name(root.tag).casefold() != "readinglist":
        raise BadList("This is not a CBL file. It does not hold a reading list.")
    found = [one for part in _children(root, "books") for one in _children(part, "book")]
    if not found:
        raise BadList("There are no books in this list.")
    if len(found) > MOST_BOOKS:
        raise BadList(_("This list has more than %(num)s books.", num=number(MOST_BOOKS)))
    return Listed(
        name=clean_line(_text(root, "name"), LONGEST_NAME),
        summary=clean_text(_text(root, "summary"), LONGEST_SUMMARY),
        books=[_book(element, place) for place, element in enumerate(found)],
    )


def write_cbl(name: str, summary: str, books: Iterable[Book]) -> bytes:
    """A whole document in UTF-8 that `read_cbl`, Komga and Kavita read."""
    root = Element("ReadingList")
    SubElement(root, "Name").text = storable(name)
    if summary:
        SubElement(root, "Summary").text = storable(summary)
    count = SubElement(root, "NumIssues")
    inside = SubElement(root, "Books")
    for book in books:
        said = {
            "Series": book.series,
            "Number": book.number,
            "Volume": book.volume,
            "Year": book.year,
        }
        SubElement(inside, "Book", {word: storable(text) for word, text in said.items() if text})
    count.text = str(len(inside))
    SubElement(root, "Matchers")
    indent(root, " ")
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def number_of(text: str) -> Decimal | None:
    """ "012.50" is 12.5; None for what is no plain number."""
    plain = text.strip().replace(",", ".")
    if not plain.isascii() or not plain.replace(".", "", 1).isdigit() or len(plain) > 12:
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


def storable(text: str) -> str:
    """Without the signs that XML 1.0 (2.2) cannot hold."""
    return clean_text(text, LONGEST_SUMMARY)


def _book(element: Element, place: int) -> Book:
    said = {local_name(name).casefold(): value for name, value in element.attrib.items()}
    words = {
        word: clean_line(said.get(word, ""), LONGEST_WORD)
        for word in ("series", "number", "volume", "year")
    }
    return Book(place=place, **words)


def _children(element: Element, name: str) -> list[Element]:
    return [child for child in element if local_name(child.tag).casefold() == name]


def _text(element: Element, name: str) -> str:
    return next((child.text or "" for child in _children(element, name)), "")
