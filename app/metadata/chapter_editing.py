"""A person edits a chapter, puts it into another series, and takes it back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Conflict, Invalid, NotFound
from app.foundation.db import new_id, now
from app.foundation.valkey.rights import rights_changed
from app.library.grams import words_text
from app.library.models import Chapter, ChapterKind, SearchDocument, Series
from app.library.queries import visible_to
from app.library.shelving import shelve_again
from app.metadata.changes import Plan, Present, Wish, check_untouched, plan
from app.metadata.chapter_facts import SERIES, ChapterFacts, columns_of
from app.metadata.chapter_fields import FIELDS
from app.metadata.chapter_sheet import ChapterSheet, chapter_to_edit, present_of, sheet_of
from app.metadata.editing import KEPT
from app.metadata.models import ChapterEdit
from app.metadata.origins import by_person


class ChapterEditor:
    def __init__(self, session: AsyncSession, person: User) -> None:
        self.session = session
        self.person = person

    async def sheet(self, chapter_id: UUID, *, locked: bool = False) -> ChapterSheet:
        found = await chapter_to_edit(self.session, self.person, chapter_id, locked=locked)
        return await sheet_of(self.session, *found)

    async def save(
        self, sheet: ChapterSheet, wishes: Mapping[str, Wish]
    ) -> tuple[Plan, UUID | None]:
        """The plan, and the id of the edit; nothing is written while two people disagree. The sheet
        must have been read `locked`."""
        made = plan(sheet.present, wishes, sheet.files, by_person(self.person), FIELDS)
        if made.clashes or not made.changes:
            return made, None
        return made, await self._note(sheet.chapter, sheet.series, made.changes)

    async def move(self, chapter_id: UUID, was: UUID, to: UUID) -> tuple[Series, UUID]:
        """Into another series of its library, where it stays whatever its file says. `was` is the
        series it was shown in."""
        chapter, series = await chapter_to_edit(
            self.session, self.person, chapter_id, locked=True, also=[to]
        )
        if series.id != was:
            raise Conflict("It was changed again since then, so it stays as it is.")
        home = await self._home(to, series.library_id)
        if home is None:
            raise NotFound("There is no such series.")
        if home.id == series.id:
            raise Invalid("It is in this series already.")
        put = Present(home.id, locked=True, source=by_person(self.person))
        return home, await self._note(chapter, series, {SERIES: put})

    async def undo(self, chapter_id: UUID, edit_id: UUID) -> Chapter:
        """All as before; Conflict where somebody has been there since."""
        edit = await self.session.scalar(
            select(ChapterEdit).where(
                ChapterEdit.id == edit_id, ChapterEdit.chapter_id == chapter_id
            )
        )
        if edit is None:
            # Not to be told from a chapter that they may not see.
            await chapter_to_edit(self.session, self.person, chapter_id)
            raise NotFound("There is nothing to undo any more.")
        before, after = _kept(edit.before), _kept(edit.after)
        also = [before[SERIES].value] if SERIES in before else []
        chapter, series = await chapter_to_edit(
            self.session, self.person, chapter_id, locked=True, also=also
        )
        check_untouched(present_of(chapter), after, FIELDS)
        if also and await self._home(also[0], series.library_id) is None:
            raise Conflict("The series it was in is gone, so it stays where it is.")
        await self._write(chapter, series, before)
        await self.session.delete(edit)
        return chapter

    async def _home(self, series_id: UUID, library_id: UUID) -> Series | None:
        mine = (Series.library_id == library_id, Series.trashed_at.is_(None))
        asked = select(Series).where(Series.id == series_id, visible_to(self.person), *mine)
        return await self.session.scalar(asked)

    async def _note(self, chapter: Chapter, series: Series, changes: Mapping[str, Present]) -> UUID:
        """Writes, and keeps what there was before for an Undo."""
        before = present_of(chapter)
        await self._write(chapter, series, changes)
        after = present_of(chapter)
        await self.session.execute(delete(ChapterEdit).where(ChapterEdit.made_at < now() - KEPT))
        edit = ChapterEdit(
            id=new_id(),
            chapter_id=chapter.id,
            made_by=self.person.id,
            before=msgspec.to_builtins({name: before[name] for name in changes}),
            after=msgspec.to_builtins({name: after[name] for name in changes}),
        )
        self.session.add(edit)
        return edit.id

    async def _write(
        self, chapter: Chapter, series: Series, changes: Mapping[str, Present]
    ) -> None:
        """Columns, places, sums and search; both series are locked."""
        touched = {chapter.series_id}
        for name, change in changes.items():
            _set(chapter, name, change.value)
        kept = {name: source for name, source in chapter.kept.items() if name not in changes}
        chapter.kept = kept | {name: one.source for name, one in changes.items() if one.locked}
        touched.add(chapter.series_id)
        if len(touched) > 1:
            # Another age may be asked for there.
            rights_changed(self.session)
        await self.session.flush()
        if "title" in changes:
            await self._index(chapter, series.library_id)
        await shelve_again(self.session, series.library_id, touched)

    async def _index(self, chapter: Chapter, library_id: UUID) -> None:
        place = {"kind": "chapter", "id": chapter.id}
        if not chapter.title:
            await self.session.execute(delete(SearchDocument).filter_by(**place))
            return
        words = func.to_tsvector("simple", words_text(chapter.title))
        await self.session.execute(
            insert(SearchDocument)
            .values(**place, library_id=library_id, grams=[], words=words)
            .on_conflict_do_update(index_elements=["kind", "id"], set_={"words": words})
        )


def _set(chapter: Chapter, name: str, value: Any) -> None:
    if name == SERIES:
        chapter.series_id = value
    elif name == "kind":
        chapter.kind = ChapterKind(value)
    else:
        for column, one in columns_of(name, value).items():
            setattr(chapter, column, one)


def _kept(kept: dict[str, Any]) -> dict[str, Present]:
    """Back from JSON into the types of ChapterFacts."""
    return {
        name: Present(_typed(name, one["value"]), one["locked"], one["source"])
        for name, one in kept.items()
    }


def _typed(name: str, value: Any) -> Any:
    if name == SERIES:
        return UUID(value)
    return getattr(msgspec.convert({name: value}, ChapterFacts), name)
