"""Who asks, by what, and how far it reaches: what policies judge, and nothing else."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from app.accounts.models import User
from app.foundation.web.policies import Scope


class Carrier(StrEnum):
    """What brought the proof of who is asking."""

    SESSION = "session"
    APP_PASSWORD = "app password"  # noqa: S105 - a kind of credential
    ACCESS_TOKEN = "access token"  # noqa: S105 - a kind of credential


class Known(msgspec.Struct, frozen=True):
    """The session of this request, for the screens that are about it."""

    session_id: UUID
    stays: bool
    proved_at: datetime
    tablet_id: UUID | None = None
    """Set where nobody gave a password: chosen on a family tablet."""
    is_two_factor: bool = False


class Principal(msgspec.Struct, frozen=True):
    person: User
    carrier: Carrier
    scopes: frozenset[Scope] = frozenset()
    """What a key may be used for; the cookie of a session needs none."""
    session: Known | None = None
    key_id: UUID | None = None
    """The app password behind a key, be it sent itself or exchanged for a token."""

    def opens(self, scopes: frozenset[Scope]) -> bool:
        """Whether one of the scopes that a route declares is held; keys alone need one."""
        return self.carrier is Carrier.SESSION or not scopes.isdisjoint(self.scopes)
