"""A series made of its chapters: their positions, and what their files agree on. Pure."""

from collections.abc import Iterable, Sequence

from app.library.positions import Placed, positions
from app.library.text import sort_key
from app.metadata.merge import merged, voices
from app.scanning.rows import ChapterRow, SeriesRow


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
    own = [chapter for chapter in chapters if not chapter.is_put]
    in_order = sorted(own, key=lambda chapter: chapter.position)
    parsed = next((chapter.parsed_series for chapter in in_order if chapter.parsed_series), None)
    told = voices(
        folder_title=folder_title,
        file_title=parsed,
        sidecars=series.sidecars,
        books=[chapter.facts for chapter in in_order if chapter.facts is not None],
    )
    answer = merged(told, locked=series.locked_fields, sources=series.sources)
    title = answer.values.pop("title", None)
    if title:
        series.title = title
    series.sort_title = answer.values.get("sort_title", series.sort_title)
    series.sort_key = sort_key(series.sort_title or series.title)
    series.values = answer.values
    series.sources = answer.sources


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
