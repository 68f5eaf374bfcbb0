"""Where a downloaded chapter is put: a template of a few tokens, rendered and then made safe (SEC37).

    {series} {volume:v02} {number:c003} {[group]}

A token stands in braces and vanishes, braces and all, where there is nothing to say; so does what
stands with it in the braces: `{[group]}` is "[Night Owls]" or nothing. After a colon come a prefix
and as many digits as a number has at least: `{number:c003}` is c007, c010.5 or c1000.

The file lies in the folder of its series. A slash makes a folder in that; it has to be one that a
scan knows for a part of the series, such as `Volume {volume}/`, and is left out where its token has
nothing to say.
"""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from app.errors import Invalid
from app.foundation.archives.entry_names import safe_part
from app.foundation.web.i18n import _
from app.metadata.folders import place_of

DEFAULT = "{series} {volume:v02} {number:c003} {[group]}"
SUFFIX = ".cbz"
LONGEST_TEMPLATE = 200
TEXTS = ("series", "title", "group", "language", "year", "provider")
NUMBERS = ("volume", "number")
TOKENS = TEXTS + NUMBERS

_TOKEN = re.compile(r"\{([^{}A-Za-z:]*)([a-z]+)([^{}A-Za-z:]*)(?::([^{}]*))?\}")
_FORMAT = re.compile(r"([^0-9/\\]{0,10})([0-9]{0,6})")


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


EXAMPLE = Facts(
    series="Hourglass",
    number=Decimal("10.5"),
    number_text="10.5",
    volume=Decimal(2),
    title="Sand",
    groups=("Night Owls",),
    language="en",
    published_at=datetime(2026, 1, 2, tzinfo=UTC),
    provider="Kumo",
)


class Template:
    """Raises Invalid, with what is wrong in a sentence, where the text is no template."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self._check()

    def path(self, facts: Facts) -> str:
        """Beneath the folder of the series, with the suffix."""
        if facts.number is None and not facts.number_text and "title" not in self._names():
            # A one-shot is told apart by its title alone.
            facts = msgspec.structs.replace(facts, number_text=facts.title)
        *folders, name = self.text.split("/")
        kept = [safe_part(self._rendered(part, facts)) for part in folders if _is_said(part, facts)]
        stem = safe_part(self._rendered(name, facts))
        # Once more: it is shortened so that the suffix stays.
        return "/".join([*kept, safe_part(stem + SUFFIX)])

    def _names(self) -> list[str]:
        return [found[2] for found in _TOKEN.finditer(self.text)]

    def _rendered(self, part: str, facts: Facts) -> str:
        return _TOKEN.sub(lambda found: _said(found, facts), part)

    def _check(self) -> None:
        if not self.text or len(self.text) > LONGEST_TEMPLATE:
            raise Invalid(_("A template has between 1 and 200 characters."))
        names = self._names()
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
        if place_of(os.fsencode(f"Series/{self.path(EXAMPLE)}")).folder != b"Series":
            raise Invalid(
                _(
                    "A folder in the one of the series has to be named like “Volume {volume}”: any "
                    "other would be taken for a series of its own."
                )
            )

    def _check_format(self, name: str, form: str | None) -> None:
        if form is None:
            return
        if name not in NUMBERS or not _FORMAT.fullmatch(form):
            raise Invalid(
                _("After the colon of {%(name)s} comes something like c003.", name=name)
                if name in NUMBERS
                else _("Only {volume} and {number} take something after a colon.")
            )


def _is_said(part: str, facts: Facts) -> bool:
    return all(_said(found, facts) for found in _TOKEN.finditer(part))


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
