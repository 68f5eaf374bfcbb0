"""What owners choose about mail. Where it goes stands in the environment, with its password."""

from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from app.config import Settings
from app.foundation.db.setting_store import setting
from app.foundation.mail.post import post_office


@setting("mail")
class MailChoice(msgspec.Struct, frozen=True, kw_only=True):
    from_address: Annotated[str, Meta(max_length=254)] | None = None
    from_name: Annotated[str, Meta(min_length=1, max_length=60)] = "Bunko"


def from_address(settings: Settings, choice: MailChoice) -> str:
    """The one chosen; else the name one signs in with at the mail server; else one made up."""
    office = post_office(settings)
    if choice.from_address:
        return choice.from_address
    if office is not None and "@" in (office.user or ""):
        return str(office.user)
    host = urlsplit(settings.public_url or "").hostname or (office.host if office else "localhost")
    return f"bunko@{host}"
