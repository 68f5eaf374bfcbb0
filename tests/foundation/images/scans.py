"""Pages as scanners make them: paper that is not white, grain, shadows, and the marks of JPEG."""

import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tests.foundation.images.pictures import saved, screentone

type Box = tuple[int, int, int, int]
SIZE = (800, 1200)


def sheet(*panels: Box, ink: int = 25) -> Image.Image:
    """White, with a frame, a figure and some lines in each panel."""
    image = Image.new("L", SIZE, 255)
    pen = ImageDraw.Draw(image)
    for left, top, right, bottom in panels:
        pen.rectangle((left, top, right, bottom), outline=ink, width=4)
        pen.ellipse((left + 8, top + 8, (left + right) // 2, (top + bottom) // 2), fill=150)
        pen.line((left, bottom, right, top), fill=ink, width=3)
    return image


def toned(image: Image.Image, box: Box) -> Image.Image:
    """With a screentone, which may lie anywhere and run off the page."""
    tone = screentone((box[2] - box[0], box[3] - box[1]))
    image.paste(tone, box[:2])
    return image


def numbered(image: Image.Image, at: tuple[int, int], number: str = "27") -> Image.Image:
    ImageDraw.Draw(image).text(at, number, fill=40, font_size=18)
    return image


def scanned(
    image: Image.Image,
    *,
    paper: tuple[int, int, int] = (236, 226, 200),
    grain: int = 24,
    shadow: int = 0,
    ghost: int = 0,
    quality: int = 60,
    seed: int = 1,
) -> bytes:
    """`grain` and `ghost` (what shines through from the other side) in levels of 255; `shadow` is how
    much darker the page becomes towards its left edge, where it is bound."""
    chance = random.Random(seed)
    if ghost:
        behind = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(
            ImageFilter.GaussianBlur(3)
        )
        behind = behind.point([255 - (255 - level) * ghost // 255 for level in range(256)])
        image = ImageChops.multiply(image, behind)
    if shadow:
        slope = Image.linear_gradient("L").rotate(90).resize((image.width // 6, image.height))
        dark = Image.new("L", image.size, 255)
        dark.paste(
            slope.point([255 - shadow + level * shadow // 255 for level in range(256)]), (0, 0)
        )
        image = ImageChops.multiply(image, dark)
    tinted = ImageChops.multiply(image.convert("RGB"), Image.new("RGB", image.size, paper))
    noise = Image.frombytes("L", image.size, chance.randbytes(image.width * image.height))
    noise = noise.point([128 + (level - 128) * grain // 128 for level in range(256)])
    grained = ImageChops.add(tinted, noise.convert("RGB"), scale=1, offset=-128)
    return saved(grained, "JPEG", quality=quality)
