"""The rows of the first screen, each as short as a screen is wide."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing.libraries import shelves_of
from app.browsing.released import released
from app.browsing.shelf import newest
from app.browsing.wish import Sort
from app.foundation.web.looks import Looks
from app.library.words import chapter_name
from app.reading.cards import NextCard
from app.reading.deck import continue_reading, on_deck
from app.search.rows import smart_rows

NOW, SHELF = 6, 16
MOST_SCANS = 20
E_INK_NOW, E_INK_SHELF = 4, 4


async def home_rows(session: AsyncSession, person: User, looks: Looks) -> dict[str, Any]:
    """What `browsing/home.html` shows; eight queries at most."""
    shelves = await shelves_of(session, person)
    if not shelves:
        return {"has_libraries": False}
    few, many = (E_INK_NOW, E_INK_SHELF) if looks.is_e_ink else (NOW, SHELF)
    new = await newest(session, person, many)
    return {
        "has_libraries": True,
        # Also those that rest: a scan that begins later appears without a reload.
        "scans": sorted(shelves, key=lambda shelf: shelf.scan is None)[:MOST_SCANS],
        "continuing": await continue_reading(session, person, limit=few),
        "deck": [_next_card(row) for row in await on_deck(session, person, limit=many)],
        "released": await released(session, person, many),
        "updated": new[Sort.UPDATED],
        "added": new[Sort.ADDED],
        "smart": await smart_rows(session, person, many),
    }


def _next_card(row: Any) -> NextCard:
    return NextCard(
        row.series_id,
        row.title,
        row.language,
        positions=0,
        read=0,
        started=0,
        cover_version=row.cover_version,
        place=row.last_read_at,
        chapter_id=row.chapter_id,
        chapter_name=chapter_name(row),
    )
