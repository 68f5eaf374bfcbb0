"""What an image address asks for, and how it is written: the query of `/chapters/{id}/pages/{n}`.

    w= h=                 pixels of the screen; they snap to a ladder (`images.widths`)
    fit=                  width, height, box or page
    format=               jpeg, webp or original     q= low, medium or high
    grey=1  invert=1      contrast= gamma=           per cent, in a few steps
    dither=16             sixteen levels of grey, for e-ink
    crop=                 1 (this page alone), before or after (lined up with that page)
    half=                 left, right, top or bottom   rotate= 90 or 270   strip= the piece, from 1
    v=                    the revision of the file: the answer is kept for ever where it is right

Absurd wishes snap or are ignored, so that few different images are ever made.
"""

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

import msgspec

from app.foundation.archives.page_table import PageEntry
from app.foundation.images.recipe import (
    CONTRASTS,
    GAMMAS,
    GREY_LEVELS,
    MOST_CHUNKS,
    Crop,
    Fit,
    Format,
    Half,
    Quality,
    Recipe,
    Turn,
    settled,
)
from app.foundation.images.widths import COVER_WIDTHS, snap

_MOST_DIGITS = 6
_MOST_WISHES = 64
_USUAL_BYTES = 160
"""Queries of our own screens are shorter, and the same for all pages of a chapter."""
_YES = ("1", "true", "yes")
_FITS: tuple[Fit, ...] = ("width", "height", "box", "page")
_FORMATS: tuple[Format, ...] = ("jpeg", "webp")
_QUALITIES: tuple[Quality, ...] = ("low", "medium", "high")
_HALVES: tuple[Half, ...] = ("left", "right", "top", "bottom")
_CROPS: dict[str, Crop] = {"1": "alone", "before": "before", "after": "after"}
_TURNS: dict[str, Turn] = {"90": 90, "270": 270}


class Wish(msgspec.Struct, frozen=True):
    """`recipe` None is the original; `version` is what the address calls itself."""

    recipe: Recipe | None = None
    version: str = ""


ORIGINAL = Wish()


def page_wish(query_string: bytes) -> Wish:
    if not query_string:
        return ORIGINAL
    usual = len(query_string) <= _USUAL_BYTES
    return _remembered_wish(query_string) if usual else _page_wish(query_string)


def _page_wish(query_string: bytes) -> Wish:
    asked = _asked(query_string)
    recipe = settled(_recipe(asked))
    is_original = recipe == Recipe() and asked.get("format") != "jpeg"
    return Wish(None if is_original else recipe, asked.get("v", ""))


_remembered_wish = lru_cache(maxsize=256)(_page_wish)


def query_of(recipe: Recipe | None, version: str | int = "") -> str:
    """The query that `page_wish` reads as this recipe; empty for the original without a version."""
    wishes = {} if recipe is None else _wishes(settled(recipe))
    if version != "":
        wishes["v"] = str(version)
    return urlencode(wishes)


def cover_wish(query_string: bytes) -> tuple[int, str]:
    """(one of the cover widths, version)."""
    asked = _asked(query_string)
    width = _number(asked.get("w", "")) or COVER_WIDTHS[0]
    return next((rung for rung in COVER_WIDTHS if rung >= width), COVER_WIDTHS[-1]), asked.get(
        "v", ""
    )


def changes_nothing(recipe: Recipe, entry: PageEntry) -> bool:
    """Whether the original already is what is asked for: small enough, and of no other kind."""
    is_kind = entry.media_type in ("image/jpeg", f"image/{recipe.format}")
    if not entry.width or not is_kind or not recipe.only_shrinks:
        return False
    is_double = recipe.fit == "page" and entry.width > entry.height
    width, height = recipe.width, recipe.height
    if width is None and height is None:
        return False
    is_narrow = width is None or entry.width <= width * (2 if is_double else 1)
    return is_narrow and (height is None or entry.height <= height)


@lru_cache(maxsize=256)
def name_of(recipe: Recipe) -> str:
    """Short, and unlike that of any other recipe."""
    return query_of(recipe).replace("&", ".")


def _recipe(asked: dict[str, str]) -> Recipe:
    width, height = _side(asked.get("w", "")), _side(asked.get("h", ""))
    strip = _number(asked.get("strip", ""))
    return Recipe(
        width=width,
        height=height,
        fit=_one_of(_FITS, asked.get("fit"), _usual_fit(width, height)),
        format=_one_of(_FORMATS, asked.get("format"), "jpeg"),
        quality=_one_of(_QUALITIES, asked.get("q"), "medium"),
        is_grey=asked.get("grey") in _YES,
        contrast=_nearest(CONTRASTS, asked.get("contrast", "")),
        gamma=_nearest(GAMMAS, asked.get("gamma", "")),
        is_inverted=asked.get("invert") in _YES,
        is_dithered=asked.get("dither") == str(GREY_LEVELS),
        crop=_CROPS.get(asked.get("crop", ""), ""),
        half=_one_of(_HALVES, asked.get("half"), ""),
        turn=_TURNS.get(asked.get("rotate", ""), 0),
        strip=None if strip is None else min(max(strip, 1), MOST_CHUNKS),
    )


def _wishes(recipe: Recipe) -> dict[str, str]:
    """What differs from the usual; a recipe that differs in nothing is still no original."""
    is_usual_fit = recipe.fit == _usual_fit(recipe.width, recipe.height)
    is_plain = recipe == Recipe()
    found = {
        "w": recipe.width,
        "h": recipe.height,
        "fit": None if is_usual_fit else recipe.fit,
        "format": recipe.format if is_plain or recipe.format != "jpeg" else None,
        "q": recipe.quality if recipe.quality != "medium" else None,
        "grey": 1 if recipe.is_grey else None,
        "contrast": recipe.contrast if recipe.contrast != 100 else None,
        "gamma": recipe.gamma if recipe.gamma != 100 else None,
        "invert": 1 if recipe.is_inverted else None,
        "dither": GREY_LEVELS if recipe.is_dithered else None,
        "crop": (1 if recipe.crop == "alone" else recipe.crop) or None,
        "half": recipe.half or None,
        "rotate": recipe.turn or None,
        "strip": recipe.strip,
    }
    return {name: str(wish) for name, wish in found.items() if wish is not None}


def _asked(query_string: bytes) -> dict[str, str]:
    text = query_string.decode("latin-1")
    try:
        return dict(parse_qsl(text, max_num_fields=_MOST_WISHES))
    except ValueError:
        return {}


def _side(text: str) -> int | None:
    number = _number(text)
    return None if number is None else snap(number)


def _number(text: str) -> int | None:
    if not text.isascii() or not text.isdigit():
        return None
    return int(text[:_MOST_DIGITS])


def _one_of[T: str](choices: Sequence[T], text: str | None, usual: T) -> T:
    return next((choice for choice in choices if choice == text), usual)


def _nearest(steps: Sequence[int], text: str) -> int:
    number = _number(text)
    return 100 if number is None else min(steps, key=lambda step: abs(step - number))


def _usual_fit(width: int | None, height: int | None) -> Fit:
    if height is None:
        return "width"
    return "height" if width is None else "box"
