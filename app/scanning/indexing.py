"""Who and what a series is about, as rows, and what a search may match."""

from collections.abc import Sequence
from uuid import UUID

from app.foundation.db import new_id
from app.library.grams import Document, document_of, words_text
from app.library.text import title_key
from app.metadata.facts import Credit, OtherTitle
from app.scanning.reading_rows import Connection
from app.scanning.rows import ChapterRow, SeriesRow

_LONGEST_WORDS = 20_000
_SEARCHED = frozenset(("creators", "genres", "tags", "other_titles"))
_KEPT_TEXTS = """
    SELECT series_id, creator.name, false FROM series_creator
    JOIN creator ON creator.id = creator_id WHERE series_id = ANY($1::uuid[])
    UNION ALL SELECT series_id, tag.name, false FROM series_tag JOIN tag ON tag.id = tag_id
    WHERE series_id = ANY($1::uuid[])
    UNION ALL SELECT id, other->>'title', true
    FROM series, jsonb_array_elements(other_titles) AS other
    WHERE id = ANY($1::uuid[]) AND other->>'title' IS NOT NULL
"""
_WRITE = """
    INSERT INTO search_document (kind, id, library_id, title, names, about, grams, words)
    VALUES ('series', $1, $2, $3, $4, $5, $6, to_tsvector('simple', $7))
    ON CONFLICT (kind, id) DO UPDATE SET title = excluded.title, names = excluded.names,
        about = excluded.about, grams = excluded.grams, words = excluded.words
"""
_FORGET_CREATORS = "DELETE FROM series_creator WHERE series_id = ANY($1::uuid[])"
_FORGET_TAGS = """
    DELETE FROM series_tag USING tag
    WHERE tag.id = tag_id AND tag.kind = $2 AND series_id = ANY($1::uuid[])
"""
_TAG_FIELDS = {"genre": "genres", "tag": "tags"}

type _Kept = dict[UUID, list[tuple[str, bool]]]
"""By series: a text, and whether it is a title of it."""


