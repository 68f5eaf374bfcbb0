"""What an image address asks for: `?w= &fit= &format= &grey= &v=`. Absurd wishes snap or are ignored,
so that few different images are ever made."""

from urllib.parse import parse_qsl

import msgspec

from app.foundation.archives.page_table import PageEntry
from app.foundation.images.deriving import Recipe
from app.foundation.images.widths import COVER_WIDTHS, snap

_MOST_DIGITS = 6
_MOST_WISHES = 12


class Wish(msgspec.Struct, frozen=True):
    """`recipe` None is the original; `version` is what the address calls itself."""

    recipe: Recipe | None = None
    version: str = ""


ORIGINAL = Wish()


def page_wish(query_string: bytes) -> Wish:
    if not query_string:
        return ORIGINAL
    asked = _asked(query_string)
    width = _number(asked.get("w", ""))
    form = asked.get("format", "")
    is_grey = asked.get("grey", "") in ("1", "true", "yes")
    recipe = None
    if width is not None or is_grey or form in ("jpeg", "webp"):
        recipe = Recipe(
            width=None if width is None else snap(width),
            fit="page" if asked.get("fit") == "page" else "width",
            is_grey=is_grey,
            format="webp" if form == "webp" else "jpeg",
        )
    return Wish(recipe, asked.get("v", ""))


def cover_wish(query_string: bytes) -> tuple[int, str]:
    """(one of the cover widths, version)."""
    asked = _asked(query_string)
    width = _number(asked.get("w", "")) or COVER_WIDTHS[0]
    return next((rung for rung in COVER_WIDTHS if rung >= width), COVER_WIDTHS[-1]), asked.get(
        "v", ""
    )


def changes_nothing(recipe: Recipe, entry: PageEntry) -> bool:
    """Whether the original already is what is asked for: small enough, and of no other kind."""
    if recipe.is_grey or recipe.width is None or not entry.width:
        return False
    is_double = recipe.fit == "page" and entry.width > entry.height
    is_small = entry.width <= recipe.width * (2 if is_double else 1)
    return is_small and entry.media_type in ("image/jpeg", f"image/{recipe.format}")


def name_of(recipe: Recipe) -> str:
    """Short and unlike that of any other recipe."""
    grey = "g" if recipe.is_grey else ""
    return f"{recipe.width or 0}{recipe.fit[0]}{grey}.{recipe.format}"


def _asked(query_string: bytes) -> dict[str, str]:
    text = query_string.decode("latin-1")
    try:
        return dict(parse_qsl(text, max_num_fields=_MOST_WISHES))
    except ValueError:
        return {}


def _number(text: str) -> int | None:
    if not text.isascii() or not text.isdigit():
        return None
    return int(text[:_MOST_DIGITS])
