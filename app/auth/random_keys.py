"""Long random secrets for programs: easy to type on an e-reader, and known again where they leak.

`bunko_` and 32 letters: 26 at random (130 bits) and a checksum of six, so that a scanner of
repositories finds real ones only, and a slip of the finger is told from a guess without a look-up.
"""

import secrets
from hashlib import md5, sha256
from zlib import crc32

APP_PASSWORD = "bunko_"  # noqa: S105 - how they begin
REFRESH_TOKEN = "bunkor_"  # noqa: S105 - how they begin
LONGEST = 200
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # 32, none of which looks like another
RANDOM, CHECK = 26, 6


def new_key(beginning: str) -> str:
    body = "".join(secrets.choice(LETTERS) for _ in range(RANDOM))
    return f"{beginning}{body}{_checksum(beginning + body)}"


def is_key(text: str, beginning: str) -> bool:
    """Whether it was made as ours are, letter for letter; not whether it opens anything."""
    if len(text) != len(beginning) + RANDOM + CHECK or not text.startswith(beginning):
        return False
    return _checksum(text[:-CHECK]) == text[-CHECK:]


def hash_of_md5(key: str) -> bytes:
    """KOReader sends the MD5 of what its person typed, in hex, in place of the password."""
    digest = md5(key.encode(), usedforsecurity=False).hexdigest()
    return sha256(digest.encode()).digest()


def _checksum(text: str) -> str:
    rest = crc32(text.encode())
    letters = []
    for _ in range(CHECK):
        rest, at = divmod(rest, len(LETTERS))
        letters.append(LETTERS[at])
    return "".join(letters)