class Index:
    """Writes credits, tags and search documents; remembers the ids of names for one scan."""

    def __init__(self, connection: Connection, library_id: UUID) -> None:
        self.connection = connection
        self.library_id = library_id
        self.creator_ids: dict[str, UUID] = {}
        self.tag_ids: dict[tuple[str, str], UUID] = {}

    async def write_series(self, rows: Sequence[SeriesRow]) -> None:
        """Credits and tags of these series, replaced where a scan may, and their documents."""
        await self._write_credits([row for row in rows if "creators" in row.values])
        for kind, field in _TAG_FIELDS.items():
            await self._write_tags(kind, field, [row for row in rows if field in row.values])
        await self._write_documents(rows)

    async def _write_documents(self, rows: Sequence[SeriesRow]) -> None:
        kept = await self._kept_texts([row.id for row in rows if not _is_whole(row)])
        summaries = await self.connection.fetch(
            "SELECT id, left(summary, $2) FROM series WHERE id = ANY($1::uuid[])",
            [row.id for row in rows],
            _LONGEST_WORDS,
        )
        summary_of = {series_id: summary or "" for series_id, summary in summaries}
        await self.connection.executemany(
            _WRITE,
            [
                (
                    row.id,
                    self.library_id,
                    *_document(row, kept.get(row.id, [])),
                    words_text(summary_of.get(row.id, "")),
                )
                for row in rows
            ],
        )

    async def _kept_texts(self, series_ids: Sequence[UUID]) -> _Kept:
        """What a person locked is not ours to write, but to find."""
        found: _Kept = {}
        if series_ids:
            for series_id, text, is_title in await self.connection.fetch(
                _KEPT_TEXTS, list(series_ids)
            ):
                found.setdefault(series_id, []).append((text, is_title))
        return found

    async def write_chapters(self, rows: Sequence[ChapterRow]) -> None:
        titled = [row for row in rows if row.title]
        if titled:
            await self.connection.execute(
                "INSERT INTO search_document (kind, id, library_id, grams, words) "
                "SELECT 'chapter', new.id, $1, '{}', to_tsvector('simple', new.title) "
                "FROM unnest($2::uuid[], $3::text[]) AS new(id, title) "
                "ON CONFLICT (kind, id) DO UPDATE SET words = excluded.words",
                self.library_id,
                [row.id for row in titled],
                [words_text(row.title or "") for row in titled],
            )

    async def _write_credits(self, rows: Sequence[SeriesRow]) -> None:
        old = [row.id for row in rows if not row.is_new]
        if old:
            await self.connection.execute(_FORGET_CREATORS, old)
        credits_ = [(row, credit) for row in rows for credit in row.values["creators"]]
        await self._learn_creators([credit for _, credit in credits_])
        found: dict[tuple[UUID, UUID, str], int] = {}
        for place, (row, credit) in enumerate(credits_):
            identity = (row.id, self.creator_ids[title_key(credit.name)], credit.role)
            found.setdefault(identity, place)
        if found:
            await self.connection.copy_records_to_table(
                "series_creator",
                records=[(*identity, place) for identity, place in found.items()],
                columns=("series_id", "creator_id", "role", "place"),
            )

    async def _write_tags(self, kind: str, field: str, rows: Sequence[SeriesRow]) -> None:
        old = [row.id for row in rows if not row.is_new]
        if old:
            await self.connection.execute(_FORGET_TAGS, old, kind)
        named = [(row.id, name) for row in rows for name in row.values[field]]
        await self._learn_tags([(kind, name) for _, name in named])
        records = {(series_id, self.tag_ids[kind, title_key(name)]) for series_id, name in named}
        if records:
            await self.connection.copy_records_to_table(
                "series_tag", records=sorted(records), columns=("series_id", "tag_id")
            )

    async def _learn_creators(self, credits_: Sequence[Credit]) -> None:
        names = {title_key(credit.name): credit.name for credit in credits_}
        # In one order, so that two scans at once never wait for each other in a circle.
        new = {key: names[key] for key in sorted(names) if key not in self.creator_ids}
        if new:
            # A no-op update makes the rows that were there come back too.
            rows = await self.connection.fetch(
                "INSERT INTO creator (id, name, key) "
                "SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) "
                "ON CONFLICT (key) DO UPDATE SET name = creator.name RETURNING key, id",
                [new_id() for _ in new],
                list(new.values()),
                list(new),
            )
            self.creator_ids.update(rows)

    async def _learn_tags(self, tags: Sequence[tuple[str, str]]) -> None:
        named = {(kind, title_key(name)): name for kind, name in tags}
        new = {place: named[place] for place in sorted(named) if place not in self.tag_ids}
        if new:
            rows = await self.connection.fetch(
                "INSERT INTO tag (id, kind, name, key) "
                "SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) "
                "ON CONFLICT (kind, key) DO UPDATE SET name = tag.name RETURNING kind, key, id",
                [new_id() for _ in new],
                [kind for kind, _ in new],
                list(new.values()),
                [key for _, key in new],
            )
            self.tag_ids.update({(kind, key): tag_id for kind, key, tag_id in rows})


def _is_whole(row: SeriesRow) -> bool:
    return row.values.keys() >= _SEARCHED


def _document(row: SeriesRow, kept: Sequence[tuple[str, bool]]) -> Document:
    others: list[OtherTitle] = row.values.get("other_titles") or []
    creators: list[Credit] = row.values.get("creators") or []
    return document_of(
        row.title,
        [*(other.title for other in others), *(text for text, is_title in kept if is_title)],
        [
            *(credit.name for credit in creators),
            *(row.values.get("genres") or []),
            *(row.values.get("tags") or []),
            *(text for text, is_title in kept if not is_title),
        ],
    )
