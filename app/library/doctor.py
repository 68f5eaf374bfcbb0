"""What must hold of the shelf: rows that agree with each other."""

from collections.abc import AsyncIterator, Iterable
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.archives import page_table
from app.foundation.archives.errors import BadFile
from app.foundation.db.checks import Check, Found, Patient, counted, rows
from app.library.doctor_trash import trash_checks
from app.library.models import ChapterFile, Library, PageTable, Series
from app.library.shelving import count_library, positions_of, shelve_again

AT_ONCE = 500
NEVER_SEEN = -1
"""An mtime that no file has: the next scan reads it again."""

_LISTED = "c.missing_since IS NULL AND c.trashed_at IS NULL"
_LIVE = "f.missing_since IS NULL AND f.trashed_at IS NULL"
_CHAPTER = "s.title || ', chapter ' || coalesce(c.number_text, c.title, c.id::text)"

_WITHOUT_FILE = f"""
    SELECT {_CHAPTER} FROM chapter c JOIN series s ON s.id = c.series_id
    WHERE {_LISTED} AND NOT EXISTS (
        SELECT FROM chapter_file f WHERE f.chapter_id = c.id AND {_LIVE})
"""  # noqa: S608
_MARK_MISSING = f"""
    UPDATE chapter c SET missing_since = now()
    WHERE {_LISTED} AND NOT EXISTS (
        SELECT FROM chapter_file f WHERE f.chapter_id = c.id AND {_LIVE})
    RETURNING c.series_id
"""  # noqa: S608
_HIDDEN = f"""
    SELECT {_CHAPTER} FROM chapter c JOIN series s ON s.id = c.series_id
    JOIN chapter_file f ON f.chapter_id = c.id AND {_LIVE} WHERE NOT ({_LISTED})
"""  # noqa: S608
_LIST_AGAIN = f"""
    UPDATE chapter c SET missing_since = NULL, trashed_at = NULL FROM chapter_file f
    WHERE f.chapter_id = c.id AND {_LIVE} AND NOT ({_LISTED}) RETURNING c.series_id
"""  # noqa: S608
_COUNTS = f"""
    SELECT s.id, s.title FROM series s LEFT JOIN chapter c ON c.series_id = s.id AND {_LISTED}
    GROUP BY s.id
    HAVING s.position_count <> coalesce(max(c.position), 0)
        OR (count(c.id) > 0 OR (s.is_followed AND s.trashed_at IS NULL))
            <> (s.missing_since IS NULL AND s.trashed_at IS NULL)
        OR (count(c.id) > 0 AND NOT coalesce(bool_or(c.id = s.cover_chapter_id), false))
"""  # noqa: S608
_TOTALS = f"""
    SELECT l.name || ' says ' || l.series_total || ' series and ' || l.chapter_total || ' chapters'
    FROM library l LEFT JOIN series s ON s.library_id = l.id
        AND s.missing_since IS NULL AND s.trashed_at IS NULL
    LEFT JOIN chapter c ON c.series_id = s.id AND {_LISTED}
    GROUP BY l.id
    HAVING l.series_total <> count(DISTINCT s.id) OR l.chapter_total <> count(c.id)
"""  # noqa: S608


async def _mark_missing(patient: Patient) -> str:
    return await _shelve(patient, _MARK_MISSING, "Marked as missing")


async def _list_again(patient: Patient) -> str:
    return await _shelve(patient, _LIST_AGAIN, "Put back on the shelf")


async def _shelve(patient: Patient, statement: str, did: str) -> str:
    async with patient.sessions() as session, session.begin():
        touched = list(await session.scalars(text(statement)))
        await _again(session, touched)
    return f"{did}: {len(touched)}."


async def _again(session: AsyncSession, series_ids: Iterable[UUID]) -> None:
    asked = select(Series.library_id, Series.id).where(Series.id.in_(set(series_ids)))
    by_library: dict[UUID, list[UUID]] = {}
    for library_id, series_id in await session.execute(asked):
        by_library.setdefault(library_id, []).append(series_id)
    for library_id, wanted in by_library.items():
        await shelve_again(session, library_id, wanted)


