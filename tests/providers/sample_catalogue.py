"""A catalogue to try Bunko with: the series of `bunko demo`, as a provider would list them.

Covers and pages are drawn when they are asked for, the same ones every time.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from io import BytesIO
from typing import overload

from PIL import Image

from app.demo.covers import draw_cover
from app.demo.dialogue import LINES
from app.demo.draw import ALL_SERIES
from app.demo.pages import Artist
from app.demo.shelf import Series
from tests.providers.mangadex_shapes import FakeChapter, FakeSeries, tag_of

PAGES, COVER_WIDTH = 7, 512
TO_MANGADEX = {"zh-Hant": "zh-hk"}
SECOND = ("fr", "de", "es-la", "pt-br", "ja", "ru")
GROUPS = {
    "en": ("Night Owls", "Harbour Scans", "Paper Lanterns"),
    "fr": ("Équipe Phare",), "de": ("Nordlicht",), "es-la": ("Cuervo Blanco",),
    "pt-br": ("Maré Alta",), "ja": ("夜更かし組",), "ru": ("Полярный круг",),
}  # fmt: skip
TITLES = ("First Light", "A Borrowed Name", "The Long Way Home", "What the Rain Said", "Two Cups",
          "A Door Left Open", "Small Hours", "Nobody's Umbrella", "Salt", "The Other Letter")  # fmt: skip
RATINGS = {"Teen": "suggestive", "Adults Only 18+": "erotica"}


class Drawn(Sequence[bytes]):
    """The pages of one chapter, each drawn when somebody wants to see it."""

    def __init__(self, series: Series, name: str, language: str) -> None:
        self.series, self.name, self.language = series, name, language

    def __len__(self) -> int:
        return PAGES

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...
    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(PAGES))]
        return draw_page(self.series.motif, self.name, at + 1, self.language)


def sample_series(now: datetime | None = None) -> list[FakeSeries]:
    """Of every kind that there is: several languages and groups, chapters 0, 10.5 and Extra, one
    without a number, two groups for one chapter, some to be read elsewhere, some taken down."""
    moment = now or datetime.now(UTC)
    return [_series(one, at, moment) for at, one in enumerate(ALL_SERIES)]


def next_chapter(series: FakeSeries, now: datetime) -> FakeChapter:
    """The one after the last, in English, released now."""
    at = next(at for at, one in enumerate(ALL_SERIES) if one.motif == series.name)
    numbers = [int(one.chapter) for one in series.chapters if (one.chapter or "").isdigit()]
    return _chapter(ALL_SERIES[at], at, str(max(numbers, default=0) + 1), "en", now)


@lru_cache(maxsize=400)
def draw_page(motif: str, name: str, number: int, language: str) -> bytes:
    series = next(one for one in ALL_SERIES if one.motif == motif)
    artist = Artist(series.style, f"{motif}/{name}/{number}", language)
    if number == 1:
        sheet = artist.opening(series.title, series.latin, name.partition(" ")[2])
    else:
        sheet = artist.page(number)
    return _jpeg(sheet.finished(), 72)


@lru_cache(maxsize=40)
def cover_of(motif: str) -> bytes:
    series = next(one for one in ALL_SERIES if one.motif == motif)
    cover = draw_cover(motif, series.authors)
    cover.thumbnail((COVER_WIDTH, COVER_WIDTH * 2))
    return _jpeg(cover, 80)


def _series(series: Series, at: int, now: datetime) -> FakeSeries:
    language = TO_MANGADEX.get(series.language, series.language)
    tags = [tag_of(word, "genre") for word in series.genres]
    tags += [tag_of(word, "theme") for word in series.tags]
    is_over = at % 6 == 5
    return FakeSeries(
        series.motif,
        titles={"en": series.latin},
        alt_titles=[{language: series.title}] if series.title != series.latin else [],
        chapters=list(_chapters(series, at, now)),
        rating=RATINGS.get(series.age, "safe"),
        links={"al": str(90_000 + at), "mal": str(40_000 + at)},
        follows=(at * 7919) % 5000,
        cover=partial(cover_of, series.motif),
        author=series.writer,
        about=series.summary,
        more={
            "originalLanguage": language,
            "publicationDemographic": ("shounen", "seinen", None, "shoujo", "josei")[at % 5],
            "status": "completed" if is_over else "ongoing",
            "year": series.year,
            "tags": tags,
        },
    )


def _chapters(series: Series, at: int, now: datetime) -> Iterator[FakeChapter]:
    """The last one a day or more ago; one a week before it."""
    count, second = 8 + at * 5 % 17, SECOND[at % len(SECOND)]
    start = now - timedelta(weeks=count, days=1 + at % 6)
    for number in range(1, count + 1):
        moment = start + timedelta(weeks=number)
        yield _chapter(series, at, str(number), "en", moment)
        if number == 3:
            yield _chapter(series, at, "3", "en", moment + timedelta(days=2), group=1)
        if number < count - 2:
            yield _chapter(series, at, str(number), second, moment + timedelta(days=3))
    yield from _odd_ones(series, at, start, second, count)
    if at % 5 == 0:
        elsewhere = _chapter(series, at, str(count), second, now - timedelta(days=1))
        elsewhere.external, elsewhere.pages = "https://publisher.example/read", []
        yield elsewhere
    if at % 5 == 1:
        lost = _chapter(series, at, "2", "en", start, group=2)
        lost.unavailable = True
        yield lost


def _odd_ones(
    series: Series, at: int, start: datetime, second: str, count: int
) -> Iterator[FakeChapter]:
    if at % 3 == 0:
        yield _chapter(series, at, "0", "en", start, title="Prologue")
    if at % 3 != 2 and count > 10:
        between = start + timedelta(weeks=10, days=3)
        yield _chapter(series, at, "10.5", "en", between, title="Low Tide")
    if at % 4 == 0:
        yield _chapter(
            series, at, "Extra", "en", start + timedelta(weeks=4), title="Behind the Ink"
        )
    if at % 4 == 1:
        yield _chapter(series, at, None, second, start + timedelta(days=1), title="Omake")


def _chapter(
    series: Series,
    at: int,
    number: str | None,
    language: str,
    moment: datetime,
    *,
    group: int = 0,
    title: str | None = None,
) -> FakeChapter:
    groups = GROUPS[language]
    chosen = groups[(at + group) % len(groups)]
    words = title or TITLES[(at * 3 + len(number or "") + int(moment.timestamp()) // 604_800) % 10]
    written = language if language in LINES else "en"
    return FakeChapter(
        f"{series.motif} {number} {language} {chosen}",
        chapter=number,
        volume=str(1 + int(number) // 6) if number and number.isdigit() else None,
        title=words,
        language=language,
        groups=(chosen,),
        pages=Drawn(series, f"{number or title} {words}", written),
        created_at=moment,
    )


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
