"""The rows of the first screen, each as short as a screen is wide."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Theme, User
from app.browsing.scans import running_scans
from app.browsing.shelf import Sort, newest
from app.library.models import Library
from app.library.queries import libraries_of
from app.reading.queries import continue_reading, on_deck

NOW, SHELF = 6, 16
E_INK_NOW, E_INK_SHELF = 4, 4


async def home_rows(session: AsyncSession, person: User) -> dict[str, Any]:
    """What `browsing/home.html` shows; six queries at most."""
    libraries = (await session.scalars(select(Library).where(libraries_of(person)))).all()
    if not libraries:
        return {"has_libraries": False}
    is_e_ink = person.preference.theme is Theme.E_INK
    now, shelf = (E_INK_NOW, E_INK_SHELF) if is_e_ink else (NOW, SHELF)
    scans = await running_scans(session, [library.id for library in libraries])
    return {
        "has_libraries": True,
        "scanning": [(library, scans[library.id]) for library in libraries if library.id in scans],
        "continuing": await continue_reading(session, person, limit=now),
        "deck": await on_deck(session, person, limit=shelf),
        "updated": await newest(session, person, Sort.UPDATED, shelf),
        "added": await newest(session, person, Sort.ADDED, shelf),
    }
