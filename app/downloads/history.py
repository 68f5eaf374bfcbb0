"""How far back downloads that ended are shown, and which of them nobody needs any more.

The last row of a release is never forgotten: that it came, failed, or was cancelled is why it does
not come again by itself. Nor is what came by itself and is here: a better version may replace it.
"""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads.models import Download
from app.downloads.settings import rules_of
from app.foundation.db import now

AT_ONCE = 2000
_FORGET = text("""
    DELETE FROM download WHERE id IN (
        SELECT old.id FROM download old
        WHERE old.finished_at < :before AND NOT (old.state = 'done' AND old.chapter_id IS NOT NULL)
            AND EXISTS (
                SELECT FROM download newer WHERE newer.release_id = old.release_id
                    AND (newer.created_at, newer.id) > (old.created_at, old.id))
        LIMIT :most)
    RETURNING id
""").bindparams(bindparam("before", type_=Download.finished_at.type))


async def begins(session: AsyncSession) -> datetime:
    return now() - timedelta(days=(await rules_of(session)).keep_days)


async def forget(session: AsyncSession, before: datetime) -> int:
    """How many there were, of at most AT_ONCE."""
    gone = await session.execute(_FORGET, {"before": before, "most": AT_ONCE})
    return len(gone.all())
