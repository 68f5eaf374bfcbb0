"""A person edits a series, and takes it back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import NotFound
from app.foundation.db import new_id, now
from app.library.models import Series
from app.metadata.changes import Cover, Plan, Present, Wish, check_untouched, plan
from app.metadata.describing import describe
from app.metadata.facts import SeriesFacts
from app.metadata.models import SeriesEdit
from app.metadata.origins import by_person
from app.metadata.sheet import COVER, SeriesSheet, present_of, series_to_edit, sheet_of

# What was changed can be taken back by the Undo of that moment, not for ever.
KEPT = timedelta(days=1)


class SeriesEditor:
    def __init__(self, session: AsyncSession, person: User) -> None:
        self.session = session
        self.person = person

    async def sheet(self, series_id: UUID, *, locked: bool = False) -> SeriesSheet:
        series = await series_to_edit(self.session, self.person, series_id, locked=locked)
        return await sheet_of(self.session, series)

    async def save(
        self, sheet: SeriesSheet, wishes: Mapping[str, Wish]
    ) -> tuple[Plan, UUID | None]:
        """The plan, and the id of the edit; nothing is written while two people disagree. The sheet
        must have been read `locked`."""
        made = plan(sheet.present, wishes, sheet.files, by_person(self.person))
        if made.clashes or not made.changes:
            return made, None
        return made, await self._write(sheet.series, made.changes)

    async def choose_cover(self, series_id: UUID, cover: Cover, *, locked: bool = True) -> UUID:
        """This cover until somebody chooses another (`locked`), or as long as no scan finds
        another first page. The id of the edit."""
        series = await series_to_edit(self.session, self.person, series_id, locked=True)
        source = by_person(self.person) if locked else None
        return await self._write(series, {COVER: Present(cover, locked, source)})

    async def undo(self, series_id: UUID, edit_id: UUID) -> Series:
        """Values, locks and sources as before; Conflict where somebody has been there since."""
        series = await series_to_edit(self.session, self.person, series_id, locked=True)
        edit = await self.session.scalar(
            select(SeriesEdit).where(SeriesEdit.id == edit_id, SeriesEdit.series_id == series_id)
        )
        if edit is None:
            raise NotFound("There is nothing to undo any more.")
        before, after = _kept(edit.before), _kept(edit.after)
        check_untouched(present_of(series), after)
        await describe(self.session, series, before)
        await self.session.delete(edit)
        return series

    async def _write(self, series: Series, changes: Mapping[str, Present]) -> UUID:
        """Notes what there was before, for an Undo."""
        before = present_of(series)
        await describe(self.session, series, changes)
        after = present_of(series)
        await self.session.execute(delete(SeriesEdit).where(SeriesEdit.made_at < now() - KEPT))
        edit = SeriesEdit(
            id=new_id(),
            series_id=series.id,
            made_by=self.person.id,
            before=msgspec.to_builtins({name: before[name] for name in changes}),
            after=msgspec.to_builtins({name: after[name] for name in changes}),
        )
        self.session.add(edit)
        return edit.id


def _kept(kept: dict[str, Any]) -> dict[str, Present]:
    """Back from JSON into the types of SeriesFacts and Cover."""
    return {
        name: Present(_typed(name, one["value"]), one["locked"], one["source"])
        for name, one in kept.items()
    }


def _typed(name: str, value: Any) -> Any:
    if name == COVER:
        return msgspec.convert(value, Cover)
    return getattr(msgspec.convert({name: value}, SeriesFacts), name)
