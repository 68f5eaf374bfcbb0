"""One letter, handed to the mail server; what went wrong, in plain words beside the server's own."""

import asyncio
import ssl
from email.message import EmailMessage
from typing import Any

import aiosmtplib
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

from app.errors import BunkoError
from app.foundation.mail.post import PostOffice
from app.foundation.security.text import clean_line
from app.foundation.web.i18n import LazyText, lazy_gettext

ANSWER_SECONDS = 15.0
WHOLE_SECONDS = 60.0
LONGEST_REPLY = 400


class MailFailed(BunkoError):
    """`sentence` says what happened, `reply` is what the server said, word for word.

    A refusal that would be the same the next time `is_final`; everything else may pass.
    """

    def __init__(self, sentence: LazyText, reply: str = "", *, is_final: bool = False) -> None:
        self.sentence = sentence
        self.reply = clean_line(reply, LONGEST_REPLY)
        self.is_final = is_final
        super().__init__(f"{sentence.message} {self.reply}".strip())


async def deliver(
    office: PostOffice, message: EmailMessage, *, patience: float = WHOLE_SECONDS
) -> str:
    """The server's own words when it took the letter; raises MailFailed."""
    try:
        async with asyncio.timeout(patience), _client(office, patience) as client:
            _refused, words = await client.send_message(message)
    except (OSError, SMTPException, TimeoutError, ssl.SSLError) as error:
        raise _explained(error) from error
    return clean_line(words, LONGEST_REPLY)


def _client(office: PostOffice, patience: float) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=office.host,
        port=office.port,
        username=office.user,
        password=office.password,
        local_hostname=office.name,
        timeout=min(ANSWER_SECONDS, patience),
        use_tls=office.cover == "tls",
        start_tls=office.cover == "starttls",
        tls_context=None if office.cover == "none" else ssl.create_default_context(),
    )


def _explained(error: Exception) -> MailFailed:
    if isinstance(error, SMTPRecipientsRefused):
        first = error.recipients[0]
        return MailFailed(
            lazy_gettext("The mail server does not take mail for this address."),
            _reply(first),
            is_final=all(one.code >= 500 for one in error.recipients),
        )
    if isinstance(error, SMTPDataError):
        sentence = lazy_gettext("The mail server did not take the letter.")
        return MailFailed(sentence, _reply(error), is_final=error.code >= 500)
    return MailFailed(_sentence(error), _reply(error))


def _sentence(error: Exception) -> LazyText:
    causes = (error, error.__cause__, error.__context__)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return lazy_gettext("The connection to the mail server cannot be encrypted safely.")
    return next(sentence for kinds, sentence in _SENTENCES if isinstance(error, kinds))


# The first that fits counts.
_SENTENCES: list[tuple[Any, LazyText]] = [
    (
        SMTPAuthenticationError,
        lazy_gettext("The mail server does not accept the user and password in BUNKO_SMTP_URL."),
    ),
    (
        SMTPSenderRefused,
        lazy_gettext("The mail server takes no mail from this sender address."),
    ),
    (TimeoutError, lazy_gettext("The mail server does not answer in time.")),
    (SMTPResponseException, lazy_gettext("The mail server refuses us.")),
    (SMTPServerDisconnected, lazy_gettext("The mail server hung up.")),
    ((SMTPConnectError, OSError), lazy_gettext("The mail server cannot be reached.")),
    (SMTPException, lazy_gettext("The mail server cannot do what BUNKO_SMTP_URL asks of it.")),
]


def _reply(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error)
