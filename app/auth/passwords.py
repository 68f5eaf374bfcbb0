"""Which passwords are taken: long enough and not easily guessed; nothing else is asked of them."""

import re
from collections.abc import Iterable

from app.auth.common_passwords import fold, is_common
from app.errors import Invalid

LEAST = 12
MOST = 256
PRODUCT_WORDS = ("bunko", "文庫", "manga", "comics", "library", "password", "passwort", "admin")
LEAST_WORD = 3
LEAST_OWN = 6
"""How much must be left when the words that everybody knows about this person are taken away."""


class WeakPassword(Invalid):
    pass


def check_password(password: str, *about: str | None) -> None:
    """Raises WeakPassword with a sentence. `about` is what others know: name, mail address, host.

    The password is taken letter for letter: any Unicode, spaces at either end too.
    """
    if len(password) < LEAST:
        raise WeakPassword("Use at least 12 characters. A few words in a row are easy to remember.")
    if len(password) > MOST:
        raise WeakPassword("Use at most 256 characters.")
    if "\x00" in password or any("\ud800" <= char <= "\udfff" for char in password):
        raise WeakPassword("This has a character that cannot be stored.")
    if is_common(password):
        raise WeakPassword("This is one of the passwords that are tried first. Choose another.")
    if _is_about(password, (*PRODUCT_WORDS, *_words(about))):
        raise WeakPassword("This is too close to your name, your mail address or Bunko itself.")


def _words(about: Iterable[str | None]) -> set[str]:
    whole = {fold(text) for text in about if text}
    parts = {part for text in whole for part in re.split(r"[\W_]+", text)}
    return {word for word in whole | parts if len(word) >= LEAST_WORD}


def _is_about(password: str, words: Iterable[str]) -> bool:
    rest = fold(password)
    found = False
    for word in sorted(words, key=len, reverse=True):
        found = found or word in rest
        rest = rest.replace(word, "")
    own = re.sub(r"[\W\d_]", "", rest)
    return found and len(own) < LEAST_OWN
