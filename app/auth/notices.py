"""What happened to an account is told to its person by mail: one table, one letter."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.events import SecurityEvent, What
from app.events import on
from app.foundation.db import now
from app.foundation.mail import Recipient, Words, letter, send_later
from app.foundation.web.i18n import LazyText, lazy_gettext
from app.foundation.web.times import full_date

LETTER = "notice"


class Notice(NamedTuple):
    subject: LazyText
    sentence: LazyText


NOTICES: dict[What, Notice] = {
    What.NEW_DEVICE: Notice(
        lazy_gettext("A new device signed in to Bunko"),
        lazy_gettext("Somebody signed in to your account with a device that was not used before."),
    ),
    What.PASSWORD_CHANGED: Notice(
        lazy_gettext("Your Bunko password was changed"),
        lazy_gettext("Every browser but the one where it was changed is signed out."),
    ),
    What.PASSWORD_RESET: Notice(
        lazy_gettext("Your Bunko password was set by somebody else"),
        lazy_gettext("Somebody who runs this Bunko gave you a new password."),
    ),
    What.RECOVERED: Notice(
        lazy_gettext("A new password for Bunko was chosen"),
        lazy_gettext(
            "It was chosen by a link for a forgotten password. Every browser is signed out."
        ),
    ),
    What.RECOVERY_LINK_MADE: Notice(
        lazy_gettext("Somebody made a link for your Bunko password"),
        lazy_gettext("Whoever has the link can choose a new password for you, for half an hour."),
    ),
    What.EMAIL_CHANGED: Notice(
        lazy_gettext("Your mail address for Bunko was changed"),
        lazy_gettext("From now on Bunko writes to another address."),
    ),
    What.ROLE_CHANGED: Notice(
        lazy_gettext("You have another role in Bunko"),
        lazy_gettext("What you may do here was changed, and you have to sign in again."),
    ),
    What.TWO_FACTOR_ON: Notice(
        lazy_gettext("Two-factor sign-in to Bunko was switched on"),
        lazy_gettext("From now on your password alone lets nobody in."),
    ),
    What.TWO_FACTOR_OFF: Notice(
        lazy_gettext("Two-factor sign-in to Bunko was switched off"),
        lazy_gettext("From now on your password alone lets one in."),
    ),
    What.TWO_FACTOR_RESET: Notice(
        lazy_gettext("Your second factor for Bunko was reset"),
        lazy_gettext("Somebody who runs this Bunko removed it. Set up a new one when you sign in."),
    ),
    What.BACKUP_CODES_MADE: Notice(
        lazy_gettext("New backup codes for Bunko were made"),
        lazy_gettext("Those of before work no more."),
    ),
    What.BACKUP_CODE_USED: Notice(
        lazy_gettext("A backup code let somebody in to Bunko"),
        lazy_gettext("Each works once, so you have one less."),
    ),
    What.PASSKEY_ADDED: Notice(
        lazy_gettext("A passkey was added to your Bunko account"),
        lazy_gettext("From now on it lets in whoever holds it, without your password."),
    ),
    What.PASSKEY_REMOVED: Notice(
        lazy_gettext("A passkey was removed from your Bunko account"),
        lazy_gettext("It lets nobody in any more."),
    ),
    What.IDENTITY_LINKED: Notice(
        lazy_gettext("Another account was linked to yours in Bunko"),
        lazy_gettext("From now on whoever signs in with it comes in here, without your password."),
    ),
    What.IDENTITY_UNLINKED: Notice(
        lazy_gettext("An account was unlinked from yours in Bunko"),
        lazy_gettext("It does not sign you in here any more."),
    ),
    What.REFRESH_TOKEN_REUSED: Notice(
        lazy_gettext("A program was signed out of your Bunko"),
        lazy_gettext("Its sign-in came from two places, so it may have been stolen."),
    ),
    What.APP_PASSWORD_MADE: Notice(
        lazy_gettext("An app password was made for Bunko"),
        lazy_gettext("A program can read with it in your name, until it is revoked."),
    ),
}


@on(SecurityEvent)
async def tell_by_mail(session: AsyncSession, event: SecurityEvent) -> None:
    if event.what not in NOTICES or event.subject is None:
        return
    address = event.about.get("was") if event.what is What.EMAIL_CHANGED else None
    if event.what is What.EMAIL_CHANGED and address is None:
        return  # there is no address of before
    await send_later(
        session,
        LETTER,
        event.subject,
        address=str(address) if address is not None else None,
        what=event.what.value,
        at=now(),
        device=event.by.device,
        network=event.by.network,
        is_own=event.by.person == event.subject,
    )


@letter(LETTER, template="mail/notice.html")
async def write_notice(
    session: AsyncSession,
    to: Recipient,
    what: What,
    at: datetime,
    device: str,
    network: str,
    is_own: bool,
) -> Words | None:
    notice = NOTICES[what]
    return {
        "subject": notice.subject,
        "sentence": notice.sentence,
        "at": full_date(at),
        "device": device,
        "network": network,
        "is_own": is_own,
    }
