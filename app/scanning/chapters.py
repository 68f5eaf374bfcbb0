"""What a file becomes for a reader: its ComicInfo first, then its name, then its folder's part."""

from decimal import Decimal
from uuid import UUID

from app.metadata.folders import shown
from app.metadata.name_tokens import plain_number
from app.scanning.analyzer import Analysis
from app.scanning.rows import ChapterRow, Entry


def chapter_of(entry: Entry, chapter_id: UUID, series_id: UUID) -> ChapterRow:
    analysis = entry.analysis
    name, info = analysis.name, analysis.info
    number, number_end, number_text = _number(analysis)
    volume, volume_end = _volume(analysis)
    kind = _kind(analysis, has_number=number is not None, has_volume=volume is not None)
    title = (info.title if info else None) or name.title
    if title is None and number is None and volume is None:
        # Nothing else tells such files of one folder apart.
        title = shown(entry.found.path.rpartition(b"/")[2]).rpartition(".")[0] or None
    return ChapterRow(
        id=chapter_id,
        series_id=series_id,
        title=title,
        number_text=number_text,
        number=number,
        number_end=number_end,
        volume=volume,
        volume_end=volume_end,
        kind=kind,
        language=(info.language if info else None) or name.language,
        groups=_groups(analysis),
        released_on=info.released_on if info else None,
        facts=info.facts if info else None,
        parsed_series=name.series,
        info_series=info.series if info else None,
    )


def has_odd_number(analysis: Analysis) -> bool:
    """Whether a number was there that cannot be kept."""
    return analysis.name.out_of_range or bool(analysis.info and analysis.info.problems)


def _number(analysis: Analysis) -> tuple[Decimal | None, Decimal | None, str | None]:
    info, name = analysis.info, analysis.name
    if info is not None and info.number is not None:
        return info.number, info.number_end, info.number_text or plain_number(info.number)
    return name.number, name.number_end, name.number_text


def _volume(analysis: Analysis) -> tuple[Decimal | None, Decimal | None]:
    if analysis.info is not None and analysis.info.volume is not None:
        return analysis.info.volume, None
    if analysis.name.volume is not None:
        return analysis.name.volume, analysis.name.volume_end
    return (analysis.part.volume if analysis.part else None), None


def _kind(analysis: Analysis, *, has_number: bool, has_volume: bool) -> str:
    said = analysis.info.kind if analysis.info else None
    if said is None and "special" in (analysis.name.kind, analysis.part and analysis.part.kind):
        said = "special"
    if said is not None:
        return said
    if has_number:
        return "chapter"
    return "volume" if has_volume else "oneshot"


def _groups(analysis: Analysis) -> list[str]:
    named = list(analysis.name.groups)
    if named or analysis.info is None:
        return named
    # Mihon keeps the scanlator in Translator.
    credits_ = analysis.info.facts.creators
    return [credit.name for credit in credits_ if credit.role == "translator"][:5]
