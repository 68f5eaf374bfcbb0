"""Where people get their mail."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.foundation.mail import Recipient, set_address_book


async def mailbox_of(session: AsyncSession, user_id: UUID) -> Recipient | None:
    """Nobody for those who are gone, and for the disabled."""
    person = await session.scalar(
        select(User)
        .options(joinedload(User.preference))
        .where(User.id == user_id, User.disabled_at.is_(None))
    )
    if person is None:
        return None
    return Recipient(person.id, person.name, person.email, person.preference.language)


set_address_book(mailbox_of)
