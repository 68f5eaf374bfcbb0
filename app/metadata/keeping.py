"""Pictures that people brought: which are wanted, and which may go."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.foundation.images.artwork import forget_others
from app.reading.images import ARTWORK

JUST_BROUGHT_SECONDS = 3600.0
_WANTED = text("""
    SELECT cover_art FROM series WHERE cover_art IS NOT NULL
    UNION SELECT before->'cover'->'value'->>'art' FROM series_edit
    UNION SELECT after->'cover'->'value'->>'art' FROM series_edit
""")


async def forget_unwanted(session: AsyncSession, settings: Settings) -> int:
    """What no series shows and no Undo can bring back; how many files went."""
    wanted = {name for name in await session.scalars(_WANTED) if name}
    folder = settings.data_dir / ARTWORK
    return await asyncio.to_thread(forget_others, folder, wanted, JUST_BROUGHT_SECONDS)
