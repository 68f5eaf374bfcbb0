"""Writes what a series is described with, for the few that a person changes; a scan does the same
in bulk (`scanning.writing`, `scanning.indexing`). All in the caller's transaction: columns, people,
tags, sort key, search document, and with age and tags who may see it."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.db import new_id
from app.foundation.valkey.rights import rights_changed
from app.library.grams import document_of, words_text
from app.library.models import (
    Creator,
    Direction,
    SearchDocument,
    Series,
    SeriesCreator,
    SeriesStatus,
    SeriesTag,
    Tag,
    TagKind,
)
from app.library.text import sort_key, title_key
from app.metadata.changes import Cover, Present
from app.metadata.facts import Credit, OtherTitle

LONGEST_WORDS = 20_000
_TAG_FIELDS = {"genres": TagKind.GENRE, "tags": TagKind.TAG}
_SEEN_AT_ONCE = frozenset(("age_rating", "genres", "tags", "cover"))
"""Who sees it, and what image: processes that keep that for a moment are told."""


async def describe(session: AsyncSession, series: Series, changes: Mapping[str, Present]) -> None:
    """Sets these fields, their locks and their sources. The row must be locked, its people and tags
    loaded; afterwards they are loaded anew."""
    for name, change in changes.items():
        await _set(session, series, name, change.value)
    series.locked_fields = _locks(series, changes)
    series.sources = _sources(series, changes)
    series.sort_key = sort_key(series.sort_title or series.title)
    if changes.keys() & _SEEN_AT_ONCE:
        rights_changed(session)
    await session.flush()
    await session.refresh(series, ["creators", "tags"])
    await write_search_document(session, series)


async def write_search_document(session: AsyncSession, series: Series) -> None:
    creators = await session.scalars(
        select(Creator.name)
        .join(SeriesCreator, SeriesCreator.creator_id == Creator.id)
        .where(SeriesCreator.series_id == series.id)
        .order_by(SeriesCreator.place)
    )
    about = [*creators, *(tag.name for tag in series.tags)]
    others = [other["title"] for other in series.other_titles if other.get("title")]
    document = document_of(series.title, others, about)
    found = {
        **document._asdict(),
        "words": func.to_tsvector("simple", words_text((series.summary or "")[:LONGEST_WORDS])),
    }
    row = {"kind": "series", "id": series.id, "library_id": series.library_id, **found}
    await session.execute(
        insert(SearchDocument)
        .values(row)
        .on_conflict_do_update(index_elements=["kind", "id"], set_=found)
    )


async def _set(session: AsyncSession, series: Series, name: str, value: Any) -> None:
    if name == "creators":
        await _set_creators(session, series.id, value)
    elif name in _TAG_FIELDS:
        await _set_tags(session, series.id, _TAG_FIELDS[name], value)
    elif isinstance(value, Cover):
        series.cover_chapter_id, series.cover_page = value.chapter_id, value.page
        series.cover_art = value.art
    else:
        setattr(series, name, _COLUMNS.get(name, lambda as_it_is: as_it_is)(value))


async def _set_creators(session: AsyncSession, series_id: UUID, credits_: list[Credit]) -> None:
    await session.execute(delete(SeriesCreator).where(SeriesCreator.series_id == series_id))
    names = {title_key(credit.name): credit.name for credit in credits_}
    rows = [{"id": new_id(), "name": names[key], "key": key} for key in sorted(names)]
    ids = await _ids(session, Creator, rows, ["key"])
    wanted = {
        (ids[title_key(credit.name)], credit.role): place for place, credit in enumerate(credits_)
    }
    if wanted:
        await session.execute(
            insert(SeriesCreator).values(
                [
                    {"series_id": series_id, "creator_id": one, "role": role, "place": place}
                    for (one, role), place in wanted.items()
                ]
            )
        )


async def _set_tags(
    session: AsyncSession, series_id: UUID, kind: TagKind, names: Iterable[str]
) -> None:
    of_kind = select(Tag.id).where(Tag.kind == kind)
    await session.execute(
        delete(SeriesTag).where(SeriesTag.series_id == series_id, SeriesTag.tag_id.in_(of_kind))
    )
    by_key = {title_key(name): name for name in names}
    rows = [
        {"id": new_id(), "kind": kind, "name": by_key[key], "key": key} for key in sorted(by_key)
    ]
    ids = await _ids(session, Tag, rows, ["kind", "key"])
    if ids:
        await session.execute(
            insert(SeriesTag).values(
                [{"series_id": series_id, "tag_id": tag_id} for tag_id in ids.values()]
            )
        )


async def _ids(
    session: AsyncSession,
    table: type[Creator] | type[Tag],
    rows: list[dict[str, Any]],
    unique: list[str],
) -> dict[str, UUID]:
    """By key. Names that are there keep their spelling; `rows` sorted, as two writers might wait."""
    if not rows:
        return {}
    # A no-op update makes the rows that were there come back too.
    known = insert(table).values(rows)
    known = known.on_conflict_do_update(index_elements=unique, set_={"name": table.name})
    found = await session.execute(known.returning(table.key, table.id))
    return {row.key: row.id for row in found}


def _locks(series: Series, changes: Mapping[str, Present]) -> list[str]:
    kept = [name for name in series.locked_fields if name not in changes]
    return [*kept, *(name for name, change in changes.items() if change.locked)]


def _sources(series: Series, changes: Mapping[str, Present]) -> dict[str, Any]:
    sources = {name: source for name, source in series.sources.items() if name not in changes}
    changed = {name: change.source for name, change in changes.items() if change.source is not None}
    return {**sources, **changed}


def _links(addresses: list[str]) -> list[dict[str, Any]]:
    return [{"url": url, "label": (urlsplit(url).netloc or url)[:100]} for url in addresses]


def _titles(titles: list[OtherTitle]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.to_builtins(titles)
    return found


_COLUMNS: dict[str, Any] = {
    "status": lambda value: SeriesStatus(value) if value else None,
    "direction": lambda value: Direction(value) if value else None,
    "links": _links,
    "other_titles": _titles,
}
