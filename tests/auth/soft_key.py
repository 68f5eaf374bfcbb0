"""A passkey in software: what a device does when a browser asks it (WebAuthn Level 2, chapter 6)."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class SoftKey:
    """`lies` change what is said: origin, rp_id, challenge, kind, is_verified, user_handle."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = token_bytes(32)
        self.count = 0
        self.user_handle = b""

    def create(self, options: dict[str, Any], **lies: Any) -> str:
        self.user_handle = from_text(options["user"]["id"])
        client_data = _client_data("webauthn.create", options, lies)
        point = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        attested = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id
        data = self._device_data(options["rp"]["id"], lies, ATTESTED) + attested
        data += cbor2.dumps(public)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": to_text(client_data),
            "attestationObject": to_text(attestation),
        }
        return self._packed({**response, "transports": ["internal", "nonsense"]})

    def sign(self, options: dict[str, Any], **lies: Any) -> str:
        self.count += 1
        client_data = _client_data("webauthn.get", options, lies)
        data = self._device_data(options["rpId"], lies, 0)
        signature: bytes = self.key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": to_text(client_data),
            "authenticatorData": to_text(data),
            "signature": to_text(signature),
            "userHandle": to_text(lies.get("user_handle", self.user_handle)),
        }
        return self._packed(response)

    def _device_data(self, rp_id: str, lies: dict[str, Any], more: int) -> bytes:
        flags = PRESENT | more | (VERIFIED if lies.get("is_verified", True) else 0)
        host: str = lies.get("rp_id", rp_id)
        count: int = lies.get("count", self.count)
        return sha256(host.encode()).digest() + bytes([flags]) + count.to_bytes(4)

    def _packed(self, response: dict[str, Any]) -> str:
        own_id = to_text(self.credential_id)
        return json.dumps(
            {"id": own_id, "rawId": own_id, "type": "public-key", "response": response}
        )


def _client_data(kind: str, options: dict[str, Any], lies: dict[str, Any]) -> bytes:
    said = {
        "type": lies.get("kind", kind),
        "challenge": lies.get("challenge", options["challenge"]),
        "origin": lies.get("origin", "http://localhost"),
        "crossOrigin": False,
    }
    return json.dumps(said).encode()


def to_text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
