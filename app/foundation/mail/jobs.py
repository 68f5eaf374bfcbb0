"""Letters go out by the queue: a mail server that is slow or away makes nobody wait."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.mail.letters import LETTERS
from app.foundation.mail.post import is_open, post_office
from app.foundation.queue import SOON, InVain, Run, enqueue, job, minutes
from app.foundation.web.i18n import current_language

RETRIES = 12
"""With the pauses of the queue a little more than an hour: greylisting is over by then."""


async def send_later(
    session: AsyncSession,
    letter: str,
    to: UUID | None,
    *,
    address: str | None = None,
    key: str | None = None,
    **words: Any,
) -> None:
    """Write to somebody, with the caller's commit; nothing where no mail can be sent.

    `address` is another than the one they are known by (`to` None: nobody who is known). Of letters
    with one `key` one is under way at a time. Never a secret in `words`: they are kept.
    """
    if letter not in LETTERS:
        raise RuntimeError(f"there is no letter named {letter}")
    if is_open():
        await enqueue(
            session,
            send_mail,
            key=key,
            letter=letter,
            to=to,
            address=address,
            language=current_language(),
            words=msgspec.to_builtins(words),
        )


@job(timeout=minutes(2), retries=RETRIES, priority=SOON)
async def send_mail(
    run: Run,
    letter: str,
    to: UUID | None,
    address: str | None,
    language: str,
    words: dict[str, Any],
) -> None:
    """`language` is that of whoever caused the letter, for recipients who chose none."""
    # Only who really sends mail pays for what it takes.
    from app.foundation.mail.delivery import MailFailed, deliver
    from app.foundation.mail.writing import Wish, write

    office = post_office(run.settings)
    if office is None:
        raise InVain("No mail server is set: see BUNKO_SMTP_URL.")
    async with run.transaction() as session:
        message = await write(session, run.settings, Wish(letter, to, address, language, words))
    if message is None:
        return await run.report(0, note="Not sent: it was not wanted any more.")
    try:
        await run.report(0, note=await deliver(office, message))
    except MailFailed as error:
        if error.is_final:
            raise InVain(str(error)) from error
        raise
