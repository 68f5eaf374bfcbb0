"""What browsers send for passkeys, taken apart without trusting it."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import msgspec

from app.errors import Invalid

LONGEST = 20_000
MISTAKES = (msgspec.MsgspecError, ValueError, TypeError, LookupError, AttributeError)
TRANSPORTS = ("ble", "hybrid", "internal", "nfc", "smart-card", "usb")


class BadPasskey(Invalid):
    """Replayed, foreign, unknown or tampered with: one answer for all of them."""

    def __init__(self) -> None:
        super().__init__("This passkey was not accepted. Try once more, or use another way.")


@contextmanager
def refusals() -> Iterator[None]:
    """Whatever a library finds wrong in what a stranger sent is a refusal and no failure of ours."""
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        yield
    except (*MISTAKES, WebAuthnException) as error:
        raise BadPasskey from error


def decoded(sent: str) -> dict[str, Any]:
    with refusals():
        if len(sent) > LONGEST:
            raise BadPasskey
        return msgspec.json.decode(sent, type=dict[str, Any])


def as_text(challenge: bytes) -> str:
    """base64url without padding, as both browsers and one-time tokens write it."""
    return urlsafe_b64encode(challenge).rstrip(b"=").decode("ascii")


def transports_of(credential: dict[str, Any]) -> list[str]:
    """By which ways the device may be reached: a hint of the browser's, nothing more."""
    told = credential.get("response", {}).get("transports", [])
    return [word for word in TRANSPORTS if isinstance(told, list) and word in told]


def refuse_another_person(credential: dict[str, Any], user_id: UUID) -> None:
    """A device that says who it belongs to (WebAuthn 7.2, step 6) must say the same as we."""
    from webauthn.helpers import base64url_to_bytes

    told = credential["response"].get("userHandle")
    if told and base64url_to_bytes(told) != user_id.bytes:
        raise BadPasskey
