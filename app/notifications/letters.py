"""A line of the inbox as a letter, for those who want it by mail."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.mail import Recipient, Words, letter
from app.foundation.web.i18n import _
from app.notifications.models import Notification
from app.notifications.queries import shown_to

LETTER = "notification"


@letter(LETTER, template="mail/notification.html")
async def write_notification(session: AsyncSession, to: Recipient, line_id: UUID) -> Words | None:
    """None where it was read already, or may not be seen any more."""
    person = await session.get(User, to.user_id) if to.user_id else None
    if person is None:
        return None
    query = select(Notification).where(
        Notification.id == line_id, Notification.read_at.is_(None), shown_to(person)
    )
    line = await session.scalar(query)
    if line is None:
        return None
    return {
        "sentence": _(line.sentence, **line.words),
        "detail": _(line.detail) if line.detail else "",
        "path": line.link,
    }
