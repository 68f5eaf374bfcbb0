"""Libraries: made, changed, given to people, taken away. Files on disk are never touched here."""

import os
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.accounts.models import User
from app.errors import Conflict, Invalid, NotFound
from app.foundation.db import new_id
from app.foundation.security.text import clean_text
from app.foundation.valkey.rights import rights_changed
from app.foundation.web.i18n import _
from app.library.models import Access, Direction, Library, Root
from app.library.queries import libraries_of
from app.library.text import sort_key

LONGEST_NAME = 80


class NameTaken(Conflict):
    pass


class FolderTaken(Conflict):
    pass


class AllLibraries:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def one_for(self, person: User, library_id: UUID) -> Library:
        """The library with its roots, if this person may see it."""
        found = await self.session.scalar(
            select(Library)
            .where(Library.id == library_id, libraries_of(person))
            .options(selectinload(Library.roots))
        )
        if found is None:
            raise NotFound("There is no such library.")
        return found

    async def all_for(self, person: User) -> list[Library]:
        rows = await self.session.scalars(
            select(Library)
            .where(libraries_of(person))
            .options(selectinload(Library.roots))
            .order_by(Library.sort_key, Library.id)
        )
        return list(rows)

    async def named(self, name: str) -> Library:
        """By its name, for the command line."""
        found = await self.session.scalar(
            select(Library).where(Library.name == name).options(selectinload(Library.roots))
        )
        if found is None:
            raise NotFound(_("There is no library named %(name)s.", name=repr(name)))
        return found

    async def create(
        self, name: str, folders: Iterable[Path], *, direction: Direction = Direction.RIGHT_TO_LEFT
    ) -> Library:
        """A library of these folders, each checked by `folders.checked_folder` before."""
        name = await self._free_name(name)
        library = Library(id=new_id(), name=name, sort_key=sort_key(name), direction=direction)
        self.session.add(library)
        await self.session.flush()
        await self.set_folders(library, folders)
        return library

    async def rename(self, library: Library, name: str) -> None:
        library.name = await self._free_name(name, but=library.id)
        library.sort_key = sort_key(library.name)

    async def set_folders(self, library: Library, folders: Iterable[Path]) -> None:
        """Make these its roots. A root that goes takes its rows along, not its files."""
        wanted = {os.fsencode(folder): folder for folder in folders}
        if not wanted:
            raise Invalid("A library needs at least one folder.")
        await self._not_overlapping(library, wanted)
        roots = await self.session.scalars(select(Root).where(Root.library_id == library.id))
        known = {root.path: root for root in roots}
        for path, root in known.items():
            if path not in wanted:
                await self.session.delete(root)
        for path, folder in wanted.items():
            if path not in known:
                shown = clean_text(str(folder), 4096)
                self.session.add(Root(library_id=library.id, path=path, display_name=shown))
        await self.session.flush()

    async def remove(self, library: Library) -> None:
        """The rows go, progress in them included; the files stay on disk."""
        await self.session.execute(delete(Library).where(Library.id == library.id))
        rights_changed(self.session)

    async def let_in(self, library: Library, people: Iterable[UUID]) -> None:
        """Exactly these people see the library from the next request on (owners always do)."""
        await self.session.execute(delete(Access).where(Access.library_id == library.id))
        rights_changed(self.session)
        self.session.add_all(Access(user_id=user, library_id=library.id) for user in people)

    async def give(self, person: User, library_ids: Iterable[UUID]) -> None:
        """Exactly these, as far as they exist, are seen by this person (owners see all anyway)."""
        await self.session.execute(delete(Access).where(Access.user_id == person.id))
        rights_changed(self.session)
        found = await self.session.scalars(select(Library.id).where(Library.id.in_(library_ids)))
        self.session.add_all(Access(user_id=person.id, library_id=one) for one in found)

    async def _free_name(self, name: str, but: UUID | None = None) -> str:
        name = clean_text(name, LONGEST_NAME).strip()
        if not name:
            raise Invalid("Give the library a name.")
        taken = await self.session.scalar(select(Library.id).where(Library.name == name))
        if taken not in (None, but):
            raise NameTaken(_("There is already a library named “%(name)s”.", name=name))
        return name

    async def _not_overlapping(self, library: Library, wanted: dict[bytes, Path]) -> None:
        """One file belongs to one library: no root may lie inside another."""
        rows = await self.session.execute(
            select(Root.path, Library.name).join(Library).where(Library.id != library.id)
        )
        others = [
            (Path(os.fsdecode(path)), _("the library “%(name)s”", name=name)) for path, name in rows
        ]
        for folder in wanted.values():
            mine = [(other, _("this library")) for other in wanted.values() if other != folder]
            for other, owner in [*others, *mine]:
                if folder.is_relative_to(other) or other.is_relative_to(folder):
                    words = _("%(folder)s and %(other)s of %(owner)s lie in one another.")
                    raise FolderTaken(words % {"folder": folder, "other": other, "owner": owner})