async def _wrong_series(session: AsyncSession) -> dict[UUID, str]:
    """Series whose sums or positions are not what their chapters say: id and title."""
    wrong = {row.id: row.title for row in await session.execute(text(_COUNTS))}
    every = list(await session.execute(select(Series.id, Series.title).order_by(Series.id)))
    for at in range(0, len(every), AT_ONCE):
        titles = {row.id: row.title for row in every[at : at + AT_ONCE]}
        for found in await positions_of(session, list(titles)):
            if found.stored != found.right:
                wrong[found.series_id] = titles[found.series_id]
    return wrong


async def _look_at_series(patient: Patient) -> Found:
    async with patient.sessions() as session:
        return counted((await _wrong_series(session)).values())


async def _mend_series(patient: Patient) -> str:
    async with patient.sessions() as session, session.begin():
        wrong = await _wrong_series(session)
        await _again(session, wrong)
    return f"Counted and ordered {len(wrong)} series anew."


async def _mend_totals(patient: Patient) -> str:
    async with patient.sessions() as session, session.begin():
        for library_id in list(await session.scalars(select(Library.id))):
            await count_library(session, library_id)
    return "Counted every library anew."


async def _bad_tables(session: AsyncSession) -> AsyncIterator[tuple[UUID, str]]:
    """Live files whose page table is missing, cannot be read, or says another thing than the row."""
    asked = (
        select(
            *(ChapterFile.id, ChapterFile.display_name, ChapterFile.page_count),
            *(ChapterFile.fingerprint, PageTable.data),
        )
        .outerjoin(
            PageTable,
            (PageTable.file_id == ChapterFile.id) & (PageTable.revision == ChapterFile.revision),
        )
        .where(ChapterFile.missing_since.is_(None), ChapterFile.trashed_at.is_(None))
        .order_by(ChapterFile.id)
        .limit(AT_ONCE)
    )
    last: UUID | None = None
    while batch := (
        await session.execute(asked.where(ChapterFile.id > last) if last else asked)
    ).all():
        for file_id, name, page_count, fingerprint, data in batch:
            wrong = _wrong_table(data, page_count, fingerprint)
            if wrong:
                yield file_id, f"{name}: {wrong}"
        last = batch[-1][0]


def _wrong_table(data: bytes | None, page_count: int, fingerprint: bytes | None) -> str:
    if data is None:
        return "its list of pages is missing"
    try:
        entries = page_table.decode(data)
    except (BadFile, ValueError):
        return "its list of pages cannot be read"
    if len(entries) != page_count:
        return f"it has {len(entries)} pages, not {page_count}"
    if fingerprint is not None and page_table.fingerprint(entries) != fingerprint:
        return "its pages are not those it was recognised by"
    return ""


async def _look_at_tables(patient: Patient) -> Found:
    async with patient.sessions() as session:
        return counted([wrong async for _, wrong in _bad_tables(session)])


async def _read_again(patient: Patient) -> str:
    async with patient.sessions() as session, session.begin():
        ids = [file_id async for file_id, _ in _bad_tables(session)]
        await session.execute(
            update(ChapterFile).where(ChapterFile.id.in_(ids)).values(mtime_ns=NEVER_SEEN)
        )
    return f"{len(ids)} files will be read again."


checks = (
    *trash_checks,
    Check(
        "chapters_without_file",
        "chapters are on the shelf without a file",
        rows(_WITHOUT_FILE),
        _mark_missing,
    ),
    Check(
        "hidden_chapters",
        "chapters have a file and are not on the shelf",
        rows(_HIDDEN),
        _list_again,
    ),
    Check("page_tables", "lists of pages are not right", _look_at_tables, _read_again),
    Check("series_sums", "series are counted or ordered wrongly", _look_at_series, _mend_series),
    Check("library_totals", "libraries are counted wrongly", rows(_TOTALS), _mend_totals),
)
