"""What happens to accounts: said once where it is done, kept by the audit log, told by mail.

await publish(session, SecurityEvent(What.PASSWORD_CHANGED, subject=person.id, by=by(request)))

What must be kept although the request is refused (a wrong password) is said by `publish_apart`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from litestar import Request

from app.auth.devices import device_name
from app.events import publish
from app.foundation.logger import get_logger
from app.foundation.web.client import client_of
from app.foundation.web.i18n import LazyText, lazy_gettext

log = get_logger("bunko.auth")


class What(StrEnum):
    """The kinds of security events (OWASP ASVS 5.0, 16.3). Each value stays what it is: it is kept.

    A new kind also gets its words in TITLES.
    """

    SETUP = "setup"
    SIGN_IN = "sign_in.good"
    SIGN_IN_FAILED = "sign_in.bad"
    HEADER_FORGED = "sign_in.forged_header"
    SIGN_OUT = "sign_out"
    SESSION_ENDED = "session.ended"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - a kind of event
    PASSWORD_RESET = "password.reset"  # noqa: S105 - a kind of event
    USER_CREATED = "user.created"
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"
    ROLE_CHANGED = "user.role"
    LIMITS_CHANGED = "user.limits"
    ACCESS_CHANGED = "library.access"
    LIBRARY_ADDED = "library.added"
    LIBRARY_REMOVED = "library.removed"
    TWO_FACTOR_ON = "two_factor.on"
    TWO_FACTOR_OFF = "two_factor.off"
    TWO_FACTOR_RESET = "two_factor.reset"
    BACKUP_CODES_MADE = "backup_codes.made"
    BACKUP_CODE_USED = "backup_code.used"
    IDENTITY_LINKED = "identity.linked"
    IDENTITY_UNLINKED = "identity.unlinked"
    PROVIDER_ADDED = "sign_in_provider.added"
    PROVIDER_CHANGED = "sign_in_provider.changed"
    PROVIDER_REMOVED = "sign_in_provider.removed"
    PASSKEY_ADDED = "passkey.added"
    PASSKEY_REMOVED = "passkey.removed"
    SOURCE_ADDED = "provider.added"
    SOURCE_CHANGED = "provider.changed"
    SOURCE_REMOVED = "provider.removed"
    SETTING_CHANGED = "setting.changed"
    INVITED = "invitation.made"
    INVITATION_TAKEN_BACK = "invitation.taken_back"
    JOINED = "invitation.accepted"
    REGISTERED = "person.registered"
    TURNED_AWAY = "person.turned_away"
    APP_PASSWORD_MADE = "app_password.made"  # noqa: S105 - a kind of event
    APP_PASSWORD_REVOKED = "app_password.revoked"  # noqa: S105 - a kind of event
    PROGRAM_SIGNED_IN = "program.signed_in"
    PROGRAM_SIGNED_OUT = "program.signed_out"
    REFRESH_TOKEN_REUSED = "refresh_token.reused"  # noqa: S105 - a kind of event
    TOKEN_KEYS_ROTATED = "token_keys.rotated"  # noqa: S105 - a kind of event
    RECOVERY_ASKED = "recovery.asked"
    RECOVERY_LINK_MADE = "recovery.link_made"
    RECOVERED = "recovery.used"
    EMAIL_CHANGED = "email.changed"
    EMAIL_CONFIRMED = "email.confirmed"
    NEW_DEVICE = "sign_in.new_device"
    PERSON_DELETED = "person.deleted"
    TABLET_TRUSTED = "tablet.trusted"
    TABLET_CHANGED = "tablet.changed"
    TABLET_TAKEN_BACK = "tablet.taken_back"
    SWITCHED = "tablet.switched"
    PIN_CHANGED = "pin.changed"


TITLES: dict[What, LazyText] = {
    What.SETUP: lazy_gettext("Bunko was set up"),
    What.SIGN_IN: lazy_gettext("Signed in"),
    What.SIGN_IN_FAILED: lazy_gettext("Sign-in refused"),
    What.HEADER_FORGED: lazy_gettext("Name in a header, not from a trusted proxy"),
    What.SIGN_OUT: lazy_gettext("Signed out"),
    What.SESSION_ENDED: lazy_gettext("Browsers signed out"),
    What.PASSWORD_CHANGED: lazy_gettext("Password changed"),
    What.PASSWORD_RESET: lazy_gettext("Password set by somebody else"),
    What.USER_CREATED: lazy_gettext("Person added"),
    What.USER_DISABLED: lazy_gettext("Person disabled"),
    What.USER_ENABLED: lazy_gettext("Person let in again"),
    What.ROLE_CHANGED: lazy_gettext("Role changed"),
    What.LIMITS_CHANGED: lazy_gettext("Limits changed"),
    What.ACCESS_CHANGED: lazy_gettext("Access to a library changed"),
    What.LIBRARY_ADDED: lazy_gettext("Library added"),
    What.LIBRARY_REMOVED: lazy_gettext("Library removed"),
    What.TWO_FACTOR_ON: lazy_gettext("Two-factor turned on"),
    What.TWO_FACTOR_OFF: lazy_gettext("Two-factor turned off"),
    What.TWO_FACTOR_RESET: lazy_gettext("Two-factor reset by somebody else"),
    What.BACKUP_CODES_MADE: lazy_gettext("Backup codes made"),
    What.BACKUP_CODE_USED: lazy_gettext("Signed in with a backup code"),
    What.IDENTITY_LINKED: lazy_gettext("Single sign-on linked"),
    What.IDENTITY_UNLINKED: lazy_gettext("Single sign-on unlinked"),
    What.PROVIDER_ADDED: lazy_gettext("Sign-in provider added"),
    What.PROVIDER_CHANGED: lazy_gettext("Sign-in provider changed"),
    What.PROVIDER_REMOVED: lazy_gettext("Sign-in provider removed"),
    What.PASSKEY_ADDED: lazy_gettext("Passkey added"),
    What.PASSKEY_REMOVED: lazy_gettext("Passkey removed"),
    What.SOURCE_ADDED: lazy_gettext("Provider of series added"),
    What.SOURCE_CHANGED: lazy_gettext("Provider of series changed"),
    What.SOURCE_REMOVED: lazy_gettext("Provider of series removed"),
    What.SETTING_CHANGED: lazy_gettext("Settings changed"),
    What.INVITED: lazy_gettext("Invitation made"),
    What.INVITATION_TAKEN_BACK: lazy_gettext("Invitation taken back"),
    What.JOINED: lazy_gettext("Came in by an invitation"),
    What.REGISTERED: lazy_gettext("Made themselves an account"),
    What.TURNED_AWAY: lazy_gettext("Turned away"),
    What.APP_PASSWORD_MADE: lazy_gettext("App password made"),
    What.APP_PASSWORD_REVOKED: lazy_gettext("App password revoked"),
    What.PROGRAM_SIGNED_IN: lazy_gettext("Program signed in"),
    What.PROGRAM_SIGNED_OUT: lazy_gettext("Program signed out"),
    What.REFRESH_TOKEN_REUSED: lazy_gettext("Token used twice; its program was signed out"),
    What.TOKEN_KEYS_ROTATED: lazy_gettext("Keys of access tokens changed"),
    What.RECOVERY_ASKED: lazy_gettext("Letter for a new password asked for"),
    What.RECOVERY_LINK_MADE: lazy_gettext("Link for a new password made"),
    What.RECOVERED: lazy_gettext("New password chosen by a link"),
    What.EMAIL_CHANGED: lazy_gettext("Mail address changed"),
    What.EMAIL_CONFIRMED: lazy_gettext("Mail address confirmed"),
    What.NEW_DEVICE: lazy_gettext("Signed in with a new device"),
    What.PERSON_DELETED: lazy_gettext("Person deleted"),
    What.TABLET_TRUSTED: lazy_gettext("Browser made a family tablet"),
    What.TABLET_CHANGED: lazy_gettext("Family tablet changed"),
    What.TABLET_TAKEN_BACK: lazy_gettext("Family tablet trusted no more"),
    What.SWITCHED: lazy_gettext("Chosen on a family tablet"),
    What.PIN_CHANGED: lazy_gettext("PIN changed"),
}


type Words = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class By:
    """Who did it, and from where. Without a person it was a stranger, or Bunko itself."""

    person: UUID | None = None
    network: str = ""
    device: str = ""


COMMAND_LINE = By(device="bunko (command line)")
"""Whoever may run `bunko` on the server itself."""


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """`subject` is the account it happened to; `about` are further words, never a secret."""

    what: What
    subject: UUID | None = None
    by: By = By()
    about: Words = field(default_factory=dict)


def by(request: Request[Any, Any, Any], person_id: UUID | None = None) -> By:
    """The person and the browser behind this request; `person_id` where they just came in."""
    person = request.scope.get("user")
    return By(
        person=person_id or (person.id if person is not None else None),
        network=client_of(request).network,
        device=device_name(request.headers.get("user-agent", "")),
    )


async def publish_apart(request: Request[Any, Any, Any], event: SecurityEvent) -> None:
    """Kept at once and for good, whatever becomes of the request."""
    async with request.app.state.session_maker_class() as session, session.begin():
        await publish(session, event)


async def refused_sign_in(
    request: Request[Any, Any, Any], subject: UUID | None, door: str = "password"
) -> None:
    """Somebody was not let in. The line in the log has one shape for good: programs that shut out
    networks (fail2ban) look for it. A name that nobody has is kept nowhere: it may be a password."""
    log.warning("sign-in refused", address=client_of(request).ip, kind=door)
    event = SecurityEvent(What.SIGN_IN_FAILED, subject, by(request), {"door": door})
    await publish_apart(request, event)
