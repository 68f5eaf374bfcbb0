"""What people may be called, and where they get mail."""

import re
import unicodedata

from app.accounts.lookalikes import mixes_scripts
from app.errors import Invalid
from app.foundation.security.text import clean_line

LONGEST_NAME = 60
MOST_TYPED = 4 * LONGEST_NAME
"""Beyond it nothing is looked at."""
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Fillers, variation selectors and the like, which Unicode counts among letters and marks.
BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
LONGEST_EMAIL = 254
_PILE = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4}"
)
_EMAIL = re.compile(r"[^@\s<>\",;:()\[\]\\]{1,64}@[^@\s<>\",;:()\[\]\\]+")


class WrongName(Invalid):
    pass


class WrongEmail(Invalid):
    pass


def checked_name(name: str) -> str:
    """The name on one line, in letters that are told apart; never with an @, which is for mail."""
    if len(name) > MOST_TYPED:
        raise WrongName("Use at most 60 characters.")
    if any(unicodedata.category(char) in UNSEEN or BLANK.match(char) for char in name):
        raise WrongName("This has a character that cannot be seen. Type the name anew.")
    checked = clean_line(name, LONGEST_NAME + 1)
    if not name_key(checked) or not any(char.isalnum() for char in checked):
        raise WrongName("Choose a name with letters or digits.")
    if len(checked) > LONGEST_NAME:
        raise WrongName("Use at most 60 characters.")
    if "@" in checked:
        raise WrongName("A name has no @ in it. The mail address has a field of its own.")
    if _PILE.search(unicodedata.normalize("NFD", checked)):
        raise WrongName("Use at most three marks on one letter.")
    if mixes_scripts(checked):
        raise WrongName("Use letters of one script: others look the same and are not.")
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
