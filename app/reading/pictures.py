"""What a browser is given for one page: addresses by the person's wishes, size, and why it is not there."""

from typing import Any

import msgspec
from msgspec.structs import replace

from app.errors import DomainError
from app.foundation.archives.probe import ImageFacts
from app.foundation.images.geometry import Shape, chunks, shape
from app.foundation.images.recipe import Crop, Recipe, Turn, data_saver
from app.foundation.images.widths import WIDTHS
from app.reading.addresses import page_url
from app.reading.images import Images
from app.reading.manner import Manner
from app.reading.open_files import FileOnDisk
from app.reading.profiles import Profile
from app.reading.queries import OpenChapter
from app.reading.reader_settings import Scale
from app.reading.views import Half, Shown, View

PHONE_WIDTH = 1080
LONG_HEIGHT = 4000
"""Beyond this a page of a strip comes in pieces, which a weak browser can show one by one."""
_WIDTHS = tuple(width for width in WIDTHS if 480 <= width <= PHONE_WIDTH)
_NEEDS_STAND_IN = ("image/webp", "image/avif")


class PageImage(msgspec.Struct, frozen=True, kw_only=True):
    """`src` is what every browser can show, `better` with its type what newer ones get instead,
    `small` the srcset for phones. `likely` of all these is what will be asked for here, and `recipe`
    how it is made. With a `reason` the page cannot be shown."""

    page: int
    half: Half | None = None
    chunk: int = 0
    """Of a page so long that it is shown in several pieces, which one, from 1."""
    width: int = 0
    height: int = 0
    src: str = ""
    better: str = ""
    media_type: str = ""
    small: str = ""
    likely: str = ""
    recipe: Recipe | None = None
    reason: str = ""


async def images_of(
    made: Images, chapter: OpenChapter, manner: Manner, view: View, *, checked: bool = False
) -> list[PageImage]:
    """From left to right. `checked` reads every page in full, so that a damaged one says so; else
    only its head."""
    assert chapter.file is not None
    look = made.files.check if checked else made.files.glance
    images = []
    for shown in view.left_to_right(manner.mode):
        try:
            facts = await look(chapter.file, shown.page)
        except DomainError as error:
            images.append(PageImage(page=shown.page, half=shown.half, reason=error.message))
        else:
            recipe = recipe_of(manner, view, shown)
            count = _pieces(manner, facts)
            pieces = _cut(recipe or Recipe(), count) if count > 1 else [recipe]
            for piece in pieces:
                size = await _shape(made, chapter.file, shown.page, facts, piece)
                images.append(_image(chapter, manner, shown, facts, piece, size))
    return images


def recipe_of(manner: Manner, view: View, shown: Shown) -> Recipe | None:
    """How the page differs from its original for this person and device; None is not at all."""
    said = manner.settings
    recipe = Recipe(
        **_box(manner),
        quality=said.quality.value,
        is_grey=said.grey,
        contrast=said.contrast,
        gamma=said.gamma,
        is_inverted=said.invert,
        is_dithered=said.dither,
        crop=_crop(manner, view, shown),
        half=shown.half.value if shown.half else "",
        turn=_turned(manner) if shown.is_turned else 0,
    )
    if said.data_saver:
        recipe = data_saver(recipe)
    # Coarser is a wish of its own; finer than the original nothing can be.
    plain = {Recipe(), Recipe(quality="high")}
    return None if recipe in plain else recipe


def _pieces(manner: Manner, facts: ImageFacts) -> int:
    is_long = facts.height > max(LONG_HEIGHT, 3 * facts.width)
    if not manner.mode.is_strip or not is_long or facts.media_type == "image/gif":
        return 1
    return chunks((facts.width, facts.height))


def _cut(recipe: Recipe, count: int) -> list[Recipe]:
    return [replace(recipe, strip=piece) for piece in range(1, count + 1)]


async def _shape(
    made: Images, file: FileOnDisk, page: int, facts: ImageFacts, recipe: Recipe | None
) -> Shape:
    """How large the picture comes, so that nothing moves when it does."""
    size = (facts.width, facts.height)
    if recipe is None or not recipe.crop:
        return shape(size, recipe or Recipe())
    try:
        return await made.derived.shape(file, page, size, recipe)
    except DomainError:
        # The picture itself says why it does not come.
        return shape(size, recipe)


def _image(
    chapter: OpenChapter,
    manner: Manner,
    shown: Shown,
    facts: ImageFacts,
    recipe: Recipe | None,
    made: Shape,
) -> PageImage:
    assert chapter.file is not None
    revision = chapter.file.revision

    def url(recipe: Recipe | None) -> str:
        return page_url(chapter.id, shown.page, revision, recipe)

    needs_stand_in = recipe is None and facts.media_type in _NEEDS_STAND_IN
    saves = recipe is not None and manner.settings.data_saver and not recipe.is_dithered
    better = replace(recipe, format="webp") if recipe and saves else None
    smaller = _smaller(manner, recipe, facts, made)
    is_phone = manner.here.profile is Profile.PHONE
    likely = smaller[-1] if smaller and is_phone else better or recipe
    return PageImage(
        page=shown.page,
        half=shown.half,
        chunk=recipe.strip or 0 if recipe else 0,
        width=made.width,
        height=made.height,
        src=url(Recipe() if needs_stand_in else recipe),
        better=url(better) if needs_stand_in or saves else "",
        media_type="image/webp" if saves else facts.media_type,
        small=", ".join(f"{url(each)} {each.width}w" for each in smaller),
        likely=url(likely),
        recipe=likely,
    )


def _smaller(manner: Manner, recipe: Recipe | None, facts: ImageFacts, made: Shape) -> list[Recipe]:
    """For phones, where nobody asked for a size. Of a picture that moves they would stand still."""
    is_moving = recipe is None and facts.media_type == "image/gif"
    is_sized = recipe is not None and (recipe.width or recipe.height)
    if is_moving or is_sized or manner.settings.width != "screen":
        return []
    of = recipe or Recipe()
    return [replace(of, width=rung) for rung in _WIDTHS if rung < made.width]


def _box(manner: Manner) -> dict[str, Any]:
    """The size, where the person or the device asks for one."""
    said, here = manner.settings, manner.here
    if said.width == "original":
        return {}
    if said.width != "screen":
        return {"width": int(said.width), "fit": "page"}
    if here.profile.is_e_ink:
        if manner.mode.is_strip or said.scale is not Scale.SCREEN:
            return {"width": here.screen.width}
        return {"width": here.screen.width, "height": here.screen.height, "fit": "box"}
    return {}


def _crop(manner: Manner, view: View, shown: Shown) -> Crop:
    """Pairs lose the same on both pages, so that they still line up; strips lose nothing."""
    if not manner.settings.crop or manner.mode.is_strip:
        return ""
    if not view.is_pair:
        return "alone"
    return "after" if shown.page == view.first else "before"


def _turned(manner: Manner) -> Turn:
    """So that what is read first comes to the top: of a page read from the left, its left edge."""
    return 270 if manner.mode.is_rtl else 90
