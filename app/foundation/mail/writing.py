"""A letter as it goes out: one template, its title as the subject, its words as HTML and as text."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.foundation.db import now
from app.foundation.db.setting_store import load
from app.foundation.mail.letters import LETTERS, Recipient, recipient
from app.foundation.mail.plain import as_text
from app.foundation.mail.settings import MailChoice, from_address
from app.foundation.queue import InVain
from app.foundation.security.text import clean_line
from app.foundation.web import i18n, times
from app.foundation.web.templates import FOLDER

LONGEST_SUBJECT = 150


class Wish(NamedTuple):
    """Which letter is to be written to whom: what `send_later` was told."""

    letter: str
    to: UUID | None
    address: str | None
    language: str
    words: dict[str, Any]


async def write(session: AsyncSession, settings: Settings, wish: Wish) -> EmailMessage | None:
    """None where there is nobody to write to, or the letter is not wanted any more."""
    known = LETTERS.get(wish.letter)
    if known is None:
        raise InVain("No such letter is known.")
    to = await _recipient(session, wish)
    if to is None or to.address is None:
        return None
    i18n.use_language(to.language or wish.language)
    words = await known.write(session, to, **known.arguments(wish.words))
    if words is None:
        return None
    return compose(settings, await load(session, MailChoice), to, known.template, words)


def compose(
    settings: Settings, choice: MailChoice, to: Recipient, template: str, words: dict[str, Any]
) -> EmailMessage:
    """In the language of this moment."""
    html = (
        _environment()
        .get_template(template)
        .render(
            **words,
            name=to.name,
            base=settings.public_url,
            lang=i18n.current_language(),
            style=_style(),
        )
    )
    text = as_text(html)
    message = EmailMessage(policy=SMTP)
    sender = _address(choice.from_name, from_address(settings, choice))
    message["From"] = sender
    message["To"] = _address(to.name, to.address or "")
    message["Subject"] = clean_line(text.title, LONGEST_SUBJECT)
    message["Date"] = format_datetime(now())
    message["Message-ID"] = make_msgid(domain=sender.domain)
    # So that holiday notices and lists do not answer (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.body)
    message.add_alternative(html, subtype="html")
    message["Content-Language"] = i18n.current_language()
    return message


async def _recipient(session: AsyncSession, wish: Wish) -> Recipient | None:
    if wish.to is None:
        return Recipient(None, "", wish.address)
    found = await recipient(session, wish.to)
    if found is None or wish.address is None:
        return found
    return msgspec.structs.replace(found, address=wish.address)


def _address(name: str, address: str) -> Address:
    """Names that others chose can neither end the header nor stand in for the address."""
    local, _, domain = address.rpartition("@")
    if not local or not domain:
        raise InVain("This is no address that mail can be sent to.")
    try:
        return Address(clean_line(name, 100), local, domain.encode("idna").decode("ascii"))
    except ValueError as error:
        raise InVain("This is no address that mail can be sent to.") from error


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    i18n.install(environment)
    times.install(environment)
    return environment


@cache
def _style() -> Markup:
    return Markup("<style>\n{}</style>").format((FOLDER / "mail" / "letter.css").read_text())
