"""What must hold of covers that people brought."""

import asyncio
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.db.checks import Check, Found, Patient, counted
from app.foundation.images.artwork import is_whole
from app.library.models import Series
from app.reading.images import ARTWORK

_BACK_TO_PAGES = text("""
    UPDATE series SET cover_art = NULL, locked_fields = array_remove(locked_fields, 'cover'),
        sources = sources - 'cover'
    WHERE cover_art = ANY(:gone)
""")


async def _gone(session: AsyncSession, folder: Path) -> dict[str, str]:
    """Names of pictures that are not there, and the title of a series each."""
    rows = await session.execute(
        select(Series.cover_art, Series.title).where(Series.cover_art.is_not(None))
    )
    by_name = {str(row.cover_art): row.title for row in rows}
    return await asyncio.to_thread(
        lambda: {name: title for name, title in by_name.items() if not is_whole(folder, name)}
    )


async def _look(patient: Patient) -> Found:
    async with patient.sessions() as session:
        return counted((await _gone(session, patient.settings.data_dir / ARTWORK)).values())


async def _mend(patient: Patient) -> str:
    async with patient.sessions() as session, session.begin():
        gone = await _gone(session, patient.settings.data_dir / ARTWORK)
        await session.execute(_BACK_TO_PAGES, {"gone": list(gone)})
    return f"Gave {len(gone)} series a page as their cover."


checks = (Check("artwork", "covers that people brought are gone", _look, _mend),)
