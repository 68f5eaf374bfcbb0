"""What must hold of the trash: a row says that a file lies there exactly when it does.

A rename and its commit are two steps; whoever is killed between them leaves one undone.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import DomainError
from app.foundation.db.checks import Check, Found, Patient, counted
from app.library.models import Chapter, ChapterFile, Root, Series
from app.library.shelving import shelve_again
from app.library.trash import come_back
from app.library.trash_folder import ids_in_trash, is_at_its_place, is_in_trash, put_back

_IS_TRASHED = ChapterFile.trashed_at.is_not(None)


class _Row(msgspec.Struct, frozen=True):
    file_id: UUID
    root: bytes
    path: bytes
    name: str
    library_id: UUID
    series_id: UUID
    is_trashed: bool


async def _astray(session: AsyncSession) -> list[tuple[_Row, str]]:
    """Each with what is the matter: "here" (in the trash by its row, at its place on disk), "gone"
    (nowhere), "away" (on the shelf by its row, in the trash on disk)."""
    asked = (
        select(
            *(ChapterFile.id, Root.path, ChapterFile.path, ChapterFile.display_name),
            *(Root.library_id, Series.id, ChapterFile.trashed_at.is_not(None)),
        )
        .join(Root, Root.id == ChapterFile.root_id)
        .join(Chapter, Chapter.id == ChapterFile.chapter_id)
        .join(Series, Series.id == Chapter.series_id)
        .order_by(ChapterFile.id)
    )
    roots = list(await session.scalars(select(Root.path)))
    held = await asyncio.to_thread(lambda: set().union(*map(ids_in_trash, roots)))
    rows = await session.execute(asked.where(_IS_TRASHED | ChapterFile.id.in_(held)))
    return await asyncio.to_thread(_judge, [_Row(*row) for row in rows])


def _judge(rows: Sequence[_Row]) -> list[tuple[_Row, str]]:
    found = []
    for row in rows:
        try:
            is_here = is_at_its_place(row.root, row.path)
            is_away = is_in_trash(row.root, row.path, row.file_id)
        except OSError:
            continue  # Offline: nothing can be said.
        if row.is_trashed and not is_away:
            found.append((row, "here" if is_here else "gone"))
        elif not row.is_trashed and is_away and not is_here:
            found.append((row, "away"))
    return found


async def _look(patient: Patient) -> Found:
    words = {
        "here": "lies at its place, not in the trash",
        "gone": "is in the trash, but not on disk",
        "away": "lies in the trash, and nobody put it there",
    }
    async with patient.sessions() as session:
        return counted([f"{row.name} {words[what]}" for row, what in await _astray(session)])


async def _mend(patient: Patient) -> str:
    mended = 0
    async with patient.sessions() as session, session.begin():
        for row, what in await _astray(session):
            mended += await _mend_one(session, row, what)
    return f"Mended {mended}: what lies on disk counts."


async def _mend_one(session: AsyncSession, row: _Row, what: str) -> bool:
    if what == "gone":
        await session.execute(delete(ChapterFile).where(ChapterFile.id == row.file_id))
        return True
    if what == "away":
        try:
            await asyncio.to_thread(put_back, row.root, row.path, row.file_id)
        except DomainError:
            return False
    elif await _has_heir(session, row):
        await session.execute(delete(ChapterFile).where(ChapterFile.id == row.file_id))
        return True
    await come_back(session, row.file_id)
    await shelve_again(session, row.library_id, [row.series_id])
    return True


async def _has_heir(session: AsyncSession, row: _Row) -> bool:
    """Whether a scan has already found the file at its place and given it a row of its own."""
    mine = select(ChapterFile.root_id, ChapterFile.chapter_id).where(ChapterFile.id == row.file_id)
    root_id, chapter_id = (await session.execute(mine)).one()
    heir = select(ChapterFile.id).where(
        ((ChapterFile.root_id == root_id) & (ChapterFile.path == row.path))
        | (ChapterFile.chapter_id == chapter_id),
        ChapterFile.missing_since.is_(None),
        ChapterFile.trashed_at.is_(None),
    )
    return await session.scalar(heir) is not None


trash_checks = (Check("trash", "files are not where the trash says", _look, _mend),)
