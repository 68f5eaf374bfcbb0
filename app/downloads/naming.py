"""Where a downloaded chapter is put: a template of a few tokens, rendered and then made safe (SEC37).

    {series}/{series} {volume:v02} {number:c003} {[group]}

A token stands in braces and vanishes, braces and all, where there is nothing to say; so does what
stands with it in the braces: `{[group]}` is "[Night Owls]" or nothing. After a colon come a prefix
and as many digits as a number has at least: `{number:c003}` is c007, c010.5 or c1000.
What stands before the first slash names the folder of a series that has none yet.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import msgspec

from app.errors import Invalid
from app.foundation.web.i18n import _

DEFAULT = "{series}/{series} {volume:v02} {number:c003} {[group]}"
SUFFIX = ".cbz"
LONGEST_NAME = 255
"""In bytes: what file systems take."""
LONGEST_STEM = LONGEST_NAME - len(SUFFIX) - len(" (999)")
LONGEST_TEMPLATE = 200
MOST_PARTS = 4
TEXTS = ("series", "title", "group", "language", "year", "provider")
NUMBERS = ("volume", "number")
TOKENS = TEXTS + NUMBERS

_TOKEN = re.compile(r"\{([^{}A-Za-z:]*)([a-z]+)([^{}A-Za-z:]*)(?::([^{}]*))?\}")
_FORMAT = re.compile(r"([^0-9/\\]{0,10})([0-9]{0,6})")
_FORBIDDEN = str.maketrans({**dict.fromkeys('<>|?*"\\', ""), ":": " -"})
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?=\.|\Z)|__macosx\Z", re.IGNORECASE
)
_GAPS = re.compile(r"\s+")


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said in a name."""

    series: str
    number: Decimal | None = None
    number_text: str = ""
    volume: Decimal | None = None
    title: str = ""
    groups: tuple[str, ...] = ()
    language: str = ""
    published_at: datetime | None = None
    provider: str = ""

    def texts(self) -> Mapping[str, str]:
        year = str(self.published_at.year) if self.published_at else ""
        return {
            "series": self.series,
            "title": self.title,
            "group": " & ".join(self.groups),
            "language": self.language,
            "year": year,
            "provider": self.provider,
            "number": self.number_text,
            "volume": "",
        }


class Template:
    """Raises Invalid, with what is wrong in a sentence, where the text is no template."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self._check()

    def folder(self, facts: Facts) -> str:
        """Of a series that has none; "" where its files lie in the root itself."""
        head, slash, _rest = self.text.partition("/")
        return safe_part(self._rendered(head, facts)) if slash else ""

    def path(self, facts: Facts) -> str:
        """Beneath the folder of the series, with the suffix."""
        head, slash, rest = self.text.partition("/")
        *folders, name = (rest if slash else head).split("/")
        parts = [self._rendered(part, facts) for part in folders]
        stem = safe_part(self._rendered(name, facts), LONGEST_STEM)
        kept = [safe_part(part) for part in parts if _GAPS.sub("", part)]
        return "/".join([*kept, stem + SUFFIX])

    def _rendered(self, part: str, facts: Facts) -> str:
        return _TOKEN.sub(lambda found: _said(found, facts), part)

    def _check(self) -> None:
        if not self.text or len(self.text) > LONGEST_TEMPLATE:
            raise Invalid(_("A template has between 1 and 200 characters."))
        names = [found[2] for found in _TOKEN.finditer(self.text)]
        if strangers := [name for name in names if name not in TOKENS]:
            raise Invalid(
                _(
                    "There is no {%(name)s}. There are: %(names)s.",
                    name=strangers[0],
                    names=", ".join(TOKENS),
                )
            )
        rest = _TOKEN.sub("", self.text)
        if "{" in rest or "}" in rest:
            raise Invalid(_("A brace stands alone, or what is in the braces is no token."))
        for found in _TOKEN.finditer(self.text):
            self._check_format(found[2], found[4])
        if "number" not in names and "title" not in names:
            raise Invalid(_("It needs {number} or {title}: chapters are told apart by them."))
        if len(self.text.split("/")) > MOST_PARTS or not all(
            part.strip() for part in self.text.split("/")
        ):
            raise Invalid(_("Between slashes stands a name, and there are at most three slashes."))

    def _check_format(self, name: str, form: str | None) -> None:
        if form is None:
            return
        if name not in NUMBERS or not _FORMAT.fullmatch(form):
            raise Invalid(
                _("After the colon of {%(name)s} comes something like c003.", name=name)
                if name in NUMBERS
                else _("Only {volume} and {number} take something after a colon.")
            )


def safe_part(text: str, longest: int = LONGEST_NAME) -> str:
    """One component of a path that every file system takes, and that is never empty."""
    plain = unicodedata.normalize("NFC", text).replace("/", "-").translate(_FORBIDDEN)
    seen = "".join(sign for sign in plain if sign.isspace() or unicodedata.category(sign)[0] != "C")
    part = _shortened(_trimmed(_GAPS.sub(" ", seen)), longest - 1)
    if not part:
        return "_"
    return f"_{part}" if _RESERVED.match(part) else part


def _said(found: re.Match[str], facts: Facts) -> str:
    before, name, after, form = found.groups()
    number = getattr(facts, name) if name in NUMBERS else None
    value = facts.texts()[name] if number is None else _padded(number, form or "")
    # A slash in a title is no folder.
    return f"{before}{value}{after}".replace("/", "-") if value.strip() else ""


def _padded(number: Decimal, form: str) -> str:
    found = _FORMAT.fullmatch(form)
    prefix, digits = found.groups() if found else ("", "")
    whole, point, part = f"{abs(number):f}".partition(".")
    part = part.rstrip("0")
    sign = "-" if number < 0 else ""
    return f"{prefix}{sign}{whole.zfill(len(digits))}{point if part else ''}{part}"


def _trimmed(text: str) -> str:
    """Without spaces and dots that some system would drop, or hide the file for."""
    return text.strip(" .").strip()


def _shortened(text: str, longest: int) -> str:
    return _trimmed(text.encode("utf-8", "ignore")[:longest].decode("utf-8", "ignore"))
