"""The pictures of one chapter, cover to last page, encoded."""

from io import BytesIO

from PIL import Image

from app.demo.covers import draw_cover
from app.demo.pages import Artist
from app.demo.shelf import Chapter, Format, Picture, Series
from app.demo.strips import Strips

SUFFIX: dict[Format, str] = {"png": "png", "jpeg": "jpg", "webp": "webp"}
GREYS = 16


def draw_chapter(series: Series, chapter: Chapter) -> list[Picture]:
    name = f"{series.motif}/{chapter.file}"
    if series.strips:
        strips = Strips(series.style, name)
        drawn = [_cover(series, chapter)] if chapter.cover else []
        drawn += [strips.strip().finished() for _ in range(chapter.pages - len(drawn))]
    else:
        drawn = _pages(series, chapter, Artist(series.style, name, chapter.language))
    return [_encoded(series, i, image) for i, image in enumerate(drawn, 1)]


def _pages(series: Series, chapter: Chapter, artist: Artist) -> list[Image.Image]:
    drawn: list[Image.Image] = []
    for number in range(1, chapter.pages + 1):
        if number == 1 and chapter.cover:
            drawn.append(_cover(series, chapter))
        elif number == 1:
            opening = artist.opening(series.title, series.latin, chapter.title)
            drawn.append(opening.finished())
        elif number in chapter.spreads:
            drawn.append(artist.spread().finished())
        else:
            drawn.append(artist.page(number).finished())
    return drawn


def _cover(series: Series, chapter: Chapter) -> Image.Image:
    return draw_cover(series.motif, series.authors, chapter.volume)


def _encoded(series: Series, number: int, image: Image.Image) -> Picture:
    kind: Format = series.image
    if kind == "png" and image.mode != "L":
        kind = "jpeg"
    out = BytesIO()
    if kind == "png":
        _in_sixteen_greys(image).save(out, "PNG", bits=4, compress_level=4)
    elif kind == "webp":
        image.save(out, "WEBP", quality=72, method=0)
    else:
        image.save(out, "JPEG", quality=58 if image.mode == "L" else 70)
    name = f"{series.page_name.format(number)}.{SUFFIX[kind]}"
    return Picture(name, out.getvalue(), image.width, image.height)


def _in_sixteen_greys(image: Image.Image) -> Image.Image:
    """Ink and screentone need no more greys, and take a quarter of the room so."""
    levels = image.point([round(v * (GREYS - 1) / 255) for v in range(256)])
    small = Image.frombytes("P", image.size, levels.tobytes())
    small.putpalette([v * 255 // (GREYS - 1) for v in range(GREYS) for _ in range(3)])
    return small
