"""How screens look: as the person chose, or before anyone signed in as this browser remembers."""

from typing import Any, Final

import msgspec
from litestar import Request
from litestar.datastructures import Cookie

from app.foundation.web.client import client_of
from app.foundation.web.cookies import LOOKS, make_cookie, read_cookie
from app.foundation.web.i18n import languages

THEMES: Final = ("auto", "light", "dark", "sepia", "e-ink")
TEXT_SIZES: Final = (87, 100, 115, 130, 150)
"""Per cent of what the browser is set to."""
YEAR = 365 * 24 * 3600


class Looks(msgspec.Struct, frozen=True):
    """Without a language the browser's own wishes decide."""

    theme: str = "auto"
    language: str | None = None
    text_size: int = 100
    reduced_motion: bool = False


def looks_of(request: Request[Any, Any, Any]) -> Looks:
    person = request.scope.get("user")
    kept = _kept(request)
    if person is None:
        return kept
    chosen = person.preference
    return Looks(
        chosen.theme.value,
        chosen.language or kept.language,
        chosen.text_size,
        chosen.reduced_motion,
    )


def keep_looks(request: Request[Any, Any, Any], theme: str, language: str | None) -> Cookie:
    """So that signing in looks like what comes after it."""
    value = f"{theme}.{language or ''}"
    return make_cookie(client_of(request), LOOKS, value, seconds=YEAR)


def _kept(request: Request[Any, Any, Any]) -> Looks:
    """Whatever else stands in the cookie is as good as none."""
    theme, _dot, language = (read_cookie(request, LOOKS) or "").partition(".")
    return Looks(
        theme if theme in THEMES else "auto",
        language if language in languages() else None,
    )
