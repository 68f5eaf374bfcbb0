"""A series made of its chapters: their positions, and what their files agree on. Pure."""

from collections.abc import Iterable, Sequence

import msgspec

from app.library.positions import Placed, positions
from app.library.text import sort_key
from app.metadata.facts import SeriesFacts
from app.metadata.merge import COMICINFO, FILE_NAME, FOLDER, SIDECAR, facts_of_books, merged
from app.scanning.rows import ChapterRow, SeriesRow

_SIDECARS_LOW_TO_HIGH = ("details.json", "comicinfo.xml", "series.json")


def place_chapters(series: SeriesRow, chapters: Sequence[ChapterRow]) -> list[ChapterRow]:
    """Sets every position; answers with the chapters whose position is another than before."""
    found = positions([_placed(chapter) for chapter in chapters])
    moved = [
        chapter
        for chapter, position in zip(chapters, found, strict=True)
        if chapter.position != position
    ]
    for chapter, position in zip(chapters, found, strict=True):
        chapter.position = position
    series.position_count = max(found, default=0)
    return moved


def describe_series(series: SeriesRow, chapters: Iterable[ChapterRow], folder_title: str) -> None:
    """Fills `title`, `sort_key`, `values` and `sources` from everything that is known."""
    in_order = sorted(chapters, key=lambda chapter: chapter.position)
    books = [chapter.facts for chapter in in_order if chapter.facts is not None]
    parsed = next((chapter.parsed_series for chapter in in_order if chapter.parsed_series), None)
    by_source = [
        (FOLDER, SeriesFacts(title=folder_title or None)),
        (FILE_NAME, SeriesFacts(title=parsed)),
        *((SIDECAR, facts) for facts in _sidecar_facts(series)),
        (COMICINFO, facts_of_books(books)),
    ]
    answer = merged(by_source, locked=series.locked_fields, sources=series.sources)
    title = answer.values.pop("title", None)
    if title:
        series.title = title
    series.sort_key = sort_key(series.title)
    series.values = answer.values
    series.sources = answer.sources


def _sidecar_facts(series: SeriesRow) -> Iterable[SeriesFacts]:

    for name in _SIDECARS_LOW_TO_HIGH:
        if name in series.sidecars:
            yield msgspec.convert(series.sidecars[name][2], SeriesFacts)


def _placed(chapter: ChapterRow) -> Placed:
    return Placed(
        kind=chapter.kind,
        number=chapter.number,
        number_end=chapter.number_end,
        volume=chapter.volume,
        volume_end=chapter.volume_end,
        language=chapter.language,
        title=chapter.title,
    )
