"""What happens to accounts: said once where it is done, kept by the audit log, told by mail.

await publish(session, SecurityEvent(What.PASSWORD_CHANGED, subject=person.id, by=by(request)))
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from litestar import Request

from app.auth.devices import device_name
from app.foundation.web.client import client_of


class What(StrEnum):
    """The kinds of security events (OWASP ASVS 5.0, 16.3). Each value stays what it is: it is kept."""

    SETTING_CHANGED = "setting.changed"


@dataclass(frozen=True, slots=True)
class By:
    """Who did it, and from where. Without a person it was a stranger, or Bunko itself."""

    person: UUID | None = None
    network: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """`subject` is the account it happened to; `about` are further words, never a secret."""

    what: What
    subject: UUID | None = None
    by: By = By()
    about: dict[str, str | int | bool | None] = field(default_factory=dict)


def by(request: Request[Any, Any, Any]) -> By:
    """The person and the browser behind this request."""
    person = request.scope.get("user")
    return By(
        person=person.id if person is not None else None,
        network=client_of(request).network,
        device=device_name(request.headers.get("user-agent", "")),
    )
