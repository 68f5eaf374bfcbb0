"""What must be read again later, kept so that the database alone does not tell it.

`cryptography` is imported where it is used: few processes ever need its megabytes.
"""

import secrets

NONCE_BYTES = 12


def seal(key: bytes, plain: bytes, about: bytes) -> bytes:
    """ChaCha20-Poly1305 (RFC 8439). `about` is whose it is: in another row it does not open."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, plain, about)


def unseal(key: bytes, sealed: bytes, about: bytes) -> bytes | None:
    """None where it was sealed with another key, for another row, or was changed since."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, body, about)
    except (InvalidTag, ValueError):
        return None
