"""What one may listen to, and who may."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.accounts.models import User
from app.auth.models import Session
from app.auth.sessions import is_alive
from app.downloads.models import TOPIC as DOWNLOADS
from app.downloads.releases_events import TOPIC as UPDATES
from app.errors import NotAllowed, NotFound
from app.foundation.db import now
from app.foundation.queue.herald import JOBS
from app.library.models import Library
from app.library.queries import libraries_of
from app.providers.checking import TOPIC as PROVIDERS

MOST_TOPICS = 20
SCAN = "scan "
FOR_MANAGERS = frozenset((JOBS, DOWNLOADS, PROVIDERS))
FOR_ALL = frozenset((UPDATES,))
"""That there is something new, not of what: whoever hears it asks with their own rights."""


async def check_topics(session: AsyncSession, person: User, topics: Sequence[str]) -> None:
    """Raises unless this person may hear of every one of them."""
    if not 0 < len(topics) <= MOST_TOPICS:
        raise NotFound("There is nothing to listen to.")
    libraries = {_library_of(topic) for topic in topics if topic not in FOR_MANAGERS | FOR_ALL}
    if FOR_MANAGERS.intersection(topics) and not person.manages:
        raise NotAllowed("This is for those who run this Bunko.")
    seen = await session.scalar(
        select(func.count()).where(Library.id.in_(libraries), libraries_of(person))
    )
    if seen != len(libraries):
        raise NotFound("There is no such library.")


async def is_still_welcome(
    sessions: async_sessionmaker[AsyncSession], session_id: UUID, topics: Sequence[str]
) -> bool:
    """Whether the sign-in still stands, the person is not shut out, and may still hear of it."""
    async with sessions() as session:
        found = await session.execute(
            select(Session, User).join(Session.user).where(Session.id == session_id)
        )
        row = found.one_or_none()
        if row is None or not is_alive(row.Session, now()) or row.User.disabled_at is not None:
            return False
        try:
            await check_topics(session, row.User, topics)
        except (NotFound, NotAllowed):
            return False
        return True


def _library_of(topic: str) -> UUID:
    try:
        if topic.startswith(SCAN):
            return UUID(topic.removeprefix(SCAN))
    except ValueError:
        pass
    raise NotFound("There is nothing to listen to.")
