"""Pictures and metadata into archives and folders, with the same bytes every time."""

import json
import tarfile
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from app.demo.shelf import Chapter, Picture, Series

# Archives carry times; ours are all this one, the first a zip can hold plus a day.
PACKED_AT = (1980, 1, 2, 0, 0, 0)
READABLE = 0o100644 << 16
UNIX = 3


def pack(folder: Path, series: Series, chapter: Chapter, pictures: Sequence[Picture]) -> None:
    """Write one chapter whole: a reader never meets half an archive under its name."""
    entries = [(picture.name, picture.data) for picture in pictures]
    if series.comic_info:
        entries.append(("ComicInfo.xml", comic_info(series, chapter, pictures)))
    target = folder / chapter.file
    if target.suffix in (".cbz", ".zip"):
        _write(target, _zip(entries))
    elif target.suffix == ".cbt":
        _write(target, _tar(entries))
    else:
        target.mkdir(parents=True, exist_ok=True)
        for name, data in entries:
            _write(target / name, data)


def comic_info(series: Series, chapter: Chapter, pictures: Sequence[Picture]) -> bytes:
    """ComicInfo.xml with its elements in the order of the schema.

    https://github.com/anansi-project/comicinfo; Translator and Tags came with 2.1.
    """
    place = series.chapters.index(chapter)
    newest = series.comic_info == "2.1"
    values = {
        "Title": chapter.title,
        "Series": series.title,
        "Number": chapter.number,
        "Count": str(series.count or ""),
        "Volume": str(chapter.volume or ""),
        "Summary": series.summary,
        "Year": str(series.year + place // 12),
        "Month": str(place % 12 + 1),
        "Writer": series.writer,
        "Penciller": series.artist,
        "Translator": chapter.translator if newest else "",
        "Publisher": series.publisher,
        "Genre": ", ".join(series.genres),
        "Tags": ", ".join(series.tags) if newest else "",
        "PageCount": str(len(pictures)),
        "LanguageISO": chapter.language or series.language,
        "Format": chapter.format,
        "BlackAndWhite": "Yes" if series.style.grey else "No",
        "Manga": series.direction,
        "AgeRating": series.age,
    }
    root = Element("ComicInfo")
    for name, value in values.items():
        if value:
            SubElement(root, name).text = value
    _list_pages(root, chapter, pictures)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def series_json(series: Series) -> bytes:
    """The side file that Mylar writes beside the files of a series."""
    metadata: dict[str, str | int | list[str] | None] = {
        "type": "comicSeries",
        "publisher": series.publisher,
        "imprint": None,
        "name": series.title,
        "comicid": "demo-" + series.motif,
        "year": series.year,
        "description_text": series.summary,
        "description_formatted": series.summary,
        "volume": None,
        "booktype": "Print",
        "age_rating": "12+",
        "collects": [],
        "comic_image": "",
        "total_issues": series.count,
        "publication_run": f"{series.year} - Present",
        "status": "Continuing",
    }
    whole = {"version": "1.0.2", "metadata": metadata}
    return json.dumps(whole, ensure_ascii=False, indent=2).encode() + b"\n"


def _list_pages(root: Element, chapter: Chapter, pictures: Sequence[Picture]) -> None:
    pages = SubElement(root, "Pages")
    for i, picture in enumerate(pictures):
        page = SubElement(pages, "Page", Image=str(i))
        if i == 0 and chapter.cover:
            page.set("Type", "FrontCover")
        if i + 1 in chapter.spreads:
            page.set("DoublePage", "true")
        page.set("ImageWidth", str(picture.width))
        page.set("ImageHeight", str(picture.height))


def _zip(entries: Sequence[tuple[str, bytes]]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries:
            entry = zipfile.ZipInfo(name, PACKED_AT)
            entry.create_system, entry.external_attr = UNIX, READABLE
            squeezed = zipfile.ZIP_DEFLATED if name.endswith(".xml") else zipfile.ZIP_STORED
            archive.writestr(entry, data, squeezed)
    return out.getvalue()


def _tar(entries: Sequence[tuple[str, bytes]]) -> bytes:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in entries:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, BytesIO(data))
    return out.getvalue()


def _write(target: Path, data: bytes) -> None:
    part = target.with_name(f".{target.name}.part")
    part.write_bytes(data)
    part.replace(target)
