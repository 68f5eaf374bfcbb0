"""Words that go out to a browser and come back: signed, so that they come back as they went."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from hashlib import sha256

MAC_BYTES = 20


class Signer:
    """Signs, does not hide. One key per purpose, so a token of one kind is worthless as another."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, payload: bytes) -> str:
        """URL- and cookie-safe text that holds the payload."""
        return f"{to_base64(payload)}.{to_base64(self.mac(payload))}"

    def open(self, signed: str) -> bytes | None:
        """The payload, or None when the text is not of our making."""
        body, dot, mac = signed.partition(".")
        if not dot or not signed.isascii():
            return None
        payload, claimed = from_base64(body), from_base64(mac)
        if payload is None or claimed is None:
            return None
        return payload if hmac.compare_digest(claimed, self.mac(payload)) else None

    def mac(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, sha256)[:MAC_BYTES]


def to_base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64(text: str) -> bytes | None:
    """None for what `to_base64` would not have written, letter for letter."""
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError):
        return None
    return data if to_base64(data) == text else None
