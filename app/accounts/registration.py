"""Whether strangers may make themselves an account; kept among the settings."""

from uuid import UUID

import msgspec

from app.accounts.forms import AgeLimit
from app.foundation.db.setting_store import setting


@setting("registration")
class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes in this way is a reader, with these libraries and this age limit."""

    is_open: bool = False
    asks_owner: bool = True
    """Nobody signs in before an owner has let them in."""
    libraries: list[UUID] = []
    age_limit: AgeLimit | None = None
