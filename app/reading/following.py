"""Which pictures will be asked for next, if the person reads on as before."""

from msgspec.structs import replace

from app.foundation.images.recipe import Half, Recipe

MADE_AHEAD = 2
STRIPS_TOGETHER = 4
"""Strips of one page that are made from one decoding, counted from the first."""
_OTHER: dict[Half, Half] = {"left": "right", "right": "left"}

type Wanted = tuple[int, Recipe]


def following(page: int, recipe: Recipe, strips: int = 1) -> list[Wanted]:
    """Two of them, in the order of reading. `strips` is how many the page has.

    A page that stands across is met less often than not: those after a half or a turned one are
    made as they are.
    """
    upright = replace(recipe, half="", turn=0)
    if recipe.strip is not None:
        begun = (recipe.strip - 1) // STRIPS_TOGETHER * STRIPS_TOGETHER + 1
        if begun + STRIPS_TOGETHER <= strips:
            return [(page, replace(recipe, strip=begun + STRIPS_TOGETHER))]
        return [(page + 1, replace(recipe, strip=1))]
    if recipe.half == "top":
        return [(page, replace(recipe, half="bottom")), (page + 1, recipe)]
    if recipe.half == "bottom":
        top = replace(recipe, half="top")
        return [(page + 1, top), (page + 1, recipe)]
    if recipe.half:
        return [(page, replace(recipe, half=_OTHER[recipe.half])), (page + 1, upright)]
    if recipe.crop in ("after", "before"):
        first = page + (2 if recipe.crop == "after" else 1)
        return [
            (first, replace(upright, crop="after")),
            (first + 1, replace(upright, crop="before")),
        ]
    return [(page + 1, upright), (page + 2, upright)]


def together(recipe: Recipe, strips: int) -> list[Recipe]:
    """What is made from one decoding: a strip with its neighbours, anything else alone."""
    if recipe.strip is None:
        return [recipe]
    first = (recipe.strip - 1) // STRIPS_TOGETHER * STRIPS_TOGETHER + 1
    last = min(first + STRIPS_TOGETHER - 1, strips)
    return [replace(recipe, strip=strip) for strip in range(first, last + 1)]
