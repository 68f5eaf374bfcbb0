"""Where somebody is in a chapter, and what a turn of the page makes of it. No I/O."""

from datetime import datetime
from uuid import UUID

import msgspec

from app.reading.models import Progress

BEGINNING = 1


class Place(msgspec.Struct, frozen=True):
    """`page` is 1-based and within today's page count; `version` is 0 before the first turn."""

    page: int
    is_read: bool
    is_begun: bool
    version: int
    device: str | None = None
    updated_at: datetime | None = None


NOWHERE = Place(page=BEGINNING, is_read=False, is_begun=False, version=0)


def place_in(progress: Progress | None, page_count: int) -> Place:
    """Where to resume: a chapter read to its end begins anew, unless it is being read again.

    Where the file was replaced by one of another length, the page is scaled (SCHEMA: progress).
    """
    if progress is None:
        return NOWHERE
    marker = progress.reread_page if progress.completed_at else progress.page
    return Place(
        page=scaled(marker or BEGINNING, progress.page_count, page_count),
        is_read=progress.completed_at is not None,
        is_begun=progress.page > 0 or progress.completed_at is not None,
        version=progress.version,
        device=progress.device,
        updated_at=progress.updated_at,
    )


def scaled(page: int, of: int, to: int) -> int:
    """The page of a file of `to` pages that lies where `page` lay in one of `of` pages."""
    if of == to or of < 1:
        return clamped(page, to)
    return clamped(-(-page * to // of), to)


def clamped(page: int, page_count: int) -> int:
    return max(BEGINNING, min(page, page_count))


def turn(
    progress: Progress,
    page: int,
    page_count: int,
    *,
    version: int,
    device: str,
    at: datetime,
    completes: bool = True,
) -> bool:
    """Move to the page, and say whether anything changed.

    A turn made on the newest version counts whichever way it goes; one made on any other version
    may have been overtaken, and only moves forward. `page` beyond the end is the end. The last page
    ends the chapter unless only its first half is shown (`completes` False).
    """
    target = clamped(page, page_count)
    if version != progress.version and not _is_ahead(progress, target, page_count):
        return False
    if not _move(progress, target, page_count, at, is_end=completes and target == page_count):
        return False
    progress.page_count = page_count
    progress.version += 1
    progress.device = device
    progress.updated_at = at
    return True


def _is_ahead(progress: Progress, target: int, page_count: int) -> bool:
    if progress.completed_at is None:
        return target > _today(progress.page, progress, page_count)
    # Read to the end: only an overtaken turn of the same second reading can lie ahead.
    if progress.reread_page is None:
        return False
    return target > _today(progress.reread_page, progress, page_count)


def _today(page: int, progress: Progress, page_count: int) -> int:
    return scaled(page, progress.page_count, page_count) if page else 0


def _move(progress: Progress, target: int, page_count: int, at: datetime, *, is_end: bool) -> bool:
    before = (progress.page, progress.reread_page, progress.completed_at, progress.page_count)
    progress.locator = None
    if progress.completed_at is None:
        progress.page = target
        progress.completed_at = at if is_end else None
    else:
        progress.page = scaled(progress.page, progress.page_count, page_count) or page_count
        progress.reread_page = None if is_end else target
    after = (progress.page, progress.reread_page, progress.completed_at, page_count)
    return before != after


def begin(user_id: UUID, chapter_id: UUID, page_count: int, at: datetime) -> Progress:
    """A row that says "not begun yet": page 0, version 0."""
    return Progress(
        user_id=user_id,
        chapter_id=chapter_id,
        page=0,
        page_count=page_count,
        version=0,
        updated_at=at,
    )
