"""What was read when: a row per person, day and chapter, written with the progress it tells of."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.db import day_of
from app.reading.models import Progress, ReadingDay

LONGEST_GAP = timedelta(minutes=5)
"""Between two turns: whoever looks at one page for longer has put the book down."""
MOST_PAGES = 10
"""That one turn brings: a part of a strip does, a jump to another page is none of reading."""


def place_kept(progress: Progress) -> dict[str, Any]:
    """Where somebody is, in a form that JSON can keep and `give_place` can give back."""
    completed = progress.completed_at
    return {
        "page": progress.page,
        "page_count": progress.page_count,
        "reread_page": progress.reread_page,
        "completed_at": completed.isoformat() if completed else None,
        "updated_at": progress.updated_at.isoformat(),
    }


def give_place(progress: Progress, kept: dict[str, Any]) -> None:
    """The version goes on counting: what an old screen still sends is recognised as old."""
    completed = kept["completed_at"]
    progress.page = kept["page"]
    progress.page_count = kept["page_count"]
    progress.reread_page = kept["reread_page"]
    progress.completed_at = datetime.fromisoformat(completed) if completed else None
    progress.updated_at = datetime.fromisoformat(kept["updated_at"])
    progress.version += 1


async def note(
    session: AsyncSession, progress: Progress, before: dict[str, Any], at: datetime
) -> None:
    """After a turn that changed something; the caller holds the person's sums of this series."""
    shown, finished = _shown(progress, before)
    day = await session.get(
        ReadingDay, (progress.user_id, day_of(at), progress.chapter_id), populate_existing=True
    )
    if day is None:
        day = ReadingDay(
            user_id=progress.user_id, day=day_of(at), chapter_id=progress.chapter_id, removed_at=at
        )
        session.add(day)
    if day.removed_at is not None:
        _begin(day, before, at)
    gap = at - day.ended_at
    day.pages += _advance(before, shown)
    day.seconds += round(gap.total_seconds()) if timedelta() < gap <= LONGEST_GAP else 0
    day.last_page = shown
    day.is_finished = day.is_finished or finished
    day.device = progress.device
    day.ended_at = max(at, day.ended_at)


def _begin(day: ReadingDay, before: dict[str, Any], at: datetime) -> None:
    """Anew, also where somebody took the same day out of their history."""
    day.pages = day.seconds = 0
    day.is_finished = day.is_taken_back = False
    day.before = before
    day.began_at = day.ended_at = at
    day.removed_at = None


def _shown(progress: Progress, before: dict[str, Any]) -> tuple[int, bool]:
    """The page in front of the person, and whether it is the last one, seen now."""
    if before["completed_at"] is None:
        return progress.page, progress.completed_at is not None
    if progress.reread_page is None:
        return progress.page_count, True
    return progress.reread_page, False


def _advance(before: dict[str, Any], shown: int) -> int:
    was = before["page"] if before["completed_at"] is None else before["reread_page"] or 0
    pages = max(0, shown - was)
    return pages if pages <= MOST_PAGES else 1
