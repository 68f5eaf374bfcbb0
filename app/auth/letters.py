"""What the worker writes to people about their accounts."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import mailing  # noqa: F401  (where people get their mail)
from app.accounts.models import User
from app.auth import addresses, notices, recovery  # noqa: F401  (notices listen)
from app.foundation.mail import Recipient, Words, letter


@letter(recovery.LETTER, template="mail/recovery.html")
async def write_recovery(
    session: AsyncSession, to: Recipient, network: str, device: str
) -> Words | None:
    person = await session.get_one(User, to.user_id)
    path = await recovery.new_link(session, person, email=to.address)
    return {"path": path, "network": network, "device": device}


@letter(addresses.LETTER, template="mail/address.html")
async def write_address(session: AsyncSession, to: Recipient) -> Words | None:
    person = await session.get_one(User, to.user_id)
    path = await addresses.new_link(session, person, to.address or "")
    return None if path is None else {"path": path, "address": to.address}
