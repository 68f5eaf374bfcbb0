"""ComicInfo.xml, versions 1.0 to 2.1 (anansi-project/comicinfo), and what Kavita and Mihon add.

Elements are read in any order, unknown ones ignored; a wrong value becomes None and a problem,
never a failure of the whole. Meant to run in the sandbox: imports nothing heavy.
"""

import re
from datetime import date
from decimal import Decimal

import msgspec

from app.foundation.security.xml import BadXml, local_name, parse_xml
from app.metadata.facts import (
    Credit,
    OtherTitle,
    SeriesFacts,
    comma_list,
    language_tag,
    line,
    paragraphs,
    unique,
    web_links,
)

MOST_BYTES = 4 * 1024 * 1024
_NUMBER = re.compile(
    r"(-?[0-9]{1,12})(?:[.,]([0-9]{1,12}))?(?: ?- ?([0-9]{1,12}(?:[.,][0-9]{1,12})?))?", re.ASCII
)
_POWER = re.compile(r"-?[0-9.,]+e[+-]?[0-9]", re.IGNORECASE)
_INTEGER = re.compile(r"-?[0-9]{1,9}\Z", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1800, 2200
_MOST_NUMBER, _MOST_VOLUME = 1_000_000, 100_000
_ROLES = {
    "Writer": "writer",
    "Penciller": "penciller",
    "Inker": "inker",
    "Colorist": "colorist",
    "Letterer": "letterer",
    "CoverArtist": "cover",
    "Editor": "editor",
    "Translator": "translator",
}
_AGES = {
    **{"everyone": 0, "g": 0, "earlychildhood": 3, "kidstoadults": 6, "pg": 8, "everyone10+": 10},
    **{"teen": 13, "ma15+": 15, "m": 17, "mature17+": 17, "r18+": 18, "x18+": 18},
    "adultsonly18+": 18,
}
_DIRECTIONS = {"no": "ltr", "yesandrighttoleft": "rtl"}
_STATUSES = {
    **{"ongoing": "ongoing", "completed": "completed", "publishing finished": "completed"},
    **{"cancelled": "cancelled", "on hiatus": "hiatus"},
}
_SPECIAL_FORMATS = frozenset(
    ("special", "reference", "director's cut", "annual", "epilogue", "prologue", "fcbd", "artbook")
)
_ONESHOT_FORMATS = frozenset(("one shot", "one-shot", "oneshot"))


class ComicInfo(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What one file says of itself and of its series.

    `problems` are names of the elements whose values could not be kept.
    """

    title: str | None = None
    series: str | None = None
    number_text: str | None = None
    number: Decimal | None = None
    number_end: Decimal | None = None
    volume: Decimal | None = None
    kind: str | None = None
    language: str | None = None
    released_on: date | None = None
    facts: SeriesFacts = msgspec.field(default_factory=SeriesFacts)
    problems: list[str] = []


def parse_comicinfo(data: bytes) -> ComicInfo:
    """Raises BadXml for what is no XML we accept, or has another root."""
    root = parse_xml(data, max_bytes=MOST_BYTES)
    if local_name(root.tag).lower() != "comicinfo":
        raise BadXml("It is not a ComicInfo document.")
    texts: dict[str, str] = {}
    for child in root:
        if child.text and (text := child.text.strip()):
            texts.setdefault(local_name(child.tag), text)
    return _Reader(texts).read()


class _Reader:
    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.problems: list[str] = []

    def read(self) -> ComicInfo:
        number, number_end = self._number()
        volume = self._integer("Volume")
        # In American comics the volume is the year in which the series began.
        is_year = volume is not None and _FIRST_YEAR < volume < _LAST_YEAR
        info = ComicInfo(
            title=line(self.texts.get("Title")),
            series=line(self.texts.get("Series")),
            number_text=line(self.texts.get("Number")) if number is not None else None,
            number=number,
            number_end=number_end,
            volume=None if volume is None or is_year else self._volume(volume),
            kind=self._kind(),
            language=language_tag(self.texts.get("LanguageISO")),
            released_on=self._date(),
        )
        info.facts = self._facts(volume if is_year else None, info)
        info.problems = self.problems
        return info

    def _facts(self, start_year: int | None, info: ComicInfo) -> SeriesFacts:
        count = self._integer("Count")
        total = count if count is not None and 0 < count < _MOST_NUMBER else None
        year = start_year or (info.released_on.year if info.released_on else None)
        return SeriesFacts(
            title=info.series,
            sort_title=line(self.texts.get("SeriesSort")),
            summary=paragraphs(self.texts.get("Summary")),
            status=self._status(total),
            year=year,
            language=info.language,
            publisher=line(self.texts.get("Publisher")),
            age_rating=_AGES.get(self.texts.get("AgeRating", "").lower().replace(" ", "")),
            direction=_DIRECTIONS.get(self.texts.get("Manga", "").lower()),
            total_chapters=total,
            links=web_links(self.texts.get("Web")),
            other_titles=self._other_titles(),
            creators=self._creators(),
            genres=comma_list(self.texts.get("Genre")),
            tags=self._tags(),
        )

    def _number(self) -> tuple[Decimal | None, Decimal | None]:
        text = self.texts.get("Number")
        if text is None:
            return None, None
        if len(text) < 6 and text.isascii() and text.isdigit():
            return Decimal(int(text)), None
        match = None if _POWER.match(text) else _NUMBER.match(text)
        if match is None:
            self.problems.append("Number")
            return None, None
        number = Decimal(f"{match[1]}.{(match[2] or '0')[:3]}")
        end = Decimal(match[3].replace(",", ".")) if match[3] else None
        if not (abs(number) < _MOST_NUMBER and (end is None or number < end < _MOST_NUMBER)):
            self.problems.append("Number")
            return None, None
        return _normal(number), None if end is None else _normal(round(end, 3))

    def _volume(self, volume: int) -> Decimal | None:
        if volume < 0:
            return None
        if volume >= _MOST_VOLUME:
            self.problems.append("Volume")
            return None
        return Decimal(volume)

    def _integer(self, name: str) -> int | None:
        text = self.texts.get(name)
        if text is None:
            return None
        if not (len(text) < 10 and text.isascii() and text.isdigit()) and not _INTEGER.match(text):
            self.problems.append(name)
            return None
        return int(text)

    def _date(self) -> date | None:
        year, month, day = (self._integer(name) for name in ("Year", "Month", "Day"))
        if year is None or year < 0:
            return None
        try:
            return date(year, _at_least_one(month), _at_least_one(day))
        except ValueError:
            self.problems.append("Year")
            return None

    def _kind(self) -> str | None:
        text = self.texts.get("Format", "").lower()
        if text in _SPECIAL_FORMATS:
            return "special"
        return "oneshot" if text in _ONESHOT_FORMATS else None

    def _status(self, total: int | None) -> str | None:
        said = _STATUSES.get(self.texts.get("PublishingStatusTachiyomi", "").lower())
        # The total number of books is only known of a series that has ended.
        return said or ("completed" if total else None)

    def _creators(self) -> list[Credit]:
        return [
            Credit(name, role)
            for element, role in _ROLES.items()
            if element in self.texts
            for name in comma_list(self.texts.get(element))
        ]

    def _tags(self) -> list[str]:
        tags = comma_list(self.texts.get("Tags"))
        mihon = comma_list(self.texts.get("Categories"))
        return unique([*tags, *mihon]) if mihon else tags

    def _other_titles(self) -> list[OtherTitle]:
        title = line(self.texts.get("LocalizedSeries"))
        return [OtherTitle(title, "localized")] if title else []


def _at_least_one(part: int | None) -> int:
    return 1 if part is None or part < 1 else part


def _normal(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number
