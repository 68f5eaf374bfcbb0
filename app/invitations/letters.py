"""An invitation that goes by mail: its link is made when the letter is written, and kept nowhere."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.mail import Recipient, Words, letter
from app.invitations.service import Invitations

LETTER = "invitation"


@letter(LETTER, template="mail/invitation.html")
async def write_invitation(
    session: AsyncSession, to: Recipient, invitation_id: UUID, inviter: str
) -> Words | None:
    secret = await Invitations(session).new_secret(invitation_id)
    return None if secret is None else {"path": f"/invitation/{secret}", "inviter": inviter}
