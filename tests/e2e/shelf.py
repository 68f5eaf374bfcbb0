"""A small library on disk, made in a second: every kind of chapter the screens show."""

import io
import zipfile
from pathlib import Path

from PIL import Image, ImageDraw

LEFT, RIGHT, STRIP = "Kite Road", "Paper Moon", "Long Way Down"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft, and All the Rest of That"
FILLERS = [f"Harbour Tale {n:02}" for n in range(1, 25)]
BROKEN = "Kite Road c003.cbz"
SERIES_COUNT = 4 + len(FILLERS)

_INFO = """<?xml version="1.0"?><ComicInfo><Title>{title}</Title><Number>{number}</Number>
<Manga>{manga}</Manga><LanguageISO>en</LanguageISO><Writer>A. Writer</Writer><Penciller>B. Artist</Penciller>
<Genre>Adventure, Slice of Life</Genre><Summary>{summary}</Summary></ComicInfo>"""
_SUMMARY = "Two people, one road and a kite that would not come down. " * 8


def build(folder: Path) -> Path:
    """Returns `folder`, filled."""
    for number in (1, 2):
        write(folder, LEFT, number, pages(4), manga="No")
        write(folder, RIGHT, number, _pages_of(number), manga="YesAndRightToLeft")
    write(folder, STRIP, 1, pages(6, height=2400), manga="Unknown")
    write(folder, LONG, 1, pages(1), manga="No")
    picture = pages(1)
    for title in FILLERS:
        write(folder, title, 1, picture, manga="No")
    (folder / LEFT / BROKEN).write_bytes(b"PK\x03\x04 this download broke off")
    return folder


def write(folder: Path, title: str, number: int, pictures: list[bytes], manga: str) -> None:
    target = folder / title / f"{title[:40]} c{number:03}.cbz"
    target.parent.mkdir(parents=True, exist_ok=True)
    names = {"title": f"The day number {number}", "number": number}
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("ComicInfo.xml", _INFO.format(**names, manga=manga, summary=_SUMMARY))
        for at, picture in enumerate(pictures, 1):
            archive.writestr(f"{at:03}.jpg", picture)


def pages(count: int, width: int = 800, height: int = 1200) -> list[bytes]:
    return [_page(number, width, height) for number in range(1, count + 1)]


def _pages_of(chapter: int) -> list[bytes]:
    """The third one of the second chapter is wide."""
    return pages(4) if chapter == 1 else [*pages(2), *pages(1, width=1600), *pages(1)]


def _page(number: int, width: int, height: int) -> bytes:
    image = Image.new("RGB", (width, height), "#f4efe4")
    pen = ImageDraw.Draw(image)
    for top in range(0, height, 400):
        pen.rectangle((40, top + 40, width - 40, top + 360), outline="#222", width=6)
        pen.ellipse((120, top + 90, 330, top + 300), fill=(60 * number % 255, 120, 160))
    pen.text((width // 2, 60), str(number), fill="#a02020", font_size=160)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=60)
    return file.getvalue()
