"""What people may be called, and where they get mail."""

import re
import unicodedata

from app.errors import Invalid
from app.foundation.security.text import clean_line

LONGEST_NAME = 60
LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[^@\s<>\",;:()\[\]\\]{1,64}@[^@\s<>\",;:()\[\]\\]+")


class WrongName(Invalid):
    pass


class WrongEmail(Invalid):
    pass


def checked_name(name: str) -> str:
    """The name on one line, without what cannot be seen; never with an @, which is for mail."""
    checked = clean_line(name, LONGEST_NAME + 1)
    if not name_key(checked):
        raise WrongName("Choose a name with letters or digits.")
    if len(checked) > LONGEST_NAME:
        raise WrongName("Use at most 60 characters.")
    if "@" in checked:
        raise WrongName("A name has no @ in it. The mail address has a field of its own.")
    return checked


def name_key(name: str) -> str:
    """By which nobody is twice: without case, width, and marks that cannot be seen."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join("".join(c for c in folded if unicodedata.category(c)[0] != "C").split())


def checked_email(email: str | None) -> str | None:
    """The address as given, or None for an empty one. Whether it is read, only mail can tell."""
    if email is None or not email.strip():
        return None
    checked = clean_line(email, LONGEST_EMAIL + 1)
    if len(checked) > LONGEST_EMAIL or not _EMAIL.fullmatch(checked):
        raise WrongEmail("Write a mail address, such as alice@example.org.")
    return checked
