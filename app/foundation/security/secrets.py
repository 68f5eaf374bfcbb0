"""One master secret per installation, and a key of its own for each purpose made from it."""

import hmac
import os
import secrets
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from app.config import Settings
from app.errors import ConfigError
from app.foundation.security.signing import Signer

FILE_NAME = "secret-key"
LEAST_LENGTH = 32
LEAST_DIFFERENT = 10
# What documents, examples and keyboards suggest; compared without case and punctuation.
KNOWN = (
    "changeme",
    "secretkey",
    "bunko",
    "password",
    "example",
    "insecure",
    "yoursecret",
    "0123456789abcdef",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
)


class Keys:
    """Sub-keys by purpose (HKDF with HMAC-SHA256, RFC 5869): knowing one tells nothing of another."""

    def __init__(self, master: bytes) -> None:
        self._prk = hmac.digest(b"bunko", master, sha256)
        self.sub = lru_cache(maxsize=64)(self._sub)
        self.signer = lru_cache(maxsize=64)(self._signer)

    def _sub(self, purpose: str) -> bytes:
        """32 bytes for one purpose, such as "csrf" or "cursor"."""
        return hmac.digest(self._prk, purpose.encode() + b"\x01", sha256)

    def _signer(self, purpose: str) -> Signer:
        return Signer(self._sub(purpose))


def master_secret(settings: Settings) -> bytes:
    """`BUNKO_SECRET_KEY`, else `DATA/secret-key`, made once with mode 0600."""
    if settings.secret_key is not None:
        return _strong(settings.secret_key, "BUNKO_SECRET_KEY")
    path = settings.data_dir / FILE_NAME
    try:
        if not path.exists():
            _make(path)
        # Someone may have copied the folder about with wider rights.
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return _strong(path.read_bytes().strip(), str(path))
    except OSError as error:
        raise ConfigError(f"The secret key {path} cannot be kept: {error.strerror}.") from error


def _make(path: Path) -> None:
    """Complete or absent, and of several processes starting at once one wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{FILE_NAME}-{secrets.token_hex(6)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_urlsafe(48).encode())
        os.fsync(handle)
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.close(handle)
        draft.unlink()


def _strong(key: bytes, where: str) -> bytes:
    # The value itself is never repeated in the sentence.
    if len(key) < LEAST_LENGTH or len(set(key)) < LEAST_DIFFERENT:
        raise ConfigError(f"{where} should be at least {LEAST_LENGTH} random characters.")
    plain = bytes(byte for byte in key.lower() if chr(byte).isalnum()).decode("ascii", "ignore")
    rest = plain
    for known in KNOWN:
        rest = rest.replace(known, "")
    if len(rest) < LEAST_LENGTH // 2 and rest != plain:
        raise ConfigError(f"{where} is a well-known value: choose random characters.")
    return key
