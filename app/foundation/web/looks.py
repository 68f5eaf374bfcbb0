"""How screens look: as the person chose, or before anyone signed in as this browser remembers."""

from typing import Any, Final

import msgspec
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from app.foundation.web.client import client_of
from app.foundation.web.cookies import LOOKS, make_cookie, read_cookie
from app.foundation.web.i18n import languages

THEMES: Final = ("auto", "light", "dark", "sepia", "e-ink")
TEXT_SIZES: Final = (87, 100, 115, 130, 150)
"""Per cent of what the browser is set to."""
YEAR = 365 * 24 * 3600
PAPER: Final = "paper"

type Connection = ASGIConnection[Any, Any, Any, Any]


class Looks(msgspec.Struct, frozen=True):
    """Without a language the browser's own wishes decide; `is_paper` is a screen of e-ink."""

    theme: str = "auto"
    language: str | None = None
    text_size: int = 100
    reduced_motion: bool = False
    is_paper: bool = False

    @property
    def worn(self) -> str:
        """The theme that is shown: what suits an e-ink reader, unless its person chose another."""
        return "e-ink" if self.is_paper and self.theme == "auto" else self.theme

    @property
    def is_e_ink(self) -> bool:
        return self.worn == "e-ink"


def looks_of(request: Connection) -> Looks:
    person = request.scope.get("user")
    kept = kept_looks(request)
    if person is None:
        return kept
    chosen = person.preference
    return Looks(
        chosen.theme.value,
        chosen.language or kept.language,
        chosen.text_size,
        chosen.reduced_motion,
        kept.is_paper,
    )


def keep_looks(request: Connection, theme: str, language: str | None) -> Cookie:
    """So that signing in looks like what comes after it."""
    return _cookie(request, Looks(theme, language, is_paper=kept_looks(request).is_paper))


def keep_screen(connection: Connection, *, is_paper: bool) -> list[Cookie]:
    """What kind of screen this browser has; none where that is known already."""
    kept = kept_looks(connection)
    if kept.is_paper == is_paper:
        return []
    return [_cookie(connection, msgspec.structs.replace(kept, is_paper=is_paper))]


def kept_looks(connection: Connection) -> Looks:
    """What this browser remembers. Whatever else stands in the cookie is as good as none."""
    said = (read_cookie(connection, LOOKS) or "").split(".")
    theme, language, screen = (*said, "", "", "")[:3]
    return Looks(
        theme if theme in THEMES else "auto",
        language if language in languages() else None,
        is_paper=screen == PAPER,
    )


def _cookie(connection: Connection, looks: Looks) -> Cookie:
    value = f"{looks.theme}.{looks.language or ''}.{PAPER if looks.is_paper else ''}"
    return make_cookie(client_of(connection), LOOKS, value, seconds=YEAR)
