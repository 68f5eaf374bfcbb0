"""What a file becomes for a reader: what it says of its chapter, but for what a person set."""

from typing import Any
from uuid import UUID

from app.metadata.chapter_facts import columns_of, facts_of_file
from app.scanning.analyzer import Analysis
from app.scanning.rows import ChapterRow, Entry


def chapter_of(
    entry: Entry, chapter_id: UUID, series_id: UUID, kept: dict[str, Any] | None = None
) -> ChapterRow:
    """`kept` are the columns that a person set."""
    analysis = entry.analysis
    name, info = analysis.name, analysis.info
    said = facts_of_file(entry.found.path, name, analysis.part, info)
    columns = {
        "title": said.title,
        **columns_of("number", said.number),
        **columns_of("volume", said.volume),
        "kind": said.kind,
        "language": said.language,
        "groups": said.groups,
        "released_on": said.released_on,
    } | (kept or {})
    return ChapterRow(
        id=chapter_id,
        series_id=series_id,
        facts=info.facts if info else None,
        parsed_series=name.series,
        info_series=info.series if info else None,
        **columns,
    )


def has_odd_number(analysis: Analysis) -> bool:
    """Whether a number was there that cannot be kept."""
    return analysis.name.out_of_range or bool(analysis.info and analysis.info.problems)
