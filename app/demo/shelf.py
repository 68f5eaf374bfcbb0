"""What the sample library is made of: series, their chapters, and how each is drawn."""

from dataclasses import dataclass, field
from typing import Literal

from app.demo.shots import Style

type Format = Literal["png", "jpeg", "webp"]
type Direction = Literal["Yes", "No", "YesAndRightToLeft"]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One file or folder of the library.

    `file` names it inside the folder of its series: .cbz, .zip or .cbt, or a folder of
    pictures where it has no suffix. `cover` opens it with a coloured cover, else
    with a title page. `spreads` are the pages (from 1) that show two pages at once.
    `format` is that of ComicInfo, for what is neither a chapter nor a volume.
    """

    file: str
    pages: int
    number: str = ""
    volume: int = 0
    title: str = ""
    cover: bool = False
    spreads: tuple[int, ...] = ()
    language: str = ""
    translator: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """`comic_info` is the version of the schema its files follow, None for files without."""

    folder: str
    title: str
    latin: str
    motif: str
    style: Style
    chapters: tuple[Chapter, ...]
    writer: str
    artist: str
    summary: str
    genres: tuple[str, ...]
    tags: tuple[str, ...]
    year: int
    age: str = "Everyone"
    language: str = "en"
    direction: Direction = "YesAndRightToLeft"
    comic_info: Literal["2.0", "2.1"] | None = "2.1"
    count: int = 0
    image: Format = "png"
    page_name: str = "{:03d}"
    publisher: str = "Kaido House"
    strips: bool = False
    side_file: bool = False

    @property
    def authors(self) -> str:
        return self.writer if self.writer == self.artist else f"{self.writer} · {self.artist}"


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished page: its name inside the archive, and its bytes."""

    name: str
    data: bytes = field(repr=False)
    width: int
    height: int
