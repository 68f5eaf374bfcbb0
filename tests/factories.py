"""Believable rows. Everything has a default; say only what the test is about."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Preference, Role, User
from app.auth.app_passwords import AppPasswords
from app.foundation.db import new_id
from app.foundation.web.policies import Scope
from app.library.models import (
    Access,
    Chapter,
    ChapterFile,
    Library,
    Root,
    Series,
)

_numbers = count(1)
DAWN = datetime(2026, 1, 1, tzinfo=UTC)


async def add[Row](session: AsyncSession, row: Row) -> Row:
    session.add(row)
    await session.commit()
    return row


async def person(session: AsyncSession, name: str, role: Role = Role.READER, **more: Any) -> User:
    """A person who can sign in with the password `name + " reads at night"` once AUTH hashed it;
    most tests need no password and use a ready session instead."""
    more.setdefault("password_hash", "!")
    user = User(id=new_id(), name=name, name_key=name.casefold(), role=role, **more)
    user.preference = Preference(user_id=user.id)
    return await add(session, user)


async def alice(session: AsyncSession, **more: Any) -> User:
    """A reader. Give her access with `let_in`."""
    return await person(session, "alice", **more)


async def bob(session: AsyncSession, **more: Any) -> User:
    """A reader with an age limit of 12."""
    return await person(session, "bob", **{"age_limit": 12, **more})


async def charlie(session: AsyncSession, **more: Any) -> User:
    """A manager."""
    return await person(session, "charlie", Role.MANAGER, **more)


async def admin(session: AsyncSession, **more: Any) -> User:
    """The owner."""
    return await person(session, "admin", Role.OWNER, **more)


async def key(session: AsyncSession, of: User, *scopes: Scope, name: str = "Script") -> str:
    """An app password; without scopes it may do everything that its person may."""
    wanted = scopes or [scope for scope in Scope if of.is_owner or scope is not Scope.ADMIN]
    secret, _row = await AppPasswords(session).make(of, name, wanted)
    await session.commit()
    return secret


async def library(
    session: AsyncSession, name: str = "Manga", path: str | None = None, **more: Any
) -> Library:
    made = Library(id=new_id(), name=name, sort_key=name.casefold(), **more)
    place = path or f"/library/{name.casefold()}"
    session.add_all([made, Root(library_id=made.id, path=place.encode(), display_name=place)])
    await session.commit()
    return made


async def let_in(session: AsyncSession, user: User, *libraries: Library) -> None:
    session.add_all(Access(user_id=user.id, library_id=shelf.id) for shelf in libraries)
    await session.commit()


async def series(
    session: AsyncSession, shelf: Library, title: str = "Akira", **more: Any
) -> Series:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "folder": title.encode(),
        "key": title.casefold(),
        "sort_key": title.casefold(),
        "added_at": DAWN + timedelta(minutes=number),
        "updated_at": DAWN + timedelta(minutes=number),
    }
    return await add(session, Series(library_id=shelf.id, title=title, **{**defaults, **more}))


async def chapter(
    session: AsyncSession, of: Series, number: int = 1, pages: int = 3, **more: Any
) -> Chapter:
    """A chapter with one live file row (no bytes on disk) in the library's first root."""
    made = Chapter(
        id=new_id(),
        series_id=of.id,
        number=number,
        number_text=str(number),
        position=number,
        **more,
    )
    root = await _first_root(session, of)
    file = ChapterFile(
        chapter_id=made.id,
        root_id=root.id,
        path=of.folder + f"/c{number:03}-{next(_numbers)}.cbz".encode(),
        display_name=f"c{number:03}.cbz",
        size=1000,
        mtime_ns=1,
        inode=next(_numbers),
        format="zip",
        page_count=pages,
    )
    of.position_count = max(of.position_count, number)
    session.add_all([made, file, await session.merge(of)])
    await session.commit()
    return made


async def _first_root(session: AsyncSession, of: Series) -> Root:
    from sqlalchemy import select

    found = await session.scalar(select(Root).where(Root.library_id == of.library_id).limit(1))
    assert found is not None
    return found
